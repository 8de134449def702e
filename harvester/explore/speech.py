"""What was said, from the search box: the same search as `harvester search`, its hits as a page shows them.

Decides that nobody waits for an index that is being made: until it is there a search reads the lake itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from harvester.errors import HarvesterError
from harvester.explore.filters import BadAddress, Filter
from harvester.explore.meeting_queries import CUE_PLACES, CUES_A_PAGE
from harvester.lake.search.find import Found, Hit, Search, find_speech, ignore, mark_up
from harvester.lake.search.index import refresh_index
from harvester.lake.search.words import find_name, read_terms
from harvester.lake.session import Session
from harvester.zoom_page import recording_page

HITS = 50


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit with its text in pieces (text, whether it matches), page and place of its cue, and its moment in Zoom."""

    hit: Hit
    day: date
    pieces: list[tuple[str, bool]]
    page: int
    place: int
    link: str | None


@dataclass(slots=True)
class Index:
    """Where the index of the search lies, None for none; it is used from the moment it is `ready`."""

    folder: Path | None
    ready: threading.Event = field(default_factory=threading.Event)

    def warm(self, lake: Path) -> None:
        """Bring it up to date, which takes minutes where it is new; then searches go through it."""
        if self.folder:
            with contextlib.suppress(HarvesterError, OSError):  # a search will say what is wrong, or read the lake
                refresh_index(lake, self.folder, None, ignore)
            self.ready.set()

    @property
    def is_being_made(self) -> bool:
        return self.folder is not None and not self.ready.is_set()


def search_speech(lake: Path, asked: Filter, index: Index, *, timeout_s: float | None) -> Found:
    """The newest hits. Raises BadAddress where there is nothing to look for, QueryStopped at the limit of time."""
    try:
        terms = read_terms(asked.text)
    except ValueError as error:
        raise BadAddress(str(error)) from error
    if not terms:
        raise BadAddress("there is nothing to look for", hint="type a word into the search box")
    search = Search(
        terms=terms,
        speakers=_names(asked.speaker),
        topics=_names(asked.topic),
        hosts=_names(asked.host),
        first_day=asked.first_day,
        last_day=asked.last_day,
        limit=HITS,
        context=1,
    )
    return find_speech(lake, search, cache=index.folder if index.ready.is_set() else None, timeout_s=timeout_s)


def _names(text: str) -> tuple[str, ...]:
    return (find_name(text),) if text else ()


def place_hits(session: Session, hits: Sequence[Hit], *, api_base_url: str) -> list[ShownHit]:
    """Each with the page of its meeting on which its cue stands; those whose recording has just gone are left out."""
    keys = sorted({each.recording_key for each in hits})
    days = {row["recording_key"]: row["date"] for row in session.ask(_DAYS, keys=keys)} if keys else {}
    transcripts = sorted({each.transcript_key for each in hits})
    places = session.ask(CUE_PLACES, days=sorted(set(days.values())), keys=transcripts) if days else []
    first = {row["transcript_key"]: row["first_place"] for row in places}
    shown = []
    for hit in hits:
        if hit.recording_key in days and hit.transcript_key in first:
            place = first[hit.transcript_key] + hit.cue.segment_index
            pieces = mark_up(hit.cue.text, hit.spans)
            is_zoom = hit.source == "zoom"
            link = recording_page(hit.native_id, api_base_url, at=hit.cue.start_at) if is_zoom else None
            shown.append(ShownHit(hit, days[hit.recording_key], pieces, place // CUES_A_PAGE + 1, place, link))
    return shown


_DAYS = "SELECT date, recording_key FROM recordings WHERE list_contains($keys, recording_key)"
