"""What the tests of the readers share: rows, an origin, and values that no field is meant to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from harvester.bots.model import Origin, Speech, TimeBase
from harvester.errors import Damaged
from harvester.speaker import classify_speaker

BEGAN = Origin(datetime(2026, 7, 1, 8, 30, tzinfo=UTC), TimeBase.RECORDING_START)
NOWHERE = Origin()


def deep(levels: int = 4000) -> Any:
    """Lists and objects in turn, deeper than Python prints."""
    value: Any = "x"
    for level in range(levels):
        value = {"words": value} if level % 2 else [value]
    return value


ODD: dict[str, Any] = {
    "true": True,
    "false": False,
    "zero": 0,
    "below zero": -7.5,
    "an integer beyond floats": 10**400,
    "an integer beyond printing": -(10**5000),
    "a float beyond time": 1.7e308,
    "not a number": float("nan"),
    "infinity": float("-inf"),
    "nothing": "",
    "a blank": " \t",
    "half a pair": "\udc00",
    "digits": "1" * 50_000,
    "a word": "NaN",
    "no such day": "2026-13-01T00:00:00Z",
    "the last moment": "9999-12-31T23:59:59-12:00",
    "empty list": [],
    "empty object": {},
    "list": [[], [1]],
    "object": {"name": {}, "relative": [], "absolute": {}},
    "depths": deep(),
}
TEXTS = st.text(st.characters(), max_size=12)  # halves of pairs too
LEAVES = st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | TEXTS


def anything(names: Iterable[str]) -> st.SearchStrategy[Any]:
    """Whatever JSON can hold; its objects use these names more often than others."""
    keys = st.sampled_from(sorted(names)) | TEXTS
    return st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5))


def spoil(value: Any, odd: Any) -> Iterator[Any]:
    """Copies of a payload, each with one of its values, at whatever depth, replaced."""
    yield odd
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from (value | {name: each} for each in spoil(inner, odd))
    if isinstance(value, list):
        for at, inner in enumerate(value):
            yield from ([*value[:at], each, *value[at + 1 :]] for each in spoil(inner, odd))


def is_read(read: Callable[..., Speech], payload: Any, **more: Any) -> bool:
    """Whether it was read, and what was read keeps the promises of `Speech`; any error but Damaged gets through."""
    try:
        speech = read(payload, BEGAN, **more)
    except Damaged:
        return False
    for each in speech.utterances:
        assert each.text
        assert each.text == each.text.strip()
        assert each.speaker_label is None or each.speaker_label.strip()
        assert {type(each.start_ms), type(each.end_ms)} <= {int, type(None)}
        assert each.confidence is None or 0 <= each.confidence <= 1
        assert all(word.text for word in each.words)
    return True


def rows(speech: Speech) -> list[dict[str, Any]]:
    """As `expected_common.json` has them."""
    return [
        {
            "segment_index": at,
            "start_ms": said.start_ms,
            "end_ms": said.end_ms,
            "start_at": _write(said.start_at),
            "end_at": _write(said.end_at),
            "speaker_label": said.speaker_label,
            **dict(zip(("speaker_kind", "speaker_name"), classify_speaker(said.speaker_label), strict=True)),
            "text": said.text,
            "language": said.language,
            "confidence": said.confidence,
            "n_words": len(said.words),
        }
        for at, said in enumerate(speech.utterances)
    ]


def _write(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z" if moment else None
