"""Carries faults out: before the answer is made, on the answer, and on the way it is sent.

Each fault acts at one of these three points; which ones strike was decided in `faults`.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from harvester.sandbox.bodies import BytesBody
from harvester.sandbox.bots.refusals import Refuser
from harvester.sandbox.faults import Fault
from harvester.sandbox.jsonfaults import SPOIL_JSON
from harvester.sandbox.limits import SHAPES, limit_reply
from harvester.sandbox.listingfaults import change_listing
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
        elif fault.what == "expire_pages":
            world.page_tokens.expire_all(now=world.now())
        elif fault.what == "shift_page":
            cursor = request.query.get("next_page_token") or request.query.get("cursor", "")
            world.shift_page(cursor, int(fault.number))
        elif fault.what == "ignore_range":
            kept = {name: value for name, value in request.headers.items() if name != "range"}
            request = replace(request, headers=kept)
    return request


def answer_instead(
    world: World, request: Request, faults: Iterable[Fault], *, refuse: Refuser | None = None
) -> Reply | None:
    """Give the first fault's answer that takes the place of the usual one; `refuse` has the words of a bot API."""
    for fault in faults:
        if fault.what in SHAPES:
            reply = limit_reply(fault.what, now=world.now(), seconds=fault.number or 1)
            return refuse(429, "Rate limit exceeded", retry_after=reply.header("Retry-After")) if refuse else reply
        if fault.what == "status" and fault.body is None and refuse:
            refusal = refuse(int(fault.number), f"Sandbox fault: status {fault.number:g}.")
            return replace(refusal, headers=(*refusal.headers, *fault.headers))
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


@functools.cache
def _bomb(megabytes: int) -> bytes:
    return gzip.compress(bytes(megabytes << 20), 9, mtime=0)


def _bomb_reply(fault: Fault) -> Reply:
    headers = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
    return Reply(200, headers, BytesBody(_bomb(int(fault.number))))


_INSTEAD: dict[str, Callable[[Request, Fault], Reply]] = {
    "bomb": lambda _request, fault: _bomb_reply(fault),
    "json": lambda _request, fault: text_reply(200, str(fault.value), "application/json;charset=UTF-8"),
    "status": lambda _request, fault: _status_reply(fault),
    "zoom": lambda _request, fault: error_reply(int(fault.number)),
    "html": lambda _request, _fault: page_reply(),
    "json59": lambda _request, _fault: error_json_reply(),
    "empty": lambda _request, _fault: text_reply(200, "", "application/json;charset=UTF-8"),
    "redirect": lambda _request, fault: Reply(302, (("Location", str(fault.value)),)),
    "redirect_loop": lambda request, _fault: Reply(302, (("Location", request.target),)),
}


def change_reply(world: World, request: Request, reply: Reply, faults: Iterable[Fault]) -> Reply:
    """Spoil an answer that was made properly."""
    for fault in faults:
        if spoil := SPOIL_JSON.get(fault.what):
            data = spoil(reply.body.read(reply.offset, reply.size), fault)
            reply = replace(reply, body=BytesBody(data), offset=0, length=None)
            continue
        match fault.what:
            case "half_json":
                data = reply.body.read(0, reply.body.size // 2)
                reply = replace(reply, body=BytesBody(data))
            case "repeat_page" | "endless_pages" | "next_host" | "total":
                reply = change_listing(world, request, reply, fault)
            case "wrong_range" | "range_total" | "range_missing" | "multipart":
                reply = _change_range(reply, fault)
            case "unsatisfiable":
                size = max(reply.body.size + int(fault.number), 0)
                reply = Reply(416, (("Content-Range", f"bytes */{size}"),))
            case "header":
                name, _, value = str(fault.value).partition("=")
                reply = _with_header(reply, name, value)
            case "long_header":
                reply = _with_header(reply, "X-Long", "x" * int(fault.number))
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


def _with_header(reply: Reply, name: str, value: str) -> Reply:
    kept = tuple((key, held) for key, held in reply.headers if key.lower() != name.lower())
    return replace(reply, headers=(*kept, (name, value)))


def _change_range(reply: Reply, fault: Fault) -> Reply:
    """Say something else about the part that is sent; whole answers stay as they are."""
    old = reply.header("Content-Range")
    if old is None or reply.status != 206:  # noqa: PLR2004
        return reply
    span, _, total = old.removeprefix("bytes ").partition("/")
    start, end = (int(each) for each in span.split("-"))
    by = int(fault.number)
    match fault.what:
        case "wrong_range":
            moved = (min(max(start + by, 0), end), min(end + by, int(total) - 1))
            other = replace(reply, offset=reply.offset + moved[0] - start, length=moved[1] - moved[0] + 1)
            return _with_header(other, "Content-Range", f"bytes {moved[0]}-{moved[1]}/{total}")
        case "range_total":
            return _with_header(reply, "Content-Range", f"bytes {span}/{int(total) + by}")
    headers = tuple(each for each in reply.headers if each[0] != "Content-Range")
    if fault.what == "range_missing":
        return replace(reply, headers=headers)
    data, middle = reply.body.read(reply.offset, reply.size), start + reply.size // 2
    parts = [(start, middle - 1, data[: middle - start]), (middle, end, data[middle - start :])]
    pieces = [
        f"--SBX\r\nContent-Range: bytes {first}-{last}/{total}\r\n\r\n".encode() + piece for first, last, piece in parts
    ]
    whole = Reply(206, headers, BytesBody(b"\r\n".join([*pieces, b"--SBX--\r\n"])))
    return _with_header(whole, "Content-Type", "multipart/byteranges; boundary=SBX")


def build_delivery(faults: Iterable[Fault]) -> Delivery:
    """Say how the answer is sent."""
    delivery = Delivery()
    for fault in faults:
        if change := _DELIVERIES.get(fault.what):
            delivery = replace(delivery, **change(fault))
    return delivery


_DELIVERIES: dict[str, Callable[[Fault], dict[str, Any]]] = {
    "reset": lambda fault: {"cut_after": int(fault.number), "reset": True},
    "truncate": lambda fault: {"cut_after": int(fault.number)},
    "no_length": lambda fault: {"cut_after": int(fault.number), "with_length": False},
    "wrong_length": lambda fault: {"length_error": int(fault.number)},
    "slow": lambda fault: {"bytes_per_s": max(fault.number, 0.01)},
    "stall": lambda fault: {"delay_s": fault.number},
    "stall_body": lambda fault: {"stall_body_s": fault.number},
    "hangup": lambda _fault: {"instead": b""},
    "garbage": lambda _fault: {"instead": b"\x15\x03\x01\x00\x02\x02\x16" * 9},  # an alert of TLS
    "two_lengths": lambda fault: {"lengths": (None, int(fault.number))},
    "length": lambda fault: {"lengths": (str(fault.value),)},
    "chunked": lambda fault: {"chunked": True, "cut_after": int(fault.number)},
    "endless": lambda _fault: {"chunked": True, "endless": True},
}
