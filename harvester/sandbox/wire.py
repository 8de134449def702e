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
_ENDLESS_BYTES = 1 << 30  # who reads on for so long has no limit
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
    lengths: tuple[str | int | None, ...] = (None,)  # each Content-Length: as it should be, off by a number, or a text
    bytes_per_s: float | None = None
    chunked: bool = False
    endless: bool = False  # with `chunked`: more and more after the end
    instead: bytes | None = None  # these bytes and nothing of the reply

    @property
    def is_proper(self) -> bool:
        """Whether the client can know where the answer ends, so that the connection may be used again."""
        return self.with_length and self.cut_after is None and not self.length_error and self.lengths == (None,)


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
    if delivery.instead is not None:
        connection.sendall(delivery.instead)
        return False
    keep = request.keep_alive and delivery.is_proper
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
    if delivery.chunked:
        lines.append("Transfer-Encoding: chunked")
    elif delivery.with_length:
        size = max(reply.size + delivery.length_error, 0)
        said = [size + (each or 0) if not isinstance(each, str) else each for each in delivery.lengths]
        lines += [f"Content-Length: {each}" for each in said]
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
    pending, sent = head, 0
    while sent < end and not stopping.is_set():
        take = _step(delivery, sent=sent, end=end, middle=reply.size // 2)
        chunk = reply.body.read(reply.offset + sent, take)
        count(len(chunk))
        connection.sendall(pending + (_framed(chunk) if delivery.chunked else chunk))
        pending, sent = b"", sent + len(chunk)
        if delivery.bytes_per_s is not None:
            stopping.wait(take / delivery.bytes_per_s)
        if delivery.stall_body_s and sent == reply.size // 2:
            stopping.wait(delivery.stall_body_s)
    more = _ENDLESS_BYTES if delivery.endless else 0
    while more > 0 and not stopping.is_set():
        connection.sendall(pending + _framed(bytes(CHUNK_BYTES)))
        pending, more = b"", more - CHUNK_BYTES
    if delivery.chunked and end == reply.size:
        pending += b"0\r\n\r\n"
    if pending:
        connection.sendall(pending)


def _step(delivery: Delivery, *, sent: int, end: int, middle: int) -> int:
    """How many bytes go out next."""
    take = min(CHUNK_BYTES, end - sent)
    if delivery.bytes_per_s is not None:
        take = min(take, max(int(delivery.bytes_per_s / _TICKS_PER_S), 1))
    return min(take, middle - sent) if delivery.stall_body_s and sent < middle else take


def _framed(chunk: bytes) -> bytes:
    """One chunk of RFC 9112 7.1."""
    return f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" if chunk else b""


def reset(connection: socket.socket) -> None:
    """End the connection with RST instead of FIN."""
    time.sleep(_LETTING_GO_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
