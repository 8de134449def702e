"""Meeting BaaS v2: everything in an envelope, null where nothing is there, addresses signed anew with each answer.

What was created more than ninety days ago cannot be asked for, and neither can the future.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from harvester.sandbox.bots.addresses import meeting_url, sign
from harvester.sandbox.bots.model import SandboxBot
from harvester.sandbox.bots.orders import Order, add_run, delete, read_body, remove, send
from harvester.sandbox.bots.paging import cut_by_cursor
from harvester.sandbox.bots.paths import BotRoute
from harvester.sandbox.bots.people import build_baas_people
from harvester.sandbox.bots.refusals import Refuser
from harvester.sandbox.bots.times import iso_z, read_bound
from harvester.sandbox.wire import Reply, Request, json_reply
from harvester.sandbox.world import World

_refuse = Refuser("meetingbaas_v2")
_LARGEST, _USUAL = 250, 50
_REACH = timedelta(days=90)
_STATUSES = {
    "scheduled": "joining_call",
    "refused": "failed",
    "recording": "in_call_recording",
    "processing": "transcribing",
    "done": "completed",
}
_RUN_STATES = {"pending": "processing", "available": "done", "failed": "error"}
_ERROR = ("TIMEOUT_WAITING_TO_START", "Bot was not admitted in time")


def _list(world: World, request: Request, _route: BotRoute) -> Reply:
    query = request.query
    limit = query.get("limit") or str(_USUAL)
    if not limit.isdecimal() or not 1 <= int(limit) <= _LARGEST:
        return _refuse(400, "limit must be between 1 and 250")
    try:
        checks = _read_filters(world, query)
    except ValueError as error:
        return _refuse(400, str(error))
    bots = [bot for bot in world.bots.list_all("meetingbaas_v2", world.now()) if all(check(bot) for check in checks)]
    question = ("meetingbaas_v2", *sorted(f"{name}={value}" for name, value in query.items() if name != "cursor"))
    cut = cut_by_cursor(world, question, bots, query.get("cursor"), int(limit))
    if cut is None:
        return _refuse(400, "Invalid cursor")
    rows = [_build_entry(world, bot) for bot in cut.items]
    return json_reply(200, {"success": True, "data": rows, "cursor": cut.following, "prev_cursor": cut.previous})


def _read_filters(world: World, query: Mapping[str, str]) -> list[Callable[[SandboxBot], bool]]:
    """Raises ValueError for a bound that is no time, or out of reach."""
    now = world.now()
    made: dict[str, Callable[[str], Callable[[SandboxBot], bool]]] = {
        "bot_name": lambda text: lambda bot: text.casefold() in bot.name.casefold(),
        "participant_name": lambda text: (
            lambda bot: any(text.casefold() in name.casefold() for name in bot.participants)
        ),
        "bot_id": lambda text: lambda bot: bot.id == text,
        "meeting_url": lambda text: lambda bot: text.casefold() in meeting_url(world, bot).casefold(),
        "meeting_platform": lambda text: lambda _bot: "zoom" in text.split(","),
        "status": lambda text: lambda bot: name_status(bot, world) in text.split(","),
        "extra": lambda text: lambda bot: bot.extra.get(text.partition(":")[0]) == text.partition(":")[2],
    }
    checks = [make(query[name]) for name, make in made.items() if query.get(name)]
    for name in ("created_after", "created_before", "ended_after"):
        if query.get(name):
            moment = read_bound(query[name], is_end=name == "created_before")
            if name == "created_after" and moment < now - _REACH:
                raise ValueError("created_after must be within the last 90 days")
            if name == "created_before" and moment.date() > now.date() + timedelta(days=1):
                raise ValueError("created_before must not be in the future")
            checks.append(_bound(name, moment, now))
    return checks


def _bound(name: str, moment: datetime, now: datetime) -> Callable[[SandboxBot], bool]:
    match name:
        case "created_after":
            return lambda bot: bot.created_at >= moment
        case "created_before":
            return lambda bot: bot.created_at <= moment
    return lambda bot: bot.ended_at is not None and moment <= bot.ended_at <= now


def name_status(bot: SandboxBot, world: World) -> str:
    now = world.now()
    state = bot.state(now)
    is_heard = not any(run.state(now) == "pending" for recording in bot.recordings for run in recording.runs[:1])
    return "transcribing" if state == "done" and not is_heard else _STATUSES[state]


def _build_entry(world: World, bot: SandboxBot) -> dict[str, Any]:
    now = world.now()
    ended_at = bot.ended_at if bot.ended_at and bot.ended_at <= now else None
    joined_at = bot.joined_at if bot.joined_at and bot.joined_at <= now else None
    code, message = _ERROR if bot.state(now) == "refused" else (None, None)
    return {
        "bot_id": bot.id,
        "bot_name": bot.name,
        "meeting_url": meeting_url(world, bot),
        "meeting_platform": "zoom",
        "extra": dict(bot.extra) or None,
        "duration": bot.recordings[0].length_ms // 1000 if ended_at else None,
        "created_at": iso_z(bot.created_at),
        "ended_at": iso_z(ended_at),
        "joined_at": iso_z(joined_at),
        "exited_at": iso_z(ended_at),
        "status": name_status(bot, world),
        "error_code": code,
        "error_message": message,
        "tokens": _TOKENS if ended_at else None,
    }


_TOKENS = {
    "recording": 1.08,
    "transcription": 0.27,
    "byok_transcription": 0,
    "streaming_input": 0,
    "streaming_output": 0,
    "total": 1.35,
}


def build_detail(world: World, bot: SandboxBot) -> dict[str, Any]:
    """`data` of GET /v2/bots/{id}."""
    now = world.now()
    entry = _build_entry(world, bot)
    recording = bot.recordings[0] if bot.recordings and entry["ended_at"] else None
    run = recording.find_current(now) if recording else None
    kept = {**(recording.files if recording else {}), **(run.files if run else {})}
    files = {name: sign(world, bot, file) for name, file in kept.items()}
    names = ("video", "audio", "diarization", "raw_transcription", "transcription", "chat_messages")
    return {
        **{name: entry[name] for name in entry if name not in {"duration", "ended_at"}},
        "recording_mode": "speaker_view",
        "duration_seconds": entry["duration"],
        "participants": build_baas_people(bot, with_bot=True) if recording else [],
        "speakers": build_baas_people(bot, with_bot=False) if recording else [],
        "artifacts_deleted": bot.is_gone(now),
        **{name: files.get(name) for name in names},
        "transcription_ids": [run.id] if run else None,
        "transcription_provider": run.recogniser if run else None,
        "zoom_config": {
            "credential_id": None,
            "credential_user_id": None,
            "obf_token_url": f"https://tokens.example.com/obf?k={world.canary('zoom')}",
            "zak_token_url": None,
        },
        "callback_config": {
            "url": f"https://hooks.example.com/bots?token={world.canary('webhook')}",
            "method": "POST",
            "secret": world.canary("webhook"),
        },
    }


def _status(world: World, _request: Request, bot: SandboxBot) -> Reply:
    now = world.now()
    recording = bot.recordings[0] if bot.recordings else None
    run = recording.find_current(now) if recording else None
    waiting = "not-started" if recording and recording.runs else "not-applicable"
    document = {
        "bot_id": bot.id,
        "status": name_status(bot, world),
        "transcription_status": _RUN_STATES[run.state(now)] if run else waiting,
        "updated_at": iso_z(now),
    }
    return json_reply(200, {"success": True, "data": document})


def _detail(world: World, _request: Request, bot: SandboxBot) -> Reply:
    return json_reply(200, {"success": True, "data": build_detail(world, bot)})


def _send(world: World, request: Request) -> Reply:
    order = Order.read("meetingbaas_v2", read_body(request), extra="extra")
    if order is None:
        return _refuse(400, "meeting_url is required")
    return json_reply(201, {"success": True, "data": {"bot_id": send(world, order)[0].id}})


def _remove(world: World, _request: Request, bot: SandboxBot) -> Reply:
    if bot.state(world.now()) not in {"scheduled", "recording"}:
        return _refuse(409, "Bot is not in a call")
    remove(world, bot)
    return json_reply(200, {"success": True, "data": {"message": "Bot is leaving the meeting"}})


def _delete(world: World, _request: Request, bot: SandboxBot) -> Reply:
    if name_status(bot, world) not in {"completed", "failed"}:
        return _refuse(409, "Bot is not in a deletable state")
    delete(world, bot)
    return json_reply(200, {"success": True, "data": {"message": "Bot data deleted"}})


def _retranscribe(world: World, _request: Request, bot: SandboxBot) -> Reply:
    if name_status(bot, world) != "completed" or bot.is_gone(world.now()):
        return _refuse(409, "Bot has nothing to transcribe")
    add_run(world, bot, bot.recordings[0])
    return json_reply(200, {"success": True, "data": {"message": "Transcription started", "bot_id": bot.id}})


def answer_baas_v2(world: World, request: Request, route: BotRoute) -> Reply:
    """Answer one call that carried the key."""
    if route.name == "list":
        return _list(world, request, route)
    if route.name == "send":
        return _send(world, request)
    bot = world.bots.find("meetingbaas_v2", route.subject)
    if route.name not in _OF_A_BOT or bot is None or bot.created_at > world.now():
        return _refuse(404, "Bot not found" if route.name in _OF_A_BOT else "Route not found")
    return _OF_A_BOT[route.name](world, request, bot)


_OF_A_BOT: dict[str, Callable[[World, Request, SandboxBot], Reply]] = {
    "detail": _detail,
    "status": _status,
    "screenshots": lambda _world, _request, _bot: json_reply(200, {"success": True, "data": []}),
    "remove": _remove,
    "delete": _delete,
    "retranscribe": _retranscribe,
}
