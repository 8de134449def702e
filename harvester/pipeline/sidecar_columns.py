"""The columns of what lies beside a Zoom recording's media: chat, timelines, summaries and polls. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from harvester.model import Recording
from harvester.pipeline.read_sidecars import ReadFile, Sidecars
from harvester.pipeline.reading import Columns, ReadSettings
from harvester.sidecars import Answer, Chat, Piece, Timeline, User

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SILENCE = User()
_CHAT = (
    "offset_ms",
    "sender",
    "recipient",
    "text",
    "kind",
    "reply_to",
    "reaction",
    "is_removed",
    "clock_time",
    "raw_text",
)


def sidecar_tables(recording: Recording, sidecars: Sidecars, settings: ReadSettings) -> dict[str, Columns]:
    """The tables that have rows, by name."""
    tables = {
        "chat_messages": _chat_messages(sidecars.chats),
        "speaker_activity": _speaker_activity(sidecars.timelines, settings),
        "summaries": _summaries(sidecars.summaries),
        "poll_answers": _poll_answers(sidecars.polls),
    }
    return {name: _of_recording(recording, columns) for name, columns in tables.items() if columns["file_key"]}


def _of_recording(recording: Recording, columns: Columns) -> Columns:
    n_rows = len(columns["file_key"])
    return {"recording_key": [recording.key] * n_rows, "source": [recording.source] * n_rows, **columns}


def _chat_messages(chats: Sequence[ReadFile[Chat]]) -> Columns:
    rows = [(each, message) for each in chats for message in each.said.messages]
    columns: Columns = {name: [getattr(message, name) for _, message in rows] for name in _CHAT}
    return {
        "message_index": list(range(len(rows))),
        "sent_at": _absolute([each for each, _ in rows], columns["offset_ms"]),
        "file_key": [each.listed.key for each, _ in rows],
        **columns,
    }


def _speaker_activity(timelines: Sequence[ReadFile[Timeline]], settings: ReadSettings) -> Columns:
    rows = [
        (each, stretch, user)
        for each in timelines
        for stretch in each.said.stretches
        for user in stretch.users or (_SILENCE,)
    ]
    files = [each for each, _, _ in rows]
    start_ms = [stretch.start_ms for _, stretch, _ in rows]
    end_ms = [stretch.end_ms for _, stretch, _ in rows]
    return {
        "activity_index": list(range(len(rows))),
        "part_index": [each.listed.part_index for each, _, _ in rows],
        "start_ms": start_ms,
        "end_ms": end_ms,
        "start_at": _absolute(files, start_ms),
        "end_at": _absolute(files, end_ms),
        "user_id": [user.user_id for _, _, user in rows],
        "zoom_user_id": [user.zoom_user_id for _, _, user in rows],
        "username": [user.username for _, _, user in rows],
        "n_active": [len(stretch.users) for _, stretch, _ in rows],
        "file_key": [each.listed.key for each, _, _ in rows],
        "n_entries": [stretch.n_entries for _, stretch, _ in rows],
        "email": [user.email if settings.keep_emails else None for _, _, user in rows],
        "several_people": [user.several_people for _, _, user in rows],
    }


def _summaries(summaries: Sequence[ReadFile[Sequence[Piece]]]) -> Columns:
    rows = [(each, piece) for each in summaries for piece in each.said]
    files = [each for each, _ in rows]
    start_ms = [piece.start_ms for _, piece in rows]
    end_ms = [piece.end_ms for _, piece in rows]
    return {
        "summary_index": list(range(len(rows))),
        "file_key": [each.listed.key for each, _ in rows],
        "kind": [piece.kind for _, piece in rows],
        "start_ms": start_ms,
        "end_ms": end_ms,
        "start_at": _absolute(files, start_ms),
        "end_at": _absolute(files, end_ms),
        "title": [piece.title for _, piece in rows],
        "text": [piece.text for _, piece in rows],
        "short_text": [piece.short_text for _, piece in rows],
        "raw": [piece.raw for _, piece in rows],
    }


def _poll_answers(polls: Sequence[ReadFile[Sequence[Answer]]]) -> Columns:
    rows = [(each, answer) for each in polls for answer in each.said]
    said = ("poll", "answered_at", "respondent", "email", "question", "answer")
    return {
        "answer_index": list(range(len(rows))),
        "file_key": [each.listed.key for each, _ in rows],
        **{name: [getattr(answer, name) for _, answer in rows] for name in said},
        "raw": [answer.row and json.dumps(answer.row, ensure_ascii=False) for _, answer in rows],
    }


def _absolute(files: Sequence[ReadFile[Any]], offsets_ms: Sequence[int | None]) -> list[int | None]:
    """Moments as microseconds since 1970; none (null) where there is no offset."""
    distinct = {id(each): each for each in files}
    origins = {key: (each.t0 - _EPOCH) // timedelta(microseconds=1) for key, each in distinct.items()}
    return [
        None if offset is None else origins[id(each)] + offset * 1000
        for each, offset in zip(files, offsets_ms, strict=True)
    ]
