"""Listing a window: everything once, and a gap for whatever is missing."""

from __future__ import annotations

import json
from datetime import date

import pytest

from harvester.errors import AccessRefused, QuotaExhausted
from harvester.model import Gap, Window
from harvester.zoom.source import ZoomSource

ACCOUNT = "/v2/accounts/me/recordings"
WINDOW = Window(date(2026, 11, 1), date(2026, 11, 10))


def meeting(name, day=5, **more):
    return {
        "uuid": name,
        "id": 123456789012,
        "start_time": f"2026-11-{day:02}T10:00:00Z",
        "duration": 5,
        **more,
    }


def page(*meetings, token="", total=None, start="2026-11-01", end="2026-11-11"):
    return {
        "from": start,
        "to": end,
        "page_size": 300,
        "total_records": len(meetings) if total is None else total,
        "next_page_token": token,
        "meetings": list(meetings),
    }


def collect(source, window=WINDOW):
    """As the run reads it: a recording that is listed again counts once."""
    uuids, gaps = {}, []
    for item in source.list_window(window):
        if isinstance(item, Gap):
            gaps.append(item)
        else:
            uuids |= {payload["uuid"]: None for payload in item.payloads}
    return list(uuids), gaps


def paged(*pages):
    """Serve pages by token: p1 -> p2 -> ..."""
    by_token = {None if not n else f"t{n}": each for n, each in enumerate(pages)}
    return lambda asked: by_token[asked.query.get("next_page_token")]


def test_every_page_is_read(script, source):
    """All pages come, asked with 300 a page and the same dates, the day after the window included."""
    script.routes[ACCOUNT] = paged(
        page(meeting("a"), token="t1", total=3),
        page(meeting("b"), token="t2", total=3),
        page(meeting("c"), total=3),
    )
    assert collect(source) == (["a", "b", "c"], [])
    listed = [each for each in script.asked if each.path == ACCOUNT]
    assert {(each.query["from"], each.query["to"]) for each in listed} == {("2026-11-01", "2026-11-11")}
    assert {each.query["page_size"] for each in listed} == {"300"}
    assert source.api_calls == 4


def test_a_page_is_handed_out_as_it_arrives(script, source):
    """A window of any length is never held in memory as a whole."""
    script.routes[ACCOUNT] = paged(page(meeting("a"), token="t1", total=2), page(meeting("b"), total=2))
    pages = source.list_window(WINDOW)
    assert [payload["uuid"] for payload in next(pages).payloads] == ["a"]
    assert len([each for each in script.asked if each.path == ACCOUNT]) == 1
    assert [payload["uuid"] for payload in next(pages).payloads] == ["b"]


def test_one_recording_on_two_pages_is_counted_once(script, source):
    """A recording that shifted to the next page is no gap, and the later page, which is newer, comes later."""
    script.routes[ACCOUNT] = paged(
        page(meeting("a", topic="old"), token="t1", total=1), page(meeting("a", topic="new"), total=1)
    )
    pages = list(source.list_window(WINDOW))
    assert [payload["topic"] for each in pages for payload in each.payloads] == ["old", "new"]


def test_expired_page_token_restarts_the_window(script, source):
    """A dead token costs a restart and loses nothing."""
    dead = (400, {"code": 300, "message": "The next page token is invalid or expired."})
    script.routes[ACCOUNT] = [
        page(meeting("a"), token="t1", total=2),
        dead,
        page(meeting("a"), token="t2", total=2),
        page(meeting("b"), total=2),
    ]
    assert collect(source) == (["a", "b"], [])


def test_expired_page_token_for_ever_is_a_gap(script, source):
    """Restarts are bounded."""
    dead = (400, {"code": 300, "message": "The next page token is invalid or expired."})
    script.routes[ACCOUNT] = lambda asked: dead if "next_page_token" in asked.query else page(token="t1")
    uuids, gaps = collect(source)
    assert uuids == []
    assert "expired in each of 4 listings" in gaps[0].message
    assert len(script.paths()) == 8


