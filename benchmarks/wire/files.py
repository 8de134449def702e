"""Sets of files to download: an account that lists them, and the same bytes on the disk for a web server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.bench_vtt import build_file
from harvester.sandbox import SandboxAccount, SandboxFile, SandboxMeeting, SandboxUser
from harvester.sandbox.bodies import Body, BytesBody, iter_chunks, m4a_body, mp4_body
from harvester.sandbox.identity import ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, file_id, meeting_uuid, user_id

MB = 1_000_000
_HOLLOW_FROM = 1_000 * MB  # above this a video is a head and a hole
_VTT = build_file(600)  # 60 kB, an hour of talk
_CHAT = b"".join(
    b"00:%02d:%02d\tAda Kern:\tAnd the budget of next year?\r\n" % divmod(each, 60) for each in range(1_300)
)
_TIMELINE = (
    b'{"timeline":['
    + b",".join(
        b'{"ts":"00:%02d:%02d.000","users":[{"username":"Ada Kern","user_id":1}]}' % divmod(each, 60)
        for each in range(900)
    )
    + b'],"version":100}'
)

# type -> recording type, extension
_TYPES = {
    "MP4": ("shared_screen_with_speaker_view", "MP4"),
    "M4A": ("audio_only", "M4A"),
    "TRANSCRIPT": ("audio_transcript", "VTT"),
    "TIMELINE": ("timeline", "JSON"),
    "CHAT": ("chat_file", "TXT"),
}
TEXTS = (("TRANSCRIPT", 0), ("TIMELINE", 0), ("CHAT", 0))


@dataclass(frozen=True, slots=True)
class HoleBody:
    """A head and zeros: a file of any size that takes no room on the disk it is served from."""

    head: bytes
    size: int

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        return (self.head[offset:end] + bytes(length))[: max(end - offset, 0)]

    def revise(self, revision: int) -> Body:
        del revision
        return self


@dataclass(frozen=True, slots=True)
class FileSet:
    """An account whose files lie in `folder`, each under its id."""

    account: SandboxAccount
    folder: Path

    @property
    def files(self) -> list[SandboxFile]:
        return [file for meeting in self.account.meetings for file in meeting.all_files]

    @property
    def size(self) -> int:
        return sum(file.body.size for file in self.files)


def make_set(folder: Path, meetings: int, parts: Sequence[tuple[str, int]], *, times: int = 1) -> FileSet:
    """`meetings` recordings of the last hours, each with `parts` (type and bytes; texts have theirs) `times` over."""
    now = datetime.now(UTC).replace(microsecond=0)
    owner = SandboxUser(user_id("bench"), "host@example.com", "Host", "One")
    made = []
    for number in range(meetings):
        start = now - timedelta(hours=6, seconds=number)
        files = []
        for turn in range(times):
            at = start + timedelta(minutes=turn)
            files += [
                _file(f"{folder.name}:{number}:{turn}:{index}", kind, size, at)
                for index, (kind, size) in enumerate(parts)
            ]
        uuid = meeting_uuid(folder.name, number)
        made.append(SandboxMeeting(uuid, 81_000_000_000 + number, owner.id, "A meeting", start, 30, files=tuple(files)))
    account = SandboxAccount(ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, owner.id, (owner,), tuple(made), anchor=now)
    folder.mkdir()
    for meeting in made:
        for file in meeting.all_files:
            _write(folder / file.id, file.body)
    return FileSet(account, folder)


def _file(name: str, kind: str, size: int, at: datetime) -> SandboxFile:
    recording_type, extension = _TYPES[kind]
    return SandboxFile(
        file_id(name), kind, recording_type, extension, at, at + timedelta(minutes=1), _body(name, kind, size)
    )


def _body(name: str, kind: str, size: int) -> Body:
    if kind == "MP4":
        body = mp4_body(name, size)
        return HoleBody(body.head, size) if size >= _HOLLOW_FROM else body
    if kind == "M4A":
        return m4a_body(name, size)
    return BytesBody({"TRANSCRIPT": _VTT, "CHAT": _CHAT, "TIMELINE": _TIMELINE}[kind])


def _write(path: Path, body: Body) -> None:
    with path.open("wb") as out:
        if isinstance(body, HoleBody):
            out.write(body.head)
            out.truncate(body.size)
            return
        for chunk in iter_chunks(body):
            out.write(chunk)
