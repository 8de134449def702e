"""What a reply means for the caller: a table from HTTP status and body code to a fault, and from it to an error.

Pure. Decides passing or lasting, one item or the whole run; never sends, waits or refreshes. Zoom puts refusals
inside HTTP 200, sends missing scopes as 400 and names the same fault in several codes (facts of the API, 2.7, 4.4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import Enum, auto

from harvester.errors import (
    AccessRefused,
    Damaged,
    HarvesterError,
    PageTokenExpired,
    QuotaExhausted,
    Refused,
    Retriable,
    Vanished,
)
from harvester.retry import LONGEST_WAIT_S, parse_retry_after
from harvester.wire import Reply
from harvester.zoom.body import parse_error
from schemas.zoom import ErrorBody


class Fault(Enum):
    """What went wrong, by what is done about it."""

    TOKEN = auto()  # the access token is dead: ask again with a new one
    SCOPE = auto()  # the app lacks a scope
    RATE = auto()  # too fast
    DAILY = auto()  # the day's calls are used up
    PAGE_TOKEN = auto()  # the listing must start again
    GONE = auto()  # the user, meeting or recording is not there
    REFUSED = auto()  # no permission, wrong plan, or Zoom does not understand the request
    REDIRECT = auto()  # somebody else would answer
    PASSING = auto()  # Zoom's own trouble


_BY_CODE: dict[int, Fault] = {
    124: Fault.TOKEN,
    4741: Fault.TOKEN,  # revoked: another token of ours may still do
    4700: Fault.SCOPE,
    4711: Fault.SCOPE,
    1001: Fault.GONE,
    1010: Fault.GONE,
    3001: Fault.GONE,
    3301: Fault.GONE,
    3322: Fault.GONE,
    12702: Fault.GONE,
    200: Fault.REFUSED,
    2300: Fault.REFUSED,  # wrong path, so wrong base URL: nothing has vanished
    2305: Fault.REFUSED,
}
_BY_STATUS: dict[int, Fault] = {
    401: Fault.TOKEN,
    404: Fault.GONE,
    410: Fault.GONE,
    408: Fault.PASSING,
    425: Fault.PASSING,
}
_PAGE_TOKEN = re.compile(r"page.?token", re.IGNORECASE)
_SCOPES = re.compile(r"scopes?:?\s*\[([^\]]{1,2000})\]")
_DAILY = re.compile(r"\bdaily\b|\bper.day\b|00:00:00", re.IGNORECASE)
_SECRETS = re.compile(r"eyJ[\w.\-]{8,}|\?\S+=\S+")  # tokens and URL queries have no place in an error
_REQUEST_ID = "x-zm-trackingid"


def find_fault(status: int, error: ErrorBody, headers: Mapping[str, str]) -> Fault:
    """The fault behind a reply that is known to be a refusal."""
    # Decided by status: Zoom's body codes for a limit vary. A code 429 alone is a gateway that hid the status.
    if 429 in {status, error.code}:  # noqa: PLR2004
        return _find_limit(headers.get("X-RateLimit-Type", ""), error.message or "")
    if status >= 500:  # noqa: PLR2004
        return Fault.PASSING
    if 300 <= status < 400:  # noqa: PLR2004
        return Fault.REDIRECT
    # 300 also means any other bad parameter.
    if error.code == 300 and _PAGE_TOKEN.search(error.message or ""):  # noqa: PLR2004
        return Fault.PAGE_TOKEN
    by_code = _BY_CODE.get(error.code) if error.code is not None else None
    return by_code or _BY_STATUS.get(status, Fault.REFUSED)


def _find_limit(kind: str, message: str) -> Fault:
    if kind.casefold() == "qps":
        return Fault.RATE
    return Fault.DAILY if _DAILY.search(f"{kind} {message}") else Fault.RATE


def missing_scopes(message: str | None) -> list[str]:
    """Scopes named in Zoom's sentence; any one of them would do, and an app of our kind needs an `:admin` one."""
    found = _SCOPES.search(message or "")
    names = [name.strip() for name in found[1].split(",")] if found else []
    return sorted((name for name in names if name), key=lambda name: (not name.endswith(":admin"), name))


def build_error(fault: Fault, reply: Reply, *, what: str, now: datetime) -> HarvesterError:
    """The error for `fault`, met while asking for `what`."""
    error = parse_error(reply.body)
    said = describe_refusal(reply, error)
    if fault is Fault.SCOPE:
        return _scope_error(what, said, missing_scopes(error.message))
    if fault in {Fault.RATE, Fault.DAILY}:
        return _limit_error(fault, reply, what, said, now)
    if fault is Fault.PASSING:
        wait_s = parse_retry_after(reply.headers.get("Retry-After"), now=now)
        return Retriable(f"Zoom cannot answer {what} now: {said}", wait_s=wait_s)
    return _LASTING[fault](f"Zoom refuses {what}: {said}", hint=_HINTS[fault], subject=what)


def describe_refusal(reply: Reply, error: ErrorBody) -> str:
    """Status, code, Zoom's own words and its request id, on one line."""
    words = _SECRETS.sub("***", " ".join((error.message or error.error or "").split()))[:300]
    parts = [f"HTTP {reply.status}"]
    if error.code is not None:
        parts.append(f"code {error.code}")
    if words.isprintable() and words:
        parts.append(words)
    request_id = reply.headers.get(_REQUEST_ID, "")
    if re.fullmatch(r"[\w:.=/+-]{1,120}", request_id):
        parts.append(f"({_REQUEST_ID} {request_id})")
    return " ".join(parts)


def _scope_error(what: str, said: str, scopes: list[str]) -> HarvesterError:
    names = " or ".join(scopes) or "the scope this call needs"
    return AccessRefused(
        f"Zoom refuses {what}: {said}",
        hint=f"add {names} to the Server-to-Server app in the Zoom App Marketplace, then run the command again",
        subject=what,
    )


def _limit_error(fault: Fault, reply: Reply, what: str, said: str, now: datetime) -> HarvesterError:
    wait_s = parse_retry_after(reply.headers.get("Retry-After"), now=now)
    far = wait_s is not None and wait_s > LONGEST_WAIT_S
    if far or (fault is Fault.DAILY and not wait_s):
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=now.tzinfo)
        resets_at = now + timedelta(seconds=wait_s) if wait_s else midnight
        return QuotaExhausted(
            f"the account's calls for today are used up at {what}: {said}",
            resets_at=resets_at,
            hint=f"run again after {resets_at:%Y-%m-%d %H:%M} UTC; what was fetched so far is kept",
        )
    return Retriable(f"Zoom asks to slow down at {what}: {said}", wait_s=wait_s)


_LASTING: dict[Fault, type[AccessRefused | PageTokenExpired | Vanished | Refused | Damaged]] = {
    Fault.TOKEN: AccessRefused,
    Fault.PAGE_TOKEN: PageTokenExpired,
    Fault.GONE: Vanished,
    Fault.REFUSED: Refused,
    Fault.REDIRECT: Refused,
}
_HINTS: dict[Fault, str] = {
    Fault.TOKEN: "a fresh token is refused as well: check that the app is activated and its owner's role is intact",
    Fault.PAGE_TOKEN: "the listing of this window starts again",
    Fault.GONE: "it was deleted, moved to the trash, never recorded, or belongs to another account",
    Fault.REFUSED: "check the account's plan, the role of the app's owner and ZOOM_API_BASE_URL",
    Fault.REDIRECT: "no redirect is followed with credentials; check ZOOM_API_BASE_URL and the proxy",
}
