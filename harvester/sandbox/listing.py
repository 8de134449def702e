"""How meetings and files look on the wire, which window a listing covers, and how it is cut into pages.

Decides the JSON of listings and of one meeting; who may ask is decided in `routes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from harvester.sandbox.account import SandboxFile, SandboxMeeting
from harvester.sandbox.replies import error_reply, field_reply
from harvester.sandbox.tokens import Verdict, opaque
from harvester.sandbox.wire import Reply
from harvester.sandbox.world import Page, World

LONGEST_WINDOW_DAYS = 30
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:$|[T ].*)")


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of a listing: its items, the token of the next and how many there are in all."""

    items: Sequence[Any]
    number: int
    next_token: str
    total: int
    page_size: int

    @property
    def envelope(self) -> dict[str, Any]:
        return {
            "page_size": self.page_size,
            "total_records": self.total,
            "next_page_token": self.next_token,
        }

    @property
    def page_count(self) -> int:
        return -(-self.total // self.page_size) if self.page_size else 0


def parse_window(query: Mapping[str, str], today: date) -> tuple[date, date] | Reply:
    """Read `from` and `to`; a longer range than Zoom lists is shortened without a word."""
    bounds: dict[str, date] = {}
    for name, default in (("to", today), ("from", None)):
        text = query.get(name, "")
        match = _DATE.fullmatch(text)
        if text and match is None:
            return field_reply(name, "Invalid field.")
        fallback = default or bounds["to"] - timedelta(days=1)
        try:
            bounds[name] = date.fromisoformat(match[1]) if match else fallback
        except ValueError:
            return field_reply(name, "Invalid field.")
    if bounds["from"] > bounds["to"]:
        return field_reply("from", "The start date is later than the end date.")
    earliest = bounds["to"] - timedelta(days=LONGEST_WINDOW_DAYS)
    return max(bounds["from"], earliest), bounds["to"]


def cut_page(
    world: World,
    question: tuple[str, ...],
    items: Sequence[Any],
    query: Mapping[str, str],
    *,
    largest: int = 300,
) -> Slice | Reply:
    """Cut one page. A token continues over the items as they were when the first page was asked for."""
    size_text = query.get("page_size") or "30"
    if not size_text.isdecimal() or int(size_text) < 1:
        return field_reply("page_size", "Invalid field.")
    page_size = min(int(size_text), largest, world.settings.largest_page)
    offset = 0
    if token := query.get("next_page_token"):
        verdict, page = world.page_tokens.look_up(token, now=world.now())
        if verdict is not Verdict.GOOD or page is None or page.question != question:
            return error_reply(300)
        items, offset = page.items, page.offset
    elif (number := query.get("page_number", "")).isdecimal():
        offset = max(int(number) - 1, 0) * page_size
    end = offset + page_size
    next_token = ""
    if end < len(items):
        following = Page(question, items, end)
        next_token = world.page_tokens.issue(following, now=world.now(), ttl_s=world.settings.page_token_ttl_s)
    return Slice(items[offset:end], offset // page_size + 1, next_token, len(items), page_size if items else 0)


def build_file(world: World, meeting: SandboxMeeting, file: SandboxFile) -> dict[str, Any]:
    """Build the entry of `recording_files`."""
    now = world.now()
    ready = file.is_ready(now)
    secret = opaque("file", file.id, length=44)
    url = f"{world.api_origin}/rec/download/{secret}.{file.id}"
    times = {
        "recording_start": _time(file.start_at),
        "recording_end": "" if file.blank and not ready else _time(file.end_at),
    }
    if file.bare:
        return {"meeting_id": meeting.uuid, **times, "file_type": file.file_type, "download_url": url}
    entry: dict[str, Any] = {"id": file.id, "meeting_id": meeting.uuid, **times}
    if file.blank and not ready:
        return {**entry, "file_type": "", "file_size": 0, "status": "processing"}
    if file.name is not None:
        entry["file_name"] = file.name
    entry |= {
        "file_type": file.file_type,
        "file_extension": file.extension,
        "file_size": _listed_bytes(world, file) if ready else 0,
    }
    if file.has_play_url:
        entry["play_url"] = url.replace("/rec/download/", "/rec/play/")
    return entry | {
        "download_url": url,
        "status": "completed" if ready else "processing",
        "recording_type": file.recording_type,
    }


def build_meeting(world: World, meeting: SandboxMeeting, *, with_account: bool = True) -> dict[str, Any]:
    """Build a listing's item. Neither `host_email` nor a password is in it, as in public captures of 2024."""
    now = world.now()
    files = [file for file in meeting.files or () if world.is_listed(file)]
    entries = [build_file(world, meeting, file) for file in files]
    counted = [file for file in files if file.is_counted and file.is_ready(now)]
    item: dict[str, Any] = {"uuid": meeting.uuid, "id": meeting.id}
    if with_account:
        item["account_id"] = world.account.id
    item |= {
        "host_id": meeting.host_id,
        "topic": meeting.topic,
        "type": meeting.type,
        "start_time": _time(meeting.start_at),
        "timezone": meeting.timezone,
        "duration": meeting.duration_min,
        "total_size": sum(_listed_bytes(world, file) for file in counted),
        "recording_count": len([file for file in files if file.is_counted]),
        "share_url": f"{world.api_origin}/rec/share/{opaque('share', meeting.uuid, length=60)}",
    }
    if meeting.files is not None:
        item["recording_files"] = entries
    item["recording_play_passcode"] = opaque("play", meeting.uuid, length=32)
    return item


def build_detail(world: World, meeting: SandboxMeeting) -> dict[str, Any]:
    """Build the answer of `GET /meetings/{id}/recordings`, without a download token."""
    item = build_meeting(world, meeting)
    item["password"] = meeting.passcode
    item["participant_audio_files"] = [
        {k: v for k, v in build_file(world, meeting, file).items() if k not in {"meeting_id", "file_extension"}}
        for file in meeting.participant_files
        if world.is_listed(file)
    ]
    return item


def _listed_bytes(world: World, file: SandboxFile) -> int:
    return world.body_of(file).size if file.listed_bytes is None else file.listed_bytes


def _time(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"  # several times faster than strftime, and called for every file
