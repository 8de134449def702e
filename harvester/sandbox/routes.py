"""Answers of the API, call by call. What a path means is decided in `paths`, how things look in `listing`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harvester.sandbox.account import SandboxMeeting
from harvester.sandbox.extras import (
    answer_delete,
    answer_instances,
    answer_summary,
    answer_user_meetings,
)
from harvester.sandbox.listing import build_detail, build_meeting, cut_page, parse_window
from harvester.sandbox.lookups import build_user, find_meeting, find_user, no_meeting, no_user
from harvester.sandbox.oauth import check_bearer, scope_refusal
from harvester.sandbox.participants import answer_participants
from harvester.sandbox.paths import Route
from harvester.sandbox.replies import error_reply, field_reply
from harvester.sandbox.tokens import jwt_like
from harvester.sandbox.wire import Reply, Request, json_reply
from harvester.sandbox.world import World

_LARGEST_USER_PAGE = 2000
_DAY_S = 86_400
_WEEK_S = 7 * _DAY_S


def answer_api(world: World, request: Request, route: Route) -> Reply:
    """Answer one API call, from the path's meaning and the bearer's rights."""
    handler = _HANDLERS.get(route.name)
    if handler is None:
        return error_reply(2300)
    refusal = check_bearer(world, request, () if route.name == "account_recordings" else route.scopes)
    return refusal or handler(world, request, route)


def _users(world: World, request: Request, _route: Route) -> Reply:
    status = request.query.get("status", "active")
    users = [build_user(user) for user in world.account.users if user.status == status]
    page = cut_page(world, ("users", status), users, request.query, largest=_LARGEST_USER_PAGE)
    if isinstance(page, Reply):
        return page
    return json_reply(
        200,
        {
            "page_count": page.page_count,
            "page_number": page.number,
            **page.envelope,
            "users": page.items,
        },
    )


def _user(world: World, _request: Request, route: Route) -> Reply:
    user = find_user(world, route.subject)
    return json_reply(200, build_user(user)) if user else no_user(route.subject)


def _user_recordings(world: World, request: Request, route: Route) -> Reply:
    user = find_user(world, route.subject)
    if user is None:
        return no_user(route.subject)
    if {user.id, user.email} & world.settings.refused_users:
        return scope_refusal(route.scopes)
    wanted = request.query.get("meeting_id")
    meetings = [
        meeting
        for meeting in world.account.meetings
        if meeting.host_id == user.id and (wanted is None or str(meeting.id) == wanted)
    ]
    return _recordings(world, request, user.id, meetings)


def _account_recordings(world: World, request: Request, route: Route) -> Reply:
    refusal = world.settings.account_listing
    if refusal == "200":
        return error_reply(200)
    if refusal == "404":
        return error_reply(2300)
    if refusal is not True:
        return scope_refusal(route.scopes)
    if missing := check_bearer(world, request, route.scopes):
        return missing
    if route.subject not in {"me", world.account.id}:
        return error_reply(2001, f"Account does not exist: {route.subject}.")
    return _recordings(world, request, "", list(world.account.meetings))


def _recordings(world: World, request: Request, user_id: str, meetings: list[SandboxMeeting]) -> Reply:
    query = request.query
    window = parse_window(query, world.now().date())
    if isinstance(window, Reply):
        return window
    start, end = window
    trash = query.get("trash", "")  # nothing is ever in it
    listed: list[SandboxMeeting] = []
    if trash != "true" and not query.get("next_page_token"):  # a token brings its own items
        listed = [m for m in meetings if start <= m.start_at.date() <= end and world.is_visible(m)]
        listed.sort(key=lambda meeting: (meeting.start_at, meeting.uuid), reverse=True)
    page = cut_page(world, (user_id, str(start), str(end), trash), listed, query)
    if isinstance(page, Reply):
        return page
    envelope: dict[str, Any] = {"from": str(start), "to": str(end)}
    if user_id:
        envelope["page_count"] = page.page_count
    rows = [build_meeting(world, meeting, with_account=bool(user_id)) for meeting in page.items]
    return json_reply(200, {**envelope, **page.envelope, "meetings": rows})


def _meeting_recordings(world: World, request: Request, route: Route) -> Reply:
    meeting = find_meeting(world, route.subject)
    if meeting is None:
        return no_meeting(route.subject)
    if not world.is_visible(meeting):
        return error_reply(3301)
    detail = build_detail(world, meeting)
    if request.query.get("include_fields") == "download_access_token":
        ttl = request.query.get("ttl") or str(_DAY_S)
        if not ttl.isdecimal() or int(ttl) > _WEEK_S:
            return field_reply("ttl", "Invalid field.")
        detail["download_access_token"] = _issue_download_token(world, meeting, int(ttl))
    return json_reply(200, detail)


def _issue_download_token(world: World, meeting: SandboxMeeting, ttl_s: int) -> str:
    now = world.now()
    claims = {
        "iss": "sandbox",
        "accountId": world.account.id,
        "mid": meeting.uuid,
        "exp": int(now.timestamp()) + ttl_s,
    }
    token = jwt_like(claims, "download")
    return world.download_tokens.issue(meeting.uuid, now=now, ttl_s=ttl_s, token=token)


_HANDLERS: dict[str, Callable[[World, Request, Route], Reply]] = {
    "users": _users,
    "user": _user,
    "user_recordings": _user_recordings,
    "user_meetings": answer_user_meetings,
    "account_recordings": _account_recordings,
    "meeting_recordings": _meeting_recordings,
    "instances": answer_instances,
    "participants": answer_participants,
    "participants_report": answer_participants,
    "summary": answer_summary,
    "delete": answer_delete,
}
