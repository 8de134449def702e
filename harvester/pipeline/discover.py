"""From listing pages to the recordings that need work. What is settled and unchanged costs one look into the ledger."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from harvester.archive import entry_folder
from harvester.errors import Damaged, Retriable, Skippable
from harvester.event import Departure, Pass
from harvester.ledger import Known, Ledger
from harvester.model import Gap, Json, ListingPage, Recording, Sighting, Window
from harvester.pipeline.select import Selection
from harvester.pipeline.summary import Summary
from harvester.source import Source

log = logging.getLogger(__name__)

Seen = dict[str, str]
"""Recording key -> fingerprint of the newest listing of it in this run."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording as the source shows it: normalised, the payload without secrets, and its listing's fingerprint."""

    recording: Recording
    payload: Json
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Ref:
    """A recording that needs work; `listed` is None where only its id is known.

    `may_be_absent`: an instance of a meeting, which need not have been recorded at all. `is_news`: an event says that
    there is something to fetch, so that not being shown does not mean gone. The rest is what an event told besides:
    what the source's detail leaves out, the way to new files, and who took it away when.
    """

    source: str
    native_id: str
    listed: Listed | None = None
    may_be_absent: bool = False
    is_news: bool = False
    said: Json = field(default_factory=dict)
    ticket: Pass | None = None
    departure: Departure | None = None

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
    seen: Seen,
    now: datetime,
) -> tuple[list[Ref], bool]:
    """The window's recordings that need work, and whether the listing was complete.

    Windows overlap and pages may come twice: a recording counts once, and its newest listing is worked on.
    """
    refs: dict[str, Ref] = {}
    complete = True
    try:
        for page in source.list_window(window):
            if isinstance(page, Gap):
                complete = False
                summary.add_gap(page)
                log.warning("listing.gap", extra={"fields": {"window": page.window, "message": page.message}})
            else:
                for ref in _new_on_page(source, page, ledger, selection, summary, seen=seen, now=now):
                    refs[ref.key] = ref
    except (Retriable, Skippable) as error:
        complete = False
        summary.add_gap(Gap(window, error.message, hint=error.hint))
        log.warning("listing.failed", extra={"fields": {"window": window, "reason": error.message}})
    return list(refs.values()), complete


def _new_on_page(
    source: Source,
    page: ListingPage,
    ledger: Ledger,
    selection: Selection,
    summary: Summary,
    *,
    seen: Seen,
    now: datetime,
) -> Iterable[Ref]:
    """What is settled and unchanged is passed over at a glance; only the rest is described."""
    sighted = {}
    for payload in page.payloads:
        try:
            sighting = source.glance(payload)
        except Damaged as error:
            summary.add_error(error)
            continue
        key = f"{source.name}:{sighting.native_id}"
        if seen.get(key) != sighting.fingerprint:
            sighted[key] = sighting, payload
    known = ledger.known(sighted)
    for key, (sighting, payload) in sighted.items():
        first = key not in seen
        seen[key] = sighting.fingerprint
        summary.recordings_listed += first
        summary.files_listed += sighting.n_files if first else 0
        if key in known and not needs_work(known[key], sighting, selection, now=now):
            summary.files_already_archived += known[key].archived if first else 0
            summary.files_pending += known[key].awaited if first else 0
            continue
        try:
            listed = read_listed(source, payload, sighting.fingerprint)
        except Damaged as error:
            summary.add_error(error)
            continue
        yield Ref(source.name, sighting.native_id, listed)


def needs_work(known: Known, sighting: Sighting, selection: Selection, *, now: datetime) -> bool:
    """Pure: whether a known recording must be looked into. Unchanged, nothing owed yet, same rules: no."""
    return (
        known.listing_fingerprint != sighting.fingerprint
        or (known.selection is not None and known.selection != selection.fingerprint())
        or (known.next_try_at is not None and datetime.fromisoformat(known.next_try_at) <= now)
    )


def read_listed(source: Source, payload: Json, fingerprint: str | None = None) -> Listed:
    """One payload in our terms; raises Damaged where it does not say which recording it is, or by an impossible id.

    Described as it will be archived, without what looks like a secret: the archive must say the same later.
    """
    scrubbed = source.scrub(payload)
    recording = source.describe(scrubbed)
    entry_folder(recording)  # an id that no folder can have is one bad recording here, and the end of a run later
    return Listed(recording, scrubbed, fingerprint)


def join(source: Source, listed: Listed, detail: Listed) -> Listed:
    """A listed recording with the files of its detail; that leaves out what only a listing says, as a host's e-mail.

    Where the detail does not say how long a file is, the listing may have: it is what tells a short one.
    """
    payload = {**listed.payload, **detail.payload}
    sizes = {each.key: each.listed_bytes for each in listed.recording.files}
    files = tuple(
        replace(each, listed_bytes=sizes.get(each.key)) if each.listed_bytes is None else each
        for each in detail.recording.files
    )
    return Listed(replace(source.describe(payload), files=files), payload, listed.fingerprint)