@pytest.mark.parametrize("tokens", [["A"], ["A", "B"]])
def test_repeating_tokens_end_in_a_gap(script, source, tokens):
    """A->A and A->B->A are found out at the first repetition."""
    script.routes[ACCOUNT] = lambda _asked: page(token=tokens[(len(script.paths()) - 1) % len(tokens)])
    _, gaps = collect(source)
    assert "repeats a page token" in gaps[0].message
    assert len(script.paths()) == len(tokens) + 1


def test_count_off_once_is_listed_again(script, source):
    """Entries that shift while pages are read are found by the second walk."""
    script.routes[ACCOUNT] = [page(meeting("a"), total=2), page(meeting("a"), meeting("b"))]
    assert collect(source) == (["a", "b"], [])


def test_count_off_twice_is_a_gap(script, source):
    """What was announced and never listed is reported, and what was listed is kept."""
    script.routes[ACCOUNT] = page(meeting("a"), total=2)
    uuids, gaps = collect(source)
    assert uuids == ["a"]
    assert [gap.message for gap in gaps] == ["Zoom announced 2 recordings and listed 1, twice"]


def test_clamped_window_is_listed_in_parts(script, source):
    """A range that Zoom cuts without a word is asked for again until every day was listed."""

    def clamp_to_three_days(asked):
        start, end = date.fromisoformat(asked.query["from"]), date.fromisoformat(asked.query["to"])
        cut = min(end, date.fromordinal(start.toordinal() + 3))
        days = [day for day in range(2, 11, 2) if start <= date(2026, 11, day) <= cut]
        found = [meeting(f"d{day}", day) for day in days]
        return page(*found, start=str(start), end=str(cut))

    script.routes[ACCOUNT] = clamp_to_three_days
    uuids, gaps = collect(source)
    assert sorted(uuids) == ["d10", "d2", "d4", "d6", "d8"]
    assert gaps == []


def test_window_that_zoom_ignores_is_a_gap(script, source):
    """Another range than the one asked for is no answer."""
    script.routes[ACCOUNT] = page(meeting("a"), start="2026-10-01", end="2026-10-02")
    _, gaps = collect(source)
    assert gaps == [Gap(WINDOW, "Zoom listed 2026-10-01..2026-10-02 instead of 2026-11-01..2026-11-10")]


def test_days_to_come_are_no_gap(script, source):
    """Zoom cuts a range at now; nothing can be missing after that."""
    window = Window(date(2026, 11, 15), date(2026, 11, 30))
    script.routes[ACCOUNT] = page(meeting("a", 16), start="2026-11-15", end="2026-11-20")
    assert collect(source, window) == (["a"], [])


def test_the_day_after_the_window_is_not_reported(script, source):
    """The extra day asked for guards the boundary only."""
    script.routes[ACCOUNT] = page(meeting("in", 10), meeting("out", 11))
    assert collect(source) == (["in"], [])


def test_unreadable_entries_are_gaps(script, source):
    """An entry without UUID or without any time is reported; the others go on."""
    script.routes[ACCOUNT] = page({"id": 1, "start_time": "2026-11-05T00:00:00Z"}, {"uuid": "x"}, meeting("a"))
    uuids, gaps = collect(source)
    assert uuids == ["a"]
    assert [gap.message for gap in gaps] == [
        "an entry cannot be read: a recording without a usable uuid",
        "an entry cannot be read: recording x has no start time",
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        json.dumps(page(meeting("a"))).encode()[:-20],
        b"[" * 100_000,
        b'{"meetings": [], "total_records": ' + b"9" * 5000 + b"}",
        b'{"meetings": [NaN]}',
        b"[]",
        b"{}",
        b"\xff\xfe\x00",
    ],
    ids=["empty", "html", "cut", "deep", "digits", "nan", "list", "nothing", "encoding"],
)
def test_unreadable_page_is_asked_again_then_a_gap(script, source, body):
    """No reply, however odd, raises anything of its own; the page is tried again and then reported."""
    script.routes[ACCOUNT] = (200, body)
    uuids, gaps = collect(source)
    assert uuids == []
    assert len(gaps) == 1
    assert "the reply" in gaps[0].message
    assert script.paths() == [ACCOUNT] * 3


