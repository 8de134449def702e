from __future__ import annotations

import dataclasses
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from oracle import snapshot
from rig import assert_sentence, kinds
from test_e2e_hostile import CONTROL, hostile_account

from harvester.ledger import Ledger, run_lock
from harvester.sandbox import generate_account
from harvester.sandbox.world import DEFAULT_SCOPES
from jobs.bandwidth import parse_rate

MONTH = ("--since", "30d")
FILES_SCOPE = "cloud_recording:read:list_recording_files:admin"
USERS_SCOPE = "user:read:list_users:admin"


def without(*scopes):
    return tuple(each for each in DEFAULT_SCOPES if each not in scopes)


def test_a_plan_on_an_empty_machine_says_what_the_run_then_does(tiny):
    """Recordings, files, bytes and API calls are those of the run that follows; the plan leaves nothing behind."""
    planned, sent = tiny.during(lambda: tiny.call("plan", *MONTH, "--json"))
    assert planned.code == 0, planned.said
    assert list(tiny.cwd.iterdir()) == []
    assert not {"download", "file"} & set(kinds(sent))
    ran = tiny.call("nightly", *MONTH, "--json").json
    plan = planned.json
    assert plan["recordings_listed"] == ran["recordings_listed"] == plan["fetch"]["recordings"]
    assert plan["fetch"]["files"] == ran["files_archived"] == len(tiny.box.truth())
    assert plan["api_calls"]["total"] == ran["api_calls"]
    sizes = sum(row["size"] for row in tiny.box.truth() if row["file_id"])
    assert (plan["fetch"]["bytes"], ran["bytes_downloaded"]) == (sizes, sum(row["size"] for row in tiny.box.truth()))
    assert plan["fetch"]["files_without_size"] == sum(row["file_id"] is None for row in tiny.box.truth())
    assert sum(each["files"] for each in plan["fetch"]["by_kind"].values()) == plan["fetch"]["files"]
    assert plan["disk"]["needed_bytes"] == sizes < plan["disk"]["free_bytes"]


def test_a_plan_of_what_is_archived_changes_no_byte_and_no_time(tiny):
    """After a run everything is archived and nothing is fetched; of the home not even a time stamp is touched."""
    ran = tiny.call("nightly", *MONTH, "--json")
    before = snapshot(tiny.home)
    plan = tiny.call("plan", *MONTH, "--json")
    assert plan.code == 0, plan.said
    assert (plan.json["fetch"]["files"], plan.json["api_calls"]["details"]) == (0, 0)
    assert plan.json["archived"]["files"] == ran.json["files_archived"]
    assert plan.json["archived"]["bytes"] == ran.json["bytes_downloaded"]
    assert snapshot(tiny.home) == before
    shutil.rmtree(tiny.lake)
    days = {each.start_at.date() for each in tiny.box.account.meetings}
    assert tiny.call("plan", *MONTH, "--json").json["lake_days_to_restore"] == len(days)
    assert not tiny.lake.exists()


def test_a_plan_for_people(demo, tiny):
    """One page: what would be fetched by kind, what it costs at the usual rates, and that nothing was changed."""
    ran = tiny.call("plan", *MONTH)
    assert_sentence(ran, "nothing was changed", "transcript", "API calls", "100Mbit/s", "1Gbit/s", "free")
    ran = tiny.call("plan", *MONTH, "--bandwidth", "8kbit")
    assert_sentence(ran, "at 8kbit")
    assert "100Mbit" not in ran.out
    ran = demo.call("plan", *MONTH)
    assert_sentence(ran, "Awaited", "Board, harbour association", "archived already: 63 files")


SCENARIOS = {
    "one user refused": (3, {"account_listing": False, "refused_users": ["user"]}, {}, "user"),
    "no account listing": (0, {"account_listing": False}, {}, '"account_listing_refused": {"message"'),
    "no account scope": (0, {"scopes": without("cloud_recording:read:list_account_recordings:admin")}, {}, "in turn"),
    "no listing at all": (12, {"account_listing": False, "scopes": without(USERS_SCOPE)}, {}, USERS_SCOPE),
    "no files scope": (12, {"scopes": without(FILES_SCOPE)}, {}, FILES_SCOPE),
    "wrong secret": (12, {}, {"ZOOM_CLIENT_SECRET": "wrong"}, "ZOOM_CLIENT_SECRET"),
    "no credentials": (10, {}, {"ZOOM_CLIENT_ID": None}, "ZOOM_CLIENT_ID"),
    "a count that is off": (3, {"faults": ["listing:total=5:always"]}, {}, "announced"),
    "a server in trouble": (3, {"faults": ["listing:503:always"]}, {}, "503"),
    "the day's calls used up": (3, {"faults": ["meeting:429_daily:always"]}, {}, "used up"),
}


