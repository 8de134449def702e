"""From listing pages to the recordings that need work. What is settled and unchanged costs one look into the ledger."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from harvester.errors import Damaged, Retriable, Skippable
from harvester.ledger import Ledger, RecordingRow
from harvester.model import Gap, Json, ListingPage, Recording, Window
from harvester.pipeline.select import Selection
from harvester.pipeline.summary import Summary
from harvester.source import Source

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording as a listing shows it: normalised, the payload without secrets, and that payload's hash."""

    recording: Recording
    payload: Json
    sha256: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A recording that needs work; `listed` is None where only its id is known.

    `may_be_absent`: an instance of a meeting, which need not have been recorded at all.
    """

    source: str
    native_id: str
    listed: Listed | None = None
    may_be_absent: bool = False

    @property
    def key(self) -> str:
        return f"{self.source}:{self.native_id}"


def list_window(
    source: Source,
    window: Window,
    ledger: Ledger,
    selection: Selection,
    summary: Summary,
    *,
    seen: set[str],
    now: datetime,
) -> tuple[list[Ref], bool]:
    """The window's recordings that need work, and whether the listing was complete.

    `seen` holds the keys of the run so far: windows overlap, and a recording counts once.
    """
    refs: list[Ref] = []
    complete = True
    try:
        for page in source.list_window(window):
            if isinstance(page, Gap):
                complete = False
                summary.add_gap(page)
                log.warning("listing.gap", extra={"fields": {"window": page.window, "message": page.message}})
            else:
                refs.extend(_new_on_page(source, page, ledger, selection, summary, seen=seen, now=now))
    except (Retriable, Skippable) as error:
        complete = False
        summary.add_gap(Gap(window, error.message))
        log.warning("listing.failed", extra={"fields": {"window": window, "reason": error.message}})
    return refs, complete


def _new_on_page(
    source: Source,
    page: ListingPage,
    ledger: Ledger,
    selection: Selection,
    summary: Summary,
    *,
    seen: set[str],
    now: datetime,
) -> Iterator[Ref]:
    for payload in page.payloads:
        try:
            listed = read_listed(source, payload)
        except Damaged as error:
            summary.add_error(error)
            continue
        recording = listed.recording
        if recording.key in seen:
            continue
        seen.add(recording.key)
        summary.recordings_listed += 1
        summary.files_listed += len(recording.files)
        known = ledger.recording(recording.key)
        if known and not needs_work(known, listed, selection, now=now):
            archived, awaited = ledger.count_of(known)
            summary.files_already_archived += archived
            summary.files_pending += awaited
            continue
        yield Ref(recording.source, recording.native_id, listed)


def needs_work(known: RecordingRow, listed: Listed, selection: Selection, *, now: datetime) -> bool:
    """Pure: whether a known recording must be looked into. Unchanged, nothing owed yet, same rules: no."""
    return (
        known.listing_sha256 != listed.sha256
        or (known.selection is not None and known.selection != selection.fingerprint())
        or (known.next_try_at is not None and datetime.fromisoformat(known.next_try_at) <= now)
    )


def read_listed(source: Source, payload: Json) -> Listed:
    """One payload in our terms; raises Damaged where it does not say which recording it is."""
    scrubbed = source.scrub(payload)
    canonical = json.dumps(scrubbed, sort_keys=True, separators=(",", ":")).encode()
    return Listed(source.describe(payload), scrubbed, hashlib.sha256(canonical).hexdigest())
