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
    """A recording that an event speaks of; `file_ids` are those it names, None for all of it.

    `said` is what only the event says of the recording, in the source's own terms. `may_be_absent`: a meeting that
    need not have been recorded at all.
    """

    native_id: str
    file_ids: frozenset[str] | None = None
    said: Json = field(default_factory=dict)
    may_be_absent: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """What an event gives besides its facts: the files it names with their addresses, and the token for them.

    Secret, and good for a day: kept in memory only, never written down. Without it the source is asked.
    """

    payload: Json = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Departure:
    """When something left the source, and who took it away, as far as an event said."""

    at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What a body said. `digest` is the same for every copy of it; `body` holds no secret, `ticket` is one.

    `actor` is who did it, where somebody did.
    """

    name: str
    intent: Intent
    digest: str
    happened_at: datetime | None
    account_id: str | None
    mentions: tuple[Mention, ...]
    body: Json
    actor: str | None = None
    is_verified: bool = True  # False: its sender signs nothing, so that anybody may have sent it
    ticket: Pass | None = field(default=None, repr=False)
