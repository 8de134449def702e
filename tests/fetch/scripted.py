"""A raw socket server that answers from a script, and what the fetch tests need around it.

Bodies are positional (every 8 bytes name their own offset), so that a misplaced byte cannot go unseen.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from harvester.fetch import Fetcher, Grant, Job
from harvester.hosts import HostPolicy
from harvester.model import Kind, ListedFile
from harvester.net import build_session
from harvester.retry import RetryPolicy


def body_of(size: int, *, salt: str = "a", head: bytes = b"\0\0\0\x18ftypisom") -> bytes:
    """`size` bytes that begin like an MP4 and in which every 8 bytes are their own offset."""
    text = b"".join(b"%s%07x" % (salt.encode(), at) for at in range(0, size + 8, 8))
    return (head + text[len(head) :])[:size]


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: dict[str, str]

    @property
    def offset(self) -> int:
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        return int(match[1]) if match else 0

    @property
    def end(self) -> int | None:
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", ""))
        return int(match[2]) + 1 if match else None


class Line:
    """The server's end of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def head(self, status: str, **headers: object) -> None:
        lines = [
            f"HTTP/1.1 {status}",
            "Connection: close",
            *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
        ]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def reset(self) -> None:
        time.sleep(0.05)  # let what was sent arrive first
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Answer = Callable[[Line, Asked], None]


@dataclass
class Server:
    """Answers request number n with script[n], later ones with the last. Every connection serves one request."""

    script: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    def url(self, path: str = "/rec/download/x") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            asked = _read_request(connection)
            if asked is None:
                return
            self.asked.append(asked)
            answer = self.script[min(len(self.asked), len(self.script)) - 1]
            answer(Line(connection), asked)


def _read_request(connection: socket.socket) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    first, *rest = data.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in rest)}
    return Asked(first.split()[1], headers)


@contextlib.contextmanager
def run_server(*script: Answer) -> Iterator[Server]:
    server = Server(list(script))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def whole(body: bytes, *, etag: str | None = '"v1"', cut: int | None = None, **headers: object) -> Answer:
    """A correct server of one body: honours Range if If-Range names its ETag. `cut`: close after that many bytes."""

    def answer(line: Line, asked: Asked) -> None:
        extra = {"ETag": etag, **headers} if etag else dict(headers)
        start, end = 0, len(body)
        if "range" in asked.headers and asked.headers.get("if-range", etag) == etag:
            start, end = asked.offset, asked.end or end
            line.head(
                "206 Partial Content",
                Content_Length=end - start,
                Content_Range=f"bytes {start}-{end - 1}/{len(body)}",
                **extra,
            )
        else:
            line.head("200 OK", Content_Length=len(body), **extra)
        line.send(body[start:end] if cut is None else body[start : min(end, start + cut)])

    return answer


def says(status: str, body: bytes = b"", **headers: object) -> Answer:
    def answer(line: Line, _: Asked) -> None:
        line.head(status, Content_Length=len(body), **headers)
        line.send(body)

    return answer


class TestClock:
    """Real monotonic time, so that slow servers are found; sleeping is only written down."""

    __test__ = False

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Door:
    """An Access that hands out the grants of a list, one per renewal, and counts renewals."""

    grants: list[Grant]
    renewals: int = 0
    gone: Exception | None = None

    def grant(self, *, renew: bool) -> Grant:
        if renew:
            self.renewals += 1
            if self.gone:
                raise self.gone
        return self.grants[min(self.renewals, len(self.grants) - 1)]


def listed(size: int | None, *, kind: Kind = Kind.VIDEO, extension: str | None = "MP4", key: str = "f1") -> ListedFile:
    return ListedFile(key=key, kind=kind, file_type=extension or "", extension=extension, listed_bytes=size)


@contextlib.contextmanager
def fetcher_for(
    *base_urls: str, attempts: int = 3, stall_timeout_s: float = 5.0, **options: float
) -> Iterator[Fetcher]:
    policy = HostPolicy(base_urls)
    with build_session(pool_size=4, allow_private=True) as session:
        yield Fetcher(
            session=session,
            policy=policy,
            clock=TestClock(),
            retry=RetryPolicy(attempts=attempts, base_s=0.01, cap_s=0.02),
            stall_timeout_s=stall_timeout_s,
            **options,
        )


def job_for(server: Server, folder, file: ListedFile, *, name: str = "video.mp4", door: Door | None = None) -> Job:
    access = door or Door([Grant(server.url(), "secret-token")])
    return Job("zoom:abc", file, folder, name, access)
