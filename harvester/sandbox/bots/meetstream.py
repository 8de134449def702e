"""MeetStream's API: keys in PascalCase, cursors in camelCase, a message where there is nothing else to say.

What waits answers 202, what is wrong 404, what is past its retention 410.
"""

from __future__ import annotations

from collections.abc import Callable

from harvester.sandbox.bots.addresses import meeting_url, sign
from harvester.sandbox.bots.meetstream_forms import build_detail, build_entry, build_run, name_status
from harvester.sandbox.bots.model import BotRecording, SandboxBot
from harvester.sandbox.bots.orders import Order, add_run, delete, read_body, remove, send
from harvester.sandbox.bots.paging import cut_by_cursor
from harvester.sandbox.bots.paths import BotRoute
from harvester.sandbox.bots.people import build_meetstream_chats, build_meetstream_people, build_meetstream_timeline
from harvester.sandbox.bots.refusals import Refuser
from harvester.sandbox.bots.times import read_bound
from harvester.sandbox.bots.transcripts import build_meetstream, build_meetstream_raw
from harvester.sandbox.wire import Reply, Request, json_reply
from harvester.sandbox.world import World

_refuse = Refuser("meetstream")
_PAGE = 20


def _list(world: World, request: Request, _route: BotRoute) -> Reply:
    query = request.query
    bots = world.bots.list_all("meetstream", world.now())
    try:
        if query.get("from"):
            bots = [bot for bot in bots if bot.created_at >= read_bound(query["from"])]
        if query.get("to"):
            bots = [bot for bot in bots if bot.created_at < read_bound(query["to"], is_end=True)]
    except ValueError:
        return _refuse(400, "Invalid date, expected YYYY-MM-DD")
    if query.get("status"):
        bots = [bot for bot in bots if name_status(world, bot) == query["status"]]
    if query.get("platform"):
        bots = bots if query["platform"] == "Zoom" else []
    for name, value in query.items():
        if name.startswith("custom_attr[") and name.endswith("]"):
            bots = [bot for bot in bots if bot.extra.get(name[len("custom_attr[") : -1]) == value]
    question = ("meetstream", *sorted(f"{name}={value}" for name, value in query.items() if name != "cursor"))
    cut = cut_by_cursor(world, question, bots, query.get("cursor"), _PAGE)
    if cut is None:
        return _refuse(400, "Invalid cursor")
    rows = [build_entry(world, bot) for bot in cut.items]
    return json_reply(200, {"bots": rows, "hasNextPage": cut.following is not None, "nextCursor": cut.following})


def _detail(world: World, _request: Request, bot: SandboxBot) -> Reply:
    return json_reply(200, {"bot_details": build_detail(world, bot)})


def _answer_status(world: World, _request: Request, bot: SandboxBot) -> Reply:
    document = {"bot_id": bot.id, "status": name_status(world, bot), "custom_attributes": dict(bot.extra)}
    return json_reply(200, document)


def _runs(world: World, _request: Request, bot: SandboxBot) -> Reply:
    rows = [build_run(world, bot, run) for recording in bot.recordings for run in recording.runs]
    return json_reply(200, {"bot_id": bot.id, "transcriptions": [row for row in rows if row]})


def _transcript(world: World, request: Request, route: BotRoute) -> Reply:
    now = world.now()
    found = world.bots.find_owner("meetstream", route.subject)
    run = next((each for each in found[1].runs if each.id == route.subject), None) if found else None
    if found is None or run is None or run.made_at > now:
        return _refuse(404, "Transcript not found")
    bot, recording = found
    if bot.is_gone(now):
        return _refuse(410, "Transcript expired")
    if run.state(now) == "pending":
        return json_reply(202, {"message": "Transcript is still processing"})
    if run.state(now) == "failed":
        return _refuse(404, "Transcript not found")  # as of one that never was
    is_raw = request.query.get("raw") == "true"
    return json_reply(200, build_meetstream_raw(run, recording) if is_raw else build_meetstream(run, recording))


def _participants(_world: World, _request: Request, bot: SandboxBot) -> Reply:
    return json_reply(200, build_meetstream_people(bot))


