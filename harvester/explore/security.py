"""Who is answered, and what a browser may do with the answer.

Decides three things. On loopback only requests that name it as their host are answered, as a page elsewhere could
otherwise point its own name here and read along. Where others can reach the port, they must bring the token once,
in the address that was printed; a cookie keeps it from then on. And no page may load, run or send anything that is
not from here: there is no inline script or style to be allowed.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "harvester_explore"
TOKEN = "token"  # noqa: S105 - the name of the parameter
_METHODS = ("GET", "HEAD")

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}

_WELCOME = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/">
<title>Welcome</title><p><a href="/">Go on to the pages</a></p></html>"""


def is_loopback(host: str) -> bool:
    """Of an address to listen on, or the name in a Host header without its port."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@dataclass(frozen=True, slots=True)
class Guard:
    """Stands before the application. `token` None: none is asked for; `is_local`: only loopback reaches the port."""

    app: ASGIApp
    token: str | None
    is_local: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "private, no-cache")
            await send(message)

        answer = self._judge(scope)
        await (answer or self.app)(scope, receive, send_guarded)

    def _judge(self, scope: Scope) -> Response | None:
        """What is answered instead of a page; None where the page is."""
        headers = Headers(scope=scope)
        if self.is_local and not is_loopback(_name_of(headers.get("host", ""))):
            return _say(421, "This address is served under localhost and 127.0.0.1 only: use one of them.")
        if scope["method"] not in _METHODS:
            return _say(405, "These pages are only read: GET and HEAD.", allow=", ".join(_METHODS))
        return self._ask_token(scope, headers) if self.token else None

    def _ask_token(self, scope: Scope, headers: Headers) -> Response | None:
        given = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN, [])
        if given and self._is_token(given[0]):
            # a page that goes on by itself: after a redirect the strict cookie would not be sent where the link that
            # was followed stood on another site
            response = Response(_WELCOME, media_type="text/html")
            response.set_cookie(COOKIE, given[0], httponly=True, samesite="strict", path="/")
            return response
        if self._is_token(cookie_parser(headers.get("cookie", "")).get(COOKIE, "")):
            return None
        return _say(403, "A token is needed: open the address that `harvester explore` printed when it was started.")

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), (self.token or "").encode())


def _name_of(host: str) -> str:
    """Without the port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and not name.endswith(":") else host


def _say(status: int, text: str, **headers: str) -> Response:
    return Response(f"{text}\n", status, headers, media_type="text/plain")
