"""What came in: the record by which tests and operators judge a client."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from harvester.sandbox.wire import Reply, Request

_CREDENTIALS = frozenset({"authorization", "x-meeting-baas-api-key", "x-spoke-api-key"})


@dataclass(slots=True)
class LoggedRequest:
    """One request as it came in. `bytes_sent` counts the body and grows while it is being sent."""

    time: float  # seconds since 1970, of the machine's clock
    method: str
    raw_path: str  # without the query
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    status: int
    bytes_sent: int
    origin: str  # "api" or "files"
    kind: str  # as in `faults.WHERE`
    fault: str | None  # what struck it
    retry_after: str | None = None  # as it was answered

    def count(self, size: int) -> None:
        self.bytes_sent += size

    @property
    def is_leak(self) -> bool:
        """A credential that reached the second origin."""
        return self.origin == "files" and (not _CREDENTIALS.isdisjoint(self.headers) or "access_token" in self.query)


class RequestLog:
    """Requests in the order of their answers; an entry is there before the client has its answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[LoggedRequest] = []

    def add(self, request: Request, reply: Reply, *, origin: str, kind: str, fault: str | None) -> LoggedRequest:
        entry = LoggedRequest(
            time=time.time(),
            method=request.method,
            raw_path=request.path,
            query=request.query,
            headers=request.headers,
            status=reply.status,
            bytes_sent=0,
            origin=origin,
            kind=kind,
            fault=fault,
            retry_after=reply.header("Retry-After"),
        )
        with self._lock:
            self._entries.append(entry)
        return entry

    def entries(self) -> list[LoggedRequest]:
        with self._lock:
            return list(self._entries)
