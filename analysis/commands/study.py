"""add, report: the commands that write the file of a study."""

from __future__ import annotations

import argparse

from analysis.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `add`."""
    parser.set_defaults(run=add)


def add(args: argparse.Namespace, terminal: Terminal) -> int:
    """Begin the file of a study."""
    raise NotImplementedError


def report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `report`."""
    parser.set_defaults(run=report)


def report(args: argparse.Namespace, terminal: Terminal) -> int:
    """Turn an ongoing study into an included one."""
    raise NotImplementedError
