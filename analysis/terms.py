"""The terms of the paper: what the page calls what the code calls otherwise."""

from __future__ import annotations

from collections.abc import Mapping

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

MEASURES = {
    "HR": "hazard ratio",
    "OR": "odds ratio",
    "RR": "risk ratio",
    "IRR": "incidence rate ratio",
    "RD": "risk difference",
    "MD": "mean difference",
    "SMD": "standardised mean difference",
    "ROM": "ratio of means",
    "PLO": "proportion (logit)",
    "PFT": "proportion (double arcsine)",
    "ZCOR": "correlation (Fisher’s z)",
    "GEN": "effect",
}

SHORT = {**{name: name for name in MEASURES}, "GEN": "effect"}
"""A measure where there is little room; that of no name is an effect."""

SYMBOLS = {**SHORT, "PLO": "proportion", "ZCOR": "r"}
"""What stands before or over an effect as it is printed: HR; of a correlation, r."""

_LOG, _AS_IT_IS = "ratios on the log scale", "differences as they are"
SCALES = {
    **dict.fromkeys(("HR", "OR", "RR", "IRR", "ROM"), _LOG),
    **dict.fromkeys(("RD", "MD", "SMD"), _AS_IT_IS),
    "PLO": "proportions as logits",
    "PFT": "proportions as double arcsines",
    "ZCOR": "correlations as Fisher’s z",
    "GEN": "effects as they are",
}
"""On which scale the effects of a measure are pooled."""

METHODS = {
    "EE": "common-effect",
    "DL": "DerSimonian-Laird",
    "HE": "Hedges",
    "HS": "Hunter-Schmidt",
    "SJ": "Sidik-Jonkman",
    "ML": "maximum likelihood",
    "REML": "restricted maximum likelihood",
    "EB": "empirical Bayes",
    "PM": "Paule-Mandel",
}

METHODS_SHORT = {**METHODS, "EE": "Common effect", "ML": "ML", "REML": "REML"}

POOLINGS = {
    "inverse_variance": "inverse variance",
    "mantel_haenszel": "Mantel-Haenszel",
    "peto": "Peto",
}

TESTS = {
    "z": "Wald",
    "knha": "Hartung-Knapp",
    "adhoc": "Hartung-Knapp with the ad hoc correction",
}

PREDICTIONS = {
    "normal": "normal quantiles",
    "t(k-1)": "t quantiles with k\N{NO-BREAK SPACE}−\N{NO-BREAK SPACE}1 degrees of freedom",
    "t(k-2)": "t quantiles with k\N{NO-BREAK SPACE}−\N{NO-BREAK SPACE}2 degrees of freedom",
}

DESIGNS = {
    "randomised trial": "randomised trials",
    "non-randomised trial": "non-randomised trials",
    "prospective cohort": "prospective cohorts",
    "retrospective cohort": "retrospective cohorts",
}

ADJUSTMENTS = {
    "unadjusted": "unadjusted",
    "multivariable": "adjusted in a multivariable model",
    "matched": "matched on a propensity score",
    "weighted": "weighted by a propensity score",
    "adjusted": "adjusted, how is not stated",
}

ACCESS = {
    "full text": "full text",
    "abstract": "abstract",
    "secondary": "secondary source",
    "article continued": "the article continued here",
    "registry": "registry",
}

ORIGINS = {
    "article": "by the article’s method",
    "inferred": "method inferred from the article",
    "protocol": "planned in the protocol",
    "amended": "amended since the protocol",
    "added": "added by this review",
}

ROLES = {
    "primary": "primary",
    "sensitivity": "sensitivity",
    "subgroup": "subgroup",
    "exploratory": "exploratory",
}

STATUSES = {
    "included": "included",
    "ongoing": "ongoing",
    "awaiting": "awaiting assessment",
    "excluded": "excluded",
    "superseded": "superseded",
    "retracted": "retracted",
}

HARMS = {
    "higher": "higher",
    "no difference": "no difference",
    "no significant difference": "no significant difference",
    "lower": "lower",
    "reported": "reported",
}
"""What reports say of a side effect: that nothing significant was found is not no difference."""

_PREDICTORS = {
    "vi": "sampling variance",
    "ni": "sample size",
    "ninv": "inverse of the sample size",
    "sqrtni": "root of the sample size",
    "sqrtninv": "inverse root of the sample size",
}
_MODELS = {"classic": "weighted regression", "mixed": "mixed-effects"}
SMALL_STUDY = {
    "egger_classic": "Egger’s test (weighted regression)",
    "egger_mixed": "Egger’s test (mixed-effects)",
    **{
        f"egger_{model}_{predictor}": f"Egger’s test ({how}, on the {what})"
        for model, how in _MODELS.items()
        for predictor, what in _PREDICTORS.items()
    },
    "begg": "Begg’s rank correlation",
    "harbord": "Harbord’s test",
    "peters": "Peters’ test",
    "trim_and_fill": "Trim and fill (L0)",
    "trim_and_fill_r0": "Trim and fill (R0)",
    "pet_peese": "PET-PEESE",
    "selection_model": "Selection model (one step at P = 0.025)",
    "excess_significance": "Test of excess significance",
}
"""Tests of small-study effects, and adjustments for them."""

_PLURALS = {"analysis": "analyses", "hypothesis": "hypotheses", "woman": "women", "man": "men"}


def capitalised(text: str) -> str:
    """Return a text with a capital; τ² and its like stay: their capitals are other quantities."""
    first, rest = text[:1], text[1:]
    symbol = "α" <= first <= "ω" and not rest[:1].isalpha()
    return text if symbol else f"{first.upper()}{rest}"


def plural_of(noun: str) -> str:
    """Return the plural of a noun (its last word): study, studies; analysis, analyses."""
    head, space, last = noun.rpartition(" ")
    return head + space + _plural(last)


def _plural(word: str) -> str:
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    return f"{word}s"


ALL: Mapping[str, str] = {
    **{name: name for name in DESIGNS},
    **MEASURES,
    **METHODS,
    **POOLINGS,
    **TESTS,
    **PREDICTIONS,
    **ADJUSTMENTS,
    **ACCESS,
    **ORIGINS,
    **ROLES,
    **STATUSES,
    **HARMS,
    **SMALL_STUDY,
}
"""Every term by the code's name for it; no two kinds share a name."""
