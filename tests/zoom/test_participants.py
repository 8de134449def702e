"""Asking who took part: in which way, when, at what pace, and what each refusal means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from harvester.errors import Absent, Damaged, Pending, Refused
from harvester.retry import RetryPolicy
from harvester.zoom.glance import glance
from harvester.zoom.mark import MARK
from harvester.zoom.participants import HEAVY_SHARE
from harvester.zoom.scopes import PARTICIPANTS_REPORT, PAST_PARTICIPANTS, REQUIRED_SCOPES
from harvester.zoom.source import ZoomSource

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # of the clock of these tests
UUID = "/ab+cd=="
TWICE = "%252Fab%252Bcd%253D%253D"
REPORT, PAST = f"/v2/report/meetings/{TWICE}/participants", f"/v2/past_meetings/{TWICE}/participants"
NO_SCOPE = (400, {"code": 4711, "message": f"Invalid access token, does not contain scopes:[{PAST_PARTICIPANTS}]."})
DAILY = (429, {"code": 429, "message": "You have reached the maximum daily rate limit for this API."})


def row(name="Ida", **changes):
    said = {"name": name, "user_id": "1", "join_time": "2026-11-20T08:00:00Z", "leave_time": "2026-11-20T09:00:00Z"}
    return {**said, "duration": 3600, "status": "in_meeting", **changes}


def page(*rows, token="", total=None):
    return {
        "participants": list(rows),
        "next_page_token": token,
        "total_records": len(rows) if total is None else total,
    }


def meeting(ended_ago=timedelta(days=2), **more):
    start = NOW - ended_ago - timedelta(minutes=30)
    return {"uuid": UUID, "id": 1, "start_time": f"{start:%Y-%m-%dT%H:%M:%SZ}", "duration": 30, **more}


@pytest.fixture
def make(script, session, clock):
    def build(scopes=(), **settings):
        token = {"access_token": "t", "expires_in": 3599, "scope": " ".join(scopes)}
        script.routes["/oauth/token"] = token
        return ZoomSource(
            account_id="a",
            client_id="c",
            client_secret="canary-client-secret",
            api_base_url=f"{script.url}/v2",
            oauth_url=f"{script.url}/oauth/token",
            session=session,
            clock=clock,
            retry=RetryPolicy(attempts=2),
            **{"with_participants": True, **settings},
        )

    return build


def fetch(source, payload=None):
    payload = {**(payload or meeting()), MARK: True}
    (file,) = [each for each in source.describe(payload).files if each.is_document]
    return json.loads(source.fetch_document(payload, file))


def test_all_pages_of_the_report_become_one_document(make, script):
    """Asked by the UUID encoded twice, 300 a page; rows stay as received, less what would open something."""
    script.routes[REPORT] = [page(row(), token="n", total=2), page(row("https://x.example", join_token="s"), total=2)]
    document = fetch(make())
    assert document == {"way": "report", "participants": [row(), row("https://x.example")]}
    first, second = [each for each in script.asked if each.method == "GET"]
    assert (first.query["page_size"], second.query["next_page_token"]) == ("300", "n")
    assert TWICE in first.target


@pytest.mark.parametrize(
    ("scopes", "report", "expected"),
    [
        ((), NO_SCOPE, [REPORT, PAST]),
        ((), (400, {"code": 200, "message": "No permission."}), [REPORT, PAST]),
        ([PAST_PARTICIPANTS], page(row()), [PAST]),
        (["meeting:read:admin"], page(row()), [PAST]),
        ([PARTICIPANTS_REPORT, PAST_PARTICIPANTS], page(row()), [REPORT]),
    ],
)
def test_the_past_meeting_stands_in_for_the_report(make, script, scopes, report, expected):
    """Where the report is refused, or the token is known to lack its scope."""
    script.routes |= {REPORT: report, PAST: page(row())}
    assert fetch(make(scopes))["participants"] == [row()]
    assert script.paths() == expected


def test_a_way_that_is_closed_is_not_tried_again_in_the_run(make, script):
    """The second list is asked for where the first one came from; the next run tries the report again."""
    script.routes |= {REPORT: NO_SCOPE, PAST: page(row())}
    source = make()
    fetch(source)
    fetch(source)
    assert script.paths() == [REPORT, PAST, PAST]
    assert source.take_refusals() == []
    fetch(source)
    assert script.paths()[3:] == [REPORT, PAST]


@pytest.mark.parametrize("answer", [NO_SCOPE, DAILY])
def test_a_refusal_of_everybody_is_said_once(make, script, answer):
    """No scope, or no calls left for the day: every list waits, nobody is asked again, and one error says why."""
    script.routes |= {REPORT: answer, PAST: answer}
    source = make()
    for _ in range(3):
        with pytest.raises(Pending):
            fetch(source)
    asked = len(script.paths())
    assert asked <= 2
    (refusal,) = source.take_refusals()
    assert refusal.exit_code == 3
    assert refusal.hint
    if answer is NO_SCOPE:
        assert PARTICIPANTS_REPORT in refusal.hint
        assert PAST_PARTICIPANTS in refusal.hint
    assert source.take_refusals() == []


@pytest.mark.parametrize(
    ("age_days", "answer", "error"),
    [
        (2, (404, {"code": 3001, "message": "Meeting does not exist."}), Absent),
        (2, (400, {"code": 12702, "message": "Can not access a meeting a year ago."}), Absent),
        (366, (400, {"code": 200, "message": "No permission."}), Absent),
        (2, (400, {"code": 200, "message": "No permission."}), Refused),
        (2, page(row(), total=2), Damaged),
        (2, {"participants": [], "total_records": 0}, None),
        (2, page(row()), None),
        (1 / 25, page(row()), Pending),  # 58 minutes
        (1 / 23, page(row()), None),
        (1 / 23, page(row(duration=0)), Pending),
        (1 / 23, page(row(leave_time="")), Pending),
        (1 / 23, page(row(), row(leave_time="", status="in_waiting_room")), None),
        (2, page(row(duration=0)), None),
    ],
)
def test_when_there_is_a_list(make, script, age_days, answer, error):
    """Not before an hour has passed and Zoom has done its sums, which it is given a day for; none of old meetings."""
    script.routes |= {REPORT: answer, PAST: answer}
    source = make()
    payload = meeting(timedelta(days=age_days))
    if error is None:
        assert fetch(source, payload)["participants"] == answer["participants"]
    else:
        with pytest.raises(error):
            fetch(source, payload)
    assert source.take_refusals() == []


def test_missing_rows_are_asked_for_in_small_pages(make, script):
    """Zoom has given 30 rows where 300 were asked for, and no token; the count tells."""

    def answer(asked):
        return page(row("a"), row("b")) if asked.query["page_size"] == "30" else page(row("a"), total=2)

    script.routes[REPORT] = answer
    assert [each["name"] for each in fetch(make())["participants"]] == ["a", "b"]


def test_lists_keep_a_slower_pace(make, script, clock):
    """A third of the API's own, whatever else is asked meanwhile."""
    script.routes[REPORT] = page(row())
    source = make(calls_per_second=15.0)
    for _ in range(11):
        fetch(source)
    assert sum(clock.slept) == pytest.approx(10 / (15 * HEAVY_SHARE))


