"""Everything Zoom lists for one address and window, with proof that it is everything.

Decides when a listing is complete: every page, as many recordings as announced, for the days that were asked.
What stays missing is a Gap. Never decides whose recordings are listed; that is `harvester.zoom.source`.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date

from harvester.clock import Clock
from harvester.errors import Damaged, PageTokenExpired
from harvester.model import Gap, Json, ListingPage, Window
from harvester.zoom.glance import find_id, start_day
from harvester.zoom.http import ZoomApi
from harvester.zoom.paging import MOST_WALKS, Paging
from harvester.zoom.windows import build_query, uncovered
from schemas.zoom import ListingReply

log = logging.getLogger(__name__)

PAGE_SIZE = 300


@dataclass(slots=True)
class _Walk:
    """What one walk through the pages showed: which recordings, and what the replies said of themselves."""

    last_day: date
    ids: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    announced: int | None = None
    first: date | None = None
    last: date | None = None

    @property
    def received(self) -> int:
        return len(self.ids) + len(self.broken)

    @property
    def is_complete(self) -> bool:
        return self.announced is None or self.announced == self.received

    def add(self, reply: ListingReply) -> ListingPage:
        """Count the page; its entries that belong to the window, less those that cannot be read."""
        self.announced = reply.total_records
        self.first, self.last = reply.from_ or self.first, reply.to or self.last
        wanted = []
        for payload in reply.meetings:
            try:
                day, native_id = start_day(payload), find_id(payload)
            except Damaged as error:
                self.broken.append(error.message)
                continue
            self.ids.add(native_id)
            if day <= self.last_day:  # the day after is asked too (windows.build_query)
                wanted.append(payload)
        return ListingPage(tuple(wanted))


def iter_listing(
    api: ZoomApi, path: str, window: Window, *, clock: Clock, subject: str | None = None
) -> Iterator[ListingPage | Gap]:
    """Yield the pages of `window` as they arrive, then its gaps. Raises what a request is refused with.

    What is listed again, because a page token died or the count was off, is yielded again.
    """
    gaps: list[Gap] = []
    to_list = [window]
    while to_list:
        part = to_list.pop()
        walk = yield from _walk_twice(api, path, part, last_day=window.end)
        gaps += [Gap(window, message, subject) for message in _describe_gaps(walk)]
        for rest in uncovered(part, first=walk.first, last=walk.last, today=clock.now().date()):
            if rest.end - rest.start < part.end - part.start:
                log.info("zoom.window_cut", extra={"fields": {"asked": str(part), "again": str(rest)}})
                to_list.append(rest)
            else:
                gaps.append(Gap(window, f"Zoom listed {walk.first}..{walk.last} instead of {part}", subject))
    yield from gaps


def _walk_twice(api: ZoomApi, path: str, window: Window, *, last_day: date) -> Generator[ListingPage, None, _Walk]:
    """List `window`, and once more when the count is off: entries shift between pages while they are read."""
    walk = yield from _walk_window(api, path, window, last_day)
    if walk.is_complete:
        return walk
    fields = {"window": str(window), "announced": walk.announced, "received": walk.received}
    log.warning("zoom.listing_incomplete", extra={"fields": fields})
    return (yield from _walk_window(api, path, window, last_day))


def _walk_window(api: ZoomApi, path: str, window: Window, last_day: date) -> Generator[ListingPage, None, _Walk]:
    walk = _Walk(last_day)
    for page in iter_pages(api, path, build_query(window), expect="meetings"):
        if page is None:
            walk = _Walk(last_day)
        else:
            yield walk.add(ListingReply.model_validate(page))
    return walk


def iter_pages(api: ZoomApi, path: str, query: dict[str, str], *, expect: str) -> Iterator[Json | None]:
    """Every page; None says that they come once more from the first on, because the page token died under way."""
    for walk in range(1, MOST_WALKS + 1):
        try:
            yield from _iter_pages(api, path, query, expect=expect)
        except PageTokenExpired as error:
            log.warning("zoom.page_token_expired", extra={"fields": {"path": path, "walk": walk}})
            last = error
            yield None
        else:
            return
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


def _describe_gaps(walk: _Walk) -> list[str]:
    messages = [f"an entry cannot be read: {message}" for message in walk.broken]
    if not walk.is_complete:
        messages.append(f"Zoom announced {walk.announced} recordings and listed {walk.received}, twice")
    return messages
