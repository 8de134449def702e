"""SUMMARY: what Zoom's AI wrote of a meeting, its sections, chapters and next steps.

The forms are not documented and only one was seen (`overall_summary` with `items`), so that everything is taken for
what it most looks like, and what looks like nothing is kept as `other`: no form is an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harvester.errors import Damaged
from harvester.sidecars.model import Piece, PieceKind
from harvester.sidecars.text import as_text, decode, parse_stamp, read_json

_WHOLES: Mapping[str, PieceKind] = {
    "overall_summary": "summary",
    "summary_overview": "summary",
    "summary": "summary",
    "next_step": "next_step",
}
_LISTS: Mapping[str, PieceKind] = {
    "items": "section",
    "sections": "section",
    "summary_details": "section",
    "chapters": "chapter",
    "next_steps": "next_step",
}
_OF_FILE: Mapping[str, PieceKind] = {"summary_next_steps": "next_step", "summary_smart_chapters": "chapter"}
_TITLES = ("label", "title", "chapter_title", "name")
_TEXTS = ("summary", "text", "content", "description", "next_step")
_SHORT = ("short_summary",)
_STARTS = ("start_time", "start")
_ENDS = ("end_time", "end")


def read_summary(data: bytes, *, recording_type: str | None = None) -> list[Piece]:
    """The pieces in the order of the file; `recording_type` says what the file is for. Never an error."""
    of_file = _OF_FILE.get((recording_type or "").lower())
    try:
        document = read_json(data, "summary")
    except Damaged:
        text = decode(data)
        return [Piece("other", _dump(text))] if text.strip() else []
    if isinstance(document, list):
        return [_read_item(each, of_file or "section") for each in document if each]
    if isinstance(document, dict):
        return list(_read_object(document, of_file))
    return [Piece("other", _dump(document))] if document else []


def _read_object(document: Mapping[str, Any], of_file: PieceKind | None) -> Iterator[Piece]:
    left: dict[str, Any] = {}
    for name, value in document.items():
        if name in _WHOLES and as_text(value):
            is_general = name != "next_step" and of_file == "next_step"  # of such a file all is next steps
            kind: PieceKind = "next_step" if is_general else _WHOLES[name]
            yield Piece(kind, _dump({name: value}), text=as_text(value))
        elif name in _LISTS and isinstance(value, list):
            kind = of_file if of_file and _LISTS[name] == "section" else _LISTS[name]
            yield from (_read_item(each, kind) for each in value if each)
        elif value:
            left[name] = value
    if left:
        yield Piece("other", _dump(left))


def _read_item(item: Any, kind: PieceKind) -> Piece:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(item, str):
        return Piece(kind, _dump(item), text=as_text(item))
    said = item if isinstance(item, dict) else {}
    title, text, short = (_first_text(said, names) for names in (_TITLES, _TEXTS, _SHORT))
    if title is None and text is None:
        return Piece("other", _dump(item))
    start_ms, end_ms = (_first_stamp(said, names) for names in (_STARTS, _ENDS))
    return Piece(kind, _dump(item), start_ms, end_ms, title, text, short)


def _first_text(said: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := as_text(said.get(name)))), None)


def _first_stamp(said: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((ms for name in names if (ms := parse_stamp(said.get(name))) is not None), None)


def _dump(value: Any) -> str:  # noqa: ANN401
    """A value as it stands in the file, as JSON; one nested too deep for that is said to be so."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):  # ValueError: a number of too many digits
        return '"nested too deep, or with a number too long, to be shown here"'
