"""The look of every figure: sizes in points and colours.

Figures are drawn at the size at which they are printed, the text width of an A4 page, so a
size here is the size on paper. Colours are those of Okabe and Ito (2008), which readers with
any colour vision tell apart; shape or fill always says the same once more, for grey prints.
"""

from __future__ import annotations

WIDTH = 468.0  # 165 mm
TALLEST = 680.0  # 24 cm: with its caption a figure of this height still fits a page
MARGIN = 3.0

SIZE = 8.0
SMALL = 7.0  # nothing is printed smaller

INK = "#1a1d21"
SOFT = "#565d66"
RULE = "#aab0b8"
FAINT = "#e3e6ea"
TINT = "#f4f6f8"
PAPER = "#ffffff"
BLUE = "#0072b2"
GREEN = "#009e73"
ORANGE = "#e69f00"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"

# Judgements of risk of bias: a colour, a sign that survives a grey print, and its ink. White on
# the dark ones is read (4.5 to 1 and more); "some" and "high" are 3 to 1 and more apart, also on
# a dark page, which turns lightness over (page.css) and so makes near ones of near ones.
CONCERN: dict[str | None, tuple[str, str, str]] = {
    "low": ("#007a5a", "+", PAPER),
    "some": ("#f0b840", "–", INK),
    "high": ("#8f1d2c", "×", PAPER),
    None: ("#c3c8cf", "?", INK),
}
