"""What the package imports is what it says it needs."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent


def imported() -> set[str]:
    """The packages that `analysis` imports anywhere, inside functions too."""
    found: set[str] = set()
    for path in (ROOT / "analysis").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.split(".")[0])
    return found - {"analysis"} - set(sys.stdlib_module_names)


def test_every_package_that_is_imported_is_a_dependency_and_the_other_way_round() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {
        re.split(r"[<>=~!; \[]", line)[0].lower().replace("_", "-")
        for line in project["dependencies"]
    }
    homes = packages_distributions()
    used = {homes[name][0].lower().replace("_", "-") for name in imported() if name in homes}
    unknown = {name for name in imported() if name not in homes}
    # pydantic_core comes with pydantic, which pins its version.
    assert (used - {"pydantic-core"}, unknown) == (declared, set())


def test_the_oldest_versions_that_are_tested_are_those_that_are_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (ROOT / "requirements" / "lowest.txt").read_text(encoding="utf-8")
    tested = dict(line.split("==") for line in pins.splitlines() if not line.startswith("#"))
    declared = dict(line.split(">=") for line in project["dependencies"])
    assert {canonicalize_name(name): Version(it) for name, it in tested.items()} == {
        canonicalize_name(name): Version(it) for name, it in declared.items()
    }
