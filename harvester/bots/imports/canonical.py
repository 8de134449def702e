"""Bytes of saved files, on the way in and on the way out. Pure: decides what counts as readable and what is kept.

A document is kept as it was saved where nothing of it is secret, else as canonical JSON, as those are that the
providers send.
"""

from __future__ import annotations

import hashlib
from typing import Any

from harvester.body import parse_json
from harvester.bots.canonical_json import KEY_DIGITS, read_lines, write_json, write_lines
from harvester.bots.imports.model import Document, Saved
from harvester.bots.scrub import build_scrubber
from harvester.errors import Damaged

SCRUBBER = build_scrubber()

_LINES = "jsonl"


def read_text(saved: Saved) -> str:
    """Raises Damaged for bytes that are no UTF-8 text, and for none at all."""
    try:
        text = saved.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Damaged(f"it is no UTF-8 text: {error.reason} at byte {error.start}") from error
    if not text.strip():
        raise Damaged("it is empty", hint="save it once more")
    return text


def read_json(saved: Saved) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """JSON, or the list of the values of a file with one on each line. Raises Damaged."""
    read_text(saved)
    try:
        return parse_json(saved.data)
    except Damaged:
        return _read_lines(saved.data.removeprefix(b"\xef\xbb\xbf"))


def _read_lines(data: bytes) -> list[Any]:
    try:
        return read_lines(data)
    except Damaged:
        raise Damaged("it is no JSON") from None


def hash_document(document: Document) -> str:
    """What a document without an id is known by: the head of the SHA-256 of its canonical form, or of its text."""
    data = document.value.encode("utf-8", "surrogatepass") if isinstance(document.value, str) else None
    return hash_bytes(write_json(document.value) if data is None else document.data or data)


def hash_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:KEY_DIGITS]


def scrub_value(value: Any) -> Any:  # noqa: ANN401
    """JSON without what is secret in it; words of people's stay. Raises Damaged for what is nested too deep."""
    return value if isinstance(value, str) else SCRUBBER.scrub_any(value)


def is_secret(word: str | None) -> bool:
    """Whether a word that should be an id or a name is an address or a token."""
    return word is not None and SCRUBBER.scrub_any(word) is None


def write_document(document: Document, extension: str | None) -> bytes:
    """The bytes to keep of a scrubbed document whose `data` are its own, as lines where it is listed as such."""
    if isinstance(document.value, str):
        return document.data or document.value.encode("utf-8", "surrogatepass")
    if document.data is not None and document.extension == extension:
        return document.data
    if extension == _LINES and isinstance(document.value, list):
        return write_lines(document.value)
    return write_json(document.value)
