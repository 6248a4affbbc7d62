"""The table of Bayesian models: their priors, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from analysis import words
from analysis.effects import COMPARES_NOTHING, CORRELATION
from analysis.findings import AnalysisFinding, BayesFinding
from analysis.printed_pools import as_read
from analysis.result_tables import Heads, interval_head, unit_head
from analysis.tables import Asked, Column, Table, data, having, lines, said
from analysis.terms import SCALES, SYMBOLS
from analysis.words import DASH, MINUS, Keys, Piece, Words

FAMILIES = {"half-normal": "half-normal", "half-cauchy": "half-Cauchy"}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def bayes(asked: Asked) -> Table:
    """Return the Bayesian models of the plan."""
    analyses = having(asked, "bayes")
    models = [(each, found) for each in analyses for found in each.bayes.values()]
    plan = asked.review.plan
    arm = next(one.label for one in plan.arms if one.id == plan.question.intervention)
    informative = any(found.mu_sd is not None for _, found in models)
    columns = [
        Column("Analysis", 18),
        Column("Priors" if informative else "Prior of τ", 17),
        Column(data(f"Median {_measure(analyses)} ({interval_head(analyses, 'CrI')})"), 19),
        Column("New study", 14),
        Column(data(f"Median τ ({interval_head(analyses, 'CrI')})"), 18),
    ]
    compared = any(analysis.measure not in COMPARES_NOTHING for analysis in analyses)
    if compared:
        favours = f"Posterior probability that the mean effect favours {arm}"
        columns.append(Column(data(favours), 17, "r"))
    heads = Heads.over(analyses)
    kinds = list(dict.fromkeys(_kind(*model) for model in models))
    rows = []
    for analysis in analyses:
        level = heads.level_of(analysis, "CrI")
        for at, (name, found) in enumerate(analysis.bayes.items()):
            path = f"{analysis.id}.bayes.{name}"
            values = (found.est, found.est_lb, found.est_ub, found.pi_est_lb, found.pi_est_ub)
            told, measure, keyed = as_read(
                asked.review, analysis, analysis.studies, values, Keys.under(path)
            )
            est, lb, ub, *new = told
            median = said(
                words.estimate_cell(est, lb, ub, measure, keyed, named=heads.named, level=level)
            )
            own = measure == analysis.measure
            keys = (f"{path}.pi_est_lb", f"{path}.pi_est_ub") if own else (None, None)
            tau = Words(
                words.magnitude(found.tau, f"{path}.tau"),
                " (",
                level,
                words.magnitude(found.tau_lb, f"{path}.tau_lb"),
                DASH,
                words.magnitude(found.tau_ub, f"{path}.tau_ub"),
                ")",
            )
            # One note can tell the kind of all intervals only where they have one.
            kind = [_kind(analysis, found).removeprefix("the ")] if len(kinds) > 1 else []
            rows.append(
                [
                    data(analysis.title) if not at else "",
                    _priors(found, path),
                    lines([median, *kind]),
                    said(Words(level, words.interval(new[0], new[1], measure, keys))),
                    said(tau),
                ]
            )
            if analysis.measure not in COMPARES_NOTHING:
                rows[-1].append(said(words.probability(found.p_benefit, f"{path}.p_benefit")))
            elif compared:
                rows[-1].append(DASH)
    kind_told = kinds[0] if len(kinds) == 1 else "of the kind that stands below each median"
    notes = [data(f"Credible intervals (CrI) are {kind_told}."), *_notes_on_means(models)]
    return Table(columns, rows, notes)


def _priors(found: BayesFinding, path: str) -> str:
    """Return the label of a model with what it does not say itself of the priors."""
    family, scale = FAMILIES.get(found.family, found.family), _plain(found.scale)
    label, told = found.label.casefold(), Words("scale ", Piece(scale, f"{path}.scale"))
    cell = data(found.label)
    if family.casefold() not in label:
        cell += said(Words(f": {family}, ", told))
    elif found.scale not in map(float, _NUMBER.findall(label)):
        cell += said(Words(", ", told))
    if found.mu_mean is None or found.mu_sd is None:
        return cell
    mean, sd = _plain(found.mu_mean), _plain(found.mu_sd)
    prior = Words(
        "normal, mean ", Piece(mean, f"{path}.mu_mean"), ", SD ", Piece(sd, f"{path}.mu_sd")
    )
    return cell if prior.casefold() in label else cell + said(Words("; μ: ", prior))


def _plain(value: float) -> str:
    """Return a number of the plan as it stands there, without the zeros of a float."""
    digits = f"{Decimal(repr(abs(value))):,f}".removesuffix(".0")
    return f"{MINUS if value < 0 else ''}{digits}"


def _notes_on_means(models: Sequence[tuple[AnalysisFinding, BayesFinding]]) -> list[str]:
    """Return what the prior of the mean effect is where no row tells it, and of what it is."""
    told = [analysis for analysis, found in models if found.mu_sd is not None]
    if not told:
        return [data("The prior of the mean effect is flat.")]
    scales = words.series(dict.fromkeys(SCALES[analysis.measure] for analysis in told))
    notes = [data(f"μ: the mean effect, on the scale that is pooled ({scales}).")]
    if len(told) < len(models):
        notes.append(data("Where no prior of μ stands, it is flat."))
    return notes


def _kind(analysis: AnalysisFinding, found: BayesFinding) -> str:
    """Return what a credible interval is: central, or the shortest, on which scale."""
    if found.interval == "central":
        return "between equal tails"
    if analysis.ratio:
        return "the shortest on the scale of the logarithm"
    if analysis.measure == "PLO":
        return "the shortest on the scale of the logit"
    if analysis.measure == CORRELATION:
        return "the shortest on the scale of Fisher’s z"
    return "the shortest"


def _measure(analyses: Sequence[AnalysisFinding]) -> str:
    measures = {analysis.measure for analysis in analyses}
    # Double arcsines are led back to proportions, as `as_read` does.
    symbol = SYMBOLS[measures.pop().replace("PFT", "PLO")] if len(measures) == 1 else "effect"
    return words.in_unit(symbol, unit_head(analyses))
