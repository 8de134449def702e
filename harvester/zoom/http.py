"""Asking Zoom's API for one JSON object: paced, with the token, retried where that helps.

Decides when to refresh the token and when an answer is none. What a refusal means stands in `zoom.status`, how the
bytes travel in `harvester.wire`. The path is sent exactly as built: UUIDs arrive encoded.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlencode

import requests

from harvester.body import parse_object
from harvester.clock import Clock
from harvester.errors import AccessRefused, Damaged, HarvesterError, Refused, Retriable
from harvester.limiter import Limiter
from harvester.retry import RetryPolicy, call_with_retry
from harvester.wire import Reply, Wire, check_base_url
from harvester.zoom.auth import TokenCache
from harvester.zoom.body import parse_error
from harvester.zoom.status import Fault, build_error, find_fault, missing_scopes

log = logging.getLogger(__name__)

# Zoom gives no time with its per-second limit; a second clears it.
_RATE_PAUSE_S = 1.0
# One request is refused with as many tokens before the refusal counts: another process can displace a fresh one
# before it is used, but hardly each of four, which are seconds apart.
_TOKENS_A_REQUEST = 4


class ZoomApi:
    """Zoom's REST API for one account; safe to share between threads."""

    def __init__(
        self,
        *,
        base_url: str,
        tokens: TokenCache,
        limiter: Limiter,
        session: requests.Session,
        clock: Clock,
        retry: RetryPolicy,
    ) -> None:
        self._base_url = check_base_url(base_url, setting="ZOOM_API_BASE_URL")
        self._tokens = tokens
        self._limiters: tuple[Limiter, ...] = (limiter,)
        self._wire = Wire(session=session, clock=clock)
        self._clock = clock
        self._retry = retry

    @property
    def calls(self) -> int:
        return self._wire.calls + self._tokens.calls

    def paced(self, limiter: Limiter) -> Self:
        """The same API at a pace of its own besides: for calls that Zoom counts more strictly."""
        other = copy.copy(self)
        other._limiters = (limiter, *self._limiters)  # noqa: SLF001 - a copy of this one
        return other

    def fetch_object(self, path: str, params: Mapping[str, str] | None = None, *, expect: str) -> dict[str, Any]:
        """GET `path` and return the object that holds the key `expect`, or raise what its absence means.

        An unreadable answer is asked for again and then Damaged.
        """
        try:
            return call_with_retry(
                lambda: self._ask(path, params or {}, expect=expect),
                policy=self._retry,
                clock=self._clock,
                describe=path,
            )
        except Retriable as error:
            if isinstance(error.__cause__, Damaged):
                raise Damaged(error.message, hint=error.hint, subject=path) from error
            raise

    def _ask(self, path: str, params: Mapping[str, str], *, expect: str) -> dict[str, Any]:
        token = self._tokens.token()
        reply = self._send(path, params, token)
        answer = read_reply(reply, expect=expect)
        for _ in range(1, _TOKENS_A_REQUEST):
            if answer is not Fault.TOKEN:
                break
            log.info("zoom.token_refused", extra={"fields": {"path": path}})
            token = self._tokens.refresh(token)
            reply = self._send(path, params, token)
            answer = read_reply(reply, expect=expect)
        if isinstance(answer, Fault):
            raise self._error(answer, reply, path)
        return answer

    def _send(self, path: str, params: Mapping[str, str], token: str) -> Reply:
        for each in self._limiters:
            each.acquire()
        query = f"?{urlencode(params)}" if params else ""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self._wire.send("GET", f"{self._base_url}{path}{query}", headers=headers)

    def _error(self, fault: Fault, reply: Reply, path: str) -> HarvesterError:
        error = build_error(fault, reply, what=path, now=self._clock.now())
        if isinstance(error, Retriable) and fault in {Fault.RATE, Fault.DAILY}:
            for each in self._limiters:
                each.pause(error.wait_s or _RATE_PAUSE_S)
        if fault is Fault.SCOPE and isinstance(error, AccessRefused):
            named = missing_scopes(parse_error(reply.body).message)
            # Zoom also says so of single users whom the app may not see, though the scope is there.
            if self._tokens.scopes() & set(named):
                return Refused(
                    error.message,
                    hint="the app has the scope, but not for this one: check what the role of its owner covers",
                    subject=path,
                )
        return error


def read_reply(reply: Reply, *, expect: str) -> dict[str, Any] | Fault:
    """The object of a good reply, or the fault of a refusal, which Zoom also sends with HTTP 200."""
    if reply.status != requests.codes.ok:
        return find_fault(reply.status, parse_error(reply.body), reply.headers)
    try:
        payload = parse_object(reply.body)
    except Damaged as error:
        raise Retriable(error.message, hint=error.hint) from error
    if expect in payload or "total_records" in payload:
        return payload
    error_body = parse_error(reply.body)
    if error_body.code is None:
        raise Retriable(f"the reply holds no {expect}") from Damaged(f"the reply holds no {expect}")
    return find_fault(requests.codes.bad_request, error_body, reply.headers)
