"""A provider of meeting bots as a `harvester.source.Source`: one thin loop for all of them.

Decides when a listing is at its end, that a page which comes again is none, and what of a document is kept. What is
asked and what answers mean is the provider's (`harvester.bots.provider`).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from harvester.body import parse_json, parse_object
from harvester.bots.api import BotApi
from harvester.bots.canonical_json import hash_json, read_lines, write_json, write_lines
from harvester.bots.imports.note import MEMBER, without_note
from harvester.bots.model import Origin, RunStatus
from harvester.bots.payload_source import PayloadSource
from harvester.bots.provider import Address, Call, Inline, Page, Provider
from harvester.bots.scrub import build_scrubber
from harvester.clock import Clock
from harvester.errors import Absent, AccessRefused, Damaged, Pending, Refused, Vanished
from harvester.event import Event
from harvester.model import Gap, Json, Kind, ListedFile, ListingPage, Sighting, Window
from harvester.source import Detail

LONGEST_WINDOW_DAYS = 30
_DETAIL_LIFE_S = 60.0  # MeetStream's addresses live ten minutes, and reading the bot again costs one call
_MOST_PAGES = 10_000
_SHORT_BYTES = 16 * 1024  # reading a transcript of an hour only to see that it is one costs a tenth of a pull
_SCRUBBER = build_scrubber()


class BotSource(PayloadSource):
    """One account at one provider; safe to share between threads."""

    detail_life_s = _DETAIL_LIFE_S

    def __init__(self, provider: Provider, api: BotApi, *, clock: Clock) -> None:
        super().__init__(provider)
        self._provider = provider
        self._api = api
        self._clock = clock

    @property
    def api_calls(self) -> int:
        return self._api.calls

    # --- listing -----------------------------------------------------------------------------------------------------

    def windows(self, start: date, end: date) -> list[Window]:
        """Of at most 30 days, without overlap: the provider asks a day more on each side."""
        step = timedelta(days=LONGEST_WINDOW_DAYS)
        count = (end - start).days // LONGEST_WINDOW_DAYS + 1 if end >= start else 0
        firsts = [start + step * number for number in range(count)]
        return [Window(first, min(first + step - timedelta(days=1), end)) for first in firsts]

    def list_window(self, window: Window) -> Iterator[ListingPage | Gap]:
        """Yield the pages of all listings that the window takes, then what is known to be missing."""
        today = self._clock.now().date()
        try:
            for call in self._provider.build_listings(window, today=today):
                yield from self._iter_pages(call)
        except Refused as error:  # where not even the listing is shown, the key is refused
            raise AccessRefused(error.message, hint=error.hint) from error
        if reason := self._provider.find_unlistable(window, today=today):
            yield Gap(window, reason, self._provider.title)

    def _iter_pages(self, first: Call) -> Iterator[ListingPage]:
        call: Call | str | None = first
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            if call is None:
                return
            answer = self._api.follow(call) if isinstance(call, str) else self._api.ask(replace(call, is_listing=True))
            page = self._provider.read_page(call if isinstance(call, Call) else first, answer)
            # what a provider calls by the name of our note is none
            page = replace(page, payloads=tuple(without_note(each) for each in page.payloads))
            self._check_new(page, seen)
            yield ListingPage(page.payloads)
            call = page.following
        raise Damaged(f"{self._provider.title}'s listing has no end: {_MOST_PAGES} pages and more")

    def _check_new(self, page: Page, seen: set[str]) -> None:
        """A page that says where the next one is, and was here before, would come for ever."""
        if page.following is None:
            return
        said = [self.scrub(each) for each in page.payloads]
        marks = {repr(page.following)} | ({hash_json(said)} if said else set())
        if marks & seen:
            raise Damaged(
                f"a page of {self._provider.title}'s listing came twice",
                hint="what lies behind it could not be listed; it is asked for again next run",
            )
        seen |= marks

    # --- one recording -----------------------------------------------------------------------------------------------

    def fetch_detail(self, native_id: str, *, for_download: bool) -> Detail:
        """Everything the provider says of one recording; addresses are asked for one by one."""
        del for_download
        calls = self._provider.build_details(native_id)
        answers = {name: self._api.ask_all(call) for name, call in calls.items()}
        payload = without_note(self._provider.join_details(native_id, answers))
        found = self._provider.find_id(payload)
        if found != native_id:
            raise Damaged(f"{self._provider.title} was asked for {native_id} and answered with {found}")
        return Detail(payload)

    def fetch_address(self, payload: Json, file: ListedFile) -> str:
        place = self._provider.locate(payload, file.key)
        if isinstance(place, Call):
            return self._provider.read_address(file.key, self._api.ask(place))
        if isinstance(place, Address):
            return place.url
        raise Vanished(f"{self._provider.title} has no {file.key} of this recording any longer", subject=file.key)

    def fetch_document(self, payload: Json, file: ListedFile) -> bytes:
        place = self._provider.locate(payload, file.key)
        if place is None:
            raise Vanished(f"{self._provider.title} has no {file.key} of this recording any longer", subject=file.key)
        if isinstance(place, Address):
            data = self._api.fetch(place.url, subject=file.key)
            document = read_lines(data) if file.extension == "jsonl" else parse_json(data)
            kept = _SCRUBBER.scrub_any(document)
            if kept == document:
                return data
            return write_lines(kept) if file.extension == "jsonl" else write_json(kept)
        document = place.value if isinstance(place, Inline) else self._api.ask(place)
        if document is None:
            raise Absent(f"{self._provider.title} has no {file.key} of this recording", subject=file.key)
        data = write_json(_SCRUBBER.scrub_any(document))
        if file.kind is Kind.TRANSCRIPT and len(data) < _SHORT_BYTES:
            self._check_ready(file, document)
        return data

    def _check_ready(self, file: ListedFile, document: Any) -> None:  # noqa: ANN401 - JSON has no narrower type
        """Some say with status 200, and in a few words, that there is nothing yet. What cannot be read is kept."""
        status = None
        with contextlib.suppress(Damaged):
            status = self._provider.read_transcript(file, document, Origin()).status
        if status is RunStatus.PENDING:
            raise Pending(f"{self._provider.title} is still making the transcript", subject=file.key)

    # --- reading -----------------------------------------------------------------------------------------------------

    def glance(self, payload: Json) -> Sighting:
        """Files are not listed, so they are not counted."""
        said = self.scrub(payload)
        fingerprint = hashlib.blake2b(write_json(said), digest_size=16).hexdigest()
        return Sighting(self._provider.find_id(said), 0, fingerprint)

    def read_event(self, data: bytes) -> Event:
        return self._provider.read_event(parse_object(data))

    def scrub(self, payload: Json) -> Json:
        note = {MEMBER: payload[MEMBER]} if MEMBER in payload else {}
        return {**self._provider.scrub(without_note(payload)), **note}
