"""Names from a recording's other files, for the few display names that a transcript alone cannot split.

Only names are taken, never what was said or when. A file that is not what it claims yields no names: a roster helps,
it is not needed.
"""

from __future__ import annotations

import json
import re
from typing import Any

_LINE = r"^[0-9]{2}:[0-9]{2}:[0-9]{2}\t"
# Bounded repeats keep a hostile line from costing more than its length.
# Cloud chat ends a name with ":<TAB>" (names may hold ": "); the desktop client writes "From  Name : text" or
# "From Name to Somebody:".
_CLOUD = re.compile(_LINE + r"([^\t\r\n]{1,200}):\t", re.MULTILINE)
_CLIENT = re.compile(
    r"^[0-9]{2}:[0-9]{2}:[0-9]{2}[ \t]+From ([^\t\r\n:]{1,200}?)(?: to [^\t\r\n:]{1,200})?:(?=\s|$)", re.MULTILINE
)


def names_in_chat(data: bytes) -> frozenset[str]:
    """Senders in a chat file, stripped."""
    text = data.decode("utf-8", "replace")
    found = _CLOUD.findall(text) + _CLIENT.findall(text)
    return frozenset(name.strip() for name in found) - {""}


def names_in_timeline(data: bytes) -> frozenset[str]:
    """User names in a TIMELINE file, stripped, from both of its lists."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return frozenset()
    if not isinstance(document, dict):
        return frozenset()
    users = [
        user
        for part in ("timeline", "timeline_refine")
        for entry in _records(document.get(part))
        for user in _records(entry.get("users"))
    ]
    names = (user.get("username") for user in users)
    return frozenset(name.strip() for name in names if isinstance(name, str)) - {""}


def _records(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - whatever JSON holds
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
