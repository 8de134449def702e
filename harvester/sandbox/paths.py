"""Which call a path means. Pure.

The gateway decodes the path once, before it looks for slashes; the application decodes each id once more. So a UUID
with a slash arrives whole only when it was encoded twice, as with Zoom (Jericho/ZoomNet issue 471).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Route:
    """`kind` is where faults strike, `name` the call; `subject` the id in the path, decoded twice."""

    kind: str
    name: str
    subject: str = ""
    label: str = "Medium"  # Zoom's rate category
    scopes: tuple[str, ...] = ()  # any one of these is enough


def _scopes(granular: str, classic: str) -> tuple[str, ...]:
    return (f"{granular}:admin", f"{classic}:admin")


_RECORDINGS = "recording:read"
_MEETINGS = "meeting:read"
_CALLS: dict[tuple[str, str, str], Route] = {
    ("GET", "users", ""): Route("users", "users", scopes=_scopes("user:read:list_users", "user:read")),
    ("GET", "users", "*"): Route("other", "user", "", "Light", _scopes("user:read:user", "user:read")),
    ("GET", "users", "recordings"): Route(
        "listing", "user_recordings", scopes=_scopes("cloud_recording:read:list_user_recordings", _RECORDINGS)
    ),
    ("GET", "users", "meetings"): Route(
        "other", "user_meetings", scopes=_scopes("meeting:read:list_meetings", _MEETINGS)
    ),
    ("GET", "accounts", "recordings"): Route(
        "listing",
        "account_recordings",
        scopes=_scopes("cloud_recording:read:list_account_recordings", _RECORDINGS),
    ),
    ("GET", "meetings", "recordings"): Route(
        "meeting",
        "meeting_recordings",
        "",
        "Light",
        _scopes("cloud_recording:read:list_recording_files", _RECORDINGS),
    ),
    ("DELETE", "meetings", "recordings"): Route(
        "other",
        "delete",
        "",
        "Light",
        _scopes("cloud_recording:delete:meeting_recording", "recording:write"),
    ),
    ("GET", "meetings", "meeting_summary"): Route(
        "other", "summary", "", "Light", _scopes("meeting:read:summary", "meeting_summary:read")
    ),
    ("GET", "past_meetings", "instances"): Route(
        "instances", "instances", scopes=_scopes("meeting:read:list_past_instances", _MEETINGS)
    ),
    ("GET", "past_meetings", "participants"): Route(
        "participants", "participants", scopes=_scopes("meeting:read:list_past_participants", _MEETINGS)
    ),
    ("GET", "report/meetings", "participants"): Route(
        "participants",
        "participants_report",
        "",
        "Heavy",
        _scopes("report:read:list_meeting_participants", "report:read"),
    ),
}


def find_route(method: str, raw_path: str) -> Route:
    """Name the call; kind "other" and name "unknown" when Zoom would not recognise it."""
    if raw_path == "/oauth/token":
        return Route("token", "token")
    if raw_path.startswith("/rec/download/"):
        return Route("download", "download", raw_path.rpartition("/")[2].rpartition(".")[2])
    segments = [part for part in unquote(raw_path).split("/") if part]
    if not segments or segments[0] != "v2":
        return Route("other", "unknown")
    match segments[1:]:
        case [collection]:
            call, subject = _CALLS.get((method, collection, "")), ""
        case [collection, subject]:
            call = _CALLS.get((method, collection, "*"))
        case ["report", "meetings", subject, verb]:
            call = _CALLS.get((method, "report/meetings", verb))
        case [collection, subject, verb]:
            call = _CALLS.get((method, collection, verb))
        case _:
            return Route("other", "unknown")
    if call is None:
        return Route("other", "unknown")
    return Route(call.kind, call.name, unquote(subject), call.label, call.scopes)
