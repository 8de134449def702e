from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from oracle import check_secrets, snapshot
from rig import assert_sentence, kinds
from served import SECRET, serving
from test_e2e_hostile import CONTROL

from harvester.ledger import run_lock
from harvester.pipeline.doctor import CHECKS
from harvester.sandbox import Fault
from harvester.sandbox.listing import build_detail
from harvester.sandbox.world import DEFAULT_SCOPES

FILES_SCOPE = "cloud_recording:read:list_recording_files:admin"
ACCOUNT_SCOPE = "cloud_recording:read:list_account_recordings:admin"
USERS_SCOPE = "user:read:list_users:admin"
ONLINE = {"token", "clock", "scopes", "listing", "file"}


def examine(rig, **settings):
    """The exit code and each check's finding."""
    ran = rig.call("doctor", "--json", **settings)
    checks = {each["check"]: each for each in ran.json["checks"]}
    assert list(checks) == list(CHECKS)
    assert ran.json["exit_code"] == ran.code
    assert all(each["message"] for each in checks.values())
    assert all(each["remedy"] for each in checks.values() if each["state"] == "failed")
    return ran.code, checks


def states(checks, state):
    return {name for name, each in checks.items() if each["state"] == state}


def without(*scopes):
    return tuple(each for each in DEFAULT_SCOPES if each not in scopes)


def test_a_machine_where_nothing_was_harvested(tiny):
    """All is well, one file came whole, few calls were made, and nothing of it is left behind."""
    (code, checks), sent = tiny.during(lambda: examine(tiny))
    assert code == 0
    assert states(checks, "failed") == set()
    assert states(checks, "skipped") == {"runs", "bots", "webhook"}
    assert "came and was proven" in checks["file"]["message"]
    assert list(tiny.cwd.iterdir()) == []
    assert kinds(sent) == {"token": 1, "listing": 1, "meeting": 1, "download": 1, "file": 1}


def test_a_home_that_is_in_use(make_rig, demo):
    """Ledger and runs are told; archive, lake and ledger keep every byte and time; no secret is said."""
    rig = make_rig(demo.box.account, home=demo.home)
    before = snapshot(rig.home), sorted(rig.home.rglob("*"))
    code, checks = examine(rig)
    assert (code, states(checks, "failed") | states(checks, "skipped")) == (0, {"bots", "webhook"})
    assert "63 files archived" in checks["ledger"]["message"]
    assert "exit code 0" in checks["runs"]["message"]
    assert (snapshot(rig.home), sorted(rig.home.rglob("*"))) == before
    ran = rig.call("doctor")
    assert_sentence(ran, "sound", "all 5 are there", "came and was proven")
    check_secrets(rig, ran.said)


FAULTS = {
    "wrong secret": (12, {}, {"ZOOM_CLIENT_SECRET": "wrong"}, {"token"}, "ZOOM_CLIENT_SECRET"),
    "no credentials": (10, {}, {"ZOOM_CLIENT_ID": None, "ZOOM_CLIENT_SECRET": None}, {"settings"}, "ZOOM_CLIENT_ID"),
    "no token address": (10, {}, {"ZOOM_OAUTH_URL": "http://zoom.example/token"}, {"settings"}, "ZOOM_OAUTH_URL"),
    "no files scope": (12, {"scopes": without(FILES_SCOPE)}, {}, {"scopes", "file"}, FILES_SCOPE),
    "no way to list": (12, {"scopes": without(ACCOUNT_SCOPE, USERS_SCOPE)}, {}, {"scopes", "listing"}, USERS_SCOPE),
    "a server in trouble": (1, {"faults": ["listing:503:always"]}, {}, {"listing"}, "503"),
    "no server": (1, {"faults": ["token:reset=0:always"]}, {}, {"token"}, "network"),
    "a sign-in page": (12, {"faults": ["download:html:always"]}, {}, {"file"}, "page"),
    "a clock behind": (1, {"faults": ["token:clock=400"]}, {}, {"clock"}, "s behind Zoom's"),
    "a clock ahead": (1, {"faults": ["token:clock=-400"]}, {}, {"clock"}, "s ahead of Zoom's"),
}


