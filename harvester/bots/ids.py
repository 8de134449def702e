"""A provider's ids where they stand for something of ours: in paths of calls, and as keys of files. Pure."""

from __future__ import annotations

from urllib.parse import quote


def quote_id(native_id: str) -> str:
    """As one step of a path. Halves of characters cannot be asked for, and come as question marks."""
    return quote(native_id, safe="", errors="replace")


def clean_key(native_key: str) -> str:
    """`~` is kept free: the archive numbers later versions of a file with it."""
    return native_key.replace("~", "%7E")
