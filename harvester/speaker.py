"""What a speaker's label says: a name, a voice told apart from others, or nothing. Pure."""

from __future__ import annotations

import re
from typing import Literal

SpeakerKind = Literal["named", "generic", "unknown"]

_GENERIC = re.compile(r"[0-9]+|[a-z]|speaker[ _-]?(?:[0-9]+|[a-z])", re.ASCII | re.IGNORECASE)
_UNKNOWN = frozenset({"", "unknown", "unknown speaker", "nospeaker"})


def classify_speaker(label: str | None) -> tuple[SpeakerKind, str | None]:
    """(kind, name): a name only when the label names somebody. A phone number does, a bare number does not."""
    name = (label or "").strip()
    if name.lower() in _UNKNOWN:
        return "unknown", None
    if _GENERIC.fullmatch(name):
        return "generic", None
    return "named", name
