"""The files of a bot's recording on the second origin, and the recording put together. Pure.

Media are functions of their position; documents are made when they are read, and the last few are kept.
"""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from harvester.sandbox.account import SandboxFile
from harvester.sandbox.bodies import Body, LazyBody, PatternBody, mp4_body
from harvester.sandbox.bots.model import BotRecording, BotRun, SandboxBot
from harvester.sandbox.bots.people import (
    build_baas_chat,
    build_baas_people,
    build_recall_events,
    build_recall_people,
    build_recall_timeline,
    render_diarization,
)
from harvester.sandbox.bots.transcripts import (
    build_baas_v2,
    build_baas_v2_raw,
    build_meetstream,
    build_meetstream_raw,
    build_recall,
)
from harvester.sandbox.identity import file_id

_Build = Callable[[], object]


@dataclass(frozen=True, slots=True, eq=False)  # hashed by identity
class _Document:
    build: _Build = field(repr=False)

    def render(self) -> bytes:
        return _render(self)


@functools.lru_cache(maxsize=8)
def _render(document: _Document) -> bytes:
    built = document.build()
    return built if isinstance(built, bytes) else json.dumps(built, ensure_ascii=False).encode()


def add_files(bot: SandboxBot, *, media_bytes: int) -> SandboxBot:
    """The same bot, with the files that its API keeps of each of its recordings."""
    recordings = (_with_media(bot, each, media_bytes) for each in bot.recordings)
    whole = (replace(each, runs=tuple(add_run_files(bot, each, run) for run in each.runs)) for each in recordings)
    return replace(bot, recordings=tuple(whole))


def add_run_files(bot: SandboxBot, recording: BotRecording, run: BotRun) -> BotRun:
    """The same run, with its documents; Meeting BaaS v1 keeps none on the second origin."""
    builds: dict[str, _Build] = {}
    match bot.source:
        case "meetstream":
            builds["processed"] = functools.partial(build_meetstream, run, recording)
            builds["raw"] = functools.partial(build_meetstream_raw, run, recording)
        case "meetingbaas_v2":
            builds["transcription"] = functools.partial(build_baas_v2, run, recording, bot)
            builds["raw_transcription"] = functools.partial(build_baas_v2_raw, run, recording, bot)
        case "recall":
            builds["transcript"] = functools.partial(build_recall, run, recording)
    files = {
        name: _file(name, "JSON", recording, _body_of(build), run.id, changed_at=run.available_at)
        for name, build in builds.items()
    }
    return replace(run, files=files)


def _with_media(bot: SandboxBot, recording: BotRecording, size: int) -> BotRecording:
    video = _file("video", "MP4", recording, mp4_body(f"{recording.id}:video", size), recording.id)
    sound = max(size // 4, 256)
    files = {"video": video}
    diarization = _file("diarization", "JSONL", recording, _body_of(lambda: render_diarization(recording)))
    match bot.source:
        case "meetstream":
            files["audio"] = _file("audio", "MP3", recording, _mp3_body(f"{recording.id}:audio", sound))
        case "meetingbaas_v1":
            files["audio"] = _file("audio", "WAV", recording, _wav_body(f"{recording.id}:audio", sound))
            people = _body_of(lambda: build_baas_people(bot, with_bot=False))
            files |= {"participants": _file("participants", "JSON", recording, people), "diarization": diarization}
        case "meetingbaas_v2":
            files["audio"] = _file("audio", "FLAC", recording, _flac_body(f"{recording.id}:audio", sound))
            files["diarization"] = diarization
            if bot.chat:
                chat = _body_of(lambda: build_baas_chat(bot, recording))
                files["chat_messages"] = _file("chat_messages", "JSON", recording, chat)
        case "recall":
            files |= _recall_documents(bot, recording)
            if recording is bot.recordings[0] and bot.number % 2:  # most accounts do not ask for the sound alone
                files["audio"] = _file("audio", "MP3", recording, _mp3_body(f"{recording.id}:audio", sound))
    return replace(recording, files=files)


def _recall_documents(bot: SandboxBot, recording: BotRecording) -> dict[str, SandboxFile]:
    builds: dict[str, _Build] = {
        "participants": lambda: build_recall_people(bot),
        "participant_events": lambda: build_recall_events(bot, recording),
        "speaker_timeline": lambda: build_recall_timeline(bot, recording),
    }
    return {name: _file(name, "JSON", recording, _body_of(build)) for name, build in builds.items()}


def _body_of(build: _Build) -> LazyBody:
    return LazyBody(_Document(build).render)


def _file(
    name: str,
    extension: str,
    recording: BotRecording,
    body: Body,
    owner: str | None = None,
    *,
    changed_at: datetime | None = None,
) -> SandboxFile:
    identity = file_id("bot", owner or recording.id, name)
    return SandboxFile(identity, name, name, extension, recording.started_at, changed_at or recording.ended_at, body)


def _mp3_body(seed: str, size: int) -> PatternBody:
    """An empty ID3v2.4 tag and the head of a frame."""
    return PatternBody(seed, b"ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x64", size)


def _flac_body(seed: str, size: int) -> PatternBody:
    """STREAMINFO as the last block of metadata (RFC 9639 8.2): 16 kHz, one channel, 16 bits."""
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + bytes.fromhex("03e800f000000000") + bytes(16)
    return PatternBody(seed, b"fLaC\x80\x00\x00\x22" + info, size)


def _wav_body(seed: str, size: int) -> PatternBody:
    """PCM of 16 kHz, one channel, 16 bits."""
    kind = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", size - 8, b"WAVE", b"fmt ", 16, 1, 1, 16_000, 32_000, 2, 16)
    return PatternBody(seed, kind + struct.pack("<4sI", b"data", size - 44), size)
