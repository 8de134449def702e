"""From what a bot says of its meeting to the one Zoom knows. Pure: reads addresses, and decides which meeting it was.

An address is judged by its host as parsed, never by what it contains, and only scheme, host and path of it are kept:
the rest lets people in. A number is not a meeting: each start of it is another one, with a UUID of its own. `link`
climbs down a ladder of evidence and would rather say why it cannot tell than guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

Platform = Literal["zoom", "google_meet", "teams", "unknown"]
Method = Literal["explicit_uuid", "provider_uuid", "id_overlap", "id_nearest_start"]
Reason = Literal["no_meeting_id", "no_session_time", "no_candidate", "ambiguous", "conflict"]

NEAREST_MS = 15 * 60_000
CLEAR_PERCENT = 80
_SITES: dict[str, Platform] = {
    **dict.fromkeys(("zoom.us", "zoom.com", "zoomgov.com"), "zoom"),
    "meet.google.com": "google_meet",
    **dict.fromkeys(("teams.microsoft.com", "teams.live.com", "teams.microsoft.us"), "teams"),
}
_NAMES: dict[str, Platform] = {"zoom": "zoom", "google_meet": "google_meet", "microsoft_teams": "teams"}  # Recall's
_REDIRECTS = ("google.com", "www.google.com")  # how calendars and mail wrap an address
_CLIENT = ("zoommtg", "zoomus")
_ACTIONS = frozenset({"join", "start"})
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}://", re.IGNORECASE)
_GAPS = re.compile(r"[\s\u2010-\u2015-]+")
_HOST = re.compile(r"[a-z0-9.-]+")
_DIGITS = re.compile(r"[0-9]+")
_VANITY = re.compile(r"[\w.~+-]{1,100}")
_AROUND = " \t\r\n<>\"'`()[]{},.;\u201c\u201d\u2018\u2019\u00ab\u00bb"
_LONGEST = 4096
_NO_ADDRESS, _NOT_ZOOM, _NO_NUMBER = "no address", "host is not zoom", "no number"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MeetingUrl:
    """What an address says; `reason` is why it gives no Zoom number, None where nobody would expect one."""

    platform: Platform = "unknown"
    zoom_meeting_id: str | None = None
    vanity: str | None = None
    has_password: bool = False
    redacted: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BotSession:
    """What a bot's recording says of its meeting. Times are aware."""

    source: str
    meeting_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    explicit_uuid: str | None = None  # put there by whoever sent the bot
    provider_uuid: str | None = None


@dataclass(frozen=True, slots=True)
class ZoomMeeting:
    """One start of a meeting, as Zoom lists it. The time is aware."""

    uuid: str
    meeting_id: str | None = None
    start: datetime | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """The meeting and how it was found, or why it was not; `candidates` is how many had the same number."""

    meeting_uuid: str | None = None
    method: Method | None = None
    reason: Reason | None = None
    overlap_ms: int | None = None
    candidates: int = 0


def parse_meeting_url(url: Any) -> MeetingUrl:  # noqa: ANN401 - JSON has no narrower type
    """An address, a bare number, or the object that Recall sends in place of an address. Never raises."""
    if isinstance(url, Mapping):
        return _read_object(url)
    given = _read_text(url)
    text = (given or "").strip(_AROUND).partition("<")[0].rstrip(_AROUND)
    if not text:
        return MeetingUrl(reason=_NO_ADDRESS if given is None else "empty")
    number, reason = _read_number(text)
    if reason != _NO_NUMBER:
        return MeetingUrl("zoom" if number else "unknown", number, reason=reason)
    parts = _split(text)
    return _read_parts(parts) if parts else MeetingUrl(reason=_NO_ADDRESS)


def _read_object(value: Mapping[Any, Any]) -> MeetingUrl:
    platform = _NAMES.get(_read_text(value.get("platform")) or "", "unknown")
    has_password = bool(_read_text(value.get("meeting_password")))
    if platform != "zoom":
        return MeetingUrl(platform, has_password=has_password, reason=_NOT_ZOOM if platform == "unknown" else None)
    number, reason = _read_number(_read_text(value.get("meeting_id")) or "")
    return MeetingUrl(platform, number, has_password=has_password, reason=reason)


