"""Numbers below zero as values of options: argparse takes '-5.1,-1.3' for an option."""

from __future__ import annotations

import argparse
import re

_NEGATIVE = re.compile(r"-[\d.·]")


def take_negative(parser: argparse.ArgumentParser) -> None:
    """Let a parser, of whose options none begins with a digit, take such values as values.

    argparse knows the single number alone (-5.1); the pattern by which it does is an attribute
    of its own, there since Python 2.7.
    """
    parser._negative_number_matcher = _NEGATIVE
