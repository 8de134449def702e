"""Calls beside the recordings: instances, a user's meetings, summaries, deleting.

Other tools need these answers to go on; the harvester itself uses `instances` only.
"""

from __future__ import annotations

from typing import Any

from harvester.sandbox.listing import cut_page
from harvester.sandbox.lookups import find_meeting, find_user, no_meeting, no_user
from harvester.sandbox.paths import Route
from harvester.sandbox.wire import Reply, Request, json_reply
from harvester.sandbox.world import World


def answer_instances(world: World, _request: Request, route: Route) -> Reply:
    found = [m for m in world.account.meetings if route.subject in {str(m.id), m.uuid}]
    if not found:
        return no_meeting(route.subject)
    rows = [
        {"uuid": m.uuid, "start_time": f"{m.start_at:%Y-%m-%dT%H:%M:%SZ}"} for m in found if m.start_at <= world.now()
    ]
    return json_reply(200, {"meetings": rows})


def answer_user_meetings(world: World, request: Request, route: Route) -> Reply:
    user = find_user(world, route.subject)
    if user is None:
        return no_user(route.subject)
    rows = [
        {
            "uuid": m.uuid,
            "id": m.id,
            "host_id": m.host_id,
            "topic": m.topic,
            "type": m.type,
            "start_time": f"{m.start_at:%Y-%m-%dT%H:%M:%SZ}",
            "duration": m.duration_min,
            "timezone": m.timezone,
        }
        for m in world.account.meetings
        if m.host_id == user.id
    ]
    return answer_page(world, request, ("meetings", user.id), rows, "meetings")


def answer_page(
    world: World, request: Request, question: tuple[str, ...], rows: list[dict[str, Any]], key: str
) -> Reply:
    """Answer with one page of `rows` under the name `key`."""
    page = cut_page(world, question, rows, request.query)
    if isinstance(page, Reply):
        return page
    return json_reply(200, {"page_count": page.page_count, **page.envelope, key: page.items})


def answer_summary(world: World, _request: Request, route: Route) -> Reply:
    meeting = find_meeting(world, route.subject)
    if meeting is None or not any(file.file_type == "SUMMARY" for file in meeting.all_files):
        return no_meeting(route.subject)
    return json_reply(
        200,
        {
            "meeting_host_id": meeting.host_id,
            "meeting_uuid": meeting.uuid,
            "meeting_id": meeting.id,
            "meeting_topic": meeting.topic,
            "meeting_start_time": f"{meeting.start_at:%Y-%m-%dT%H:%M:%SZ}",
            "meeting_end_time": f"{meeting.end_at:%Y-%m-%dT%H:%M:%SZ}",
            "summary_title": f"Meeting summary for {meeting.topic}",
            "summary_content": "## Quick recap\n\nAn invented meeting of the sandbox account.\n",
        },
    )


def answer_delete(world: World, _request: Request, route: Route) -> Reply:
    # the request log is the record; an account that shrinks could not be compared with its truth
    return Reply(204) if find_meeting(world, route.subject) else no_meeting(route.subject)
