"""The public interface, as the README and the design show it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import analysis

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", analysis.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(analysis, name).__module__.startswith("analysis.")


def test_exports_and_homes_are_the_same_names() -> None:
    assert sorted(analysis._HOMES) == analysis.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'analysis' has no attribute 'poool'"):
        analysis.poool  # noqa: B018


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = "('numpy', 'scipy', 'pydantic')"
    code = f"import sys, analysis; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "[]\n"


def test_reading_the_data_imports_no_method() -> None:
    methods = "('heterogeneity', 'synthesis', 'moderators', 'findings')"
    code = (
        "import sys, analysis.load;"
        f"print([m for m in {methods} if f'analysis.{{m}}' in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "[]\n"


def test_no_module_hides_a_function() -> None:
    """No module has the name of a public function, which it would hide once imported."""
    code = (
        "import analysis.diagnostics, analysis.grouping, analysis.trimming\n"
        "from analysis import influence, subgroups, trim_and_fill\n"
        "print(callable(influence), callable(subgroups), callable(trim_and_fill))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "True True True\n"


def test_the_example_of_the_readme_runs() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    found: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), found)
    assert {"Effects", "pool", "effects"} <= found.keys()
