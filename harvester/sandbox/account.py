"""What a sandbox account holds: users, meetings and files, as plain records.

Times are UTC. Nothing here decides how the records look on the wire (`listing`) or who may see them (`routes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from harvester.sandbox.bodies import Body

if TYPE_CHECKING:
    from harvester.sandbox.bots.model import SandboxBot

UNCOUNTED_TYPES = frozenset({"SUMMARY"})
"""File types that Zoom leaves out of `recording_count` and `total_size`, seen in a listing of 2024."""

_URLLESS_TYPES = frozenset({"TIMELINE", "CC"})


@dataclass(frozen=True, slots=True)
class SandboxUser:
    id: str
    email: str
    first_name: str
    last_name: str
    status: str = "active"  # or "inactive": a deactivated host keeps its recordings


@dataclass(frozen=True, slots=True)
class SandboxFile:
    """One file of a recording.

    `bare` lists it as before 2020: type, times and download_url only. `available_at` hides it until then (a late
    transcript); until `ready_at` it is listed as still processing, and as Zoom lists a running recording when
    `blank` is set as well.
    """

    id: str
    file_type: str
    recording_type: str
    extension: str
    start_at: datetime
    end_at: datetime
    body: Body
    listed_bytes: int | None = None  # None: the true size
    available_at: datetime | None = None
    ready_at: datetime | None = None
    bare: bool = False
    blank: bool = False
    name: str | None = None  # only participant audio has one

    def is_listed(self, now: datetime) -> bool:
        return self.available_at is None or now >= self.available_at

    def is_ready(self, now: datetime) -> bool:
        return self.is_listed(now) and (self.ready_at is None or now >= self.ready_at)

    @property
    def is_counted(self) -> bool:
        return self.file_type not in UNCOUNTED_TYPES

    @property
    def has_play_url(self) -> bool:
        return self.file_type not in _URLLESS_TYPES


@dataclass(frozen=True, slots=True)
class SandboxMeeting:
    """One instance of a meeting. `files` is None where Zoom leaves the key out (too short to keep)."""

    uuid: str
    id: int
    host_id: str
    topic: str
    start_at: datetime
    duration_min: int
    type: int = 2
    timezone: str = "UTC"
    passcode: str = "Sandbox-1"
    files: tuple[SandboxFile, ...] | None = ()
    participant_files: tuple[SandboxFile, ...] = ()
    participants: tuple[str, ...] = ()

    @property
    def all_files(self) -> tuple[SandboxFile, ...]:
        return (self.files or ()) + self.participant_files

    @property
    def end_at(self) -> datetime:
        return self.start_at + timedelta(minutes=self.duration_min)


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """An account with the credentials its server accepts. `owner_id` is who `me` means.

    `bot_keys` (meetstream, meetingbaas, recall) open the APIs of its bots; without a key an API is not there.
    `bot_canaries` are planted wherever the APIs are known to give secrets away (`bots.model.DEFAULT_CANARIES`).
    """

    id: str
    client_id: str
    client_secret: str
    owner_id: str
    users: tuple[SandboxUser, ...]
    meetings: tuple[SandboxMeeting, ...]
    anchor: datetime  # the "now" the account was made for
    bots: tuple[SandboxBot, ...] = ()
    bot_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    bot_webhook_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    bot_canaries: Mapping[str, str] = field(default_factory=dict, repr=False)


def describe_account(account: SandboxAccount) -> str:
    """Describe the account in a few lines of text, for the one who starts the server."""
    files = [file for meeting in account.meetings for file in meeting.all_files]
    by_type: dict[str, int] = {}
    for file in files:
        by_type[file.file_type or "(recording)"] = by_type.get(file.file_type or "(recording)", 0) + 1
    inactive = sum(user.status != "active" for user in account.users)
    people = f"{len(account.users)} users ({inactive} deactivated)"
    lines = [f"account {account.id}: {people}, {len(account.meetings)} meetings, {len(files)} files"]
    if account.meetings:
        first = min(meeting.start_at for meeting in account.meetings)
        last = max(meeting.start_at for meeting in account.meetings)
        lines.append(f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
        lines.append(", ".join(f"{count} {name}" for name, count in sorted(by_type.items())))
    if account.bots:
        by_source: dict[str, int] = {}
        for bot in account.bots:
            by_source[bot.source] = by_source.get(bot.source, 0) + 1
        lines.append(f"{len(account.bots)} bots: " + ", ".join(f"{count} {name}" for name, count in by_source.items()))
    late = sum(not file.is_ready(account.anchor) for file in files)
    if late:
        lines.append(f"{late} of the files appear later than {account.anchor:%Y-%m-%d %H:%M} UTC")
    return "\n".join(lines)
