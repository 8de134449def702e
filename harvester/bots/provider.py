"""What a provider of meeting bots is to the rest of the house: its calls as data, its answers in our terms.

A provider is pure: it says what to ask and reads what came, and never sends anything. Who sends it, with which key, how
fast and how often again, is the same for all of them (`harvester.bots.source`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from harvester.bots.model import Origin, Speech
from harvester.event import Event
from harvester.model import Json, ListedFile, Person, Recording, Window


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the provider's API. `path` stands below the base address and begins with a slash.

    `absent`: an answer of 404 says that there is none of it (None comes in its place), not that the bot is gone.
    `is_listing`: by the provider's limits it counts as one. `next_page`: the answer comes in pages, each with the
    address of the one behind it under this name, and a list of all of them is the answer. `accepted`: statuses besides
    the usual ones that are a success of this call.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: Json | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    absent: bool = False
    is_listing: bool = False
    next_page: str | None = None
    accepted: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file lies now; asked for without the key, and never kept."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Inline:
    """A document that came with the answer about its bot; `value` is JSON."""

    value: Any = field(repr=False)


Place = Call | Address | Inline
"""Where a file of a recording is: behind a call of the API, at an address, or in what was answered already."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, an entry per recording, secrets included.

    Bots that have not begun are left out. `following` asks for the next page: a call, or an address as the provider
    wrote it; None for the last page.
    """

    payloads: tuple[Json, ...]
    following: Call | str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """A bot to be sent into a meeting. Tokens are secret: they go to the provider and nowhere else."""

    meeting_url: str = field(repr=False)
    bot_name: str | None = None
    key: str | None = None  # the same key twice sends one bot
    extra: Mapping[str, str] = field(default_factory=dict)
    more: Json = field(default_factory=dict, repr=False)  # members of the request, in the provider's own terms
    zoom_obf_token_url: str | None = field(default=None, repr=False)
    zoom_obf_token: str | None = field(default=None, repr=False)
    zoom_zak_url: str | None = field(default=None, repr=False)


class Interpreter(Protocol):
    """How one source's payloads are understood. Readers raise Damaged for what they cannot read."""

    @property
    def name(self) -> str:
        """Name of the source: head of every recording key, folder of the archive."""
        ...

    def describe(self, payload: Json) -> Recording:
        """A recording in our terms, with the files that the payload tells of; the same for its scrubbed form."""
        ...

    def read_transcript(self, file: ListedFile, document: Any, origin: Origin) -> Speech:  # noqa: ANN401
        """What a transcript's document says: JSON, or text where the file is no JSON."""
        ...

    def read_people(self, payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
        """Who was there; `documents` are those of file type `PARTICIPANTS` and the transcripts, by file key."""
        ...


class Provider(Interpreter, Protocol):
    """One provider's API in one version; its payloads are understood as received and as scrubbed."""

    @property
    def title(self) -> str:
        """As its maker writes it."""
        ...

    @property
    def calls_per_second(self) -> float | None:
        """Somewhat under the limit that the provider publishes; None where it publishes none."""
        ...

    @property
    def listings_per_second(self) -> float | None:
        """The same for calls that are listings."""
        ...

    # --- asking ------------------------------------------------------------------------------------------------------

    def build_headers(self, key: str) -> Mapping[str, str]:
        """The headers that carry the key."""
        ...

    def build_listings(self, window: Window, *, today: date) -> Sequence[Call]:
        """First calls of the listings that together hold every bot of the window's days (UTC, both included)."""
        ...

    def find_unlistable(self, window: Window, *, today: date) -> str | None:
        """Why a part of the window cannot be listed at all; None where all of it can."""
        ...

    def read_page(self, call: Call, answer: Any) -> Page:  # noqa: ANN401 - JSON has no narrower type
        """A page of a listing; `call` is what asked for it, or for the first page where an address was followed."""
        ...

    def build_details(self, native_id: str) -> Mapping[str, Call]:
        """The calls that together say everything of one recording, by names of the provider's own choice."""
        ...

    def join_details(self, native_id: str, answers: Mapping[str, Any]) -> Json:
        """One payload from the answers, in the same terms as a listing's entry. Raises Vanished, Damaged."""
        ...

    def list_recordings(self, bot_id: str, answers: Mapping[str, Any]) -> Sequence[str]:
        """Native ids of all recordings of a bot, from the answers to `build_details(bot_id)`. Raises Damaged."""
        ...

    def locate(self, payload: Json, key: str) -> Place | None:
        """Where the file with this key is, from a payload as joined; None when it is there no longer."""
        ...

    def read_address(self, key: str, answer: Any) -> str:  # noqa: ANN401
        """The address of a media file in the answer to the call that `locate` gave. Raises Pending, Damaged."""
        ...

    # --- reading -----------------------------------------------------------------------------------------------------

    def find_id(self, payload: Json) -> str:
        """The recording's native id. Raises Damaged for an entry without one."""
        ...

    def scrub(self, payload: Json) -> Json:
        """The payload without secrets, signed addresses, and what changes by itself (such as access counts)."""
        ...

    def read_event(self, body: Json) -> Event:
        """What a webhook's body says; its mentions are native ids. Raises Damaged."""
        ...

    # --- control -----------------------------------------------------------------------------------------------------

    def build_send(self, order: Order) -> Call:
        """Put a bot into a meeting. Raises Refused for what the provider does not offer, here and below."""
        ...

    def read_sent(self, answer: Any) -> str:  # noqa: ANN401
        """The new bot's id."""
        ...

    def build_remove(self, bot_id: str) -> Call: ...

    def build_delete(self, bot_id: str) -> Call:
        """Delete what was recorded, at the provider."""
        ...

    def find_undeleted(self, answer: Any) -> str | None:  # noqa: ANN401
        """Why the answer to `build_delete` does not mean that all is deleted; None when it does."""
        ...

    def build_retranscribe(self, payload: Json) -> Call:
        """Ask for another transcript of a recording; `payload` is its joined payload."""
        ...
