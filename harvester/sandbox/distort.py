"""Carries faults out: before the answer is made, on the answer, and on the way it is sent.

Each fault acts at one of these three points; which ones strike was decided in `faults`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from harvester.sandbox.bodies import BytesBody
from harvester.sandbox.faults import Fault
from harvester.sandbox.limits import SHAPES, limit_reply
from harvester.sandbox.replies import ERRORS, error_json_reply, error_reply, page_reply
from harvester.sandbox.wire import Delivery, Reply, Request, text_reply
from harvester.sandbox.world import World


def change_before(world: World, request: Request, faults: Iterable[Fault], *, file_id: str) -> Request:
    """Change the world or the request, so that the usual answer comes out different."""
    for fault in faults:
        if fault.what == "expire_tokens":
            world.expire_tokens()
        elif fault.what in {"change_etag", "change_bytes"}:
            world.change_file(file_id, with_etag=fault.what == "change_etag")
        elif fault.what == "ignore_range":
            kept = {name: value for name, value in request.headers.items() if name != "range"}
            request = replace(request, headers=kept)
    return request


def answer_instead(world: World, request: Request, faults: Iterable[Fault]) -> Reply | None:
    """Give the first fault's answer that takes the place of the usual one."""
    for fault in faults:
        if fault.what in SHAPES:
            return limit_reply(fault.what, now=world.now(), seconds=fault.number or 1)
        if make := _INSTEAD.get(fault.what):
            return make(request, fault)
    return None


def _status_reply(fault: Fault) -> Reply:
    status = int(fault.number)
    if fault.body is not None:
        return Reply(status, (("Content-Type", "application/json"), *fault.headers), BytesBody(fault.body))
    code = next((code for code, (usual, _) in ERRORS.items() if usual == status), status)
    message = ERRORS[124][1] if code == 124 else f"Sandbox fault: status {status}."  # noqa: PLR2004
    reply = error_reply(code, message, status=status)
    return replace(reply, headers=(*reply.headers, *fault.headers))


_INSTEAD: dict[str, Callable[[Request, Fault], Reply]] = {
    "status": lambda _request, fault: _status_reply(fault),
    "zoom": lambda _request, fault: error_reply(int(fault.number)),
    "html": lambda _request, _fault: page_reply(),
    "json59": lambda _request, _fault: error_json_reply(),
    "empty": lambda _request, _fault: text_reply(200, "", "application/json;charset=UTF-8"),
    "redirect": lambda _request, fault: Reply(302, (("Location", str(fault.value)),)),
    "redirect_loop": lambda request, _fault: Reply(302, (("Location", request.target),)),
}


def change_reply(request: Request, reply: Reply, faults: Iterable[Fault]) -> Reply:
    """Spoil an answer that was made properly."""
    for fault in faults:
        match fault.what:
            case "half_json":
                data = reply.body.read(0, reply.body.size // 2)
                reply = replace(reply, body=BytesBody(data))
            case "repeat_page" | "total":
                reply = _change_listing(request, reply, fault)
            case "wrong_range":
                reply = _shift_range(reply, int(fault.number))
            case "gzip":
                data = gzip.compress(reply.body.read(reply.offset, reply.size), mtime=0)
                headers = (*reply.headers, ("Content-Encoding", "gzip"))
                reply = Reply(reply.status, headers, BytesBody(data))
    return reply


def stamp(reply: Reply, faults: Iterable[Fault], *, now: datetime) -> Reply:
    """Add the Date that every server sends, or the one of a server whose clock is wrong."""
    off = timedelta(seconds=sum(fault.number for fault in faults if fault.what == "clock"))
    date = format_datetime((now + off).replace(microsecond=0), usegmt=True)
    return replace(reply, headers=(*reply.headers, ("Date", date)))


def _change_listing(request: Request, reply: Reply, fault: Fault) -> Reply:
    document = json.loads(reply.body.read(0, reply.body.size) or b"{}")
    if fault.what == "total" and "total_records" in document:
        document["total_records"] += int(fault.number)
    if fault.what == "repeat_page" and document.get("next_page_token"):
        # the first page has no token of its own: with the fault on every page, its second page repeats
        document["next_page_token"] = request.query.get("next_page_token", document["next_page_token"])
    return replace(reply, body=BytesBody(json.dumps(document, ensure_ascii=False).encode()))


def _shift_range(reply: Reply, by: int) -> Reply:
    old = reply.header("Content-Range")
    if old is None or reply.status != 206:  # noqa: PLR2004
        return reply
    span, _, total = old.removeprefix("bytes ").partition("/")
    start, _, end = span.partition("-")
    shifted = f"bytes {int(start) + by}-{int(end) + by}/{total}"
    headers = tuple((k, shifted if k == "Content-Range" else v) for k, v in reply.headers)
    return replace(reply, headers=headers)


def build_delivery(faults: Iterable[Fault]) -> Delivery:
    """Say how the answer is sent."""
    delivery = Delivery()
    for fault in faults:
        match fault.what:
            case "reset":
                delivery = replace(delivery, cut_after=int(fault.number), reset=True)
            case "truncate":
                delivery = replace(delivery, cut_after=int(fault.number))
            case "no_length":
                delivery = replace(delivery, cut_after=int(fault.number), with_length=False)
            case "wrong_length":
                delivery = replace(delivery, length_error=int(fault.number))
            case "slow":
                delivery = replace(delivery, bytes_per_s=max(fault.number, 1.0))
            case "stall":
                delivery = replace(delivery, delay_s=fault.number)
            case "stall_body":
                delivery = replace(delivery, stall_body_s=fault.number)
    return delivery