def test_unreadable_page_once_costs_nothing(script, source):
    """A passing fault is gone at the second try."""
    script.routes[ACCOUNT] = [(200, b"<html>"), (502, b""), page(meeting("a"))]
    assert collect(source) == (["a"], [])


def test_broken_surrogates_are_repaired(script, source):
    """Half an emoji in a topic cannot stop a page or an archive."""
    script.routes[ACCOUNT] = (200, json.dumps(page(meeting("a", topic="cut \ud83d"))).encode())
    [only] = list(source.list_window(WINDOW))
    assert only.payloads[0]["topic"] == "cut \ufffd"


def test_daily_limit_ends_the_run(script, source):
    """Nothing is asked again today."""
    script.routes[ACCOUNT] = (
        429,
        {"code": 429, "message": "You have reached the maximum daily rate limit for this API."},
        {"Retry-After": "2026-11-21T00:00:00Z"},
    )
    with pytest.raises(QuotaExhausted) as caught:
        collect(source)
    assert str(caught.value.resets_at) == "2026-11-21 00:00:00+00:00"
    assert len(script.paths()) == 1


REFUSALS = [
    (400, {"code": 4711, "message": "Invalid access token, does not contain scopes:[x:read, x:read:admin]."}),
    (200, {"code": 200, "message": "Only available for Paid accounts."}),
    (404, {"code": 2300, "message": "This API endpoint is not recognized."}),
    (302, b"", {"Location": "https://elsewhere.example/"}),
    (403, {"code": 200, "message": "No permission."}),
]


def users_page(*ids, token=""):
    return {
        "next_page_token": token,
        "total_records": len(ids),
        "users": [{"id": each, "email": f"{each}@x.example"} for each in ids],
    }


def with_users(script, active=("u1",), inactive=()):
    script.routes["/v2/users"] = lambda asked: users_page(*(active if asked.query["status"] == "active" else inactive))


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refused_account_listing_falls_back_to_users(script, source, refusal):
    """Every way of refusing leads to users, deactivated ones too, and is remembered for the run."""
    script.routes[ACCOUNT] = refusal
    with_users(script, active=["u1"], inactive=["u2"])
    script.routes["/v2/users/u1/recordings"] = page(meeting("a"))
    script.routes["/v2/users/u2/recordings"] = page(meeting("b", host_email="own@x.example"))
    pages = list(source.list_window(WINDOW)) + list(source.list_window(WINDOW))
    hosts = [payload["host_email"] for each in pages[:2] for payload in each.payloads]
    assert hosts == ["u1@x.example", "own@x.example"]
    assert script.paths().count(ACCOUNT) == 1
    assert script.paths().count("/v2/users") == 2
    assert script.paths().count("/v2/users/u1/recordings") == 2


def test_one_refused_user_is_a_gap(script, source):
    """Users who are gone, forbidden or broken are gaps of their own; the others are listed."""
    script.routes[ACCOUNT] = REFUSALS[0]
    with_users(script, active=["gone", "no", "scope", "broken", "fine"])
    script.routes["/v2/users/gone/recordings"] = (404, {"code": 1001, "message": "User does not exist: gone."})
    script.routes["/v2/users/no/recordings"] = (403, {"code": 200, "message": "No permission."})
    script.routes["/v2/users/scope/recordings"] = REFUSALS[0]
    script.routes["/v2/users/broken/recordings"] = (500, b"")
    script.routes["/v2/users/fine/recordings"] = page(meeting("a"))
    uuids, gaps = collect(source)
    assert uuids == ["a"]
    assert [gap.subject for gap in gaps] == [f"{name}@x.example" for name in ("gone", "no", "scope", "broken")]


