"""Real files beside the checkout, where there are any."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures"


@pytest.fixture(scope="session")
def real():
    """Bytes of a file below `fixtures`, by its path there."""

    def read(name: str) -> bytes:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"needs {path}")
        return path.read_bytes()

    return read
