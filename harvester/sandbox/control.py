"""The door for other processes: `/_sandbox/...` on the API origin. Never logged, never struck by faults.

GET truth, bot_truth, requests, faults; POST faults (a JSON list of texts), POST now; DELETE faults. POST events sends
{"event": name, "uuid": meeting}, or {"event": name, "bot": id}, to the webhook; POST and DELETE trashed hide and show
meetings and files by their ids.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harvester.sandbox.faults import parse_fault
from harvester.sandbox.wire import Reply, Request, json_reply

if TYPE_CHECKING:
    from harvester.sandbox.server import Sandbox

PREFIX = "/_sandbox/"


def answer_control(box: Sandbox, request: Request) -> Reply:
    """Answer one control call; a mistake comes back as 400 with its sentence."""
    action = _ACTIONS.get((request.method, request.path.removeprefix(PREFIX)))
    if action is None:
        return json_reply(404, {"message": f"no control {request.method} {request.path}"})
    try:
        return json_reply(200, action(box, json.loads(request.body or b"null")))
    except ValueError as error:
        return json_reply(400, {"message": str(error)})


def _armed(box: Sandbox, _document: object) -> list[str]:
    return [str(fault) for fault in box.faults]


def _arm(box: Sandbox, texts: object) -> list[str]:
    if not isinstance(texts, list):
        raise ValueError('faults are a JSON list of texts, for example ["listing:429"]')  # noqa: TRY004
    faults = [parse_fault(str(text)) for text in texts]
    for fault in faults:
        box.faults.add(fault)
    return _armed(box, None)


def _disarm(box: Sandbox, _document: object) -> list[str]:
    box.faults.clear()
    return _armed(box, None)


def _move(box: Sandbox, document: object) -> dict[str, str]:
    text = document.get("now") if isinstance(document, dict) else None
    if not isinstance(text, str):
        raise ValueError('the time is {"now": "2026-01-31T12:00:00Z"}')  # noqa: TRY004
    moment = datetime.fromisoformat(text)
    box.set_now(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))
    return {"now": box.now().isoformat()}


def _send(box: Sandbox, document: object) -> dict[str, int]:
    said = document if isinstance(document, dict) else {}
    if isinstance(said.get("event"), str) and isinstance(said.get("bot"), str):
        body = box.events.build_bot(said["event"], said["bot"], part_id=said.get("part"))
        return {"status": box.events.send_bot(said["bot"], body)}
    known = {each.uuid for each in box.account.meetings}
    if not isinstance(said.get("event"), str) or said.get("uuid") not in known:
        raise ValueError('an event is {"event": "recording.completed", "uuid": "one of this account"}')
    return {"status": box.events.send(box.events.build(said["event"], said["uuid"]))}


def _trash(box: Sandbox, ids: object) -> None:
    box.trashed.update(map(str, ids if isinstance(ids, list) else []))


def _recover(box: Sandbox, ids: object) -> None:
    box.trashed.difference_update(map(str, ids if isinstance(ids, list) else []))


_ACTIONS: dict[tuple[str, str], Callable[[Sandbox, object], object]] = {
    ("GET", "truth"): lambda box, _document: box.truth(),
    ("GET", "bot_truth"): lambda box, _document: box.bot_truth(),
    ("GET", "requests"): lambda box, _document: [asdict(entry) for entry in box.requests],
    ("GET", "faults"): _armed,
    ("POST", "faults"): _arm,
    ("DELETE", "faults"): _disarm,
    ("GET", "now"): lambda box, _document: {"now": box.now().isoformat()},
    ("POST", "now"): _move,
    ("POST", "events"): _send,
    ("POST", "trashed"): _trash,
    ("DELETE", "trashed"): _recover,
}
