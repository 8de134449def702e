"""Names from a recording's other files, for the few display names that a transcript alone cannot split.

Only names are taken, never what was said or when, and from wherever a line or a member of the right shape stands: a
roster helps, it is not needed, so that a damaged file gives what it still holds. Neither file is decoded as a whole: a
meeting repeats a dozen names thousands of times, and a TIMELINE's JSON took longer to read than its transcript.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

# Bounded repeats keep a hostile line from costing more than its length.
# Cloud chat ends a name with ":<TAB>" (names may hold ": "); the desktop client writes "From  Name : text" or
# "From Name to Somebody:".
_SENDER = re.compile(
    rb"^[0-9]{2}:[0-9]{2}:[0-9]{2}"
    rb"(?:\t([^\t\r\n]{1,800}):\t|[ \t]+From ([^\t\r\n:]{1,800}?)(?: to [^\t\r\n:]{1,800})?:(?=\s|$))",
    re.MULTILINE,
)
_USERNAME = re.compile(rb'"username"\s{0,9}:\s{0,9}("[^"\\]{0,800}(?:\\.[^"\\]{0,800}){0,200}")')


def names_in_chat(data: bytes) -> frozenset[str]:
    """Senders in a chat file, stripped."""
    found = {name for pair in _SENDER.findall(data) for name in pair}
    return _stripped(name.decode("utf-8", "replace") for name in found)


def names_in_timeline(data: bytes) -> frozenset[str]:
    """User names in a TIMELINE file, stripped, from both of its lists."""
    return _stripped(map(_decode, set(_USERNAME.findall(data))))


def _decode(literal: bytes) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:  # a broken escape or UTF-8
        return ""


def _stripped(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(str.strip, names)) - {""}
