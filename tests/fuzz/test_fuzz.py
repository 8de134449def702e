"""The short form of the fuzzing: some inputs for every target in every test run, and all that ever broke one.

The long form is `python -m tests.fuzz`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_targets import TARGETS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

REGRESSIONS = sorted(Path(__file__).with_name("regressions").glob("*/*"))
EXAMPLES = 40


def documents(name: str) -> st.SearchStrategy[bytes]:
    """Bytes of any kind, a document of the target's pieces, or one of its seeds with something put into it."""
    target = TARGETS[name]
    noise = st.binary(max_size=12)
    built = st.lists(st.sampled_from(target.pieces) | noise if target.pieces else noise, max_size=25).map(b"".join)

    @st.composite
    def spoiled(draw: st.DrawFn) -> bytes:
        seed = draw(st.sampled_from(target.seeds))
        start = draw(st.integers(0, len(seed)))
        end = draw(st.integers(start, min(len(seed), start + 40)))
        return seed[:start] + draw(built) + seed[end:]

    return st.one_of(spoiled(), built, st.binary(max_size=120))


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_read_or_refused(name):
    """Whatever the bytes, the target keeps its promise and raises nothing but the errors it documents."""

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(documents(name))
    def check(data: bytes) -> None:
        TARGETS[name].check(data)

    check()


@pytest.mark.parametrize("name", TARGETS)
def test_the_usual_documents_are_read(name):
    """The seeds themselves keep the promise."""
    for seed in TARGETS[name].seeds:
        TARGETS[name].check(seed)


@pytest.mark.parametrize("path", REGRESSIONS, ids=[f"{each.parent.name}/{each.name}" for each in REGRESSIONS])
def test_what_once_broke_a_reader_no_longer_does(path):
    """Every input that a search has found keeps its target's promise for good."""
    TARGETS[path.parent.name].check(path.read_bytes())
