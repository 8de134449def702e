from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from harvester.sandbox import demo_account


def test_pages_hold_every_meeting_once_and_newest_first(visit):
    """Following the page tokens yields every meeting exactly once, in falling order."""
    with visit() as visitor:
        meetings = visitor.list_all(page_size=5)
        assert sorted(m["uuid"] for m in meetings) == sorted(m.uuid for m in visitor.box.account.meetings)
        starts = [m["start_time"] for m in meetings]
        assert starts == sorted(starts, reverse=True)


def test_a_page_token_dies_after_its_time(visit):
    """A page token older than 15 minutes is 400/300, and a fresh start works."""
    with visit() as visitor:
        query = {"from": "2026-02-25", "to": "2026-03-20", "page_size": 5}
        token = visitor.get("/accounts/me/recordings", **query).json()["next_page_token"]
        visitor.box.set_now(visitor.box.now() + timedelta(minutes=15))
        answer = visitor.get("/accounts/me/recordings", **query, next_page_token=token)
        assert (answer.status_code, answer.json()["code"]) == (400, 300)
        assert visitor.get("/accounts/me/recordings", **query).status_code == 200


def test_a_page_token_belongs_to_its_question(visit):
    """The token of one window is refused for another."""
    with visit() as visitor:
        query = {"to": "2026-03-20", "page_size": 5}
        token = visitor.get("/accounts/me/recordings", **query, **{"from": "2026-02-25"}).json()["next_page_token"]
        answer = visitor.get("/accounts/me/recordings", **query, **{"from": "2026-02-26"}, next_page_token=token)
        assert answer.json()["code"] == 300


@pytest.mark.parametrize(
    ("query", "echo"),
    [
        ({}, ("2026-03-19", "2026-03-20")),
        ({"from": "2025-12-20", "to": "2026-03-20"}, ("2026-02-18", "2026-03-20")),
        ({"from": "2026-03-01", "to": "2026-03-20"}, ("2026-03-01", "2026-03-20")),
        ({"from": "2026-03-01 00:00:00+00:00", "to": "2026-03-20T00:00:00Z"}, ("2026-03-01", "2026-03-20")),
    ],
)
def test_the_window_is_echoed_as_it_was_used(visit, query, echo):
    """No dates mean a day, more than 30 days are cut silently, datetimes are taken as dates."""
    with visit() as visitor:
        answer = visitor.get("/accounts/me/recordings", **query).json()
        assert (answer["from"], answer["to"]) == echo


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"from": "2026-03-20", "to": "2026-03-01"}, {"to": "2026-02-30"}]
)
def test_a_window_that_is_none_is_refused(visit, query):
    """Dates that cannot be read or run backwards are 400/300."""
    with visit() as visitor:
        answer = visitor.get("/accounts/me/recordings", **query)
        assert (answer.status_code, answer.json()["code"]) == (400, 300)


def test_an_empty_window_has_page_size_zero(visit):
    """The envelope of an empty answer is Zoom's, with page_size 0."""
    with visit() as visitor:
        answer = visitor.get("/users/me/recordings", **{"from": "2020-01-01", "to": "2020-01-02"}).json()
        assert answer == {
            "from": "2020-01-01",
            "to": "2020-01-02",
            "page_count": 0,
            "page_size": 0,
            "total_records": 0,
            "next_page_token": "",
            "meetings": [],
        }


@pytest.mark.parametrize(
    ("setting", "status", "code"), [("4711", 400, 4711), (False, 400, 4711), ("200", 200, 200), ("404", 404, 2300)]
)
def test_the_account_listing_can_be_refused(visit, setting, status, code):
    """Accounts without the listing get each of the refusals that Zoom has been seen to give."""
    with visit(account_listing=setting) as visitor:
        answer = visitor.get("/accounts/me/recordings")
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_users_are_listed_by_status(visit):
    """Deactivated hosts are hidden from the default list, and a double slash is forgiven."""
    with visit(demo_account(today=None)) as visitor:
        active = {u["email"] for u in visitor.get("/users").json()["users"]}
        inactive = {u["email"] for u in visitor.get("//users", status="inactive").json()["users"]}
        assert len(active) == 3
        assert inactive == {"begona.ibanez@example.com"}


def test_a_user_may_be_named_in_three_ways_or_be_unknown(visit):
    """Id, e-mail and `me` reach the same recordings; anybody else is 404/1001."""
    with visit() as visitor:
        owner = visitor.box.account.users[0]
        query = {"from": "2026-02-25", "to": "2026-03-20"}
        texts = {visitor.get(f"/users/{name}/recordings", **query).text for name in (owner.id, owner.email, "me")}
        assert len(texts) == 1
        assert visitor.get("/users/nobody/recordings").json()["code"] == 1001


