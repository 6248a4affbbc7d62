"""What SciPy brings along and nobody asks for stays away, and is whole once somebody does."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
import sys
from analysis import late_imports
late_imports.postpone()
late_imports.postpone()
import numpy, scipy.special
print(sys.meta_path.count(late_imports._Late), "numpy.f2py.crackfortran" in sys.modules)
from numpy.testing import assert_array_equal
assert_array_equal(numpy.f2py.get_include(), numpy.f2py.get_include())
print("numpy.f2py.crackfortran" in sys.modules)
"""


def test_scipy_comes_without_numpys_wrapper_of_fortran_until_it_is_used() -> None:
    run = subprocess.run(
        [sys.executable, "-c", ASKED], check=False, capture_output=True, text=True, timeout=120
    )
    assert (run.stderr, run.stdout) == ("", "1 False\nTrue\n")
