"""Finding users and meetings by what a path calls them, and refusing what is not there."""

from __future__ import annotations

from typing import Any

from harvester.sandbox.account import SandboxMeeting, SandboxUser
from harvester.sandbox.replies import error_reply
from harvester.sandbox.wire import Reply
from harvester.sandbox.world import World


def find_user(world: World, subject: str) -> SandboxUser | None:
    wanted = world.account.owner_id if subject == "me" else subject
    return next((user for user in world.account.users if wanted in {user.id, user.email}), None)


def find_meeting(world: World, subject: str) -> SandboxMeeting | None:
    """By UUID, or the latest begun instance of a numeric id."""
    if not subject.isdecimal():
        return next((m for m in world.account.meetings if m.uuid == subject), None)
    now = world.now()
    instances = [m for m in world.account.meetings if m.id == int(subject) and m.start_at <= now]
    return max(instances, key=lambda m: m.start_at, default=None)


def build_user(user: SandboxUser) -> dict[str, Any]:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": f"{user.first_name} {user.last_name}",
        "email": user.email,
        "type": 2,
        "timezone": "UTC",
        "status": user.status,
    }


def no_user(subject: str) -> Reply:
    return error_reply(1001, f"User does not exist: {subject}.")


def no_meeting(subject: str) -> Reply:
    return error_reply(3001, f"Meeting does not exist: {subject}.")
