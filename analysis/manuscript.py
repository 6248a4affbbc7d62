"""The manuscript: findings, data and templates become the Quarto text of the paper.

`write` is pure: `review.qmd` and `templates/*.qmd` in, `index.qmd` out, with the figures that
the text asks for. A template sees (`analysis.formats` lists what stands after a `|`):

- each analysis of the plan by its id, `counts`, `flow`, `pools`: the findings. `os.est | ratio`,
  `os | estimate`, `dfs.subgroups.nodal.groups.n0 | estimate`, `os.leave_one_out.courdi`,
  `os.rows`, `counts.designs | by_design`. Any number prints only through a format. What
  this evidence has no answer to is false: `{% if os %} … {% endif %}`.
- `studies`: the studies by id (`studies.wang.label`), `searches`: the searches by id, `review`:
  what data/review.yml says (`review.title`, `review.about.funding | stated`), `editions`.
- `found("os.est")`: the same by path, where an id has the name of something else here.
- `cite(studies.wang)`, `cite("wang", "luo")`: `[@wang2019; @luo2017]`.
- `claim("os_lower")`: the sentence of data/claims.yml, or its alternative; `holds("os_lower")`.
- `with_status("ongoing")`: the studies of a status, to go through.
- `figure(kind, id, …)`, `table(kind, id, …)`: see `Writer`; both stand in a `{% call %}`
  block, whose text is the caption; for a figure a second paragraph is the alternative text.
- `{% call abstract() %}…{% endcall %}`: the abstract, which goes into the front matter.
- whatever the build hands over as `extra`, as the changes since the last edition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jinja2

from analysis import placed, prose, template_places, template_rules, template_syntax
from analysis.claims import ClaimOutcome, Sentence, broken
from analysis.errors import Problem, TemplateError
from analysis.figures import FigureRequest
from analysis.findings import Findings
from analysis.formats import FORMATS
from analysis.front_matter import Issue, fixed_terms, front_matter, typed_numbers
from analysis.items import Item, Unanswered, told_unanswered
from analysis.manuscript_texts import Ahead, masks_of, parsed, texts_of, unprinted
from analysis.messages import unknown
from analysis.number_words import says_number
from analysis.project import MANUSCRIPT
from analysis.records import Review
from analysis.template_syntax import Environment
from analysis.writer import Writer

_LABEL = re.compile(r"\{#((?:sec|fig|tbl|eq|lst)-[\w-]+)")


@dataclass(frozen=True)
class Manuscript:
    """The Quarto text of the paper.

    `figures` are to be drawn as `figures/NAME.svg` and `.png`; `places` says where each figure
    and table was asked for, by its label; `claims` are the outcomes, with the places that
    print them; `keys` are the findings that the text prints; `sentences` are those of the
    abstract's results and conclusions, each with whether a claim printed it.
    """

    text: str
    figures: tuple[FigureRequest, ...]
    places: Mapping[str, str]
    claims: tuple[ClaimOutcome, ...]
    keys: frozenset[str] = field(default=frozenset())
    sentences: tuple[Sentence, ...] = ()

    @property
    def labels(self) -> frozenset[str]:
        """The labels of its sections, figures and tables."""
        return frozenset(_LABEL.findall(self.text))


def claim_places(sources: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return each claim that the templates print, by id, and every file and line that does.

    Raises
    ------
    TemplateError : a template that Jinja cannot read.
    """
    _, texts = texts_of(sources, ())
    trees, problems = parsed(texts)
    if problems:
        raise TemplateError(problems)
    return template_rules.claims(trees)


