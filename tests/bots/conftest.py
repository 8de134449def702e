from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harvester.bots.model import Origin, TimeBase

FIXTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures" / "bots"
BOT_T0 = Origin(datetime(2026, 4, 2, 14, 1, 45, 250_000, tzinfo=UTC), TimeBase.RECORDING_START)


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Any]:
    """A payload that lies beside the checkout, by its name below `fixtures/bots`."""
    if not FIXTURES.is_dir():
        pytest.skip("the bots' payloads are not beside this checkout")
    return lambda name: json.loads((FIXTURES / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def expected(shared: Callable[[str], Any]) -> Callable[[str], list[dict[str, Any]]]:
    """The rows that a payload must give."""
    return lambda name: shared("expected_common.json")["segments"][name]


@pytest.fixture(scope="session")
def bot_t0() -> Origin:
    """The moment at which the bot of the shared payloads began to record."""
    return BOT_T0
