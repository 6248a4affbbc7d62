"""What templates call: claims, citations, figures, tables, the abstract; what they asked for.

    {% call figure("forest", id="fig-forest-os", analysis="os") %}
    The caption, one paragraph.

    The alternative text, the second paragraph.
    {% endcall %}

    {% call table("pooled", id="tbl-pooled") %}The caption.{% endcall %}

`figure` passes every other name on to the figure as an option; the files are named after the
id. `table` makes one of `analysis.table_kinds.TABLES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from markupsafe import Markup

from analysis import placed, template_syntax
from analysis.claims import ClaimOutcome, Sentence
from analysis.errors import Problem, TemplateError
from analysis.figure_requests import check_request
from analysis.figures import KINDS, FigureRequest
from analysis.findings import Findings
from analysis.items import Item
from analysis.markdown import attribute, one_line
from analysis.messages import unknown
from analysis.records import Review, Study
from analysis.table_kinds import TABLES
from analysis.tables import Asked
from analysis.template_places import place_of_call
from analysis.template_rules import PREFIXES, misnamed
from analysis.template_syntax import Environment

Caller = Callable[[], Markup]
_NAMED = re.compile(r"\*\*([^*]+)\*\*")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[^a-z0-9])")
_ASSERTING = ("result", "finding", "conclusion", "interpretation")


class Writer:
    """The functions of templates, and a record of what they were asked for."""

    def __init__(
        self, review: Review, environment: Environment, claims: Mapping[str, ClaimOutcome]
    ) -> None:
        self.review = review
        self.environment = environment
        self.claims = claims
        self.figures: dict[str, FigureRequest] = {}
        self.places: dict[str, str] = {}
        self.front: dict[str, str] = {}
        self.keys: set[str] = set()
        self.sentences: list[Sentence] = []

    def claim(self, id: str) -> Markup:
        """Return the sentence of a claim, or its alternative wording where it fails."""
        return placed.claimed(self.sentence(id))

    def sentence(self, id_: str) -> str:
        """Return what a claim prints, its values as tokens (`analysis.placed`)."""
        template = self.environment.ready[claim_file(self._claim(id_))]
        return "".join(template.root_render_func(template.new_context())).strip()

    def holds(self, id: str) -> bool:
        """Return whether a claim holds."""
        return self._claim(id).holds

    def _claim(self, id_: str) -> ClaimOutcome:
        if id_ not in self.claims:
            raise TemplateError(unknown(id_, "a claim of data/claims.yml", sorted(self.claims)))
        return self.claims[id_]

    def cite(self, *studies: Any) -> Markup:
        """Return the citation of studies (a list counts as many), or of keys of references.bib."""
        each = [one for study in studies for one in (study if isinstance(study, list) else [study])]
        keys = list(dict.fromkeys(self._key(study) for study in each))
        if not keys:
            raise TemplateError("found cite() of nothing, wanted a study")
        return placed.ready(f"[{'; '.join(f'@{key}' for key in keys)}]")

    def _key(self, study: Any) -> str:
        value = study.value if isinstance(study, Item) else study
        if isinstance(value, Study):
            return value.citation
        name = getattr(value, "study", value)  # a row of an analysis
        if name in self.review.by_id:
            return self.review.by_id[name].citation
        if name in self.review.citation_keys:
            return str(name)
        known = sorted({*self.review.by_id, *self.review.citation_keys})
        raise TemplateError(unknown(str(name), "a study or a key of the bibliography", known))

    def with_status(self, status: str) -> list[Item]:
        """Return the studies of a status, in the order of the files."""
        studies = Item(self.review.by_id, "studies", "studies", bound=False)
        return [study for study in studies if study.child("status").value == status]

    def abstract(self, caller: Caller) -> Markup:
        """Take the abstract, which goes into the front matter."""
        rendered = caller().strip()
        self.sentences += _asserted(rendered, place_of_call())
        self.keys |= set(placed.keys(rendered))
        text = template_syntax.restore(placed.markdown(rendered))
        self.front["abstract"] = f"{text}\n"
        return placed.ready("")

    def figure_of(self, findings: Findings) -> Callable[..., Markup]:
        """Return the function `figure` of templates."""

        def figure(
            kind: str,
            id: str,
            caller: Caller | None = None,
            *,
            analysis: str | None = None,
            width: str | None = None,
            **options: Any,
        ) -> Markup:
            if kind not in KINDS:
                raise TemplateError(unknown(kind, "a kind of figure", sorted(KINDS)))
            self._take(id, PREFIXES["figure"])
            parts = caller().strip().split("\n\n") if caller else []
            caption, alternative = [*map(one_line, parts), "", ""][:2]
            if len(parts) != 2 or not caption or not alternative:
                found = f"found {len(parts)} paragraph{'' if len(parts) == 1 else 's'}"
                wanted = "wanted two: the caption, the alternative text"
                raise TemplateError(f"{found} in figure {id}, {wanted}")
            name = id.removeprefix("fig-").replace("-", "_")
            chosen = {option: _option(option, value) for option, value in options.items()}
            request = FigureRequest(kind, name, analysis, chosen)
            check_request(id, request, self.review, findings)
            self.figures[id] = request
            alt = attribute(placed.plain(alternative))
            size = f" width={attribute(width)}" if width else ""
            return placed.ready(
                f"\n\n![{caption}](figures/{name}.svg){{#{id} fig-alt={alt}{size}}}\n\n"
            )

        return figure

    def table_of(self, findings: Findings, extra: Mapping[str, Any]) -> Callable[..., Markup]:
        """Return the function `table` of templates."""

        def table(kind: str, id: str, caller: Caller | None = None, **options: Any) -> Markup:
            if kind not in TABLES:
                raise TemplateError(unknown(kind, "a kind of table", sorted(TABLES)))
            self._take(id, PREFIXES["table"])
            caption = one_line(caller()) if caller else ""
            if not caption:
                raise TemplateError(f"found no caption of table {id}, wanted one in a call block")
            chosen = {option: _option(option, value) for option, value in options.items()}
            for option in chosen:
                if option not in (known := TABLES[kind].options):
                    raise TemplateError(unknown(option, f"an option of table {id}", known))
            made = TABLES[kind].maker(Asked(self.review, findings, id, chosen, extra))
            widths = ",".join(map(str, made.widths))
            said = made.captioned(caption)
            return placed.ready(
                f'\n\n{made.text()}\n\n: {said} {{#{id} tbl-colwidths="[{widths}]"}}\n\n'
            )

        return table

    def _take(self, id_: str, prefix: str) -> None:
        place = place_of_call()
        if wrong := misnamed(id_, prefix):
            raise TemplateError(wrong)
        if id_ in self.places:
            message = f"found #{id_}, which {self.places[id_]} has too, wanted another id"
            raise TemplateError([Problem(place, "", message)])
        self.places[id_] = place


def claim_file(outcome: ClaimOutcome) -> str:
    """Return the name of the template that a claim's wording is; no line can be told in it."""
    return f"{outcome.stands} claim {outcome.id}"


