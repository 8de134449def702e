"""Faults of listings: what a page says of the total, and of the page that follows. An answer that is no page stays."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from harvester.sandbox.bodies import BytesBody
from harvester.sandbox.faults import Fault
from harvester.sandbox.tokens import opaque
from harvester.sandbox.wire import Reply, Request
from harvester.sandbox.world import World

_CURSORS = ("next_page_token", "nextCursor", "next_cursor", "cursor")
_ROWS = ("meetings", "users", "bots", "data")


def change_listing(world: World, request: Request, reply: Reply, fault: Fault) -> Reply:
    """Spoil one page of a listing, of Zoom's or of a bot API's."""
    data = reply.body.read(0, reply.body.size) or b"{}"
    try:
        document = json.loads(data)
    except ValueError:
        return reply
    if not isinstance(document, dict):
        return reply
    _spoil(world, request, document, fault)
    return replace(reply, body=BytesBody(json.dumps(document, ensure_ascii=False).encode()))


def _spoil(world: World, request: Request, document: dict[str, Any], fault: Fault) -> None:
    cursor = next((name for name in _CURSORS if document.get(name)), None)
    following = document.get("next")
    if fault.what == "total" and "total_records" in document:
        document["total_records"] += int(fault.number)
    elif fault.what == "repeat_page" and cursor:
        # the first page has no token of its own: with the fault on every page, its second page repeats
        asked = request.query.get("next_page_token") or request.query.get("cursor")
        document[cursor] = asked or document[cursor]
    elif fault.what == "endless_pages" and cursor:
        rows: list[Any] = next((document[name] for name in _ROWS if isinstance(document.get(name), list)), [])
        world.shift_page(document[cursor], -len(rows))
    elif isinstance(following, str) and following:
        document["next"] = _spoil_address(world, request, following, fault)


def _spoil_address(world: World, request: Request, following: str, fault: Fault) -> str:
    query = dict(request.query)
    match fault.what:
        case "endless_pages":
            query["again"] = opaque("again", request.query.get("again", ""), length=8)
        case "next_host":
            parts = urlsplit(following)
            return f"{fault.value}{parts.path}?{parts.query}"
    return f"{world.api_origin}{request.path}?{urlencode(query)}"
