"""Meeting BaaS v1: empty texts where nothing is there, secrets in the midst of the answer, filters that thin out pages.

The listing comes twice under two names. A transcript has neither an id nor a state: it is there, or it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from harvester.sandbox.bots.addresses import meeting_url, sign
from harvester.sandbox.bots.model import SandboxBot
from harvester.sandbox.bots.orders import Order, add_run, delete, read_body, remove, send
from harvester.sandbox.bots.paging import cut_by_cursor
from harvester.sandbox.bots.paths import BotRoute
from harvester.sandbox.bots.refusals import Refuser
from harvester.sandbox.bots.times import iso_naive, read_bound
from harvester.sandbox.bots.transcripts import build_baas_v1
from harvester.sandbox.wire import Reply, Request, json_reply
from harvester.sandbox.world import World

_refuse = Refuser("meetingbaas_v1")
_LARGEST, _USUAL = 50, 10
_NULLS = (
    "bot_image",
    "deduplication_key",
    "diarization_fails",
    "enter_message",
    "event_id",
    "noone_joined_timeout",
    "scheduled_bot_id",
    "session_id",
    "silence_timeout",
    "streaming_audio_frequency",
    "streaming_input",
    "streaming_output",
    "transcription_custom_parameters",
    "transcription_payloads",
    "user_reported_error",
    "zoom_access_token_url",
    "zoom_obf_token_url",
    "zoom_obf_token_user_id",
    "zoom_sdk_id",
)


def _list(world: World, request: Request, _route: BotRoute) -> Reply:
    query = request.query
    limit = query.get("limit") or str(_USUAL)
    if not limit.isdecimal() or not 1 <= int(limit) <= _LARGEST:
        return _refuse(400, "limit must be between 1 and 50")
    try:
        bots = _select(world, query)
    except ValueError:
        return _refuse(400, "Invalid date")
    question = ("meetingbaas_v1", *sorted(f"{name}={value}" for name, value in query.items() if name != "cursor"))
    cut = cut_by_cursor(world, question, bots, query.get("cursor"), int(limit))
    if cut is None:
        return _refuse(400, "Invalid cursor")
    # this filter works on a page that is cut already, which may leave nothing of it
    rows = [_build_entry(world, bot) for bot in cut.items if _has_extra(bot, query.get("filter_by_extra", ""))]
    document: dict[str, Any] = {"bots": rows, "recent_bots": rows, "last_updated": iso_naive(world.now())}
    if cut.following:
        document["next_cursor"] = cut.following
    return json_reply(200, document)


def _select(world: World, query: Mapping[str, str]) -> Sequence[SandboxBot]:
    """Raises ValueError for a bound that is no time."""
    bots = world.bots.list_all("meetingbaas_v1", world.now())
    checks: list[Callable[[SandboxBot], bool]] = []
    if name := query.get("bot_name"):
        checks.append(lambda bot: name.casefold() in bot.name.casefold())
    if url := query.get("meeting_url"):
        checks.append(lambda bot: url.casefold() in meeting_url(world, bot).casefold())
    if query.get("created_after"):
        after = read_bound(query["created_after"])
        checks.append(lambda bot: bot.created_at >= after)
    if query.get("created_before"):
        before = read_bound(query["created_before"], is_end=True)
        checks.append(lambda bot: bot.created_at <= before)
    if query.get("ended_after"):
        ended = read_bound(query["ended_after"])
        checks.append(lambda bot: (end := _ended_at(bot, world.now())) is not None and end >= ended)
    return [bot for bot in bots if all(check(bot) for check in checks)]


def _has_extra(bot: SandboxBot, wanted: str) -> bool:
    pairs = [each.partition(":")[::2] for each in wanted.split(",") if each]
    return all(bot.extra.get(name) == value for name, value in pairs)


def _ended_at(bot: SandboxBot, now: datetime) -> datetime | None:
    ended_at = bot.refused_at or bot.ended_at
    return ended_at if ended_at is not None and ended_at <= now else None


def _duration(bot: SandboxBot, now: datetime) -> int | None:
    recording = bot.recordings[0] if bot.recordings else None
    return recording.length_ms // 1000 if recording and recording.ended_at <= now else None


def _build_entry(world: World, bot: SandboxBot) -> dict[str, Any]:
    now = world.now()
    return {
        "uuid": bot.id,
        "id": bot.id,
        "bot_name": bot.name,
        "created_at": iso_naive(bot.created_at),
        "ended_at": iso_naive(_ended_at(bot, now)),
        "duration": _duration(bot, now),
        "meeting_url": meeting_url(world, bot),
        "session_id": None,
        "speakers": list(bot.participants) if bot.state(now) == "done" else [],
        "extra": dict(bot.extra),
        "access_count": 1,
        "last_accessed_at": iso_naive(now),
    }


def _detail(world: World, request: Request, _route: BotRoute) -> Reply:
    bot = world.bots.find("meetingbaas_v1", request.query.get("bot_id", ""))
    if bot is None or bot.created_at > world.now():
        return _refuse(404, "Bot not found")
    return json_reply(
        200, build_meeting_data(world, bot, with_words=request.query.get("include_transcripts") != "false")
    )


def build_meeting_data(world: World, bot: SandboxBot, *, with_words: bool) -> dict[str, Any]:
    """The answer of `meeting_data`, which is all that v1 says of a bot."""
    now = world.now()
    recording = bot.recordings[0] if bot.recordings else None
    run = recording.find_current(now) if recording else None
    is_heard = run is not None and run.state(now) == "available" and not bot.is_gone(now)
    addresses = {name: sign(world, bot, file) for name, file in recording.files.items()} if recording else {}
    return {
        "mp4": addresses.get("video") or "",
        "audio": addresses.get("audio") or "",
        "duration": _duration(bot, now) or 0,
        "meeting_participants_file": addresses.get("participants") or "",
        "speaker_diarization_file": addresses.get("diarization") or "",
        "speaker_diarization_file_network": "",
        "bot_data": {
            "bot": _build_bot(world, bot),
            "event_uuid": None,
            "transcripts": build_baas_v1(run, bot) if run and is_heard and with_words else [],
        },
    }


def _build_bot(world: World, bot: SandboxBot) -> dict[str, Any]:
    """Some forty fields of the provider's own table, secrets included."""
    now = world.now()
    runs = [run for recording in bot.recordings for run in recording.runs if run.state(now) != "pending"]
    failed = bool(runs) and runs[-1].failed
    error = "BotNotAccepted" if bot.state(now) == "refused" else "TranscriptionError" if failed else None
    ended_at = _ended_at(bot, now)
    return dict.fromkeys(_NULLS) | {
        "account_id": 7,
        "bot_exited_at": iso_naive(ended_at) if bot.joined_at else None,
        "bot_joined_at": iso_naive(bot.joined_at) if bot.joined_at and bot.joined_at <= now else None,
        "bot_name": bot.name,
        "bot_param_id": 33,
        "created_at": iso_naive(bot.created_at),
        "diarization_v2": False,
        "ended_at": iso_naive(ended_at),
        "errors": error,
        "extra": dict(bot.extra),
        "id": bot.number,
        "is_stopped": ended_at is not None,
        "meeting_url": meeting_url(world, bot),
        "mp4_s3_path": f"{bot.id}/output.mp4",
        "recording_mode": "speaker_view",
        "reserved": False,
        "speech_to_text_api_key": world.canary("recogniser"),
        "speech_to_text_provider": runs[-1].recogniser if runs else "Default",
        "transcription_fails": 3 if failed else None,
        "uuid": bot.id,
        "waiting_room_timeout": 600,
        "webhook_url": f"https://hooks.example.com/mb?token={world.canary('webhook')}",
        "zoom_obf_token": world.canary("zoom"),
        "zoom_sdk_pwd": world.canary("zoom"),
    }


