"""Everything Zoom lists for one address and window, with proof that it is everything.

Decides when a listing is complete: every page, as many recordings as announced, for the days that were asked.
What stays missing is a Gap. Never decides whose recordings are listed; that is `harvester.zoom.source`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from harvester.clock import Clock
from harvester.errors import Damaged, PageTokenExpired
from harvester.model import Gap, Json, ListingPage, Window
from harvester.zoom.describe import describe
from harvester.zoom.http import ZoomApi
from harvester.zoom.paging import MOST_WALKS, Paging
from harvester.zoom.windows import build_query, uncovered
from schemas.zoom import ListingReply

log = logging.getLogger(__name__)

PAGE_SIZE = 300


@dataclass(slots=True)
class _Found:
    """What one walk through the pages brought, by UUID; a later page is the newer truth."""

    last_day: date
    payloads: dict[str, Json] = field(default_factory=dict)
    beyond: set[str] = field(default_factory=set)  # of the day asked beyond the window (windows.build_query)
    broken: list[str] = field(default_factory=list)
    announced: int | None = None
    first: date | None = None
    last: date | None = None

    @property
    def received(self) -> int:
        return len(self.payloads) + len(self.beyond) + len(self.broken)

    @property
    def is_complete(self) -> bool:
        return self.announced is None or self.announced == self.received

    def add(self, reply: ListingReply) -> None:
        self.announced = reply.total_records
        self.first, self.last = reply.from_ or self.first, reply.to or self.last
        for payload in reply.meetings:
            try:
                recording = describe(payload)
            except Damaged as error:
                self.broken.append(error.message)
                continue
            if recording.date > self.last_day:
                self.beyond.add(recording.native_id)
            else:
                self.payloads[recording.native_id] = payload


def iter_listing(
    api: ZoomApi, path: str, window: Window, *, clock: Clock, subject: str | None = None
) -> Iterator[ListingPage | Gap]:
    """Yield the recordings of `window`, each once, then its gaps. Raises what the first request is refused with."""
    gaps: list[Gap] = []
    payloads: dict[str, Json] = {}
    to_list = [window]
    while to_list:
        part = to_list.pop()
        found = _fetch_complete(api, path, part, last_day=window.end)
        payloads.update(found.payloads)
        gaps += [Gap(window, message, subject) for message in _describe_gaps(found)]
        for rest in uncovered(part, first=found.first, last=found.last, today=clock.now().date()):
            if rest.end - rest.start < part.end - part.start:
                log.info("zoom.window_cut", extra={"fields": {"asked": str(part), "again": str(rest)}})
                to_list.append(rest)
            else:
                gaps.append(Gap(window, f"Zoom listed {found.first}..{found.last} instead of {part}", subject))
    wanted = list(payloads.values())
    for index in range(0, len(wanted), PAGE_SIZE):
        yield ListingPage(tuple(wanted[index : index + PAGE_SIZE]))
    yield from gaps


def _fetch_complete(api: ZoomApi, path: str, window: Window, *, last_day: date) -> _Found:
    """List `window`, and once more when the count is off: entries shift between pages while they are read."""
    first = _fetch_window(api, path, window, last_day)
    if first.is_complete:
        return first
    fields = {"window": str(window), "announced": first.announced, "received": first.received}
    log.warning("zoom.listing_incomplete", extra={"fields": fields})
    second = _fetch_window(api, path, window, last_day)
    if not second.is_complete:
        second.payloads = {**first.payloads, **second.payloads}
    return second


def _fetch_window(api: ZoomApi, path: str, window: Window, last_day: date) -> _Found:
    found = _Found(last_day)
    for page in fetch_pages(api, path, build_query(window), expect="meetings"):
        found.add(ListingReply.model_validate(page))
    return found


def fetch_pages(api: ZoomApi, path: str, query: dict[str, str], *, expect: str) -> list[Json]:
    """All pages, from the start again when the page token dies under way."""
    for walk in range(1, MOST_WALKS + 1):
        try:
            return list(_iter_pages(api, path, query, expect=expect))
        except PageTokenExpired as error:
            log.warning("zoom.page_token_expired", extra={"fields": {"path": path, "walk": walk}})
            last = error
    raise Damaged(
        f"the page token of {path} expired in each of {MOST_WALKS} listings",
        hint="list a shorter range with `harvester backfill --from D --to D`",
        subject=path,
    ) from last


def _iter_pages(api: ZoomApi, path: str, query: dict[str, str], *, expect: str) -> Iterator[Json]:
    paging = Paging()
    while not paging.done:
        token = {"next_page_token": paging.token} if paging.token else {}
        page = api.fetch_object(path, {"page_size": str(PAGE_SIZE), **query, **token}, expect=expect)
        yield page
        following = page.get("next_page_token")
        paging = paging.advance(following if isinstance(following, str) else None)


def _describe_gaps(found: _Found) -> list[str]:
    messages = [f"an entry cannot be read: {message}" for message in found.broken]
    if not found.is_complete:
        messages.append(f"Zoom announced {found.announced} recordings and listed {found.received}, twice")
    return messages