def _read_text(value: Any) -> str | None:  # noqa: ANN401
    """Also of a number, as Zoom writes its ids; "" of null."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return str(value)
    return value if isinstance(value, str) and len(value) <= _LONGEST else "" if value is None else None


def _read_number(text: str) -> tuple[str | None, str | None]:
    """(number, None) or (None, why not). Nine digits to eleven; people type blanks and dashes between them."""
    digits = _GAPS.sub("", unquote(text))
    if not _DIGITS.fullmatch(digits):
        return None, _NO_NUMBER
    if 9 <= len(digits) <= 11:  # noqa: PLR2004
        return digits, None
    return None, "fewer than 9 digits" if len(digits) < 9 else "more than 11 digits"  # noqa: PLR2004


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text if _SCHEME.match(text) else f"https://{text.lstrip('/')}")
    except ValueError:
        return None
    # a backslash is a slash to browsers and not to Python: whoever writes one means two hosts at once
    if "\\" in text or parts.scheme not in {"http", "https", *_CLIENT}:
        return None
    if _host_of(parts) in _REDIRECTS and parts.path == "/url":
        wrapped = dict(parse_qsl(parts.query))
        return _split(wrapped.get("q") or wrapped.get("url") or "")
    return parts


def _host_of(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    return host if _HOST.fullmatch(host) else ""


def _read_parts(parts: SplitResult) -> MeetingUrl:
    host, fields = _host_of(parts), parse_qsl(parts.query)  # without fields that have no value
    found_in = (name for site, name in _SITES.items() if f".{host}".endswith(f".{site}"))
    platform: Platform = next(found_in, "unknown")
    has_password = any(name.lower() in {"pwd", "password"} for name, _ in fields)
    if platform == "zoom":
        found = _read_client(parts, dict(fields)) if parts.scheme in _CLIENT else _read_web(parts, host)
        return replace(found, has_password=has_password)
    if platform == "unknown" or parts.scheme in _CLIENT:
        return MeetingUrl(reason=_NOT_ZOOM)
    return MeetingUrl(platform, has_password=has_password, redacted=_redact(parts, parts.path.split("/")[1:]))


def _read_client(parts: SplitResult, fields: Mapping[str, str]) -> MeetingUrl:
    number, reason = _read_number(fields.get("confno", ""))
    steps = [each for each in parts.path.split("/") if each.lower() in _ACTIONS]
    return MeetingUrl("zoom", number, redacted=_redact(parts, steps) if number else None, reason=reason)


def _read_web(parts: SplitResult, host: str) -> MeetingUrl:
    """Only the steps of a path that are known are kept: in those of recordings and events is what lets people in."""
    steps = [each for each in parts.path.split("/") if each]
    names = [each.lower() for each in steps]
    if host.startswith("events."):
        return MeetingUrl("zoom", reason="event portal, no number")
    if names[:1] == ["my"] and _VANITY.fullmatch(unquote("".join(steps[1:2]))):
        vanity = unquote(steps[1])
        return MeetingUrl("zoom", None, vanity, redacted=_redact(parts, steps[:2]), reason="personal link, no number")
    at = 2 if names[:1] == ["wc"] and names[1:2] and names[1] in _ACTIONS else 1
    if names[:1] not in (["j"], ["w"], ["s"], ["wc"]) or at >= len(steps):
        return MeetingUrl("zoom", reason=_NO_NUMBER)
    number, reason = _read_number(steps[at])
    after = [each for each in steps[at + 1 : at + 2] if each.lower() in _ACTIONS]
    redacted = _redact(parts, [*steps[:at], number, *after]) if number else None
    return MeetingUrl("zoom", number, redacted=redacted, reason=reason)


def _redact(parts: SplitResult, steps: Iterable[str]) -> str:
    path = "/".join(quote(each, safe="%:@!$&'()*+,;=~", errors="replace") for each in steps)
    return f"{parts.scheme}://{_host_of(parts)}/{path}"


def link(session: BotSession, candidates: Iterable[ZoomMeeting]) -> Link:
    """By the first evidence there is: a UUID that the caller named, one of the provider's, the number and the time.

    A UUID that contradicts a clear overlap is a conflict.
    """
    same = [each for each in candidates if session.meeting_id and each.meeting_id == session.meeting_id]
    n_same = len({each.uuid for each in same})
    overlaps = _measure_overlaps(session, same)
    clear = _find_clear(overlaps)
    named = session.explicit_uuid or session.provider_uuid
    if named and clear and clear != named:
        return Link(reason="conflict", overlap_ms=overlaps[clear], candidates=n_same)
    if named:
        method: Method = "explicit_uuid" if session.explicit_uuid else "provider_uuid"
        return Link(named, method, None, overlaps.get(named), n_same)
    if clear:
        return Link(clear, "id_overlap", None, overlaps[clear], n_same)
    if not session.meeting_id or not session.start:
        return Link(reason="no_session_time" if session.meeting_id else "no_meeting_id", candidates=n_same)
    if any(overlaps.values()):
        return Link(reason="ambiguous", candidates=n_same)
    return _link_nearest(session.start, same, n_same)


def _measure_overlaps(session: BotSession, same: Iterable[ZoomMeeting]) -> dict[str, int]:
    """By UUID, in milliseconds. A UUID listed twice counts once; a session without an end is an instant of one."""
    if session.start is None:
        return {}
    start = _count_ms(session.start)
    end = max(start + 1, _count_ms(session.end) if session.end else 0)
    overlaps: dict[str, int] = {}
    for each in same:
        if each.start and each.duration_ms is not None:
            opened = _count_ms(each.start)
            shared = min(end, opened + each.duration_ms) - max(start, opened)
            overlaps[each.uuid] = max(shared, overlaps.get(each.uuid, 0))
    return overlaps


def _find_clear(overlaps: Mapping[str, int]) -> str | None:
    """The one that has nearly all of the overlap. Restarts share it, and then none of them is the meeting."""
    most, total = max(overlaps.values(), default=0), sum(overlaps.values())
    is_clear = most > 0 and most * 100 >= total * CLEAR_PERCENT
    return next(uuid for uuid, ms in overlaps.items() if ms == most) if is_clear else None


def _link_nearest(start: datetime, same: Iterable[ZoomMeeting], n_same: int) -> Link:
    """For a bot that left before the meeting was opened, or came when Zoom had closed it."""
    apart = {(abs(_count_ms(each.start) - _count_ms(start)), each.uuid) for each in same if each.start}
    least = min((distance for distance, _ in apart), default=NEAREST_MS + 1)
    nearest = [uuid for distance, uuid in apart if distance == least]
    if least > NEAREST_MS or len(nearest) > 1:
        return Link(reason="no_candidate" if least > NEAREST_MS else "ambiguous", candidates=n_same)
    return Link(nearest[0], "id_nearest_start", None, 0, n_same)


def _count_ms(moment: datetime) -> int:
    """Whole numbers cannot leave the calendar, whatever is added to them."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