def _recorded(build: Callable[[SandboxBot, BotRecording], object]) -> Callable[[World, Request, SandboxBot], Reply]:
    """An answer from what was recorded: 202 before it is there, 410 afterwards, 404 where nothing ever was."""

    def answer(world: World, _request: Request, bot: SandboxBot) -> Reply:
        refusal = _refuse_media(world, bot)
        return refusal or json_reply(200, build(bot, bot.recordings[0]))

    return answer


def _refuse_media(world: World, bot: SandboxBot) -> Reply | None:
    if not bot.recordings:
        return _refuse(404, "No recording for this bot")
    if bot.is_gone(world.now()):
        return _refuse(410, "Media expired")
    if not bot.is_ready(bot.recordings[0], world.now()):
        return json_reply(202, {"message": "Recording is still processing"})
    return None


def _audio(world: World, _request: Request, bot: SandboxBot) -> Reply:
    refusal = _refuse_media(world, bot)
    return refusal or json_reply(200, {"audio_url": sign(world, bot, bot.recordings[0].files["audio"])})


def _video(world: World, _request: Request, bot: SandboxBot) -> Reply:
    if refusal := _refuse_media(world, bot):
        return refusal
    recording = bot.recordings[0]
    file = recording.files["video"]
    seconds = recording.length_ms / 1000
    info = {
        "duration": seconds,
        "size_mb": round(file.body.size / 1e6, 3),
        "resolution": "1280x720",
        "fps": 25,
        "frames_processed": int(seconds * 25),
        "corrupted_frames": 0,
    }
    return json_reply(200, {"video_url": sign(world, bot, file), "video_info": info})


def _send(world: World, request: Request, _route: BotRoute) -> Reply:
    said = read_body(request)
    key = request.headers.get("idempotency-key")
    order = Order.read("meetstream", said, url="meeting_link", extra="custom_attributes", key=key)
    if order is None:
        return _refuse(400, "meeting_link is required")
    bot, is_new = send(world, order)
    if not is_new and key:
        return json_reply(507, {"message": "Bot already created", "bot_id": bot.id})
    run = bot.recordings[0].runs[0]
    document = {
        "bot_id": bot.id,
        "transcript_id": run.id,
        "meeting_url": meeting_url(world, bot),
        "status": "Active",
    }
    return json_reply(201 if is_new else 200, document)


def _remove(world: World, _request: Request, bot: SandboxBot) -> Reply:
    remove(world, bot)
    return json_reply(200, {"message": "Bot is leaving the meeting", "bot_id": bot.id})


def _delete(world: World, _request: Request, bot: SandboxBot) -> Reply:
    deleted = delete(world, bot)
    return json_reply(200, {"message": "Bot data deleted", "bot_id": bot.id, "deleted_objects": deleted})


def _retranscribe(world: World, request: Request, bot: SandboxBot) -> Reply:
    if refusal := _refuse_media(world, bot):
        return refusal
    wanted = read_body(request).get("provider") or "deepgram"  # a name, or an object with the name as its one key
    provider = str(next(iter(wanted), "deepgram")) if isinstance(wanted, dict) else str(wanted)
    run = add_run(world, bot, bot.recordings[0], recogniser=provider)
    document = {"bot_id": bot.id, "transcript_id": run.id, "provider": provider, "message": "Transcription started"}
    return json_reply(200, document)


_OF_A_BOT: dict[str, Callable[[World, Request, SandboxBot], Reply]] = {
    "status": _answer_status,
    "detail": _detail,
    "runs": _runs,
    "participants": _participants,
    "chats": _recorded(build_meetstream_chats),
    "timeline": _recorded(build_meetstream_timeline),
    "audio": _audio,
    "video": _video,
    "remove": _remove,
    "delete": _delete,
    "retranscribe": _retranscribe,
}
_OTHERS = {"list": _list, "transcript": _transcript, "send": _send}


def answer_meetstream(world: World, request: Request, route: BotRoute) -> Reply:
    """Answer one call that carried the key."""
    if route.name in _OTHERS:
        return _OTHERS[route.name](world, request, route)
    bot = world.bots.find("meetstream", route.subject)
    if route.name not in _OF_A_BOT or bot is None or bot.created_at > world.now():
        return _refuse(404, "Bot not found" if route.name in _OF_A_BOT else "Not Found")
    return _OF_A_BOT[route.name](world, request, bot)
