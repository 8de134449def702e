"""The plug that every source fits: Zoom's cloud and each bot provider. Nothing downstream knows which it was.

What lists and fetches talks to the network; `glance`, `describe`, `read_event`, `add_files` and `scrub` are pure, so
that the lake can be made again from the archive without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from harvester.errors import HarvesterError
from harvester.event import Event
from harvester.model import Gap, Json, ListedFile, ListingPage, Recording, Sighting, Window

ZOOM = "zoom"


@dataclass(frozen=True, slots=True)
class Detail:
    """One recording as the source describes it now, with the credential its files are fetched with."""

    payload: Json
    bearer: str | None = field(default=None, repr=False)


class Source(Protocol):
    """What a source can do. Errors are those of `harvester.errors`."""

    @property
    def name(self) -> str:
        """Head of every recording key and file name, e.g. `zoom`."""
        ...

    @property
    def account_id(self) -> str | None:
        """The account the credentials belong to, if they tell; a ledger serves one account of a source only."""
        ...

    @property
    def lists_files(self) -> bool:
        """Whether a listing's entry says what there is to fetch; if not, the detail is asked for every change."""
        ...

    @property
    def keeps_said(self) -> bool:
        """Whether its events say what it never says again, so that what they said belongs to the recording."""
        ...

    @property
    def detail_life_s(self) -> float | None:
        """How long what a detail says of addresses is good; None: until one of them is refused."""
        ...

    @property
    def api_calls(self) -> int:
        """Calls sent so far, token requests included."""
        ...

    def take_refusals(self) -> list[HarvesterError]:
        """What it was refused for all recordings alike since the last time: said once a run, and asked for again."""
        ...

    def windows(self, start: date, end: date) -> list[Window]:
        """Cut a range of UTC dates, both ends included, into windows the source can list."""
        ...

    def list_window(self, window: Window) -> Iterator[ListingPage | Gap]:
        """Yield the window's pages as they arrive, then what was found missing. One bad user is a Gap, not an error.

        A recording may come twice; the later entry is the newer truth. Nothing may be downloaded before the end:
        page tokens die meanwhile.
        """
        ...

    def fetch_instances(self, meeting_id: str) -> list[str]:
        """Native ids of all instances of a numeric meeting id; none where it cannot be asked by number."""
        ...

    def fetch_detail(self, native_id: str, *, for_download: bool) -> Detail:
        """One recording with all its files. Raises Vanished when the source no longer has it."""
        ...

    def fetch_address(self, payload: Json, file: ListedFile) -> str:
        """Where to fetch a file, by a detail's payload as received. Raises Vanished, Pending."""
        ...

    def fetch_document(self, payload: Json, file: ListedFile) -> bytes:
        """The bytes of a file that the source gives itself (`is_document`), without what is secret in them.

        Raises Absent where there never was one, Vanished, Pending, Damaged.
        """
        ...

    def glance(self, payload: Json) -> Sighting:
        """Pure, and cheap: what a listing's entry shows at a glance. Raises Damaged for one without an id."""
        ...

    def describe(self, payload: Json) -> Recording:
        """Pure: what the source says, in our terms. Takes payloads as received and as scrubbed."""
        ...

    def read_event(self, data: bytes) -> Event:
        """Pure: what the body of one of its events says. Raises Damaged for bytes that are none."""
        ...

    def add_files(self, payload: Json, told: Json) -> Json:
        """Pure: a recording's payload with the files that an event's payload tells of."""
        ...

    def merge(self, known: Json, new: Json) -> Json:
        """Pure: a recording's payload after another look, from what the archive holds and what came."""
        ...

    def scrub(self, payload: Json) -> Json:
        """Pure: the payload without tokens, passcodes and signed or private URLs, fit for the archive."""
        ...
