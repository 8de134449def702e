"""Recall.ai 1.11: whole addresses of the next page, everything under a recording, a state on every artefact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from harvester.sandbox.bots.model import SandboxBot
from harvester.sandbox.bots.orders import Order, add_run, delete, read_body, remove, send
from harvester.sandbox.bots.paging import cut_by_cursor
from harvester.sandbox.bots.paths import BotRoute
from harvester.sandbox.bots.recall_forms import (
    build_bot,
    build_metadata,
    build_recording,
    build_transcript,
    find_code,
    refer,
)
from harvester.sandbox.bots.refusals import Refuser
from harvester.sandbox.bots.times import read_bound
from harvester.sandbox.wire import Reply, Request, json_reply
from harvester.sandbox.world import World

_refuse = Refuser("recall")
_PAGE = 100


def _address(world: World, request: Request, changes: Mapping[str, str]) -> str:
    """This call's own address with other parameters."""
    kept = {name: value for name, value in request.query.items() if name not in changes}
    return f"{world.api_origin}{request.path}?{urlencode(kept | dict(changes))}"


def _list(world: World, request: Request) -> Reply:
    """Pages are numbered, and move when a bot comes in between."""
    query = request.query
    number = query.get("page") or "1"
    size = min(_PAGE, world.settings.largest_page)
    try:
        checks = _read_filters(world, query)
    except ValueError:
        return _refuse(400, "Invalid date")
    bots = [bot for bot in world.bots.list_all("recall", world.now()) if all(check(bot) for check in checks)]
    if not number.isdecimal() or int(number) < 1 or (int(number) > 1 and (int(number) - 1) * size >= len(bots)):
        return _refuse(404, "Invalid page.")
    end = int(number) * size
    return json_reply(
        200,
        {
            "next": _address(world, request, {"page": str(int(number) + 1)}) if end < len(bots) else None,
            "previous": _address(world, request, {"page": str(int(number) - 1)}) if int(number) > 1 else None,
            "results": [build_bot(world, bot) for bot in bots[end - size : end]],
        },
    )


def _read_filters(world: World, query: Mapping[str, str]) -> list[Callable[[SandboxBot], bool]]:
    """Raises ValueError for a bound that is no time."""
    checks: list[Callable[[SandboxBot], bool]] = []
    if query.get("join_at_after"):
        after = read_bound(query["join_at_after"])
        checks.append(lambda bot: bot.created_at >= after)
    if query.get("join_at_before"):
        before = read_bound(query["join_at_before"])
        checks.append(lambda bot: bot.created_at < before)
    if status := query.get("status"):
        checks.append(lambda bot: find_code(bot, world.now()) == status)
    if platform := query.get("platform"):
        checks.append(lambda _bot: platform == "zoom")
    if url := query.get("meeting_url"):
        checks.append(lambda bot: str(bot.meeting_number) in url)
    for name, value in query.items():
        if name.startswith("metadata__"):
            checks.append(_has(name.removeprefix("metadata__"), value))
    return checks


def _has(name: str, value: str) -> Callable[[SandboxBot], bool]:
    return lambda bot: bot.extra.get(name) == value


def _parts(kind: str) -> Callable[[World, Request], Reply]:
    """A listing of recordings, transcripts or metadata, paged by cursors."""

    def answer(world: World, request: Request) -> Reply:
        query = request.query
        rows = [
            row
            for bot in world.bots.list_all("recall", world.now())
            for row in _build_parts(world, bot, kind, query.get("recording_id"))
            if query.get("status_code") in {None, "", row["status"]["code"]}
        ]
        question = ("recall", kind, query.get("recording_id", ""), query.get("status_code", ""))
        cut = cut_by_cursor(world, question, rows, query.get("cursor"), _PAGE)
        if cut is None:
            return _refuse(404, "Invalid cursor")
        following, previous = (
            _address(world, request, {"cursor": each}) if each else None for each in (cut.following, cut.previous)
        )
        return json_reply(200, {"next": following, "previous": previous, "results": cut.items})

    return answer


def _build_parts(world: World, bot: SandboxBot, kind: str, wanted: str | None) -> list[dict[str, Any]]:
    now = world.now()
    rows: list[dict[str, Any]] = []
    for recording in bot.recordings:
        if recording.started_at > now or wanted not in {None, "", recording.id}:
            continue
        reference = {"recording": refer(recording.id)}
        if kind == "recordings":
            rows.append(build_recording(world, bot, recording) | {"bot": refer(bot.id, bot.extra)})
        elif kind == "runs":
            made = [run for run in recording.runs if run.made_at <= now]
            rows += [build_transcript(world, bot, run) | reference for run in made]
        elif metadata := build_metadata(world, bot, recording):
            started = {"created_at": build_recording(world, bot, recording)["created_at"], "metadata": {}}
            rows.append(metadata | started | reference)
    return rows


def _send(world: World, request: Request) -> Reply:
    key = request.headers.get("idempotency-key")
    order = Order.read("recall", read_body(request), extra="metadata", key=key)
    if order is None:
        return _refuse(400, "meeting_url is required")
    return json_reply(201, build_bot(world, send(world, order)[0]))


def _retranscribe(world: World, route: BotRoute, request: Request) -> Reply:
    found = world.bots.find_owner("recall", route.subject)
    if found is None:
        return _refuse(404, "Not found.")
    bot, recording = found
    if not bot.is_ready(recording, world.now()):
        return _refuse(409, "The recording is not ready.")
    wanted = read_body(request).get("provider")
    recogniser = next(iter(wanted), None) if isinstance(wanted, dict) else None
    run = add_run(world, bot, recording, recogniser=recogniser)
    return json_reply(200, build_transcript(world, bot, run) | {"recording": refer(recording.id)})


def _remove(world: World, bot: SandboxBot) -> Reply:
    remove(world, bot)
    return json_reply(200, build_bot(world, world.bots.find("recall", bot.id) or bot))


def _delete(world: World, bot: SandboxBot) -> Reply:
    delete(world, bot)
    return json_reply(200, build_bot(world, world.bots.find("recall", bot.id) or bot))


def answer_recall(world: World, request: Request, route: BotRoute) -> Reply:
    """Answer one call that carried the key."""
    if route.name == "retranscribe":
        return _retranscribe(world, route, request)
    if route.name in _OTHERS:
        return _OTHERS[route.name](world, request)
    bot = world.bots.find("recall", route.subject)
    if route.name not in _OF_A_BOT or bot is None or bot.created_at > world.now():
        return _refuse(404, "Not found.")
    return _OF_A_BOT[route.name](world, bot)


_OTHERS: dict[str, Callable[[World, Request], Reply]] = {
    "list": _list,
    "recordings": _parts("recordings"),
    "runs": _parts("runs"),
    "metadata": _parts("metadata"),
    "send": _send,
}
_OF_A_BOT: dict[str, Callable[[World, SandboxBot], Reply]] = {
    "detail": lambda world, bot: json_reply(200, build_bot(world, bot)),
    "remove": _remove,
    "delete": _delete,
}
