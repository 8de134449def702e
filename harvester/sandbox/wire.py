"""HTTP/1.1 on a socket, small enough to see every byte: raw paths, exact lengths, cut and slow bodies.

Knows nothing of Zoom. A `Reply` says what to send, a `Delivery` how badly.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BufferedReader
from threading import Event
from urllib.parse import parse_qsl

from harvester.sandbox.bodies import CHUNK_BYTES, Body, BytesBody

_LONGEST_LINE = 1 << 16
_MOST_HEADERS = 100
_LARGEST_BODY = 1 << 20
_TICKS_PER_S = 20
_LETTING_GO_S = 0.02  # a reset overtakes bytes that still wait in our own buffer


class BadRequest(Exception):
    """What came in is not HTTP as we speak it; the connection is closed."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str  # as on the wire
    path: str  # as on the wire, without the query
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    keep_alive: bool = True

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers and a slice of a body. Content-Length is added on sending."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = field(default_factory=lambda: BytesBody(b""))
    offset: int = 0
    length: int | None = None

    @property
    def size(self) -> int:
        return self.body.size - self.offset if self.length is None else self.length

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a reply is sent; the default is properly."""

    delay_s: float = 0.0
    stall_body_s: float = 0.0
    cut_after: int | None = None  # bytes of the body
    reset: bool = False  # cut by RST, not FIN
    with_length: bool = True
    length_error: int = 0
    bytes_per_s: float | None = None


def json_reply(status: int, document: object, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, (("Content-Type", "application/json;charset=UTF-8"), *headers), BytesBody(data))


def text_reply(status: int, text: str, content_type: str) -> Reply:
    return Reply(status, (("Content-Type", content_type),), BytesBody(text.encode()))


def read_request(reader: BufferedReader) -> Request | None:
    """Read one request; None when the client has closed. Raises BadRequest."""
    line = _read_line(reader)
    if not line:
        return None
    method, _, rest = line.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not target or not version.startswith("HTTP/1."):
        raise BadRequest(f"not an HTTP/1 request line: {line!r}")
    headers: dict[str, str] = {}
    while header := _read_line(reader):
        if len(headers) >= _MOST_HEADERS:
            raise BadRequest("too many headers")
        name, _, value = header.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdecimal() or int(length) > _LARGEST_BODY:
        raise BadRequest("a body needs a Content-Length of at most 1 MiB")
    path, _, query = target.partition("?")
    return Request(
        method=method,
        target=target,
        path=path,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=reader.read(int(length)),
        keep_alive=version == "HTTP/1.1" and headers.get("connection", "").lower() != "close",
    )


def _read_line(reader: BufferedReader) -> str:
    line = reader.readline(_LONGEST_LINE)
    if len(line) >= _LONGEST_LINE:
        raise BadRequest("line too long")
    return line.decode("latin-1").rstrip("\r\n")


def send_reply(
    connection: socket.socket,
    request: Request,
    reply: Reply,
    delivery: Delivery,
    *,
    stopping: Event,
    count: Callable[[int], None],
) -> bool:
    """Send the reply; `count` hears of body bytes as they leave. True when the connection may be used again."""
    if stopping.wait(delivery.delay_s):
        return False
    keep = request.keep_alive and delivery.with_length and delivery.cut_after is None
    keep = keep and not delivery.length_error
    head = _head(reply, delivery, keep=keep)
    if request.method == "HEAD":
        connection.sendall(head)
        return keep
    _send_body(connection, head, reply, delivery, stopping=stopping, count=count)
    if delivery.reset:
        reset(connection)
    return keep


def _head(reply: Reply, delivery: Delivery, *, keep: bool) -> bytes:
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{name}: {value}" for name, value in reply.headers)]
    if delivery.with_length:
        lines.append(f"Content-Length: {max(reply.size + delivery.length_error, 0)}")
    lines.append("Connection: keep-alive" if keep else "Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _send_body(
    connection: socket.socket,
    head: bytes,
    reply: Reply,
    delivery: Delivery,
    *,
    stopping: Event,
    count: Callable[[int], None],
) -> None:
    end = reply.size if delivery.cut_after is None else min(delivery.cut_after, reply.size)
    middle = reply.size // 2 if delivery.stall_body_s else None
    step = CHUNK_BYTES
    if delivery.bytes_per_s is not None:
        step = max(int(delivery.bytes_per_s / _TICKS_PER_S), 1)
    pending, sent = head, 0
    while sent < end and not stopping.is_set():
        take = min(step, end - sent)
        if middle is not None and sent < middle:
            take = min(take, middle - sent)
        chunk = reply.body.read(reply.offset + sent, take)
        count(len(chunk))
        connection.sendall(pending + chunk if pending else chunk)
        pending, sent = b"", sent + len(chunk)
        if delivery.bytes_per_s is not None:
            stopping.wait(take / delivery.bytes_per_s)
        if sent == middle:
            stopping.wait(delivery.stall_body_s)
    if pending:
        connection.sendall(pending)


def reset(connection: socket.socket) -> None:
    """End the connection with RST instead of FIN."""
    time.sleep(_LETTING_GO_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
