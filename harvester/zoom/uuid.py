"""Ids as path segments. Decides the encoding, never the path around it.

Zoom decodes a path once before it routes it, so a UUID holding `/` must be encoded twice; encoding every UUID twice
is accepted as well (facts of the API, section 3), and one rule is safer than two. Numeric ids are never encoded.
"""

from __future__ import annotations

from urllib.parse import quote

from harvester.errors import Refused


def is_numeric_id(meeting_id: str) -> bool:
    """True for a meeting number, which names all instances; False for a UUID, which names one."""
    return meeting_id.isascii() and meeting_id.isdigit()


def meeting_segment(meeting_id: str) -> str:
    return meeting_id if is_numeric_id(meeting_id) else quote(_single(meeting_id, "meeting"), safe="")


def user_segment(user_id: str) -> str:
    return _single(user_id, "user")


def _single(text: str, what: str) -> str:
    # "." and ".." survive encoding, and every HTTP library folds them into another path.
    if not text.strip(".") or not text.isprintable():
        raise Refused(f"{text!r} is no {what} id", hint=f"give the {what} id as Zoom lists it", subject=repr(text))
    return quote(text, safe="")
