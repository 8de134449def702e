"""Bytes of a reply as JSON, or Damaged. Decides what counts as readable, never what it means.

Python's own decoder raises four kinds of error on hostile input (depth, digits, encoding, syntax); here they are one.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from harvester.errors import Damaged

_HINT = "a proxy or a wrong base URL can answer in the source's place: check both"


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Whatever JSON is in `body`. Lone surrogates that are escaped become U+FFFD, as no UTF-8 file could hold them."""
    if not body.strip():
        raise Damaged("the reply is empty", hint=_HINT)
    try:
        text = body.decode(json.detect_encoding(body))  # strictly: half a character as it stands is no text
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_parse_finite)
        return _repair(value) if "\\u" in text else value
    except (ValueError, RecursionError) as error:
        kind = "HTML" if body.lstrip()[:1] == b"<" else f"unreadable JSON ({type(error).__name__})"
        raise Damaged(f"the reply is {kind}, {len(body)} bytes", hint=_HINT) from error


def parse_object(body: bytes) -> dict[str, Any]:
    """The same where it must be an object."""
    value = parse_json(body)
    if not isinstance(value, dict):
        raise Damaged(f"the reply is a JSON {type(value).__name__}, not an object", hint=_HINT)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _parse_finite(digits: str) -> float:
    """A number that JSON can be written with again; 1e999 would come back as `Infinity`."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def _repair(value: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_repair(item) for item in value]
    if isinstance(value, dict):
        return {_repair(key): _repair(item) for key, item in value.items()}
    return value