@pytest.mark.parametrize(("code", "settings", "env", "word"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_plan_ends_as_the_run_would(make_rig, tiny_account, quick, code, settings, env, word):
    """The plan's exit code is the run's, and what will fail is named with its remedy before anything is fetched."""
    if "refused_users" in settings:
        user = next(each for each in tiny_account.users if each.id == tiny_account.meetings[0].host_id)
        settings, word = {**settings, "refused_users": [user.id]}, user.email
    rig = make_rig(tiny_account, **settings)
    env = {**env, "HARVESTER_API_RATE": "80"}
    planned = rig.call("plan", *MONTH, "--json", env=env)
    assert planned.code == code, planned.said
    assert_sentence(planned, word)
    assert list(rig.cwd.iterdir()) == []
    if code != 10:
        assert planned.json["exit_code"] == code
    ran = rig.call("nightly", *MONTH, "--json", env=env)
    assert ran.code == code, ran.said


def test_a_refused_user_is_one_line_with_a_remedy(make_rig, tiny_account, quick):
    """Over three windows one refused user is said once, by address; the JSON has every gap."""
    user = next(each for each in tiny_account.users if each.id == tiny_account.meetings[0].host_id)
    rig = make_rig(tiny_account, account_listing=False, refused_users=[user.id])
    rig.env["HARVESTER_API_RATE"] = "80"
    words = ("plan", "--from", f"{datetime.now(UTC).date() - timedelta(days=70)}")
    ran = rig.call(*words)
    assert ran.err.count(f"user {user.email}: ") == 1
    assert_sentence(ran, "every user is listed in turn")
    gaps = rig.call(*words, "--json").json["gaps"]
    assert [each["subject"] for each in gaps] == [user.email] * 3
    assert all("role of its owner" in each["remedy"] for each in gaps)


def test_what_is_left_out_is_counted_by_its_rule(tiny):
    """Before and after a run with rules each rule has its files; without them the plan is to fetch just those."""
    rules = ("--types", "transcript,chat", "--exclude", tiny.box.account.meetings[0].topic)
    before = tiny.call("plan", *MONTH, *rules, "--json").json
    rows = {each["rule"]: each["files"] for each in before["left_out"]}
    assert rows["not selected: excluded"] == len(tiny.box.account.meetings[0].all_files)
    assert rows["not selected: type video"] > 0
    assert sum(rows.values()) + before["fetch"]["files"] == before["files_listed"]
    assert tiny.call("nightly", *MONTH, *rules).code == 0
    after = tiny.call("plan", *MONTH, *rules, "--json").json
    assert (after["left_out"], after["fetch"]["files"]) == (before["left_out"], 0)
    rest = tiny.call("plan", *MONTH, "--json").json
    assert rest["fetch"]["files"] == sum(rows.values())
    assert rest["left_out"] == []


def test_late_and_failed_files_are_planned_again(demo, make_rig):
    """What is awaited has its times; a week later the plan asks for the details that the run then asks for."""
    rig = make_rig(demo.box.account, home=demo.home)
    awaited = rig.call("plan", "--since", "1d", "--json").json["awaited"]
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert awaited
    assert all(now < each["next_look_at"] <= each["until"] for each in awaited)
    later = datetime.now(UTC) + timedelta(days=9)
    plan = rig.call("plan", "--since", "1d", "--json", at=later)
    assert plan.code == 0, plan.said
    assert plan.json["api_calls"]["details"] > 0
    assert plan.json["awaited"] == []
    ran = rig.call("nightly", "--since", "1d", "--json", at=later)
    assert plan.json["api_calls"]["total"] == ran.json["api_calls"]


def test_a_file_without_receipt_is_found_and_not_fetched(tiny):
    """A file that a killed run had proven counts as there, in the plan as in the run."""
    assert tiny.call("nightly", *MONTH).code == 0
    for path in (*tiny.archive.rglob("recording.json"), *tiny.state.glob("ledger.sqlite*")):
        path.unlink()
    plan = tiny.call("plan", *MONTH, "--json").json
    ran = tiny.call("nightly", *MONTH, "--json").json
    assert plan["found_without_receipt"]["files"] == len(tiny.box.truth())
    assert (plan["fetch"]["files"], ran["bytes_downloaded"]) == (0, 0)
    assert plan["api_calls"]["total"] == ran["api_calls"]


def test_another_account_is_refused_before_anything_is_listed(make_rig, demo):
    """The credentials of another company end with 10, as in a run."""
    other = dataclasses.replace(demo.box.account, id="AnotherAccount00000000")
    rig = make_rig(other, home=demo.home)
    ran = rig.call("plan", *MONTH)
    assert ran.code == 10
    assert_sentence(ran, "belongs to", "HARVESTER_HOME")
    assert rig.box.requests == []


def test_a_plan_beside_a_running_harvest(tiny):
    """A plan neither takes the lock nor waits for it."""
    with run_lock(tiny.state), Ledger(tiny.state / "ledger.sqlite") as ledger:
        ledger.move_watermark("zoom", datetime.now(UTC).date())
        planned = tiny.call("plan", "--json")
    assert planned.code == 0, planned.said
    assert planned.json["from"] == f"{datetime.now(UTC).date() - timedelta(days=3)}"


def test_hostile_topics_do_not_reach_the_terminal(make_rig, quick):
    """Topics of awaited recordings are shown without a control byte."""
    account = hostile_account()
    kept = [
        dataclasses.replace(each, start_at=datetime.now(UTC) - timedelta(hours=3), files=tuple(each.files or ())[:1])
        for each in account.meetings
    ]
    rig = make_rig(dataclasses.replace(account, meetings=tuple(kept)))
    ran = rig.call("plan", *MONTH)
    assert ran.code == 0, ran.said
    assert "Awaited" in ran.out
    assert not (found := CONTROL.search(ran.said)), found


def test_a_disk_that_is_too_small_is_said_before_it_is_full(tiny, small_disk):
    """The archive's own filesystem is asked, also where its folder is still to be made; the exit code is the run's."""
    env = {"HARVESTER_ARCHIVE": str(small_disk / "deep" / "archive")}
    planned = tiny.call("plan", *MONTH, "--json", env=env)
    assert planned.code == 1, planned.said
    disk = planned.json["disk"]
    assert disk["free_bytes"] <= 65_536 < disk["needed_bytes"]
    assert disk["fits"] is False
    assert_sentence(tiny.call("plan", *MONTH, env=env), "are missing", str(small_disk))
    assert list(small_disk.iterdir()) == []
    assert tiny.call("nightly", *MONTH, env=env).code == 1


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["--since", "3d", "--from", "2026-01-01"], "exclude each other"),
        (["--to", "2026-01-01"], "--to needs --from"),
        (["--from", "2026-02-01", "--to", "2026-01-01"], "swap them"),
        (["--bandwidth", "fast"], "100Mbit"),
        (["--bandwidth", "0Mbit"], "100Mbit"),
    ],
)
def test_wrong_options_are_usage_errors(tiny, words, word):
    """Exit code 2 with the remedy, and Zoom hears nothing."""
    ran = tiny.call("plan", *words)
    assert ran.code == 2
    assert_sentence(ran, word)
    assert tiny.box.requests == []


@pytest.mark.parametrize(
    ("text", "bits"), [("100Mbit", 1e8), ("2.5 Gbit/s", 2.5e9), ("500kbps", None), ("9kbit", 9e3), ("1mbits", 1e6)]
)
def test_rates_as_people_write_them(text, bits):
    """Bits by thousands; bytes are not taken for bits."""
    rate = parse_rate(text)
    assert (rate and rate.bits_per_s) == bits


def test_many_windows_are_planned_as_they_are_listed(make_rig):
    """Windows overlap by a day; a recording on such a day is counted once."""
    account = generate_account(meetings=60, seed=4, days=60, cues=2, media_bytes=900)
    rig = make_rig(account)
    start = datetime.now(UTC).date() - timedelta(days=80)
    plan = rig.call("plan", "--from", f"{start}", "--json").json
    assert plan["recordings_listed"] == plan["fetch"]["recordings"] == 60
    assert (plan["from"], plan["to"]) == (f"{start}", f"{datetime.now(UTC).date()}")
