"""What bot providers' APIs answer beside transcripts, their webhooks' bodies, and saved files that are imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from fuzz_model import Target, read_document

from harvester.bots.imports import SOURCES
from harvester.bots.imports.model import Saved, Told
from harvester.bots.imports.saved import read_saved
from harvester.bots.registry import REGISTERED
from harvester.errors import Damaged, Pending, Refused, Vanished
from harvester.model import Window

PROVIDERS = {each.provider.name: each.provider for each in REGISTERED}
WEEK = Window(date(2026, 5, 1), date(2026, 5, 7))
TOLD = Told(started_at=datetime(2026, 5, 4, 9, tzinfo=UTC))
_SIGNED = "https://files.example.invalid/a/b.mp4?X-Amz-Signature=CANARY"
_T0, _T1 = "2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z"
USUAL: dict[str, dict[str, Any]] = {
    "meetstream": {"BotID": "b-1", "Status": "Done", "StartTime": _T0, "EndTime": _T1, "MeetingLink": _SIGNED},
    "meetingbaas_v1": {
        "bot_data": {"bot": {"uuid": "b-1", "created_at": _T0}, "transcripts": []},
        "mp4": _SIGNED,
        "duration": 60,
    },
    "meetingbaas_v2": {
        "bot_id": "b-1",
        "status": "completed",
        "created_at": _T0,
        "video": _SIGNED,
        "transcription": _SIGNED,
    },
    "recall": {
        "id": "b-1",
        "status_changes": [{"code": "done", "created_at": _T1}],
        "recordings": [
            {
                "id": "r-1",
                "started_at": _T0,
                "completed_at": _T1,
                "status": {"code": "done"},
                "media_shortcuts": {"transcript": {"id": "t-1", "data": {"download_url": _SIGNED}}},
            }
        ],
    },
}


def check_bot_payload(data: bytes) -> None:
    """Any object is a bot or Damaged; scrubbed it is the same bot, scrubbing again changes nothing of it."""
    if not data:
        return
    name = tuple(PROVIDERS)[data[0] % len(PROVIDERS)]
    provider = PROVIDERS[name]
    payload = read_document(data[1:], _keys(USUAL[name]), USUAL[name])
    if payload is None:
        return
    kept = _try(lambda: provider.scrub(payload))
    found = _try(lambda: provider.describe(payload))
    if kept is None or found is None:
        return
    assert provider.scrub(kept) == kept, "scrubbing again changes it"
    again = provider.describe(kept)
    assert (again.native_id, again.started_at) == (found.native_id, found.started_at)
    assert [each.key for each in again.files] == [each.key for each in found.files]
    for file in found.files:
        _try(lambda key=file.key: provider.locate(payload, key))
    _try(lambda: provider.read_people(payload, {}))


def check_bot_answer(data: bytes) -> None:
    """Any JSON is a page, a bot's details, an event, or Damaged, to every provider."""
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return
    for provider in PROVIDERS.values():
        for call in provider.build_listings(WEEK, today=WEEK.end):
            _try(lambda each=provider, asked=call: each.read_page(asked, answer))
        details = dict.fromkeys(provider.build_details("b-1"), answer)
        _try(lambda each=provider, answers=details: each.join_details("b-1", answers))
        _try(lambda each=provider: each.read_address("video", answer))
        _try(lambda each=provider: each.read_sent(answer))
        _try(lambda each=provider: each.find_undeleted(answer))
        if isinstance(answer, dict):
            event = _try(lambda each=provider: each.read_event(answer))
            assert event is None or event.digest


def check_bot_import(data: bytes) -> None:
    """Any file is recordings of every source's, or refused by its name."""
    for source in SOURCES:
        with suppress(Damaged, Refused):
            for each in read_saved(source, [Saved("saved", data)], TOLD):
                assert SOURCES[source].interpreter.describe(each.payload).native_id


def _try(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except (Damaged, Pending, Refused, Vanished) as error:
        assert error.message
        assert len(error.message) < 600
        return None


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for each in value.values() for name in _keys(each))]
    return [name for each in value for name in _keys(each)] if isinstance(value, list) else []


_SEEDS = tuple(json.dumps(each).encode() for each in USUAL.values())
_PIECES = tuple(json.dumps(name).encode() for name in sorted({name for each in USUAL.values() for name in _keys(each)}))
TARGETS = (
    Target(
        "bot_payload",
        check_bot_payload,
        (*(bytes([at]) + seed for at, seed in enumerate(_SEEDS)), b"\x00", b"\x01", b"\x02", b"\x03"),
        _PIECES,
    ),
    Target("bot_answer", check_bot_answer, (*_SEEDS, b'{"results": [{"id": "b-1"}], "next": "https://x"}'), _PIECES),
    Target(
        "bot_import",
        check_bot_import,
        (*_SEEDS, b'[{"speaker": "Ann", "transcript": "Hi", "start_time": 1}]', b"Ann  0:05\nHello there.\n"),
        (*_PIECES, b'"speaker"', b'"transcript"', b'"words"', b'"start_time"', b"[", b"{"),
    ),
)