def _send(world: World, request: Request, _route: BotRoute) -> Reply:
    order = Order.read("meetingbaas_v1", read_body(request), extra="extra")
    if order is None:
        return _refuse(400, "meeting_url is required")
    return json_reply(200, {"bot_id": send(world, order)[0].id})


def _remove(world: World, bot: SandboxBot) -> Reply:
    remove(world, bot)
    return json_reply(200, {"ok": True})


def _delete(world: World, bot: SandboxBot) -> Reply:
    if not bot.recordings:
        return json_reply(200, {"ok": True, "status": "noDataFound"})
    if bot.clings and bot.clung_at is None:
        world.bots.put(replace(bot, clung_at=world.now()))
        return json_reply(200, {"ok": True, "status": "partiallyDeleted"})
    return json_reply(200, {"ok": True, "status": "deleted" if delete(world, bot) else "alreadyDeleted"})


def _retranscribe(world: World, request: Request, _route: BotRoute) -> Reply:
    bot = world.bots.find("meetingbaas_v1", str(read_body(request).get("bot_uuid", "")))
    if bot is None:
        return _refuse(404, "Bot not found")
    if not bot.recordings or not bot.is_ready(bot.recordings[0], world.now()):
        return _refuse(400, "Bot has no recording")
    add_run(world, bot, bot.recordings[0])
    return json_reply(200, {"ok": True})


def answer_baas_v1(world: World, request: Request, route: BotRoute) -> Reply:
    """Answer one call that carried the key."""
    if route.name in _OTHERS:
        return _OTHERS[route.name](world, request, route)
    bot = world.bots.find("meetingbaas_v1", route.subject)
    if bot is None or bot.created_at > world.now():
        return _refuse(404, "Bot not found" if route.name in _OF_A_BOT else "Not Found")
    return _OF_A_BOT[route.name](world, bot)


_OTHERS: dict[str, Callable[[World, Request, BotRoute], Reply]] = {
    "list": _list,
    "detail": _detail,
    "send": _send,
    "retranscribe": _retranscribe,
}
_OF_A_BOT: dict[str, Callable[[World, SandboxBot], Reply]] = {
    "screenshots": lambda _world, _bot: json_reply(200, []),
    "remove": _remove,
    "delete": _delete,
}
