"""Faults of the wire, of pages and of tokens, one at a time, against the real command as a process."""

from __future__ import annotations

import dataclasses
import socket
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from oracle import check_archive, check_lake, check_secrets
from ordeal import PACE, small_account
from rig import Rig, assert_sentence, kinds
from schedules import arm

from harvester.clock import SystemClock
from harvester.sandbox.bodies import mp4_body

NIGHTLY = ("nightly", "--since", "30d", "--json")


@pytest.fixture
def wired(make_rig, launcher):
    """A rig of the small account, and how to run a command in it."""

    def make(*faults: str, **settings):
        rig = make_rig(settings.pop("account", None) or small_account(), **settings)
        arm(rig.box, faults)
        return rig

    return make


def harvest(rig: Rig, launcher, *words: str, **options):
    return rig.launch(launcher, *(words or NIGHTLY), pace=PACE, **options)


def assert_whole(rig: Rig, ran) -> None:
    assert ran.code == 0, ran.said
    assert [each for each in rig.box.requests if each.fault], "the fault never struck"
    check_archive(rig)
    check_lake(rig)
    check_secrets(rig, ran.said)
    assert rig.box.leaks == []


OVERCOME = [
    "token:hangup:times=2",
    "token:garbage",
    "token:pad=40",
    "token:set=expires_in=1e99:always",
    "listing:hangup",
    "listing:two_lengths=2",
    "listing:chunked=10",
    "listing:slow=1",
    "listing:endless",
    "listing:deep_json",
    "listing:nan",
    "listing:digits=5000",
    "listing:recode=cp037",
    "listing:long_header=100000",
    "listing:expire_pages:skip=1",
    "listing:shift_page=1:skip=1",
    "listing:shift_page=-1:skip=1",
    "listing:double_keys:always",
    "listing:recode=utf-16:always",
    "listing:set=meetings=null",
    "listing:without=recording_files:always",
    'meeting:set=file_size="12":always',
    "meeting:without=file_size:always",
    "download:hangup",
    "download:status=401",
    "download:status=410",
    "file:stall=20:path={video}",
    "file:slow=1:path={video}",
    "file:chunked=20000:path={video}",
    "file:chunked=2000000:path={video}:always",
    "file:length=9223372036854775808:path={video}",
    'file:header=ETag=W/"x":path={video}:always',
    "file:header=Content-Disposition=attachment; filename=../../../../x:always",
    "file:header=Content-Type=text/html:path={video}:always",
]
AFTER_A_CUT = [
    "range_total=1",
    "range_missing",
    "multipart",
    "wrong_range=-1",
    "unsatisfiable=0",
    "header=Content-Range=bytes 0-9/10",
    "header=Last-Modified=Thu, 01 Jan 1970 00:00:00 GMT",
]


@pytest.mark.parametrize("fault", OVERCOME)
def test_one_fault_is_overcome_in_one_run(wired, launcher, fault):
    """Exit code 0, everything archived and published, and nothing said that is secret."""
    rig = wired(fault, largest_page=2)
    assert_whole(rig, harvest(rig, launcher))
    places = {each for each in rig.cwd.parent.iterdir() if each != rig.cwd}
    assert places == set(), "something was written outside of the home"


@pytest.mark.parametrize("fault", AFTER_A_CUT)
def test_a_resumed_download_takes_only_what_continues_it(wired, launcher, fault):
    """The second piece comes in every wrong way: the file is whole all the same, and of one version."""
    rig = wired("file:truncate=700000:path={video}", f"file:{fault}:path={{video}}:skip=1")
    assert_whole(rig, harvest(rig, launcher))
    assert [each for each in rig.box.requests if "range" in each.headers], "nothing was resumed"


def test_the_token_may_die_before_a_resume(wired, launcher):
    """The Range request meets 59 bytes of error, a fresh token is fetched, and only the rest comes again."""
    rig = wired("file:truncate=700000:path={video}", "download:expire_tokens:path={video}:skip=1")
    assert_whole(rig, harvest(rig, launcher))
    served = sum(each.bytes_sent for each in rig.box.requests if each.kind == "file" and each.fault is None)
    assert served < 1_200_000
    assert kinds(rig.box.requests)["token"] == 2


def test_a_token_cannot_smuggle_a_header(wired, launcher):
    """A token with a line break is none: nothing is sent with it, and the run says that it got no token."""
    rig = wired('token:set=access_token="a\\r\\nX-Evil: y":always')
    ran = harvest(rig, launcher)
    assert ran.code == 1, ran.said
    assert_sentence(ran, "access_token")
    assert kinds(rig.box.requests).keys() == {"token"}
    assert all("x-evil" not in each.headers for each in rig.box.requests)


def test_a_token_that_never_comes_is_not_waited_for(wired, launcher):
    """The token address takes the connection and says nothing: six tries, each ended by a timeout, then a sentence."""
    rig = wired("token:stall=600:always")
    ran = harvest(rig, launcher)
    assert ran.code == 1, ran.said
    assert_sentence(ran, "no access token", "check the network")
    assert kinds(rig.box.requests) == {"token": 6}