def test_all_users_refused_ends_the_run(script, source):
    """When not one user can be listed, it is the app that lacks the scope, and the sentence names it."""
    script.routes[ACCOUNT] = REFUSALS[0]
    with_users(script, active=["u1", "u2"])
    script.routes["/v2/users/u1/recordings"] = script.routes["/v2/users/u2/recordings"] = REFUSALS[0]
    with pytest.raises(AccessRefused) as caught:
        collect(source)
    assert "x:read:admin" in caught.value.hint


def test_refused_user_list_ends_the_run(script, source):
    """Without account listing and without users there is nothing to list; all scopes that would help are named."""
    script.routes[ACCOUNT] = script.routes["/v2/users"] = REFUSALS[0]
    with pytest.raises(AccessRefused) as caught:
        collect(source)
    for scope in ("list_account_recordings", "list_user_recordings", "list_users"):
        assert scope in caught.value.hint


def test_missing_users_are_a_gap(script, source):
    """Users announced and not listed may own recordings."""
    script.routes[ACCOUNT] = REFUSALS[0]
    script.routes["/v2/users"] = {**users_page("u1"), "total_records": 3}
    script.routes["/v2/users/u1/recordings"] = page(meeting("a"))
    uuids, gaps = collect(source)
    assert uuids == ["a"]
    assert gaps[0].message == "Zoom announced 3 active users and listed 1"


def test_users_without_an_id_are_a_gap(script, source):
    """A user who cannot be asked for may own recordings; silence about it would read as success."""
    script.routes[ACCOUNT] = REFUSALS[0]
    script.routes["/v2/users"] = lambda asked: (
        {"users": [{"email": "ada@example.com"}], "total_records": 1}
        if asked.query["status"] == "active"
        else users_page("u1")
    )
    script.routes["/v2/users/u1/recordings"] = page(meeting("a"))
    uuids, gaps = collect(source)
    assert uuids == ["a"]
    assert "1 active users without an id" in gaps[0].message


def test_user_pages_are_all_read(script, source):
    """The user list is paged like any other."""
    script.routes[ACCOUNT] = REFUSALS[0]
    script.routes["/v2/users"] = lambda asked: (
        users_page()
        if asked.query["status"] == "inactive"
        else {
            **users_page("u2" if "next_page_token" in asked.query else "u1"),
            "total_records": 2,
            "next_page_token": "" if "next_page_token" in asked.query else "t",
        }
    )
    script.routes["/v2/users/u1/recordings"] = page(meeting("a"))
    script.routes["/v2/users/u2/recordings"] = page(meeting("b"))
    assert collect(source) == (["a", "b"], [])


def test_bad_credentials_are_no_reason_to_fall_back(script, source):
    """Refused credentials end the run with Zoom's reason after a single request."""
    script.routes["/oauth/token"] = (400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"})
    with pytest.raises(AccessRefused, match="Invalid client_id or client_secret"):
        collect(source)
    assert len(script.asked) == 1


def test_host_addresses_are_joined_on_demand(script, session, clock):
    """A selection by host needs addresses, which the account's listing lacks; the user list has them."""
    source = ZoomSource(
        account_id="a",
        client_id="b",
        client_secret="c",
        api_base_url=f"{script.url}/v2",
        oauth_url=f"{script.url}/oauth/token",
        session=session,
        clock=clock,
        with_host_emails=True,
    )
    with_users(script, active=["u1"], inactive=["u2"])
    script.routes[ACCOUNT] = page(meeting("a", host_id="u2"), meeting("b", host_id="unknown"))
    [only] = list(source.list_window(WINDOW))
    assert [payload.get("host_email") for payload in only.payloads] == ["u2@x.example", None]
    assert script.paths() == ["/v2/users", "/v2/users", ACCOUNT]
