"""The texts that a manuscript is made of: templates and claims, and pandoc's reading of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import jinja2

from analysis import prose, template_syntax
from analysis.claims import ClaimOutcome
from analysis.errors import Problem, TemplateError, in_order
from analysis.front_matter import WORDS, split
from analysis.project import MANUSCRIPT
from analysis.records import Claim
from analysis.todos import SAID, WRITTEN
from analysis.values import TODO
from analysis.writer import claim_file


class Ahead:
    """Prose that pandoc reads while the data are being worked on.

    What is wrong with a template is left to `write`, which says it with everything else.
    """

    def __init__(self, sources: Mapping[str, str], claims: Iterable[Claim] = ()) -> None:
        """Begin to read the templates, and all that claims may print, whichever they will."""
        masks: dict[str, str] = {}
        with suppress(TemplateError):
            of_claims = [text for claim in claims for text in (claim.text, claim.otherwise) if text]
            templates = texts_of(sources, ())[1].values()
            for text in (*templates, *(template_syntax.protect(text, "") for text in of_claims)):
                with suppress(jinja2.TemplateSyntaxError):
                    mask = template_syntax.masked(text)
                    masks[mask] = mask
        self._begun = ThreadPoolExecutor(max_workers=1).submit(prose.read_all, masks)

    def read(self, masks: Mapping[str, str]) -> prose.Read:
        """Return what pandoc read of these texts; those that were not begun are read now.

        Raises
        ------
        RenderError : pandoc cannot be run.
        """
        read = {**self._begun.result()}
        late = {mask: mask for mask in masks.values() if mask not in read}
        read |= prose.read_all(late)
        return {file: read[mask] for file, mask in masks.items()}


def texts_of(
    sources: Mapping[str, str], claims: Iterable[ClaimOutcome]
) -> tuple[Mapping[str, Any], dict[str, str]]:
    """Return the front matter of the manuscript and every template, its shortcodes hidden."""
    if MANUSCRIPT not in sources:
        raise TemplateError([Problem(MANUSCRIPT, "", "found no such file, wanted the manuscript")])
    own, main = split(sources[MANUSCRIPT], MANUSCRIPT)
    texts = {MANUSCRIPT: main}
    for name, text in sorted(sources.items()):
        if name.endswith(".qmd") and name != MANUSCRIPT:
            texts[name] = text
    protected = {name: template_syntax.protect(text, name) for name, text in texts.items()}
    return own, {**protected, **wordings(claims)}


def wordings(claims: Iterable[ClaimOutcome]) -> dict[str, str]:
    """Return what each claim prints now, by the name of its template."""
    texts = {claim_file(claim): claim.wording or "" for claim in claims}
    return {name: template_syntax.protect(text, name) for name, text in texts.items()}


def unprinted(claims: Iterable[ClaimOutcome]) -> dict[str, str]:
    """Return the wording of each claim that is not printed now, by a name of its own."""
    texts = {
        f"{claim_file(claim)} (not printed now)": claim.otherwise if claim.holds else claim.text
        for claim in claims
    }
    return {name: template_syntax.protect(text, name) for name, text in texts.items() if text}


def todos_of(sources: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return where the manuscript and its templates still say TODO, in words that print.

    Comments and code pass, as does what `.fixed` excuses; claims are told as data.

    Raises
    ------
    TemplateError : there is no manuscript, or its front matter cannot be read.
    RenderError : pandoc cannot be run.
    """
    if not any(TODO in text for text in sources.values()):
        return ()
    own, texts = texts_of(sources, ())
    trees, _ = parsed(texts)
    read = [(key, str(own.get(key, ""))) for key in WORDS]
    found = [Problem(MANUSCRIPT, key, WRITTEN) for key, text in read if SAID.search(text)]
    found += prose.todos(prose.read_all(masks_of(texts, trees)))
    for file, tree in trees.items():
        for word in tree.find_all(jinja2.nodes.Const):
            if isinstance(word.value, str) and SAID.search(word.value):
                found.append(Problem(f"{file}:{word.lineno}", "", WRITTEN))
    return in_order(found)


def parsed(
    texts: Mapping[str, str],
) -> tuple[dict[str, jinja2.nodes.Template], list[Problem]]:
    """Return the trees of the templates that Jinja can read, and what is wrong with the others."""
    trees: dict[str, jinja2.nodes.Template] = {}
    problems: list[Problem] = []
    for file, text in texts.items():
        try:
            trees[file] = template_syntax.parse(text, file)
        except TemplateError as error:
            problems += error.problems
        except RecursionError:
            wanted = "wanted fewer within one another"
            problems.append(Problem(file, "", f"found brackets or tags nested too deep, {wanted}"))
    return trees, problems


def masks_of(
    texts: Mapping[str, str], trees: Mapping[str, jinja2.nodes.Template]
) -> dict[str, str]:
    """Return the prose of each template that has a tree, its expressions masked for pandoc."""
    return {file: template_syntax.masked(texts[file]) for file in trees}
