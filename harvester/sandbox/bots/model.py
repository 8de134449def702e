"""What a bot of the sandbox is: where it sat, what it recorded and what became of it, as plain records.

All states follow from these records and the clock. How they look on the wire is decided in each provider's own module.
Times are UTC, in the bot's clock where it recorded something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from harvester.sandbox.account import SandboxFile
from harvester.sandbox.render import Cue

Source = Literal["meetstream", "meetingbaas_v1", "meetingbaas_v2", "recall"]
State = Literal["scheduled", "refused", "recording", "processing", "done"]
RunState = Literal["pending", "available", "failed"]

SOURCES: tuple[Source, ...] = ("meetstream", "meetingbaas_v1", "meetingbaas_v2", "recall")
KEY_OF: Mapping[Source, str] = MappingProxyType(
    {
        "meetstream": "meetstream",
        "meetingbaas_v1": "meetingbaas",
        "meetingbaas_v2": "meetingbaas",
        "recall": "recall",
    }
)
"""Source to the name of the key that opens it."""

BASE_PATHS: Mapping[str, str] = MappingProxyType(
    {"meetstream": "/meetstream/api/v1", "meetingbaas": "/meetingbaas", "recall": "/recall/api/v1"}
)
"""Name of a key to the path below which its API lies on the API origin."""

DEFAULT_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "meetstream": "ms-sandbox-key-0123456789abcdef",
        "meetingbaas": "mb-sandbox-key-0123456789abcdef",
        "recall": "rc-sandbox-key-0123456789abcdef",
    }
)
DEFAULT_WEBHOOK_SECRETS: Mapping[str, str] = MappingProxyType(
    {
        "meetstream": "sandbox-meetstream-webhook-secret",
        "meetingbaas": "whsec_c2FuZGJveC1tZWV0aW5nYmFhcy13ZWJob29rLWtleQ==",
        "recall": "whsec_c2FuZGJveC1yZWNhbGwtd2ViaG9vay1zZWNyZXQta2V5",
    }
)
DEFAULT_CANARIES: Mapping[str, str] = MappingProxyType(
    {
        "passcode": "CanaryPasscode7Qx.1",
        "request": "CanaryRequestEcho7Qx",
        "recogniser": "CanaryRecogniserKey7Qx",
        "zoom": "CanaryZoomToken7Qx",
        "webhook": "CanaryWebhookToken7Qx",
    }
)
"""What must never leave the APIs' answers: `passcode` of meetings; `request` in what an API repeats of the order;
`recogniser`, a key of the speech recogniser; `zoom`, tokens into Zoom; `webhook`, secrets in addresses of receivers."""


@dataclass(frozen=True, slots=True, eq=False)  # hashed by identity: what was heard is kept by it for a while
class Hearing:
    """What one recogniser made of one recording; `cues` count from the recording's start and may lie outside it."""

    cues: Callable[[], Iterable[Cue]] = field(repr=False)
    names: tuple[str, ...]
    length_ms: int
    seed: str
    numbered: bool = False  # it told speakers apart, and nobody told it their names


@dataclass(frozen=True, slots=True, eq=False)
class BotRun:
    """One transcript of one recording. `files` are its forms on the second origin, by name."""

    id: str
    recogniser: str
    made_at: datetime
    available_at: datetime
    hearing: Hearing
    failed: bool = False
    files: Mapping[str, SandboxFile] = field(default_factory=dict)

    def state(self, now: datetime) -> RunState:
        if now < self.available_at:
            return "pending"
        return "failed" if self.failed else "available"


@dataclass(frozen=True, slots=True)
class BotRecording:
    """One stretch that a bot recorded; t0 of all its offsets is `started_at`, to the millisecond."""

    id: str
    started_at: datetime
    ended_at: datetime
    ready_at: datetime  # of the media
    hearing: Hearing
    runs: tuple[BotRun, ...] = ()
    files: Mapping[str, SandboxFile] = field(default_factory=dict)

    @property
    def length_ms(self) -> int:
        return round((self.ended_at - self.started_at).total_seconds() * 1000)

    def find_current(self, now: datetime) -> BotRun | None:
        """The transcript that an API shows where it shows only one: the newest good one, else the newest."""
        made = [run for run in self.runs if run.made_at <= now]
        good = [run for run in made if run.state(now) == "available"]
        return max(good or made, key=lambda run: run.made_at, default=None)


@dataclass(frozen=True, slots=True)
class SandboxBot:
    """One bot. `joined_at` is None for one that was not let in; `meeting_uuid` None in another account's meeting."""

    source: Source
    id: str
    number: int  # what Meeting BaaS v1 calls a bot inside its own tables
    meeting_number: int
    meeting_uuid: str | None
    title: str
    name: str
    created_at: datetime
    joined_at: datetime | None
    refused_at: datetime | None = None
    recordings: tuple[BotRecording, ...] = ()
    participants: tuple[str, ...] = ()
    chat: tuple[tuple[int, str, str], ...] = ()  # milliseconds, sender, text
    extra: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    deleted_at: datetime | None = None
    removed: bool = False  # somebody sent it away
    clings: bool = False  # its first deletion leaves something behind
    clung_at: datetime | None = None

    @property
    def started_at(self) -> datetime | None:
        return self.recordings[0].started_at if self.recordings else None

    @property
    def ended_at(self) -> datetime | None:
        return self.recordings[-1].ended_at if self.recordings else None

    def state(self, now: datetime) -> State:
        if self.refused_at is not None:
            return "refused" if now >= self.refused_at else "scheduled"
        if self.joined_at is None or now < self.joined_at or self.ended_at is None:
            return "scheduled"
        if now < self.ended_at:
            return "recording"
        return "processing" if any(now < each.ready_at for each in self.recordings) else "done"

    def is_gone(self, now: datetime) -> bool:
        """Whether what it recorded is deleted or expired."""
        return self.gone_at(now) is not None

    def gone_at(self, now: datetime) -> datetime | None:
        past = [each for each in (self.expires_at, self.deleted_at) if each is not None and each <= now]
        return min(past, default=None)

    def is_ready(self, recording: BotRecording, now: datetime) -> bool:
        return now >= recording.ready_at and not self.is_gone(now)

    def people(self) -> tuple[tuple[int, str], ...]:
        """(Zoom's number for this one session, name) of everybody but the bot."""
        return tuple((16_778_240 + 1024 * index, name) for index, name in enumerate(self.participants))
