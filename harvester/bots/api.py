"""Asking a provider's API, and its file stores: paced, with the key where it belongs, retried where that helps.

Decides what a status means where the provider does not say otherwise. The key goes to the configured address alone:
an address that an answer names is asked without it, and one that lists more is followed only to that same host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests

from harvester.body import parse_json
from harvester.bots.members import read_members
from harvester.bots.provider import Call, Provider
from harvester.bots.status import find_error, find_secrets, find_words
from harvester.clock import Clock
from harvester.errors import ConfigError, Damaged, Failed, HarvesterError, Refused, Retriable
from harvester.hosts import MAX_HOPS, REDIRECTS, HostPolicy, parse_target, too_many_redirects
from harvester.limiter import Limiter
from harvester.retry import RetryPolicy, call_with_retry, parse_retry_after
from harvester.wire import Reply, Wire, check_base_url

T = TypeVar("T")

_PAUSE_S = 1.0  # of a limit that names no time
_MOST_PAGES = 100  # of one recording's answers; more are no answer
_ACCEPTED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})
_HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")


class BotApi:
    """One provider's API; safe to share between threads."""

    def __init__(
        self,
        provider: Provider,
        *,
        key: str,
        setting: str,
        base_url: str,
        most_per_second: float,
        session: requests.Session,
        clock: Clock,
        retry: RetryPolicy,
    ) -> None:
        """`setting` is the name of the key's setting. Raises ConfigError for a key that no header can hold."""
        if not _HEADER.fullmatch(key):
            raise ConfigError(
                f"{setting} is no key: it holds characters other than ASCII letters, digits and signs",
                hint=f"copy the key into {setting} once more, without line breaks",
            )
        self._title = provider.title
        self._key = key
        self._setting = setting
        self._base_url = check_base_url(base_url, setting=setting.replace("API_KEY", "BASE_URL"))
        self._headers = {"Accept": "application/json", **provider.build_headers(key)}
        self._calls = Limiter(min(provider.calls_per_second or most_per_second, most_per_second), clock=clock)
        self._listings = Limiter(min(provider.listings_per_second or most_per_second, most_per_second), clock=clock)
        self.session = session
        self.policy = HostPolicy((self._base_url,))
        self._wire = Wire(session=session, clock=clock)
        self._clock = clock
        self._retry = retry

    @property
    def calls(self) -> int:
        return self._wire.calls

    def ask(self, call: Call) -> Any:  # noqa: ANN401 - JSON has no narrower type
        """The JSON of the answer; None for a 404 that the call allows, and for an order that is done without words."""
        url = f"{self._base_url}{call.path}{_write_query(call)}"
        limiter = self._listings if call.is_listing else self._calls
        return self._retrying(lambda: self._ask_once(call, url, limiter), describe=f"{self._title} {call.path}")

    def ask_all(self, call: Call) -> Any:  # noqa: ANN401
        """The same; of an answer that comes in pages a list of all of them. Damaged for pages without an end."""
        answer = self.ask(call)
        if call.next_page is None:
            return answer
        pages, seen = [answer], set()
        while isinstance(url := read_members(pages[-1]).get(call.next_page), str) and url.strip():
            if url in seen:
                raise Damaged(f"a page of {self._title}'s {call.path} came twice", hint="report it to the provider")
            if len(pages) == _MOST_PAGES:
                raise Damaged(f"{self._title}'s {call.path} has no end: {_MOST_PAGES} pages and more")
            seen.add(url)
            pages.append(self.follow(url))
        return pages

    def order(self, call: Call) -> Any:  # noqa: ANN401
        """The same for a call that does something: sent once, for nobody knows what became of one that failed.

        Raises Refused where the provider says that it cannot be done now, and for a header that cannot be sent.
        """
        for name, value in call.headers.items():
            if not _HEADER.fullmatch(value):
                raise Refused(
                    f"nothing was sent: {self._title} takes {name} as a header, which holds ASCII characters alone",
                    hint="give another key, of ASCII letters, digits and signs",
                )
        try:
            return self._ask_once(call, f"{self._base_url}{call.path}{_write_query(call)}", self._calls)
        except Retriable as error:
            if error.status in {HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}:
                raise Refused(error.message, hint="try it again later") from error
            raise Failed(
                f"{error.message}: it may have been done all the same",
                hint="look with `harvester bots list` before doing it again",
            ) from error

    def follow(self, url: str) -> Any:  # noqa: ANN401
        """The next page of a listing, at an address of the provider's. Damaged unless it is on the very same host."""
        base, target = parse_target(self._base_url), parse_target(url)
        if target is None or base is None or target.origin != base.origin:
            raise Damaged(
                f"the next page of {self._title}'s listing would be on another host than its first",
                hint="nothing was sent there; check the base URL, and report it to the provider",
            )
        call = Call("the next page of the listing")
        return self._retrying(lambda: self._ask_once(call, target.url, self._listings), describe=self._title)

    def fetch(self, url: str, *, subject: str) -> bytes:
        """The bytes at an address that the provider gave, without the key. Refused when it is no longer good."""
        return self._retrying(lambda: self._fetch_once(url, subject), describe=subject)

    def _fetch_once(self, url: str, subject: str) -> bytes:
        target = self.policy.check(url, subject=subject)
        for _ in range(MAX_HOPS + 1):
            reply = self._wire.send("GET", target.url, headers={})
            if reply.status == HTTPStatus.OK:
                return reply.body
            if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise Refused(f"{subject}: the address is no longer good (status {reply.status})", subject=subject)
            if reply.status not in REDIRECTS:
                raise self._find_error(reply, subject, secrets=(self._key,))
            target = self.policy.follow(target, reply.headers.get("Location"), subject=subject)
        raise too_many_redirects(subject)

    def _ask_once(self, call: Call, url: str, limiter: Limiter) -> Any:  # noqa: ANN401
        limiter.acquire()
        headers = {**self._headers, **call.headers}
        data = None if call.body is None else json.dumps(call.body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        reply = self._wire.send(call.method, url, headers=headers, data=data)
        if reply.status in _ACCEPTED | call.accepted:
            return self._parse(call, reply)
        if reply.status == HTTPStatus.NOT_FOUND and call.absent:
            return None
        error = self._find_error(reply, call.path, secrets=find_secrets(self._key, call.body))
        if isinstance(error, Retriable) and reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            limiter.pause(error.wait_s or _PAUSE_S)
        raise error

    def _parse(self, call: Call, reply: Reply) -> Any:  # noqa: ANN401
        if call.method != "GET" and not reply.body.strip():
            return None  # what was ordered is done, and nothing is to be said of it
        try:
            return parse_json(reply.body)
        except Damaged as error:
            raise Retriable(error.message, hint=error.hint) from error

    def _retrying(self, action: Callable[[], T], *, describe: str) -> T:
        try:
            return call_with_retry(action, policy=self._retry, clock=self._clock, describe=describe)
        except Retriable as error:
            if isinstance(error.__cause__, Damaged):
                raise Damaged(f"{describe}: {error.message}", hint=error.hint, subject=describe) from error
            raise

    def _find_error(self, reply: Reply, what: str, *, secrets: Collection[str]) -> HarvesterError:
        words = find_words(reply.body, secrets=secrets)
        wait_s = parse_retry_after(reply.headers.get("Retry-After"), now=self._clock.now())
        message = f"{self._title} answered {what} with status {reply.status}{f': {words}' if words else ''}"
        return find_error(reply.status, message, wait_s=wait_s, setting=self._setting)


def _write_query(call: Call) -> str:
    """Halves of characters cannot be asked for, and come as question marks."""
    return f"?{urlencode(call.query, errors='replace')}" if call.query else ""
