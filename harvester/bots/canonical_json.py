"""JSON in the one form in which documents are kept and told apart: keys sorted, no blanks. Pure.

Decides the bytes alone, never what of a value is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from harvester.body import parse_json
from harvester.errors import Damaged

KEY_DIGITS = 32
"""Hexadecimal digits of a hash that stands in place of an id."""


def write_json(value: Any) -> bytes:  # noqa: ANN401 - JSON has no narrower type
    """Raises Damaged for what Python cannot write: too many levels, or a number of too many digits."""
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except (RecursionError, ValueError) as error:
        raise Damaged("it is nested too deep, or has a number too long") from error
    return text.encode("utf-8", "surrogatepass")


def write_lines(values: Iterable[Any]) -> bytes:
    """A value on each line."""
    return b"".join(write_json(each) + b"\n" for each in values)


def read_lines(data: bytes) -> list[Any]:
    """The values of a file with one on each line, blank lines left out. Raises Damaged."""
    return [parse_json(line) for line in data.splitlines() if line.strip()]


def hash_json(value: Any) -> str:  # noqa: ANN401
    """SHA-256, in hexadecimal digits. Raises Damaged as `write_json` does."""
    return hashlib.sha256(write_json(value)).hexdigest()