def test_recordings_are_marked_only_where_lists_are_wanted(make, script):
    """By the option, and by a token that has one of the scopes or does not say; never by Zoom's own payload."""
    listed = {"meetings": [meeting(**{MARK: True})], "total_records": 1, "from": "2026-11-18", "to": "2026-11-20"}
    script.routes |= {
        "/v2/accounts/me/recordings": listed,
        f"/v2/meetings/{TWICE}/recordings": meeting(**{MARK: True}),
    }
    held = frozenset(REQUIRED_SCOPES)
    cases = [((), {}, True), (held, {}, False), (held | {PAST_PARTICIPANTS}, {}, True)]
    for scopes, settings, wanted in [*cases, ((), {"with_participants": False}, False)]:
        source = make(scopes, **settings)
        (window,) = source.windows(NOW.date() - timedelta(days=2), NOW.date())
        pages = [each for each in source.list_window(window) if hasattr(each, "payloads")]
        detail = source.fetch_detail(UUID, for_download=True).payload
        for payload in (*pages[0].payloads, detail):
            assert (MARK in payload) is wanted
            assert [each.key for each in source.describe(payload).files] == ["participants"] * wanted
        assert len(source.take_refusals()) == (scopes == held)


def test_the_mark_is_news_and_counts_as_a_file():
    """A known recording is looked at again once lists are wanted, and files are counted as they are described."""
    plain, marked = glance(meeting()), glance(meeting(**{MARK: True}))
    assert plain.fingerprint != marked.fingerprint
    assert (plain.n_files, marked.n_files) == (0, 1)