@pytest.mark.parametrize(("code", "settings", "env", "failing", "word"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_is_named_and_the_rest_is_checked(
    make_rig, tiny_account, quick, code, settings, env, failing, word
):
    """Only what is wrong fails, what builds on it says so, all else is looked at; the code is that of the worst."""
    rig = make_rig(tiny_account, **settings)
    found, checks = examine(rig, env=env)
    assert (found, states(checks, "failed")) == (code, failing)
    assert word.casefold() in json.dumps([checks[each] for each in failing]).casefold()
    assert {"home", "disk", "lock", "ledger"} <= states(checks, "ok") | states(checks, "warning")
    for name in states(checks, "skipped") & ONLINE:
        assert checks[name]["message"].startswith(("it needs", "the server's answers"))
    assert list(rig.cwd.iterdir()) == []


WARNINGS = {
    "a clock a little off": ({"faults": ["token:clock=90"]}, "clock", "time server"),
    "no account scope": ({"scopes": without(ACCOUNT_SCOPE)}, "scopes", "every user is listed in turn"),
    "no scope for numbers": ({"scopes": without("meeting:read:list_past_instances:admin")}, "scopes", "past_instances"),
}


@pytest.mark.parametrize(("settings", "check", "word"), WARNINGS.values(), ids=WARNINGS)
def test_what_is_odd_is_a_warning(make_rig, tiny_account, quick, settings, check, word):
    """A warning with a remedy leaves the exit code 0, and the file still comes."""
    code, checks = examine(make_rig(tiny_account, **settings))
    assert code == 0
    assert checks[check]["state"] == "warning"
    assert word in checks[check]["message"] + checks[check]["remedy"]
    assert checks["file"]["state"] == "ok"


def test_classic_scopes_will_do(make_rig, tiny_account):
    """An app from before 2024 lacks nothing (its scopes are judged; this sandbox then refuses the calls)."""
    classic = ("recording:read:admin", "account:read:admin", "user:read:admin", "meeting:read:admin")
    _, checks = examine(make_rig(tiny_account, scopes=classic))
    assert checks["scopes"]["state"] == "ok"


def test_a_refused_user_is_a_warning_with_the_name(make_rig, tiny_account):
    """The others are asked in turn; a name that would steer a terminal does not."""
    hostile = "\x1b[2J\u202eada@example.com"
    users = [
        dataclasses.replace(each, email=hostile if number == 0 else each.email)
        for number, each in enumerate(tiny_account.users)
    ]
    account = dataclasses.replace(tiny_account, users=tuple(users))
    rig = make_rig(account, account_listing=False, refused_users=[users[0].id])
    code, checks = examine(rig)
    assert (code, checks["listing"]["state"]) == (0, "warning")
    assert hostile in checks["listing"]["message"]
    ran = rig.call("doctor")
    assert_sentence(ran, "ada@example.com", "role of its owner")
    assert not (found := CONTROL.search(ran.said)), found


def test_all_users_refused_is_the_apps_fault(make_rig, tiny_account):
    """Where nobody may be listed the code is 12."""
    rig = make_rig(tiny_account, account_listing=False, refused_users=[each.id for each in tiny_account.users])
    code, checks = examine(rig)
    assert (code, states(checks, "failed")) == (12, {"listing"})


def test_no_download_token_is_a_warning(tiny):
    """The role that lacks the right to view content is named before a night of sign-in pages."""
    newest = max(tiny.box.account.meetings, key=lambda each: each.start_at)
    detail = json.dumps(build_detail(tiny.box._world, newest)).encode()
    tiny.box.faults.add(Fault("meeting", "status", 200, body=detail))
    code, checks = examine(tiny)
    assert (code, checks["file"]["state"]) == (0, "warning")
    assert "View the recording content" in checks["file"]["remedy"]


def test_settings_that_cannot_be_read(tiny):
    """One wrong setting fails with 10; no other check is pretended to have run."""
    code, checks = examine(tiny, env={"HARVESTER_WORKERS": "many"})
    assert (code, states(checks, "failed")) == (10, {"settings"})
    assert states(checks, "skipped") == set(CHECKS) - {"settings"}
    assert "HARVESTER_WORKERS" in checks["settings"]["message"]


def test_an_env_file_that_others_can_read(tiny):
    """The remedy is the command to type."""
    (tiny.cwd / ".env").write_text("HARVESTER_WORKERS=3\n", encoding="utf-8")
    (tiny.cwd / ".env").chmod(0o644)
    code, checks = examine(tiny)
    assert (code, checks["settings"]["state"], checks["settings"]["remedy"]) == (0, "warning", "chmod 600 .env")


def test_a_lock_that_is_held_is_no_fault(tiny):
    """The process is named; asking neither takes nor breaks the lock."""
    with run_lock(tiny.state):
        code, checks = examine(tiny)
        assert (code, checks["lock"]["state"]) == (0, "warning")
        assert tiny.call("nightly").code == 11
    assert examine(tiny)[1]["lock"]["state"] == "ok"


def test_a_damaged_ledger(make_rig, demo):
    """Code 13 and the way to a new one; a page in the middle counts as well as a head that is gone."""
    rig = make_rig(demo.box.account, home=demo.home)
    path = rig.state / "ledger.sqlite"
    whole = path.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    for damaged in (b"no database" * 500, whole[:middle] + b"\xa5" * 4096 + whole[middle + 4096 :]):
        path.write_bytes(damaged)
        code, checks = examine(rig)
        assert (code, states(checks, "failed")) == (13, {"ledger"})
        assert "harvester repair" in checks["ledger"]["remedy"]
        assert checks["runs"]["state"] == "skipped"
        assert path.read_bytes() == damaged


def test_another_accounts_ledger(make_rig, demo):
    """Code 10, before a run mixes two companies."""
    rig = make_rig(dataclasses.replace(demo.box.account, id="AnotherAccount00000000"), home=demo.home)
    code, checks = examine(rig)
    assert (code, states(checks, "failed")) == (10, {"ledger"})


def test_nights_that_were_missed(make_rig, demo):
    """A listing ten days old and a run that ended with 3 are warnings with what to do."""
    rig = make_rig(demo.box.account, home=demo.home)
    _, checks = examine(rig, at=datetime.now(UTC) + timedelta(days=10))
    assert checks["runs"]["state"] == "warning"
    assert "days ago" in checks["runs"]["message"]
    rig.box.faults.add("listing:total=5:always")
    assert rig.call("nightly").code == 3
    _, checks = examine(rig)
    assert "ended with 3" in checks["runs"]["message"]


def test_a_home_that_cannot_be_written(tiny):
    """A file in the way is named; the file check, which needs the home, says that it did not run."""
    (tiny.cwd / "harvest").write_text("in the way", encoding="utf-8")
    code, checks = examine(tiny)
    assert code == 1
    assert "home" in states(checks, "failed")
    assert checks["file"]["state"] == "skipped"
    assert "harvest" in checks["home"]["message"]


def test_a_disk_that_is_small_and_elsewhere(tiny, small_disk):
    """Too little room fails with 1, memory is a warning; a lake on another filesystem than the ledger fails with 10."""
    code, checks = examine(tiny, env={"HARVESTER_HOME": str(small_disk / "home")})
    assert (code, checks["disk"]["state"], checks["filesystem"]["state"]) == (1, "failed", "warning")
    assert "tmpfs" in checks["filesystem"]["message"]
    assert list(small_disk.iterdir()) == []
    code, checks = examine(tiny, env={"HARVESTER_LAKE": str(small_disk / "lake")})
    assert (code, checks["filesystem"]["state"]) == (10, "failed")
    assert "another filesystem" in checks["filesystem"]["message"]


def test_the_webhook_is_asked_as_zoom_asks_it(tiny):
    """A receiver with the same secret is ok, one with another fails; where nobody listens it is a warning."""
    with serving(tiny, "--no-worker") as running:
        url = f"http://127.0.0.1:{running.port}/webhooks/zoom"
        right = {"ZOOM_WEBHOOK_SECRET": SECRET, "HARVESTER_BIND": f"127.0.0.1:{running.port}"}
        assert examine(tiny, env=right)[1]["webhook"]["state"] == "ok"
        ran = tiny.call("doctor", "--json", "--webhook-url", url, env={"ZOOM_WEBHOOK_SECRET": "another"})
        found = ran.json["checks"][-1]
        assert (ran.code, found["state"], "ZOOM_WEBHOOK_SECRET" in found["remedy"]) == (1, "failed", True)
        assert running.events() == []
    assert examine(tiny, env=right)[1]["webhook"]["state"] == "warning"
    ran = tiny.call("doctor", "--json", "--webhook-url", url, env=right)
    assert (ran.code, ran.json["checks"][-1]["state"]) == (1, "failed")
    ran = tiny.call("doctor", "--json", "--webhook-url", f"{tiny.box.api_base_url}/webhooks/zoom", env=right)
    assert ran.json["checks"][-1]["state"] == "failed"
