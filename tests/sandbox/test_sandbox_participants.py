"""Who took part, as the sandbox says it."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from urllib.parse import quote

import pytest

from harvester.sandbox import demo_account
from harvester.sandbox.paths import find_route

REPORT, PAST = "/report/meetings/{}/participants", "/past_meetings/{}/participants"
SCOPES = {
    REPORT: "report:read:list_meeting_participants:admin",
    PAST: "meeting:read:list_past_participants:admin",
}


def ask(visitor, way, meeting, **query):
    uuid = quote(quote(meeting.uuid, safe=""), safe="")
    return visitor.get(way.format(uuid), **query)


@pytest.fixture
def meeting():
    """One with several people and a UUID that breaks paths."""
    return next(each for each in demo_account().meetings if each.uuid.startswith("/"))


@pytest.mark.parametrize("way", SCOPES)
def test_one_row_per_join(visit, meeting, way):
    """Somebody comes back, somebody is never let in, guests have neither id nor address; pages add up."""
    account = demo_account()
    with visit(account, clock=lambda: account.anchor) as visitor:
        rows, token = [], ""
        while True:
            page = ask(visitor, way, meeting, page_size="2", next_page_token=token).json()
            rows += page["participants"]
            token = page["next_page_token"]
            if not token:
                break
        assert page["total_records"] == len(rows) >= 4
        joins = [row["id"] for row in rows if row["id"]]
        assert len(set(joins)) < len(joins)
        assert {row["status"] for row in rows} == {"in_meeting", "in_waiting_room"}
        assert all(row["duration"] > 0 for row in rows)
        assert ("participant_user_id" in rows[0]) is (way == REPORT)
        host = next(row for row in rows if row["id"] == meeting.host_id)
        assert host["user_email"].endswith("@example.com")
        category = ask(visitor, way, meeting).headers["X-RateLimit-Category"]
        assert category == ("Heavy" if way == REPORT else "Medium")


@pytest.mark.parametrize("way", SCOPES)
def test_when_it_is_asked(visit, meeting, way):
    """Too early nobody has left; after a year Zoom says nothing; without the scope it never does."""
    end = meeting.start_at + timedelta(minutes=meeting.duration_min)
    for after, expected in ((timedelta(minutes=10), 0), (timedelta(minutes=31), 1)):
        with visit(demo_account(), clock=lambda now=end + after: now) as visitor:
            rows = ask(visitor, way, meeting).json()["participants"]
            assert {bool(row["duration"] and row["leave_time"]) for row in rows} == {bool(expected)}
    with visit(demo_account(), clock=lambda: end + timedelta(days=366)) as visitor:
        assert ask(visitor, way, meeting).json()["code"] == 12702
    with visit(demo_account(), scopes=[each for each in SCOPES.values() if each != SCOPES[way]]) as visitor:
        refusal = ask(visitor, way, meeting).json()
        assert (refusal["code"], SCOPES[way] in refusal["message"]) == (4711, True)


def test_of_one_participant_only_the_report_tells(visit):
    """The past meeting's list is empty then, as documented."""
    account = demo_account()
    alone = dataclasses.replace(account.meetings[0], participants=())
    with visit(dataclasses.replace(account, meetings=(alone,))) as visitor:
        assert len(ask(visitor, REPORT, alone).json()["participants"]) == 1
        assert ask(visitor, PAST, alone).json()["participants"] == []


def test_the_report_has_its_own_path():
    """Below /report/meetings alone."""
    assert find_route("GET", "/v2/report/meetings/5/participants").name == "participants_report"
    assert find_route("GET", "/v2/report/5/participants").name == "unknown"
    assert find_route("GET", "/v2/past_meetings/5/participants").kind == "participants"