def test_refused_credentials_are_asked_for_once(wired, launcher):
    """One request, exit code 12, a sentence with the setting to check."""
    rig = wired("token:status=401:always")
    ran = harvest(rig, launcher)
    assert ran.code == 12, ran.said
    assert kinds(rig.box.requests) == {"token": 1}
    check_secrets(rig, ran.said)


def test_a_clock_that_jumps_refreshes_nothing(tiny, monkeypatch):
    """Two hours ahead and back at every look: the life of a token is counted by a clock that cannot jump."""
    now, looks = SystemClock.now, Counter()

    def jumping(self):
        looks["n"] += 1
        return now(self) + timedelta(hours=2 if looks["n"] % 2 else -2)

    monkeypatch.setattr(SystemClock, "now", jumping)
    ran = tiny.call(*NIGHTLY)
    assert ran.code == 0, ran.said
    assert looks["n"] > 10
    assert kinds(tiny.box.requests)["token"] == 1
    check_archive(tiny)
    check_lake(tiny)


def test_nobody_listens(wired, launcher):
    """A refused connection is tried again and then said, with what to check; the exit code is 1."""
    rig = wired()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = f"http://127.0.0.1:{taken.getsockname()[1]}"
    ran = harvest(rig, launcher, env={"ZOOM_OAUTH_URL": f"{free}/oauth/token", "ZOOM_API_BASE_URL": f"{free}/v2"})
    assert ran.code == 1, ran.said
    assert_sentence(ran, "no access token", "check the network")


def test_a_user_who_is_removed_in_mid_list_costs_himself_only(wired, launcher):
    """404 for one user: a gap that names him, exit code 3, and the recordings of all others."""
    account = small_account()
    removed, other = (each.id for each in account.users[:2])
    first, *others = account.meetings
    others = [dataclasses.replace(each, host_id=other) for each in others]
    account = dataclasses.replace(account, meetings=(dataclasses.replace(first, host_id=removed), *others))
    rig = wired(f"listing:zoom=1001:always:path={removed}", account=account, account_listing="4711")
    ran = harvest(rig, launcher)
    assert ran.code == 3, ran.said
    assert removed in ran.json["gaps"][0]
    check_archive(rig, wanted=lambda row: row["meeting_uuid"] != first.uuid)


def test_many_cuts_cost_a_twentieth_at_most(wired, launcher):
    """Sixteen megabytes in nine pieces: what is here already is never sent again."""
    account = small_account()
    first = account.meetings[0]
    files = [
        dataclasses.replace(each, body=mp4_body("sixteen", 16 << 20)) if each.body.size > 10**6 else each
        for each in first.files
    ]
    first = dataclasses.replace(first, files=tuple(files))
    account = dataclasses.replace(account, meetings=(first, *account.meetings[1:]))
    rig = wired("file:truncate=2000000:path={video}:times=8", account=account)
    assert_whole(rig, harvest(rig, launcher))
    sent = sum(each.bytes_sent for each in rig.box.requests if each.kind == "file")
    assert sent <= 1.05 * sum(row["size"] for row in rig.box.truth())


def test_bombs_and_endless_answers_leave_memory_alone(wired, launcher):
    """Zeros as gzip and bodies without end, for an answer and for a file: what they hold is never all in memory."""
    rig = wired("listing:bomb=300", "meeting:endless", "file:bomb=300:path={video}", "file:endless:path={video}:skip=1")
    ran = rig.run(*NIGHTLY, "--api-rate", "80")
    assert ran.peak_bytes < 350 * 10**6
    assert len([each for each in rig.box.requests if each.fault]) == 4
    check_archive(rig, complete=False)
    rig.box.faults.clear()
    assert harvest(rig, launcher).code == 0
    check_archive(rig)


def test_missed_nights_are_caught_up(wired, launcher):
    """Three weeks without a run, then one that looks back a day: nothing is missing. A clock set back costs nothing."""
    rig = wired()
    rig.box.set_now(datetime.now(UTC) - timedelta(days=22))
    early = harvest(rig, launcher, "nightly", "--since", "1d", "--json", at=datetime.now(UTC) - timedelta(days=22))
    assert (early.code, early.json["files_archived"]) == (0, 0)
    rig.box.set_now(datetime.now(UTC))
    late = harvest(rig, launcher, "nightly", "--since", "1d", "--json", at=datetime.now(UTC) + timedelta(days=1))
    assert late.code == 0, late.said
    check_archive(rig)
    for days in (-400, 0):  # the machine's clock set to last year, then right again
        again = harvest(rig, launcher, at=datetime.now(UTC) + timedelta(days=days))
        assert (again.code, again.json["bytes_downloaded"]) == (0, 0), again.said
        check_archive(rig)
        check_lake(rig)