def test_one_user_can_be_refused(visit, small_account):
    """One user's recordings can be refused with 4711 while the others are served."""
    first, second = small_account.users[:2]
    with visit(refused_users=[first.email]) as visitor:
        assert visitor.get(f"/users/{first.id}/recordings").json()["code"] == 4711
        assert visitor.get(f"/users/{second.id}/recordings").status_code == 200


def test_meetings_look_like_captured_ones(visit):
    """Items have the captured keys: no host_email, no password, summaries neither counted nor summed."""
    account = demo_account()
    with visit(account, clock=lambda: account.anchor) as visitor:
        review = next(m for m in visitor.list_all() if m["topic"].startswith("Review"))
        files = review["recording_files"]
        assert {"host_email", "password", "account_id", "page_count"}.isdisjoint(review)
        assert (len(files), review["recording_count"]) == (9, 6)
        assert review["total_size"] == sum(f["file_size"] for f in files if f["file_type"] != "SUMMARY")
        assert all(("play_url" in f) == (f["file_type"] != "TIMELINE") for f in files)
        assert isinstance(review["type"], int)


def test_odd_entries_are_listed_as_zoom_lists_them(visit):
    """A bare TIMELINE, a running recording and a meeting without files keep their missing keys missing."""
    account = demo_account()
    with visit(account, clock=lambda: account.anchor) as visitor:
        by_topic = {m["topic"]: m for m in visitor.list_all()}
        bare = by_topic["Site visit | gauge 7"]["recording_files"][-1]
        assert set(bare) == {"meeting_id", "recording_start", "recording_end", "file_type", "download_url"}
        running = by_topic["Workshop, day two"]["recording_files"][0]
        assert (running["file_type"], running["recording_end"], running["status"]) == ("", "", "processing")
        assert "recording_files" not in by_topic["Mara's Zoom Meeting"]


def test_a_late_file_appears_when_its_time_comes(visit):
    """A late transcript is absent, then listed under the old start, and only then part of the truth."""
    account = demo_account()
    with visit(account, clock=lambda: account.anchor) as visitor:

        def types() -> list[str]:
            meeting = next(m for m in visitor.list_all() if m["topic"].startswith("Board"))
            return [f["file_type"] for f in meeting["recording_files"]]

        before = len(visitor.box.truth())
        assert types() == ["MP4", "M4A"]
        visitor.box.set_now(account.anchor + timedelta(hours=3))
        visitor.log_in()
        assert types() == ["MP4", "M4A", "TRANSCRIPT"]
        assert len(visitor.box.truth()) == before + 2  # and the recording that was running


def test_a_file_can_be_still_processing(visit, small_account):
    """Until `ready_at` a file is listed with status processing and without a size."""
    first = small_account.meetings[0]
    waiting = replace(first.files[0], ready_at=small_account.anchor + timedelta(hours=1))
    account = replace(small_account, meetings=(replace(first, files=(waiting,)),))
    with visit(account) as visitor:
        file = visitor.detail(first.uuid).json()["recording_files"][0]
        assert (file["status"], file["file_size"], file["file_type"]) == ("processing", 0, "MP4")
        assert visitor.box.truth() == []


@pytest.mark.parametrize("query", [{"page_size": 0}, {"page_size": "x"}, {"next_page_token": "invented"}])
def test_a_page_that_is_none_is_refused(visit, query):
    """A page size that is no number and a token nobody issued are 400/300."""
    with visit() as visitor:
        answer = visitor.get("/users", **query)
        assert (answer.status_code, answer.json()["code"]) == (400, 300)


def test_pages_can_be_numbered(visit):
    """The older way of paging users by number reaches all of them, and a number that is none means the first."""
    with visit(demo_account()) as visitor:
        pages = [visitor.get("/users", page_size=2, page_number=n).json() for n in (1, 2, "x")]
        assert [page["page_number"] for page in pages] == [1, 2, 1]
        assert len({u["id"] for page in pages for u in page["users"]}) == 3


def test_the_rate_limit_holds_over_any_second(visit):
    """More calls than the rate within a second are 429, and the token endpoint is not counted."""
    with visit(api_rate=5) as visitor:
        statuses = [visitor.get("/users").status_code for _ in range(8)]
        assert statuses == [200] * 5 + [429] * 3
