"""What a fuzzing target is, and how bytes become the structured input that some of them need.

Shared by the short form (`test_fuzz`, hypothesis) and the long one (`python -m tests.fuzz`, coverage-guided).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A reader of outside bytes. `check` returns for whatever it may be given; what it raises is a defect.

    Its docstring is the promise. `pieces` are what documents of the kind are made of, `seeds` whole documents.
    """

    name: str
    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    pieces: tuple[bytes, ...] = ()


class Source:
    """Bytes drawn one after the other; zeros once they are used up, so that every input says something."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at >= len(self._data)

    def byte(self) -> int:
        drawn = self.take(1)
        return drawn[0] if drawn else 0

    def take(self, count: int) -> bytes:
        drawn = self._data[self._at : self._at + count]
        self._at += count
        return drawn

    def text(self) -> str:
        """Up to 40 bytes as text; what is no UTF-8 becomes lone surrogates, as in JSON's escapes."""
        return self.take(self.byte() % 41).decode("utf-8", "surrogateescape")

    def choose(self, among: Sequence[Any]) -> Any:
        return among[self.byte() % len(among)]


VALUES: tuple[Any, ...] = (
    None,
    True,
    "",
    " ",
    0,
    -1,
    0.5,
    2**31,
    2**53,
    2**63 - 1,
    2**63,
    10**30,
    1e308,
    "9" * 30,
    "1e999",
    "nan",
    "٣",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-23:59",
    "2026-01-05T14:00:00Z",
    "2026-01-05T15:30:00.123456789+02:00",
    "2026-W02",
    "2026-01-05",
    "completed",
    "processing",
    "../../etc/passwd",
    "..\\..\\x",
    "CON",
    "a\0b",
    "\x1b[2J\x9b31m",
    "\u202egnp.exe",
    "\ud800",
    "e\u0301",
    "é",
    "x" * 300,
    "/+ab==",
    "~",
    "a#2",
    "MP4",
    "TRANSCRIPT",
    "TIMELINE",
    "CC",
    "SUMMARY",
    "VTT",
    "shared_screen_with_speaker_view",
    "https://zoom.us/rec/download/abc?access_token=1",
    "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
    [],
    {},
)


def build_value(source: Source, keys: Sequence[str], depth: int = 0) -> Any:
    """One JSON value; about half of all are from `VALUES`."""
    kind = source.byte()
    value: Any = None
    if kind < 128:
        value = VALUES[kind % len(VALUES)]
    elif kind < 170:
        value = source.text()
    elif kind < 190:
        value = int.from_bytes(source.take(9), "big", signed=True)
    elif kind < 200:
        value = struct.unpack("d", source.take(8).ljust(8, b"\0"))[0]
    elif depth < 4 and kind < 228:
        value = [build_value(source, keys, depth + 1) for _ in range(source.byte() % 4)]
    elif depth < 4:
        value = build_object(source, keys, depth + 1)
    return value


def build_object(source: Source, keys: Sequence[str], depth: int = 0) -> dict[str, Any]:
    """An object with up to nine of `keys`."""
    return {source.choose(keys): build_value(source, keys, depth) for _ in range(source.byte() % 10)}


def read_document(data: bytes, keys: Sequence[str], usual: Mapping[str, Any]) -> dict[str, Any] | None:
    """`data` as a JSON object where it is one; else `usual`, spoiled as the bytes say. None for other JSON."""
    if data.lstrip()[:1] in {b"{", b"["}:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return document if isinstance(document, dict) else None
    source = Source(data)
    document = dict(usual)
    while not source.is_empty:
        document[source.choose(keys)] = build_value(source, keys)
    return document
