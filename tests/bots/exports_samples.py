"""What the tests of Vexa, Fireflies, Otter, meetings and signatures share: rows, an origin, and hostile values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from harvester.bots.model import Origin, Speech, TimeBase
from harvester.errors import Damaged

ORIGIN = Origin(datetime(2026, 5, 4, 9, 0, tzinfo=UTC), TimeBase.RECORDING_START)
NOWHERE = Origin()


def nest(levels: int) -> list[Any]:
    """A list so deep that Python cannot print it."""
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


# what a field may hold although nobody would write it there, by a name that a report can show
HOSTILE: dict[str, Any] = {
    "yes": True,
    "no": False,
    "a negative number": -1,
    "a huge number": 10**400,
    "a huge float": 1e300,
    "no number": float("nan"),
    "no end": float("inf"),
    "half a character": "\ud800",
    "no text": "",
    "a long text": "9" * 100_000,
    "a date": "2026-02-30T00:00:00Z",
    "the last day": "9999-12-31T23:59:59-23:59",
    "a list": [1, [2]],
    "an object": {"a": {"b": 1}},
    "a deep list": nest(5000),
}
LETTERS = st.text(st.characters(), max_size=20)  # halves of characters too
SCALARS = st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | LETTERS


def json_values(names: list[str], leaves: st.SearchStrategy[Any] = SCALARS) -> st.SearchStrategy[Any]:
    """JSON whose objects mostly have members of these names."""
    keys = st.sampled_from(names) | LETTERS
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6))


def read_or_refuse(read: Callable[[Any, Origin], Speech], payload: Any) -> Speech | None:
    """What was read, if it keeps the promises of `Speech`; None when it was Damaged. Nothing else may happen."""
    try:
        speech = read(payload, ORIGIN)
    except Damaged:
        return None
    starts = [each.start_ms for each in speech.utterances]
    known = [each for each in starts if each is not None]
    assert starts == sorted(known) + [None] * (len(starts) - len(known))
    assert all(each.text == each.text.strip() != "" for each in speech.utterances)
    assert all(each.speaker_label is None or each.speaker_label.strip() for each in speech.utterances)
    assert all(each.start_at is None or each.start_at.tzinfo is UTC for each in speech.utterances)
    return speech


def brief(speech: Speech) -> list[tuple[int | None, str | None, str]]:
    """(start, label, text) of each utterance."""
    return [(each.start_ms, each.speaker_label, each.text) for each in speech.utterances]
