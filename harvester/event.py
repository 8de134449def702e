"""What a source tells us by itself, in our terms: which recordings it is about, and what it asks for.

An event only wakes work up; what a recording holds is asked of its source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from harvester.model import Json


class Intent(StrEnum):
    """What an event asks for."""

    HARVEST = "harvest"  # something of it is new or different: look at the recording
    GONE = "gone"  # the source no longer shows it, or some of its files
    NOTE = "note"  # nothing to do; kept because it was said


@dataclass(frozen=True, slots=True)
class Mention:
    """A recording that an event speaks of; `file_ids` are those it names, None for all of it."""

    native_id: str
    file_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What a body said. `digest` is the same for every copy of it; `body` holds no secret, `token` is one."""

    name: str
    intent: Intent
    digest: str
    happened_at: datetime | None
    account_id: str | None
    mentions: tuple[Mention, ...]
    body: Json
    token: str | None = field(default=None, repr=False)
