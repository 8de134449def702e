"""The access token: asked for once, shared by all threads, renewed early or when Zoom says it is dead.

Decides when a token is too old and what a refused credential means. Never retries a refusal, never logs the
request, and keeps the secret in memory only.
"""

from __future__ import annotations

import base64
import logging
import math
import random
import threading
from dataclasses import dataclass, field

import requests
from pydantic import ValidationError

from harvester.body import parse_object
from harvester.clock import Clock
from harvester.errors import AccessRefused, ConfigError, Damaged, Failed, Fatal, Retriable
from harvester.retry import RetryPolicy, call_with_retry, parse_retry_after
from harvester.wire import Reply, Wire, check_base_url
from harvester.zoom.body import parse_error
from harvester.zoom.status import describe_refusal
from schemas.zoom import ErrorBody, TokenReply

log = logging.getLogger(__name__)

USUAL_LIFE_S = 3600  # 3599 and 3600 are seen
LONGEST_LIFE_S = 86_400
# Two processes whose tokens displace each other (seen in 2022-23) must not do so in a storm, nor in step.
REFRESH_GAPS_S = (5.0, 10.0)
# A long-running receiver finds out when an administrator has repaired the app; a run never asks twice.
REFUSAL_HOLDS_S = 60.0

_REMEDIES: tuple[tuple[str, str], ...] = (
    ("unsupported_grant_type", "the app must be of the type Server-to-Server OAuth"),
    ("app type", "an administrator must allow Server-to-Server OAuth apps for the account"),
    ("invalid_client", "check ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET for missing or stray characters"),
    ("client", "check ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET for missing or stray characters"),
    ("invalid_request", "check ZOOM_ACCOUNT_ID: it stands on the app's credentials page"),
    ("account", "check ZOOM_ACCOUNT_ID: it stands on the app's credentials page"),
)
_OTHERWISE = "check that the Server-to-Server app is activated, its owner still active, and the credentials its own"


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    dies_at_s: float
    scopes: frozenset[str]


class TokenCache:
    """One per process and account."""

    def __init__(
        self,
        *,
        account_id: str,
        client_id: str,
        client_secret: str,
        oauth_url: str,
        session: requests.Session,
        clock: Clock,
        retry: RetryPolicy,
    ) -> None:
        self._url = check_base_url(oauth_url, setting="ZOOM_OAUTH_URL")
        self._form = {"grant_type": "account_credentials", "account_id": account_id}
        self._secret = client_secret
        self._basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._wire = Wire(session=session, clock=clock)
        self._clock = clock
        self._retry = retry
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._refusal: tuple[Fatal, float] | None = None
        self._may_refresh_at_s = -math.inf

    @property
    def calls(self) -> int:
        return self._wire.calls

    @property
    def clock_ahead_s(self) -> float | None:
        """Seconds by which our clock is ahead of the token server's; None while it did not say."""
        return self._wire.clock_ahead_s

    def token(self) -> str:
        """A token that is still good; asks for one if need be, while all other threads wait for it."""
        return self._current().value

    def scopes(self) -> frozenset[str]:
        """Scopes the token was granted; empty when Zoom did not say."""
        return self._current().scopes

    @property
    def known_scopes(self) -> frozenset[str]:
        """Scopes of the token at hand, without asking for one; empty before the first and after a refusal."""
        return self._token.scopes if self._token else frozenset()

    def refresh(self, seen: str) -> str:
        """A token other than `seen`, which Zoom has refused; a new one only if nobody fetched it meanwhile."""
        with self._lock:
            if self._token is not None and self._token.value == seen:
                early_s = self._may_refresh_at_s - self._clock.monotonic()
                if early_s > 0:
                    self._clock.sleep(early_s)
                self._token = self._fetch()
                gap_s = random.uniform(*REFRESH_GAPS_S)  # noqa: S311 - spreads load, guards nothing
                self._may_refresh_at_s = self._clock.monotonic() + gap_s
        return self.token()

    def _current(self) -> _Token:
        with self._lock:
            if self._token is None or self._clock.monotonic() >= self._token.dies_at_s:
                self._token = self._fetch()
            return self._token

    def _fetch(self) -> _Token:
        if self._refusal and self._clock.monotonic() < self._refusal[1]:
            raise self._refusal[0].with_traceback(None)
        try:
            return call_with_retry(self._ask, policy=self._retry, clock=self._clock, describe="the access token")
        except Retriable as error:
            refusal: Fatal = Failed(f"Zoom gives no access token: {error.message}", hint=error.hint)
            refusal.__cause__ = error
        except Fatal as error:
            refusal = error
        self._refusal = (refusal, self._clock.monotonic() + REFUSAL_HOLDS_S)
        raise refusal

    def _ask(self) -> _Token:
        asked_at_s = self._clock.monotonic()
        headers = {"Authorization": f"Basic {self._basic}", "Accept": "application/json"}
        reply = self._wire.send("POST", self._url, headers=headers, data=self._form)
        if reply.status != requests.codes.ok:
            raise self._refused(reply)
        token = parse_token(reply, asked_at_s=asked_at_s)
        log.info("zoom.token", extra={"fields": {"lives_s": round(token.dies_at_s - asked_at_s)}})
        return token

    def _refused(self, reply: Reply) -> Fatal | Retriable:
        error = parse_error(reply.body)
        said = describe_refusal(reply, error).replace(self._secret, "***").replace(self._basic, "***")
        if reply.status in {408, 425, 429} or reply.status >= 500:  # noqa: PLR2004
            wait_s = parse_retry_after(reply.headers.get("Retry-After"), now=self._clock.now())
            return Retriable(said, wait_s=wait_s)
        if 300 <= reply.status < 400 or reply.status in {404, 405}:  # noqa: PLR2004
            return ConfigError(f"the token address does not answer as Zoom's: {said}", hint="check ZOOM_OAUTH_URL")
        return AccessRefused(f"Zoom refuses the credentials: {said}", hint=find_remedy(error))


def find_remedy(error: ErrorBody) -> str:
    """What to check for the reason Zoom gives; `error` and `reason` say different things for one fault."""
    text = f"{error.error or ''} {error.message or ''}".casefold()
    return next((remedy for mark, remedy in _REMEDIES if mark in text), _OTHERWISE)


def parse_token(reply: Reply, *, asked_at_s: float) -> _Token:
    """The token of a 200; dies a twentieth of its life early, at most five minutes. A body without one is passing."""
    try:
        payload = parse_object(reply.body)
        granted = TokenReply.model_validate(payload)
    except Damaged as error:
        raise Retriable(f"the token address answered, but {error.message}", hint=error.hint) from error
    except ValidationError as error:
        said = parse_error(reply.body)
        if said.code is not None or said.error:
            sentence = describe_refusal(reply, said)
            raise AccessRefused(f"Zoom refuses the credentials: {sentence}", hint=find_remedy(said)) from error
        # The validator's text is not passed on: it could quote the token.
        raise Retriable("the token address answered without a usable access_token") from None
    life_s = granted.expires_in or USUAL_LIFE_S
    if life_s > LONGEST_LIFE_S:
        life_s = USUAL_LIFE_S
    dies_at_s = asked_at_s + life_s - min(life_s / 20, 300.0)
    return _Token(granted.access_token, dies_at_s, frozenset((granted.scope or "").split()))
