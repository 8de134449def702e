"""The state of a running sandbox: its account, its clock, what it has issued and what has changed since.

Holds no sockets; `server` owns those. Everything here may be called from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from harvester.sandbox.account import SandboxAccount, SandboxFile, SandboxMeeting
from harvester.sandbox.bodies import Body, sha256_of_body
from harvester.sandbox.bots.book import BotBook
from harvester.sandbox.faults import FaultSet
from harvester.sandbox.limits import RateLimiter
from harvester.sandbox.tokens import Book, Verdict, opaque

DEFAULT_SCOPES = (
    "cloud_recording:read:list_account_recordings:admin",
    "cloud_recording:read:list_user_recordings:admin",
    "cloud_recording:read:list_recording_files:admin",
    "cloud_recording:read:recording:admin",
    "cloud_recording:delete:meeting_recording:admin",
    "user:read:list_users:admin",
    "user:read:user:admin",
    "meeting:read:list_meetings:admin",
    "meeting:read:list_past_instances:admin",
    "meeting:read:list_past_participants:admin",
    "meeting:read:summary:admin",
    "report:read:list_meeting_participants:admin",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this Zoom behaves. `account_listing`: True, or how it is refused: "4711", "200" or "404"."""

    page_token_ttl_s: float = 900.0
    largest_page: int = 300  # less makes a small account one of many pages
    token_ttl_s: float = 3600.0
    signed_url_ttl_s: float = 600.0
    account_listing: bool | str = True
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    refused_users: frozenset[str] = frozenset()
    rate_shape: str = "429"
    one_token: bool = False  # a new access token ends the older ones, as in 2022
    bot_delay_s: float = 2.0  # until a bot that was sent is done, and a transcript that was asked for is there


@dataclass(frozen=True, slots=True)
class Page:
    """What a page token continues: the same question, from the item after the last."""

    question: tuple[str, ...]
    items: Sequence[Any]
    offset: int


@dataclass(slots=True)
class World:
    account: SandboxAccount
    settings: Settings
    clock: Callable[[], datetime]
    faults: FaultSet
    limiter: RateLimiter | None
    bot_limiters: Mapping[str, RateLimiter] = field(default_factory=dict)  # by name of the key
    api_origin: str = ""
    file_origin: str = ""
    access_tokens: Book[tuple[str, ...]] = field(default_factory=lambda: Book("access"))
    download_tokens: Book[str] = field(default_factory=lambda: Book("download"))
    page_tokens: Book[Page] = field(default_factory=lambda: Book("page"))
    trashed: set[str] = field(default_factory=set)  # UUIDs of meetings and ids of files that are no longer shown
    bots: BotBook = field(init=False)
    _shift: timedelta = timedelta()
    _files: dict[str, tuple[SandboxMeeting, SandboxFile]] = field(default_factory=dict)
    _revisions: dict[str, tuple[int, int]] = field(default_factory=dict)  # of the bytes, of the ETag
    _hashes: dict[tuple[str, int], str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.bots = BotBook.open(self.account.bots)
        for meeting in self.account.meetings:
            for file in meeting.all_files:
                self._files[file.id] = (meeting, file)

    def now(self) -> datetime:
        return self.clock() + self._shift

    def set_now(self, moment: datetime) -> None:
        """Move the sandbox's clock; it runs on from there."""
        self._shift = moment - self.clock()

    def find_file(self, file_id: str) -> tuple[SandboxMeeting, SandboxFile] | None:
        return self._files.get(file_id)

    def find_served(self, file_id: str) -> SandboxFile | None:
        """What the second origin has under this id: a file of Zoom's, or of a bot's while it is there."""
        if found := self._files.get(file_id):
            return found[1]
        return self.bots.find_file(file_id) if self.bots.is_served(file_id, self.now()) else None

    def canary(self, name: str) -> str:
        """A secret of the account's bots, to be planted where an API gives one away."""
        return self.account.bot_canaries.get(name, "")

    def body_of(self, file: SandboxFile) -> Body:
        return file.body.revise(self._revisions.get(file.id, (0, 0))[0])

    def etag_of(self, file: SandboxFile) -> str:
        return f'"{opaque(file.id, self._revisions.get(file.id, (0, 0))[1], length=32)}"'

    def change_file(self, file_id: str, *, with_etag: bool) -> None:
        """Give the file new bytes from now on."""
        with self._lock:
            body, etag = self._revisions.get(file_id, (0, 0))
            self._revisions[file_id] = (body + 1, etag + 1 if with_etag else etag)

    def shift_page(self, token: str, by: int) -> None:
        """Let the page behind a token begin `by` entries later, as when others came or went in the meantime."""
        verdict, page = self.page_tokens.look_up(token, now=self.now())
        if verdict is Verdict.GOOD and page is not None:
            moved = replace(page, offset=max(page.offset + by, 0))
            self.page_tokens.issue(moved, now=self.now(), ttl_s=self.settings.page_token_ttl_s, token=token)

    def is_visible(self, meeting: SandboxMeeting) -> bool:
        """Whether the meeting is listed: begun, and with something to list or no file key at all."""
        if meeting.start_at > self.now() or meeting.uuid in self.trashed:
            return False
        return meeting.files is None or any(map(self.is_listed, meeting.files))

    def is_listed(self, file: SandboxFile) -> bool:
        return file.is_listed(self.now()) and file.id not in self.trashed

    def expire_tokens(self) -> None:
        now = self.now()
        self.access_tokens.expire_all(now=now)
        self.download_tokens.expire_all(now=now)

    def sha256_of(self, file: SandboxFile) -> str:
        key = (file.id, self._revisions.get(file.id, (0, 0))[0])
        if key not in self._hashes:
            self._hashes[key] = sha256_of_body(self.body_of(file))
        return self._hashes[key]

    def truth(self) -> list[dict[str, Any]]:
        """Every file that a perfect client could have by now."""
        now = self.now()
        return [
            {
                "meeting_uuid": meeting.uuid,
                "meeting_id": meeting.id,
                "file_id": None if file.bare else file.id,
                "key": file.id,
                "file_type": file.file_type,
                "recording_type": file.recording_type,
                "recording_start": f"{file.start_at:%Y-%m-%dT%H:%M:%SZ}",
                "size": self.body_of(file).size,
                "sha256": self.sha256_of(file),
            }
            for meeting in self.account.meetings
            if meeting.start_at <= now
            for file in meeting.all_files
            if file.is_ready(now)
        ]
