"""Bytes to text and JSON, and stamps to milliseconds, as the sidecars have them."""

from __future__ import annotations

import codecs
import re
from typing import Any

from harvester.body import parse_json
from harvester.errors import Damaged

_HINT = (
    "the file may be an error page or cut: fetch it again, and if the bytes stay the same take it up with the source"
)
_STAMP = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])(?:[.,]([0-9]{1,6}))?")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> str:
    """Text in the encoding that the bytes show: a byte order mark, UTF-16, UTF-8 or else cp1252; NUL becomes U+FFFD."""
    return _decode(data).replace("\0", "\ufffd")


def _decode(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, "replace")
    if data[:1] and data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # cut in the middle of a character it is still UTF-8
        is_cut = error.reason == "unexpected end of data" and error.end == len(data)
        return data.decode("utf-8" if is_cut else "cp1252", "replace")


def read_json(data: bytes, name: str) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Whatever JSON a file holds. Raises Damaged naming it as `name`."""
    try:
        return parse_json(data)
    except Damaged as error:
        what = "HTML" if data.lstrip()[:1] == b"<" else "no JSON that can be read" if data.strip() else "empty"
        raise Damaged(f"not a {name}: it is {what}, {len(data):,} bytes", hint=_HINT) from error


def refuse(name: str, why: str) -> Damaged:
    """The error for a file that is none of `name`."""
    return Damaged(f"not a {name}: {why}", hint=_HINT)


def parse_stamp(value: object) -> int | None:
    """Milliseconds of "01:02:03.450"; None for anything else."""
    found = _STAMP.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    hours, minutes, seconds, fraction = found.groups()
    return (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 1000 + int((fraction or "").ljust(3, "0")[:3])


def as_text(value: object) -> str | None:
    """A string without the blanks around it; None when nothing is left of it, or it is none."""
    return (value.strip() or None) if isinstance(value, str) else None


def as_id(value: object) -> str | None:
    """An id, whether the file has it as text or as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else as_text(value)
