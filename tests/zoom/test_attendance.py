"""Rows of comings and goings as people."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from harvester.errors import Damaged
from harvester.model import Person
from harvester.zoom.people import read_participants


def row(user_id, name, join, leave, **more):
    times = {"join_time": f"2026-03-02T{join}Z", "leave_time": leave and f"2026-03-02T{leave}Z"}
    return {"id": "", "user_id": user_id, "name": name, "user_email": "", "status": "in_meeting", **times, **more}


def at(time):
    return datetime.fromisoformat(f"2026-03-02T{time}").replace(tzinfo=UTC)


def read(*rows, host_id="H"):
    return read_participants(json.dumps({"way": "report", "participants": rows}).encode(), host_id)


def test_who_leaves_and_comes_back_is_one_person():
    """By account or by address; the first coming, the last going, and every stay leads to the one id."""
    found = read(
        row("1", "Ana", "09:00:00", "09:20:00", id="A", user_email="ana@example.com"),
        row("2", "Bo", "09:01:00", "09:05:00", user_email="Bo@example.com"),
        row("3", "Ana (phone)", "09:30:00", "10:00:00", id="A"),
        row("4", "Bo", "09:10:00", "09:40:00", user_email="bo@example.com"),
        row("2", "Bo", "09:02:00", "09:50:00"),
    )
    assert found.people == (
        Person("Ana", "1", "A", "ana@example.com", False, joined_at=at("09:00:00"), left_at=at("10:00:00")),
        Person("Bo", "2", None, "Bo@example.com", None, joined_at=at("09:01:00"), left_at=at("09:50:00")),
    )
    assert found.stays == {"1": "1", "3": "1", "2": "2", "4": "2"}


@pytest.mark.parametrize(
    "rows",
    [
        (row("1", "Kim", "09:00:00", "09:20:00"), row("2", "Kim", "09:30:00", "09:40:00")),
        (row("1", "Kim", "09:00:00", "09:20:00", id="A"), row("2", "Kim", "09:30:00", "09:40:00", id="B")),
        (
            row("1", "Kim", "09:00:00", "09:20:00", id="A", user_email="room@example.com"),
            row("2", "Kim", "09:30:00", "09:40:00", id="B", user_email="room@example.com"),
        ),
    ],
)
def test_people_who_share_a_name_are_not_merged(rows):
    """Nor those who share an address and have accounts of their own."""
    assert [each.native_id for each in read(*rows).people] == ["1", "2"]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (("H", "A", ""), [True, False, False]),
        (("", "A", ""), [None, False, None]),
        (("B", "A", ""), [False, False, None]),
    ],
)
def test_who_was_the_host(ids, expected):
    """By the account; a guest may be the host, not signed in, unless the host is there already."""
    rows = [row(str(number), f"P{number}", "09:00:00", "09:20:00", id=each) for number, each in enumerate(ids)]
    assert [each.is_host for each in read(*rows).people] == expected


def test_the_report_names_the_account_in_its_own_way():
    """`participant_user_id` counts before `id`, which a report leaves empty for other accounts."""
    (person,) = read(row("1", "Ana", "09:00:00", "09:20:00", participant_user_id="A")).people
    assert person.user_id == "A"


def test_whoever_only_waited_was_not_there():
    """A row in the waiting room says neither that somebody came nor when."""
    found = read(
        row("1", "Ana", "08:50:00", "09:00:00", status="in_waiting_room", id="A"),
        row("2", "Ana", "09:00:00", "", id="A"),
        row("3", "Zed", "09:00:00", "09:10:00", status="in_waiting_room"),
    )
    assert [(each.name, each.joined_at, each.left_at) for each in found.people] == [("Ana", at("09:00:00"), None)]


def test_rows_that_say_nothing_harm_nothing():
    """Values of wrong types are unsaid; what is no list of rows at all is damage."""
    found = read({"name": ["x"], "user_id": 5, "join_time": "yesterday", "duration": "x"}, "no row", {})
    assert found.people == (Person(native_id="5"), Person())
    with pytest.raises(Damaged):
        read_participants(b"<html>", None)
