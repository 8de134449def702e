"""What the demo account is put together from: talks, recorded stretches with their files, and meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources

from harvester.sandbox.account import SandboxFile, SandboxMeeting, SandboxUser
from harvester.sandbox.bodies import Body, BytesBody, m4a_body, mp4_body
from harvester.sandbox.identity import file_id, meeting_uuid
from harvester.sandbox.render import (
    Cue,
    Line,
    build_cues,
    render_captions,
    render_chat,
    render_timeline,
    render_transcript,
)

SPEAKER_VIEW = "shared_screen_with_speaker_view"
_JOINING_S = 37  # a meeting begins a little before its recording


@dataclass(frozen=True, slots=True)
class Part:
    """One recorded stretch: the name its files' ids are made from, its times and its talk."""

    key: str
    start_at: datetime
    cues: Sequence[Cue]

    @property
    def end_at(self) -> datetime:
        return self.start_at + timedelta(seconds=self.cues[-1].end_ms // 1000 + 12)

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(cue.speaker for cue in self.cues if cue.speaker))

    def file(self, file_type: str, recording_type: str, extension: str, body: Body) -> SandboxFile:
        identity = file_id("demo", self.key, self.start_at.date(), file_type, recording_type)
        return SandboxFile(identity, file_type, recording_type, extension, self.start_at, self.end_at, body)

    def video(self, view: str = SPEAKER_VIEW, *, size: int = 150_000) -> SandboxFile:
        return self.file("MP4", view, "MP4", mp4_body(f"demo:{self.key}:{view}", size))

    def audio(self, *, size: int = 60_000) -> SandboxFile:
        return self.file("M4A", "audio_only", "M4A", m4a_body(f"demo:{self.key}:audio", size))

    def voice(self, name: str) -> SandboxFile:
        """Separate audio of one participant."""
        body = m4a_body(f"demo:{self.key}:{name}", 30_000)
        return SandboxFile(
            file_id("demo", self.key, self.start_at.date(), "voice", name),
            "M4A",
            "audio_only_each_participant",
            "M4A",
            self.start_at,
            self.end_at,
            body,
            name=f"Audio only - {name}",
        )

    def transcript(self, *, first_id: int = 1, skip_id: int | None = None) -> SandboxFile:
        data = render_transcript(self.cues, first_id=first_id, skip_id=skip_id)
        return self.file("TRANSCRIPT", "audio_transcript", "VTT", BytesBody(data))

    def captions(self, *, broken: bool = False) -> SandboxFile:
        return self.file("CC", "closed_caption", "VTT", BytesBody(render_captions(self.cues, broken=broken)))

    def timeline(self, *, refined: bool = False) -> SandboxFile:
        data = render_timeline(self.cues, refined=refined)
        return self.file("TIMELINE", "timeline", "JSON", BytesBody(data))

    def chat(self, *messages: tuple[int, str, str]) -> SandboxFile:
        return self.file("CHAT", "chat_file", "TXT", BytesBody(render_chat(messages)))

    def summary(self, kind: str, data: bytes) -> SandboxFile:
        return self.file("SUMMARY", kind, "JSON", BytesBody(data))

    def usual(self) -> tuple[SandboxFile, ...]:
        return (self.video(), self.audio(), self.transcript(), self.timeline())


def read_talk(name: str) -> list[Line]:
    """Read who said what; the speaker is empty where the recogniser named nobody."""
    text = (resources.files("harvester.sandbox") / "talks" / f"{name}.txt").read_text(encoding="utf-8")
    lines = (line.partition("\t") for line in text.split("\n") if line)
    return [(speaker, said) for speaker, _, said in lines]


def build_part(talk: str, start_at: datetime, *, first_ms: int = 2_140) -> Part:
    return Part(talk, start_at, build_cues(read_talk(talk), seed=len(talk), first_ms=first_ms))


def build_meeting(
    key: str,
    host: SandboxUser,
    topic: str,
    start_at: datetime,
    files: tuple[SandboxFile, ...] | None,
    *,
    parts: Sequence[Part] = (),
    participant_files: tuple[SandboxFile, ...] = (),
    uuid: str | None = None,
    number: int | None = None,
    kind: int = 2,
    timezone: str = "Europe/Stockholm",
) -> SandboxMeeting:
    """Build a meeting around its recording, which began at `start_at`."""
    began_at = start_at - timedelta(seconds=_JOINING_S)
    end_at = max((file.end_at for file in files or ()), default=began_at)
    digits = int.from_bytes(file_id("demo", "number", key, start_at.date()).encode()[:6], "big")
    return SandboxMeeting(
        uuid=uuid or meeting_uuid("demo", key, start_at.date()).replace("/", "a").replace("+", "b"),
        id=number or 85_000_000_000 + digits % 999_999_999,
        host_id=host.id,
        topic=topic,
        start_at=began_at,
        duration_min=int((end_at - began_at).total_seconds()) // 60,
        type=kind,
        timezone=timezone,
        files=files,
        participant_files=participant_files,
        participants=tuple(dict.fromkeys(name for part in parts for name in part.names)),
    )
