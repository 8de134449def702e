from __future__ import annotations

import pytest

from crash.faultpoints import COMPILER, NO_COMPILER
from crash.sweep import workplace


@pytest.fixture(scope="package")
def place():
    """(folder, launcher with the fault points) for all tests of this package."""
    if not COMPILER:
        pytest.skip(NO_COMPILER)
    with workplace() as made:
        yield made
