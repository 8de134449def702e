"""One download request: redirects by hand, a token only where the policy allows, and no read that never ends.

Decides where the token goes at each hop and when a body is too slow. Never retries, never touches the disk.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import urllib3
from urllib3.response import BaseHTTPResponse

from harvester.clock import Clock
from harvester.errors import HarvesterError, Pending, Refused, Retriable
from harvester.fetch.job import Grant
from harvester.hosts import MAX_HOPS, REDIRECTS, HostPolicy, Target, too_many_redirects
from harvester.net import pool_of

# 256 KiB: flat optimum between CPU and memory (facts/perf.md 2).
CHUNK_BYTES = 256 * 1024
_CONNECT_TIMEOUT_S = 10.0
_EXCERPT_BYTES = 64 * 1024
_SLICE_S = 1.0
_FAULTS = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


class Reply:
    """An open answer. Every block of it must arrive in time, or it is cut and counts as a passing fault."""

    def __init__(self, raw: BaseHTTPResponse, *, clock: Clock, allowed_s: float, subject: str) -> None:
        self.status = raw.status
        self.headers: Mapping[str, str] = raw.headers
        self._raw: Any = raw
        self._clock = clock
        self._allowed_s = allowed_s
        self._subject = subject
        self._deadline: float | None = None
        self._is_cut = False

    def iter_chunks(self) -> Iterator[bytes]:
        """The body as sent, never decoded."""
        while chunk := self._read(CHUNK_BYTES):
            yield chunk

    def read_excerpt(self) -> bytes:
        """The start of an error's or a redirect's body; a short one read whole keeps the connection usable."""
        try:
            return self._read(_EXCERPT_BYTES)
        except Retriable:
            return b""

    def is_late(self, now: float) -> bool:
        return self._deadline is not None and now > self._deadline

    def cut(self) -> None:
        """Wake a blocked read. The mark comes first: what a read returns after it must not be trusted."""
        self._is_cut = True
        with contextlib.suppress(ValueError, RuntimeError, OSError):  # the answer has just ended by itself
            self._raw.shutdown()

    def close(self) -> None:
        """Give the connection back if its answer was read to the end, else end it."""
        self._raw.close()
        self._raw.release_conn()

    def _read(self, count: int) -> bytes:
        self._deadline = self._clock.monotonic() + self._allowed_s
        try:
            chunk: bytes = self._raw.read(count, decode_content=False)
        except _FAULTS as error:
            reason = "came too slowly" if self._is_cut else f"broke off ({_innermost(error)})"
            raise Retriable(f"{self._subject}: the download {reason}", subject=self._subject) from None
        finally:
            self._deadline = None
        if self._is_cut:
            raise Retriable(f"{self._subject}: the download came too slowly", subject=self._subject)
        return chunk


class Wire:
    """Sends the requests of all workers, watches over their bodies and can stop them all."""

    def __init__(
        self,
        *,
        session: requests.Session,
        policy: HostPolicy,
        clock: Clock,
        min_bytes_per_s: float,
        stall_timeout_s: float,
    ) -> None:
        self._session = session
        self._policy = policy
        self._clock = clock
        self._headers = {
            "User-Agent": str(session.headers["User-Agent"]),
            "Accept-Encoding": "identity",
            "Accept": "*/*",
        }
        self._timeout = urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=stall_timeout_s)
        self._allowed_s = max(stall_timeout_s, CHUNK_BYTES / min_bytes_per_s)
        self._stopped = threading.Event()
        self._open: set[Reply] = set()
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None

    def stop(self) -> None:
        """End every download as soon as possible; the parts stay for the next run."""
        self._stopped.set()
        with self._lock:
            replies = list(self._open)
        for reply in replies:
            reply.cut()

    def check_running(self, subject: str) -> None:
        if self._stopped.is_set():
            raise Pending(f"{subject}: interrupted", hint="run the same command again", subject=subject)

    def pause(self, seconds: float, *, subject: str) -> None:
        """Sleep in slices, so that `stop` is heard."""
        while seconds > 0:
            self.check_running(subject)
            self._clock.sleep(min(seconds, _SLICE_S))
            seconds -= _SLICE_S

    @contextlib.contextmanager
    def open(self, grant: Grant, headers: Mapping[str, str], *, subject: str) -> Iterator[Reply]:
        """Ask for the file and follow at most five redirects. The token is not shown again once it left its hosts."""
        target = self._policy.check(grant.url, subject=subject)
        trusted = self._policy.trusts(target)
        if grant.bearer is not None and not trusted:
            raise Refused(
                f"{subject}: the download address is not at the source ({target.host})",
                hint="nothing was sent there; list the recording again",
                subject=subject,
            )
        for _ in range(MAX_HOPS + 1):
            trusted = trusted and self._policy.trusts(target)
            reply = self._send(target, headers, bearer=grant.bearer if trusted else None, subject=subject)
            with self._watched(reply):
                if reply.status not in REDIRECTS:
                    yield reply
                    return
                reply.read_excerpt()
                target = self._policy.follow(target, reply.headers.get("Location"), subject=subject)
        raise too_many_redirects(subject)

    def _send(self, target: Target, headers: Mapping[str, str], *, bearer: str | None, subject: str) -> Reply:
        self.check_running(subject)
        sent = {**self._headers, **headers}
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        try:
            pool = pool_of(self._session, target)
            response = pool.urlopen(
                "GET",
                target.url if pool.proxy and target.scheme == "http" else target.path,
                headers=sent,
                redirect=False,
                retries=False,
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
            )
        except HarvesterError as error:
            error.subject = error.subject or subject
            raise
        except _FAULTS as error:
            # Chained errors of these libraries quote the URL, signature included.
            reason = _innermost(error)
            raise Retriable(f"{subject}: no answer from {target.host} ({reason})", subject=subject) from None
        return Reply(response, clock=self._clock, allowed_s=self._allowed_s, subject=subject)

    @contextlib.contextmanager
    def _watched(self, reply: Reply) -> Iterator[None]:
        with self._lock:
            self._open.add(reply)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="download-watch", daemon=True)
                self._watcher.start()
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(reply)
            reply.close()

    def _watch(self) -> None:
        """A socket timeout starts anew with every byte; this one does not."""
        pause = threading.Event()
        while True:
            pause.wait(min(_SLICE_S, self._allowed_s / 4))
            now = self._clock.monotonic()
            with self._lock:
                late = [reply for reply in self._open if reply.is_late(now)]
                if not self._open:
                    self._watcher = None
                    return
            for reply in late:
                reply.cut()


def _innermost(error: BaseException) -> str:
    """The name of the fault at the bottom, without its text, which may quote the URL."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        below = (*error.args, getattr(error, "reason", None), error.__cause__)
        error = next((each for each in below if isinstance(each, BaseException)), error)
    return type(error).__name__
