"""One HTTP exchange with a source: where credentials may go, how long and how large a reply may be.

Decides that no redirect is followed, and which faults of the network are passing. Never reads what a reply says.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import requests
import urllib3

from harvester.clock import Clock
from harvester.errors import ConfigError, Damaged, Retriable
from harvester.hosts import parse_target
from harvester.retry import parse_date

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
# A server that drips a byte a second never trips the read timeout.
WHOLE_REPLY_S = 180.0
# A page of 300 meetings with 20 files each is under 6 MB.
MOST_BODY_BYTES = 32 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Sends requests over a session made elsewhere and counts them."""

    def __init__(self, *, session: requests.Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = 0
        self._clock_ahead: tuple[float, float] | None = None  # round trip in seconds, and how far we are ahead

    @property
    def calls(self) -> int:
        return self._calls

    @property
    def clock_ahead_s(self) -> float | None:
        """Seconds by which our clock is ahead of the server's, from its `Date` headers; None while it sent none."""
        return self._clock_ahead[1] if self._clock_ahead else None

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: Mapping[str, str] | bytes | None = None
    ) -> Reply:
        """Send one request. Raises Retriable for faults of the network and for a reply without end."""
        with self._lock:
            self._calls += 1
        host = urlsplit(url).netloc
        sent_at = self._clock.now()
        try:
            response = self._session.request(
                method,
                url,
                headers=headers,
                data=data,
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
            )
            with response:
                self._note_date(response.headers.get("Date"), sent_at)
                return Reply(response.status_code, response.headers, self._read_body(response, host))
        # The errors' own texts hold the URL with its query, so only their names go on.
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise Retriable(
                f"no complete answer from {host}: {type(error).__name__}",
                hint="check the network, the proxy and the TLS certificates of this machine",
            ) from error

    def _note_date(self, said: str | None, sent_at: datetime) -> None:
        """Compare the clocks at the middle of the round trip; the shortest one errs least. Dates are whole seconds."""
        at = parse_date(said or "")
        if at is None:
            return
        trip = self._clock.now() - sent_at
        if self._clock_ahead is None or trip.total_seconds() < self._clock_ahead[0]:
            ahead = sent_at + trip / 2 - at - timedelta(seconds=0.5)
            self._clock_ahead = trip.total_seconds(), ahead.total_seconds()

    def _read_body(self, response: requests.Response, host: str) -> bytes:
        deadline_s = self._clock.monotonic() + WHOLE_REPLY_S
        body = bytearray()
        response.raw.decode_content = True
        # read1 returns what has come; read would sit on a dripping connection past any deadline.
        while chunk := response.raw.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) > MOST_BODY_BYTES:
                message = f"the reply of {host} is longer than {MOST_BODY_BYTES} bytes"
                raise Retriable(message) from Damaged(message)
            if self._clock.monotonic() > deadline_s:
                raise Retriable(f"the reply of {host} took longer than {WHOLE_REPLY_S:.0f} s")
        return bytes(body)


def check_base_url(url: str, *, setting: str) -> str:
    """`url` without its last slash, if credentials may be sent there: https, or a loopback or private address."""
    target = parse_target(url)
    if target is None or "?" in url or "#" in url:
        raise ConfigError(f"{setting} is no base URL", hint=f"set {setting} like https://host/path")
    if target.scheme != "https" and not target.is_local:
        raise ConfigError(
            f"{setting} would send credentials unencrypted to {target.host}",
            hint=f"set {setting} to an https address; plain http is for loopback and private addresses only",
        )
    return target.url.rstrip("/")
