from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from oracle import check_archive, check_lake
from rig import assert_sentence, kinds

TOMORROW = f"{datetime.now(UTC).date() + timedelta(days=2)}"
NOTHING = {"ZOOM_ACCOUNT_ID": None, "ZOOM_CLIENT_ID": None, "ZOOM_CLIENT_SECRET": None}


@pytest.mark.parametrize(
    ("words", "env", "code", "said"),
    [
        (["nightly"], NOTHING, 10, ["ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", ".env"]),
        (["nightly"], {"ZOOM_CLIENT_ID": "  "}, 10, ["ZOOM_CLIENT_ID is not set"]),
        (["nightly"], {"ZOOM_CLIENT_SECRET": "wrong-secret"}, 12, ["Invalid client_id or client_secret"]),
        (["nightly"], {"ZOOM_CLIENT_ID": "wrong"}, 12, ["client_id"]),
        (["nightly"], {"ZOOM_ACCOUNT_ID": "wrong"}, 12, ["account"]),
        (["nightly"], {"ZOOM_API_BASE_URL": "api.zoom.us"}, 10, ["ZOOM_API_BASE_URL"]),
        (["nightly"], {"HARVESTER_WORKERS": "many"}, 10, ["HARVESTER_WORKERS"]),
        (["nightly", "--types", "transcript,vidoe"], {}, 10, ["vidoe", "video", "transcript"]),
        (["nightly", "--since", "soon"], {}, 2, ["soon", "3d"]),
        (["nightly", "--min-duration", "-3"], {}, 10, ["HARVESTER_MIN_DURATION"]),
        (["nightly", "--config", "absent.toml"], {}, 10, ["absent.toml", "--config"]),
        (["backfill", "--from", "2026-03-02", "--to", "2026-03-01"], {}, 2, ["2026-03-02", "2026-03-01", "swap"]),
        (["backfill", "--from", TOMORROW], {}, 2, [TOMORROW, "future"]),
        (["backfill", "--from", "2026-01-01", "--to", TOMORROW], {}, 2, [TOMORROW, "future"]),
        (["backfill", "--from", "01/02/2026"], {}, 2, ["01/02/2026", "date"]),
        (["backfill", "--from", "1999-01-01"], {}, 2, ["1999-01-01"]),
        (["backfill"], {}, 2, ["--from"]),
        (["meeting", "99999999999"], {}, 1, ["99999999999", "id"]),
        (["meeting", "bm8gc3VjaCBtZWV0aW5nIQ=="], {}, 1, ["bm8gc3VjaCBtZWV0aW5nIQ==", "id"]),
        (["meeting", "  "], {}, 2, ["meeting id"]),
        (["status"], {}, 10, ["no ledger", "harvester nightly"]),
        (["runs"], {}, 10, ["no ledger", "harvester nightly"]),
        (["rebuild"], {}, 10, ["no archive", "harvester nightly"]),
        (["query", "SELECT 1"], {}, 1, ["no lake", "harvester nightly"]),
        (["nightly", "--home", "taken/by/a/file"], {}, 1, ["cannot write", "taken", "check the owner"]),
        (["harvest"], {}, 2, ["harvest"]),
    ],
)
def test_bad_input_is_answered_with_a_sentence(tiny, words, env, code, said):
    """The sentence names the thing and the remedy, the exit code is the documented one, no traceback."""
    (tiny.cwd / "taken").write_text("a file")
    ran = tiny.call(*words, env=env)
    assert ran.code == code, ran.said
    assert_sentence(ran, *said)
    assert tiny.box.account.client_secret not in ran.said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"harvester_home = \n", ["settings.toml", "TOML"]),
        (b"\xff\xfe\x00", ["settings.toml", "TOML"]),
        (b'harvester_hme = "x"\n', ["harvester_hme", "no setting"]),
        (b'harvester_workers = "many"\n', ["HARVESTER_WORKERS"]),
        (None, ["settings.toml", "directory"]),
    ],
)
def test_a_config_file_that_cannot_be_used_is_named(tiny, content, said):
    """Exit code 10 with the file and what is wrong in it."""
    path = tiny.cwd / "settings.toml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    ran = tiny.call("nightly", "--config", "settings.toml")
    assert ran.code == 10, ran.said
    assert_sentence(ran, *said)


def test_a_missing_scope_is_named(make_rig, tiny_account, quick):
    """Without any right to list, exit code 12 names the scopes to add."""
    rig = make_rig(tiny_account, scopes=["user:read:user:admin"])
    ran = rig.call("nightly")
    assert ran.code == 12, ran.said
    assert_sentence(ran, "add ", "user:read:list_users:admin", "cloud_recording:read:list_user_recordings:admin")


@pytest.mark.parametrize("words", [["meeting", "99999999999"], ["meeting", "bm8gc3VjaCBtZWV0aW5nIQ=="]])
def test_an_unknown_meeting_is_a_finished_run_with_a_report(tiny, words):
    """`--json` reports also what failed, and the ledger knows that the run has ended."""
    ran = tiny.call(*words, "--json")
    assert ran.code == ran.json["exit_code"] == 1
    assert ran.json["errors"][0]["message"]
    runs = tiny.call("runs", "--json").json["runs"]
    assert [each["exit_code"] for each in runs] == [1]


def test_a_damaged_ledger_is_made_again_by_following_the_sentence(make_rig, demo):
    """Exit code 1 names the file and `repair`; doing so gives a run that downloads nothing."""
    rig = make_rig(demo.box.account, home=demo.home)
    ledger = rig.state / "ledger.sqlite"
    ledger.write_bytes(b"not a database at all" * 400)
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        (rig.state / name).unlink(missing_ok=True)
    ran = rig.call("nightly")
    assert ran.code == 1, ran.said
    assert_sentence(ran, "ledger.sqlite", "harvester repair")
    assert rig.call("repair").code == 0
    ran, sent = rig.during(lambda: rig.call("nightly", "--since", "30d"))
    assert ran.code == 0, ran.said
    assert not {"download", "file"} & set(kinds(sent))


def test_another_accounts_credentials_are_refused(make_rig, tiny):
    """A home belongs to one account; another one's credentials end with 10 before anything is listed."""
    assert tiny.call("nightly", "--since", "30d").code == 0
    other = make_rig(dataclasses.replace(tiny.box.account, id="AnotherAccount00000000"), home=tiny.home)
    ran = other.call("nightly", "--since", "30d")
    assert ran.code == 10, ran.said
    assert_sentence(ran, "account", "HARVESTER_HOME")
    assert "listing" not in kinds(other.box.requests)


def test_a_mistyped_account_does_not_stick(tiny):
    """A home whose first run was refused for a wrong account id belongs to nobody yet: the right one is taken."""
    assert tiny.call("nightly", "--since", "30d", env={"ZOOM_ACCOUNT_ID": "Mistyped00000000000000"}).code == 12
    assert tiny.call("nightly", "--since", "30d").code == 0


def test_a_damaged_entry_is_named_and_left_out(tiny):
    """`rebuild` names one unreadable recording.json with exit code 13 and leaves the rest; restored, all is right."""
    assert tiny.call("nightly", "--since", "30d").code == 0
    broken = min(tiny.archive.rglob("recording.json"))
    good = broken.read_bytes()
    broken.write_bytes(good[: len(good) // 2])
    ran = tiny.call("rebuild")
    assert ran.code == 13, ran.said
    assert_sentence(ran, str(broken.parent.name))
    broken.write_bytes(good)
    assert tiny.call("rebuild").code == 0
    check_archive(tiny)
    check_lake(tiny)
