"""Faults of JSON answers: keys that are missing, wrong or twice, and texts that break a decoder.

Each takes the bytes of a good answer and gives the bad ones. An answer that is no JSON object stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harvester.sandbox.faults import Fault

Spoil = Callable[[bytes, Fault], bytes]


def _without(data: bytes, fault: Fault) -> bytes:
    return _rewritten(data, lambda held: {key: value for key, value in held.items() if key != fault.value})


def _set(data: bytes, fault: Fault) -> bytes:
    """KEY=JSON; a key that is nowhere stays so."""
    name, _, text = str(fault.value).partition("=")
    new = json.loads(text)
    return _rewritten(data, lambda held: held | ({name: new} if name in held else {}))


def _rewritten(data: bytes, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    def visit(value: object) -> object:
        if isinstance(value, dict):
            return {key: visit(held) for key, held in change(value).items()}
        return [visit(item) for item in value] if isinstance(value, list) else value

    try:
        document = json.loads(data)
    except ValueError:
        return data
    return json.dumps(visit(document), ensure_ascii=False, separators=(",", ":")).encode()


def _double_keys(data: bytes, _fault: Fault) -> bytes:
    try:
        keys = list(json.loads(data))
    except ValueError:
        return data
    return _opened(data, "".join(f"{json.dumps(key)}:null," for key in keys).encode())


def _opened(data: bytes, more: bytes) -> bytes:
    """The object with `more` as its first keys."""
    return b"{" + more + data[1:] if data[:1] == b"{" else data


def _recode(data: bytes, fault: Fault) -> bytes:
    return data.decode().encode(str(fault.value))


SPOIL_JSON: dict[str, Spoil] = {
    "without": _without,
    "set": _set,
    "double_keys": _double_keys,
    "deep_json": lambda data, fault: _opened(
        data, b'"deep":' + b"[" * int(fault.number) + b"]" * int(fault.number) + b","
    ),
    "nan": lambda data, _fault: _opened(data, b'"nan":NaN,'),
    "digits": lambda data, fault: _opened(data, b'"digits":' + b"9" * int(fault.number) + b","),
    "pad": lambda data, fault: data + b" " * (int(fault.number) << 20),
    "recode": _recode,
}
