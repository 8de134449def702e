"""Who took part in a meeting, as the report and the list of a past meeting say it: one row per join.

Whoever comes second is signed in to another account, leaves and comes back; somebody waits and is never let in. Users
of this account are known, others are guests without id and address. Asked too early, nobody has left yet.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from harvester.sandbox.account import SandboxMeeting, SandboxUser
from harvester.sandbox.extras import answer_page
from harvester.sandbox.identity import stay_number, user_id
from harvester.sandbox.lookups import find_meeting, find_user, no_meeting
from harvester.sandbox.paths import Route
from harvester.sandbox.replies import error_reply
from harvester.sandbox.wire import Reply, Request
from harvester.sandbox.world import World

SETTLES_AFTER = timedelta(minutes=30)
_YEAR = timedelta(days=365)
_WAITING = "Visitor at the door"


def answer_participants(world: World, request: Request, route: Route) -> Reply:
    """Answer both calls; the past meeting's list is empty where only one took part."""
    meeting = find_meeting(world, route.subject)
    if meeting is None:
        return no_meeting(route.subject)
    if world.now() - meeting.end_at > _YEAR:
        return error_reply(12702)
    is_report = route.name == "participants_report"
    rows = _build_rows(world, meeting)
    if is_report:
        rows = [{**row, "customer_key": "", "bo_mtg_id": "", "participant_user_id": row["id"]} for row in rows]
    else:
        rows = [{**row, "internal_user": bool(row["id"])} for row in rows] if len(rows) > 1 else []
    if world.now() < meeting.end_at + SETTLES_AFTER:
        rows = [{**row, "leave_time": "", "duration": 0} for row in rows]
    return answer_page(world, request, (route.name, meeting.uuid), rows, "participants")


def _build_rows(world: World, meeting: SandboxMeeting) -> list[dict[str, Any]]:
    start, end = meeting.start_at, meeting.end_at
    left, back = start + (end - start) / 3, start + (end - start) / 2
    rows: list[dict[str, Any]] = []
    for index, (name, user) in enumerate(_find_people(world, meeting)):
        identity, email = (user.id, user.email) if user else ("", "")
        stay = stay_number(name)
        if index == 1:
            identity = identity or user_id("timeline", name)  # of another account, as in timelines
            rows.append(_row(name, stay, identity, email, (start, left)))
            rows.append(_row(name, stay + 1, identity, email, (back, end)))
            rows.append(_row(_WAITING, stay + 2, "", "", (start, left), status="in_waiting_room"))
        else:
            rows.append(_row(name, stay, identity, email, (start, end)))
    return rows


def _find_people(world: World, meeting: SandboxMeeting) -> list[tuple[str, SandboxUser | None]]:
    """Whoever speaks, and the host: under his own name where nobody else bears it."""
    users = {name: _find_named(world, name) for name in meeting.participants}
    host = find_user(world, meeting.host_id)
    if host and host not in users.values():
        users[f"{host.first_name} {host.last_name}"] = host
    return list(users.items())


def _find_named(world: World, name: str) -> SandboxUser | None:
    shown = name.partition(" [")[0]
    for user in world.account.users:
        if shown in {f"{user.first_name} {user.last_name}", f"{user.last_name} {user.first_name}"}:
            return user
    return None


def _row(
    name: str,
    number: int,
    identity: str,
    email: str,
    span: tuple[datetime, datetime],
    *,
    status: str = "in_meeting",
) -> dict[str, Any]:
    joined_at, left_at = span
    return {
        "id": identity,
        "name": name,
        "user_id": str(number),
        "registrant_id": "",
        "user_email": email,
        "join_time": f"{joined_at:%Y-%m-%dT%H:%M:%SZ}",
        "leave_time": f"{left_at:%Y-%m-%dT%H:%M:%SZ}",
        "duration": int((left_at - joined_at).total_seconds()),
        "failover": False,
        "status": status,
    }