def write(
    review: Review,
    findings: Findings,
    sources: Mapping[str, str],
    *,
    claims: Iterable[ClaimOutcome] = (),
    issue: Issue = Issue(),
    extra: Mapping[str, Any] | None = None,
    ahead: Ahead | None = None,
    pictures: Collection[str] | None = None,
) -> Manuscript:
    """Write the manuscript.

    Parameters
    ----------
    sources : path (relative to the review's root) to text: `review.qmd`, `templates/*.qmd`.
        Files of another kind are passed over.
    claims : what became of each claim of the review.
    issue : which edition the paper shows, and whether it is a recomputation.
    extra : further values for templates, by name.
    ahead : where pandoc began to read these texts before.
    pictures : paths of the author's own pictures; None where these are not known.

    Raises
    ------
    TemplateError : every problem of every template, with file and line: what Jinja cannot
        read, names and findings that are not there, arithmetic, thresholds, numbers typed
        into the text, references to nothing, figures and tables that nothing refers to,
        claims that no longer hold and have no other wording. A wording of a claim that is not
        printed now is held to the same.
    RenderError : pandoc, which reads the prose, cannot be run.
    """
    environment = Environment()
    own, texts = texts_of(sources, claims := tuple(claims))
    # What a claim would print on another day is read as well, but for a paper of another day,
    # which may lack what it speaks of.
    aside = unprinted(claims) if issue.recomputed is None else {}
    trees, problems = parsed({**texts, **aside})
    printed = template_rules.claims({file: trees[file] for file in texts if file in trees})
    claims = tuple(replace(claim, places=printed.get(claim.id, ())) for claim in claims)
    writer = Writer(review, environment, {claim.id: claim for claim in claims})
    names = offered(review, findings, writer, extra or {})
    fixed = fixed_terms(review)
    for file, tree in trees.items():
        problems += template_rules.check(
            tree,
            file,
            names,
            FORMATS,
            texts,
            lambda text: says_number(text, fixed),
            printed=file not in aside,
        )
    problems += typed_numbers(own, texts.values(), MANUSCRIPT, fixed)
    environment.globals.update(names)
    for file, text in texts.items() if not problems else ():
        environment.add(trees[file], text, file)
    labels = template_rules.labels(trees)
    read = (ahead or Ahead(sources)).read(masks_of({**texts, **aside}, trees))
    problems += prose.check(read, fixed, review.citation_keys, labels, pictures)
    problems += broken(claims)
    if problems:
        raise TemplateError(problems)
    body = _rendered(environment)
    front = front_matter(review, issue, writer.front, own)
    return Manuscript(
        text=f"---\n{front}---\n{template_syntax.restore(placed.markdown(body))}",
        figures=tuple(writer.figures.values()),
        places=writer.places,
        claims=claims,
        keys=frozenset(placed.keys(body)) | writer.keys,
        sentences=tuple(writer.sentences),
    )


def offered(
    review: Review, findings: Findings, writer: Writer, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """Return every name that a template may use."""
    everything = Item(findings, "", bound=True)  # which knows why a finding is not there
    known: dict[str, Any] = {
        name: Item(value, name, name, everything, bound=True)
        for name, value in {
            **findings.analyses,
            "counts": findings.counts,
            "flow": findings.flow,
            "pools": findings.pools,
        }.items()
    }
    for analysis in review.plan.analyses:
        if analysis.id not in known:
            known[analysis.id] = Unanswered(analysis.id, told_unanswered(analysis.id, findings))
    given: dict[str, Any] = {
        "review": review.plan,
        "studies": review.by_id,
        "searches": {search.id: search for search in review.searches},
        "editions": review.editions,
        **extra,
    }
    data = {
        name: value if callable(value) else Item(value, name, name, bound=False)
        for name, value in given.items()
    }
    functions: dict[str, Callable[..., Any]] = {
        "found": lambda path: _by_path(known, path),
        "cite": writer.cite,
        "claim": writer.claim,
        "holds": writer.holds,
        "with_status": writer.with_status,
        "figure": writer.figure_of(findings),
        "table": writer.table_of(findings, extra),
        "abstract": writer.abstract,
    }
    return {**known, **data, **functions}


def _by_path(found: Mapping[str, Item], path: str | Item) -> Item:
    first, *rest = str(path.value if isinstance(path, Item) else path).split(".")
    if first not in found:
        raise TemplateError(unknown(first, "an analysis, counts, flow or pools", sorted(found)))
    here = found[first]
    for name in rest:
        here = here.child(name)
    return here


def _rendered(environment: Environment) -> str:
    template = environment.ready[MANUSCRIPT]
    try:
        return "".join(template.root_render_func(template.new_context()))
    except TemplateError as error:
        if error.problems:
            raise
        place = template_places.place_of_error(error.__traceback__)
        raise TemplateError([Problem(place, "", str(error))]) from None
    except RecursionError:
        message = "found templates or claims that call one another without end"
        raise TemplateError([Problem(MANUSCRIPT, "", message)]) from None
    except jinja2.TemplateError as error:
        place = template_places.place_of_error(error.__traceback__)
        raise TemplateError([Problem(place, "", f"found {error.message}")]) from None
    except TypeError as error:
        # A function or a format called with arguments that it does not take.
        if not template_places.raised_by_template(error.__traceback__):
            raise
        place = template_places.place_of_error(error.__traceback__)
        raise TemplateError([Problem(place, "", f"found a wrong use: {error}")]) from None
