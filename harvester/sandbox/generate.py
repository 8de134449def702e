"""A large account from a seed: every shape a harvester must survive, with a truth that can be computed.

The same arguments give the same account. Text is rendered when it is read and media are functions of their
position, so that ten thousand meetings cost little memory.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from harvester.sandbox.account import SandboxAccount, SandboxFile, SandboxMeeting, SandboxUser
from harvester.sandbox.bodies import Body, BytesBody, LazyBody, m4a_body, mp4_body
from harvester.sandbox.identity import (
    ACCOUNT_ID,
    CLIENT_ID,
    CLIENT_SECRET,
    anchor_of,
    awkward_uuid,
    file_id,
    meeting_number,
    meeting_uuid,
    user_id,
)
from harvester.sandbox.render import render_summary
from harvester.sandbox.templates import Template, fill, template_of

_SUMMARY = render_summary("They went through the open points.", [(0, 60_000, "Opening", "The notes were shared.")])


@dataclass(frozen=True, slots=True)
class _Plan:
    seed: int
    anchor: datetime
    days: int
    cues: int
    media_bytes: int


def generate_account(
    *,
    meetings: int,
    seed: int = 0,
    days: int = 25,
    users: int | None = None,
    cues: int = 60,
    media_bytes: int = 60_000,
    today: date | datetime | None = None,
) -> SandboxAccount:
    """Make an account of `meetings` instances within the `days` before `today`.

    `cues` is the usual number per transcript, `media_bytes` the usual size of a video.
    """
    plan = _Plan(seed, anchor_of(today), days, cues, media_bytes)
    people = _users(seed, users or min(max(3, meetings // 50), 40))
    chance = random.Random(seed)
    series = [meeting_number(chance) for _ in range(max(1, meetings // 40))]
    made = tuple(_meeting(plan, index, people, series, meetings) for index in range(meetings))
    return SandboxAccount(ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, people[0].id, people, made, anchor=plan.anchor)


def _users(seed: int, count: int) -> tuple[SandboxUser, ...]:
    return tuple(
        SandboxUser(
            id=user_id("generated", seed, index),
            email=f"host{index:03}@example.com",
            first_name="Host",
            last_name=f"{index:03}",
            status="inactive" if index % 5 == 4 else "active",  # noqa: PLR2004
        )
        for index in range(count)
    )


def _meeting(plan: _Plan, index: int, people: tuple[SandboxUser, ...], series: list[int], total: int) -> SandboxMeeting:
    chance = random.Random(f"{plan.seed}:{index}")
    span_s = plan.days * 86_400 - 4 * 3600
    start_at = plan.anchor - timedelta(seconds=4 * 3600 + int((index + chance.random()) * span_s / total))
    uuid = meeting_uuid("generated", plan.seed, index, plan.anchor.date())
    if index % 7 < 3:  # noqa: PLR2004
        uuid = awkward_uuid(uuid, index % 7)
    recurring = index % 5 == 0
    parts = 2 if index % 6 == 3 else 1  # noqa: PLR2004
    files: list[SandboxFile] = []
    at = start_at + timedelta(seconds=5)
    for part in range(parts):
        template = template_of(plan.seed, index + part, plan.cues)
        files += _part(plan, index, part, at, template)
        at = files[-1].end_at + timedelta(seconds=40)
    return SandboxMeeting(
        uuid=uuid,
        id=chance.choice(series) if recurring else meeting_number(chance),
        host_id=people[chance.randrange(len(people))].id,
        topic=f"Generated meeting {index:05}",
        start_at=start_at,
        duration_min=max(1, int((at - start_at).total_seconds()) // 60),
        type=8 if recurring else chance.choice((1, 2, 2, 2, 4, 5)),
        files=None if index % 97 == 96 else tuple(files),  # noqa: PLR2004
        participants=template_of(plan.seed, index, plan.cues).names,
    )


def _part(plan: _Plan, index: int, part: int, start_at: datetime, template: Template) -> list[SandboxFile]:
    """Make the files of one recorded stretch of a meeting."""
    key = f"{plan.seed}:{index}:{part}"
    chance = random.Random(key)
    end_at = start_at + timedelta(seconds=template.length_s)
    video = mp4_body(key + ":mp4", int(plan.media_bytes * chance.uniform(0.4, 1.6)) + 64)
    audio = m4a_body(key + ":m4a", video.size // 4 + 64)

    def add(file_type: str, recording_type: str, extension: str, body: Body) -> SandboxFile:
        identity = file_id("generated", key, start_at, file_type, recording_type)
        return SandboxFile(identity, file_type, recording_type, extension, start_at, end_at, body)

    def text(kind: str) -> LazyBody:
        return LazyBody(functools.partial(fill, template, kind, key))

    files = [
        add("MP4", "shared_screen_with_speaker_view", "MP4", video),
        add("M4A", "audio_only", "M4A", audio),
    ]
    if index % 10 == 1:
        files.append(add("MP4", "gallery_view", "MP4", mp4_body(key + ":gallery", video.size // 2 + 64)))
    if index % 11 != 10:  # noqa: PLR2004
        files.append(add("TRANSCRIPT", "audio_transcript", "VTT", text("transcript")))
    if index % 3:
        files.append(add("TIMELINE", "timeline", "JSON", text("timeline")))
    if index % 4 == 0:
        files.append(add("CC", "closed_caption", "VTT", text("captions")))
    if index % 2 and part == 0:
        files.append(add("CHAT", "chat_file", "TXT", text("chat")))
    if index % 9 == 2:  # noqa: PLR2004
        files.append(add("SUMMARY", "summary", "JSON", BytesBody(_SUMMARY)))
    return files