def _asserted(abstract: str, place: str) -> Iterator[Sentence]:
    """Yield the sentences of an abstract's results and conclusions.

    Such a paragraph begins with its name in bold (`**Results.**`), and goes on to the next
    one that does.
    """
    asserts = False
    for paragraph in abstract.split("\n\n"):
        name = _NAMED.match(paragraph.strip())
        if name:
            asserts = name[1].lower().startswith(_ASSERTING)
        if not asserts:
            continue
        text = paragraph.strip()[name.end() if name else 0 :]
        for part, claimed in placed.claims_apart(text):
            for sentence in _SENTENCE_END.split(" ".join(placed.plain(part).split())):
                if any(sign.isalnum() for sign in sentence):
                    yield Sentence(sentence, place, claimed)


def _option(name: str, value: Any) -> str | bool | tuple[str, ...]:
    plain = value.value if isinstance(value, Item) else value
    if isinstance(plain, list | tuple):
        entries = [entry.value if isinstance(entry, Item) else entry for entry in plain]
        if all(isinstance(entry, str) for entry in entries):
            return tuple(map(str, entries))
    elif isinstance(plain, Markup):
        return placed.plain(plain)
    elif isinstance(plain, str | bool):
        return plain
    raise TemplateError(f"found {name} = {plain!r}, wanted a text, yes or no, or a list of texts")
