"""A folder of real transcripts as an account: every byte served unchanged, one meeting per VTT.

What a file is follows from its first bytes, not from its name: Zoom's own pages mislabel VTT as chat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from harvester.sandbox.account import SandboxAccount, SandboxFile, SandboxMeeting, SandboxUser
from harvester.sandbox.bodies import BytesBody
from harvester.sandbox.identity import (
    ACCOUNT_ID,
    CLIENT_ID,
    CLIENT_SECRET,
    anchor_of,
    file_id,
    meeting_uuid,
    user_id,
)

_BOM = b"\xef\xbb\xbf"
_STAMP = re.compile(rb"(\d{2,}):(\d{2}):(\d{2})\.(\d{3})[ \t]+-->[ \t]+(?:(\d{2,}):(\d{2}):(\d{2})\.(\d{3}))?")
_NUMBERED = re.compile(rb"^\d+\r?\n\d{2,}:\d{2}:\d{2}", re.MULTILINE)
_PREFIX = re.compile(r"^(?:chat|timeline|transcript|cc|captions)_")
_SPREAD_DAYS = 24
_TYPES = {
    "TRANSCRIPT": ("audio_transcript", "VTT"),
    "CC": ("closed_caption", "VTT"),
    "CHAT": ("chat_file", "TXT"),
    "TIMELINE": ("timeline", "JSON"),
}


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    name: str  # relative to the folder
    file_type: str
    data: bytes

    @property
    def stem(self) -> str:
        """What a chat and the transcript of the same meeting have in common."""
        return str(Path(self.name).parent / _PREFIX.sub("", Path(self.name).stem))


def account_from_dir(folder: Path, *, today: date | datetime | None = None) -> SandboxAccount:
    """Make every VTT below `folder` a meeting; chats and timelines of the same name go with it.

    Raises ValueError when there is nothing to serve.
    """
    found = [each for path in sorted(folder.rglob("*")) if path.is_file() and (each := _read(path, folder))]
    if not found:
        raise ValueError(f"no transcripts, chats or timelines in {folder}: need *.vtt, chat_*.txt, timeline*.json")
    main = [each for each in found if each.file_type in {"TRANSCRIPT", "CC"}]
    stems = {each.stem for each in main}
    alone = [each for each in found if each not in main and each.stem not in stems]
    anchor = anchor_of(today)
    host = SandboxUser(user_id("dir", "host"), "host@example.com", "Folder", "Host")
    leads = main + alone
    step = timedelta(days=_SPREAD_DAYS) / max(len(leads), 1)
    claimed: set[str] = set()
    meetings = []
    for index, lead in enumerate(leads):
        companions = [each for each in found if each not in leads and each.stem == lead.stem]
        fresh = [each for each in companions if each.name not in claimed]
        claimed |= {each.name for each in fresh}
        start_at = anchor - timedelta(hours=12) - index * step
        meetings.append(_meeting([lead, *fresh], start_at.replace(microsecond=0), host, index))
    return SandboxAccount(ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, host.id, (host,), tuple(meetings), anchor=anchor)


def _read(path: Path, folder: Path) -> _Found | None:
    data = path.read_bytes()
    name = path.relative_to(folder).as_posix()
    if data.removeprefix(_BOM).startswith(b"WEBVTT"):
        return _Found(path, name, classify_vtt(data), data)
    if path.suffix == ".txt" and path.name.startswith("chat"):
        return _Found(path, name, "CHAT", data)
    if path.suffix == ".json" and path.name.startswith("timeline"):
        return _Found(path, name, "TIMELINE", data)
    return None


def classify_vtt(data: bytes) -> str:
    """Tell captions: no cue numbers and whole seconds only. In 423 of 423 public Zoom files that settles it."""
    stamps = _STAMP.findall(data)
    whole = all(stamp[3] == b"000" and stamp[7] in {b"000", b""} for stamp in stamps)
    return "CC" if stamps and whole and not _NUMBERED.search(data) else "TRANSCRIPT"


def _meeting(found: list[_Found], start_at: datetime, host: SandboxUser, index: int) -> SandboxMeeting:
    lead = found[0]
    seconds = [int(s[0]) * 3600 + int(s[1]) * 60 + int(s[2]) for s in _STAMP.findall(lead.data)]
    end_at = start_at + timedelta(seconds=max(seconds, default=60) + 60)
    files = tuple(
        SandboxFile(
            file_id("dir", each.name),
            each.file_type,
            *_TYPES[each.file_type],
            start_at=start_at,
            end_at=end_at,
            body=BytesBody(each.data),
        )
        for each in found
    )
    return SandboxMeeting(
        uuid=meeting_uuid("dir", lead.name),
        id=90_000_000_000 + index,
        host_id=host.id,
        topic=lead.path.name,
        start_at=start_at,
        duration_min=max(1, int((end_at - start_at).total_seconds()) // 60),
        files=files,
    )
