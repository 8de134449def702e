"""What a token may do, by the names of new apps, of old ones and of master accounts."""

from __future__ import annotations

import pytest

from harvester.diagnosis import State
from harvester.zoom.checks import check_clock, check_scopes
from harvester.zoom.scopes import (
    ACCOUNT_RECORDINGS,
    CLASSIC_SCOPES,
    PARTICIPANTS_REPORT,
    PAST_INSTANCES,
    PAST_PARTICIPANTS,
    RECORDING_FILES,
    REQUIRED_SCOPES,
    USER_RECORDINGS,
    USERS,
    find_lacks,
)

ALL = frozenset(REQUIRED_SCOPES)
CLASSIC = {name for names in CLASSIC_SCOPES.values() for name in names}


def lacks(granted, **settings):
    return {each.scope: each.fatal for each in find_lacks(granted, **settings)}


@pytest.mark.parametrize("granted", [ALL, CLASSIC, {each.replace(":admin", ":master") for each in ALL}, ALL | {"x"}])
def test_nothing_is_missing(granted):
    """All granular scopes, all classic ones, or those of a master account do."""
    assert lacks(granted) == {}


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ({ACCOUNT_RECORDINGS}, {ACCOUNT_RECORDINGS: False}),
        ({PAST_INSTANCES}, {PAST_INSTANCES: False}),
        ({RECORDING_FILES}, {RECORDING_FILES: True}),
        ({USERS}, {USERS: False}),
        ({USER_RECORDINGS, USERS}, {USER_RECORDINGS: False, USERS: False}),
        ({ACCOUNT_RECORDINGS, USERS}, {ACCOUNT_RECORDINGS: True, USERS: True}),
        ({ACCOUNT_RECORDINGS, USER_RECORDINGS}, {ACCOUNT_RECORDINGS: True, USER_RECORDINGS: True}),
        (ALL, {**dict.fromkeys(REQUIRED_SCOPES, True), PAST_INSTANCES: False}),
    ],
)
def test_what_a_run_cannot_do_without(missing, expected):
    """The account's listing and the users' listings stand in for each other; a recording's files have no other way."""
    assert lacks(ALL - missing) == expected


def test_rules_with_addresses_need_the_users():
    """With such rules the list of users is no mere fallback."""
    assert lacks(ALL - {USERS}, needs_host_emails=True) == {USERS: True}


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (ALL, True),
        (ALL | {PARTICIPANTS_REPORT}, False),
        (ALL | {PAST_PARTICIPANTS}, False),
        (ALL | {PARTICIPANTS_REPORT.replace(":admin", ":master")}, False),
        ({"recording:read:admin", "account:read:admin", "user:read:admin", "meeting:read:admin"}, False),
    ],
)
def test_either_scope_gives_the_participants(granted, missing):
    """One of the two is enough, nobody is asked for them without the option, and a run can do without."""
    assert lacks(granted) == {}
    found = find_lacks(granted, needs_participants=True)
    assert [each.fatal for each in found] == [False] * missing
    for each in found:
        assert PARTICIPANTS_REPORT in each.remedy
        assert PAST_PARTICIPANTS in each.remedy
    state = check_scopes(frozenset(granted), needs_participants=True).state
    assert state is (State.WARNING if missing else State.OK)


def test_an_app_of_before_2024_is_told_the_classic_names():
    """`recording:read:admin` alone lists each user's recordings and files, but neither users nor the account."""
    found = find_lacks({"recording:read:admin"})
    assert [each.scope for each in found] == [ACCOUNT_RECORDINGS, USERS, PAST_INSTANCES]
    assert "account:read:admin and recording:read:admin" in found[0].remedy
    assert "user:read:admin" in found[1].remedy
    assert all(each.means for each in found)


def test_a_token_that_says_nothing_of_its_scopes():
    """Nothing is known, so nothing is called missing."""
    assert check_scopes(frozenset(), needs_host_emails=True).state is State.WARNING


@pytest.mark.parametrize(
    ("ahead_s", "state"),
    [
        (None, State.SKIPPED),
        (0.0, State.OK),
        (-60.0, State.OK),
        (61.0, State.WARNING),
        (-300.0, State.WARNING),
        (300.5, State.FAILED),
        (-86_400.0, State.FAILED),
    ],
)
def test_how_wrong_a_clock_may_be(ahead_s, state):
    """A minute is noticed, five are too many, in both directions."""
    assert check_clock(ahead_s).state is state
