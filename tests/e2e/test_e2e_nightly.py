from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from oracle import ask, check_archive, check_lake, check_secrets, count_cues, read_entries, snapshot
from rig import Rig, kinds

from harvester.sandbox import SandboxAccount, account_from_dir, demo_account, generate_account

COUNTED = ["recordings_listed", "files_listed", "files_archived", "files_already_archived", "files_pending"]
DONE = ["files_failed", "bytes_downloaded", "segments_published", "partitions_published", "api_calls"]
SUMMARY = ["run_id", "started_at", "finished_at", "exit_code", *COUNTED, *DONE, "gaps", "errors"]


def test_the_demo_account_is_harvested_whole_and_a_second_run_does_nothing(make_rig):
    """A first night archives and publishes everything; a second one downloads nothing and rewrites nothing."""
    rig = make_rig(demo_account())
    first = rig.run("nightly", "--since", "30d", "--json")
    assert first.code == 0, first.err
    assert list(first.json) == SUMMARY
    assert first.json["files_archived"] == len(rig.box.truth())
    assert (first.json["gaps"], first.json["errors"], first.json["files_failed"]) == ([], [], 0)
    check_archive(rig)
    check_lake(rig)
    check_secrets(rig, first.said)
    assert rig.box.leaks == []

    lake, archive = snapshot(rig.lake), snapshot(rig.archive)
    second, sent = rig.during(lambda: rig.run("nightly", "--since", "30d", "--json"))
    assert second.code == 0, second.err
    assert set(kinds(sent)) <= {"token", "listing"}
    assert second.json["files_archived"] == second.json["partitions_published"] == second.json["bytes_downloaded"] == 0
    assert second.json["api_calls"] == len(sent) <= 2 + 1  # two windows of one page each, and the token
    assert snapshot(rig.lake) == lake
    assert snapshot(rig.archive) == archive


def lighter(account: SandboxAccount) -> SandboxAccount:
    """Five in six meetings with one file only, to save time; every sixth and the paused ones keep everything."""
    meetings = tuple(
        dataclasses.replace(each, files=each.files[-1:])
        if index % 6 and each.files and len({file.start_at for file in each.files}) == 1
        else each
        for index, each in enumerate(account.meetings)
    )
    return dataclasses.replace(account, meetings=meetings)


@pytest.mark.slow
def test_seven_hundred_meetings_in_one_window_arrive_once_each(make_rig):
    """Pages of 300, pause and resume, recurring ids and awkward UUIDs: every file once, with the right hash."""
    account = lighter(generate_account(meetings=700, seed=7, days=5, cues=3, media_bytes=1200))
    rig = make_rig(account)
    words = ("nightly", "--since", "20d", "--json", "--api-rate", "80")
    first, sent = rig.during(lambda: rig.run(*words))
    assert first.code == 0, first.err[-2000:]
    assert kinds(sent)["listing"] == 3
    assert first.json["recordings_listed"] == 700
    uuids = {each.uuid for each in account.meetings}
    assert {"/"} <= {each[0] for each in uuids}
    assert any("//" in each for each in uuids)
    assert len({each.id for each in account.meetings}) < 700
    check_archive(rig)
    check_lake(rig)
    assert ask(rig.lake, "SELECT count(*), max(part_index) FROM files WHERE status = 'archived'") == [
        (len(rig.box.truth()), 1)
    ]

    lake, archive = snapshot(rig.lake), snapshot(rig.archive)
    second, sent = rig.during(lambda: rig.run(*words))
    assert second.code == 0
    assert kinds(sent) == {"token": 1, "listing": 3}
    assert second.json["api_calls"] == 1 * 3 + 1
    assert snapshot(rig.lake) == lake
    assert snapshot(rig.archive) == archive


@pytest.mark.parametrize("refusal", [False, "4711", "200", "404"])
def test_without_the_account_listing_the_users_give_the_same_archive(make_rig, refusal):
    """Where Zoom refuses the account's listing, listing every user, deactivated hosts too, brings the same files."""
    account = generate_account(meetings=12, seed=3, days=6, users=5, cues=3, media_bytes=900)
    inactive = {each.id for each in account.users if each.status == "inactive"}
    assert inactive & {each.host_id for each in account.meetings}, "no meeting of a deactivated host"
    rig = make_rig(account, account_listing=refusal)
    ran, sent = rig.during(lambda: rig.call("nightly", "--since", "20d", "--json", "--api-rate", "80"))
    assert ran.code == 0, ran.err
    check_archive(rig)
    check_lake(rig)
    assert kinds(sent)["users"] >= 2


def test_one_user_that_is_refused_is_a_gap_and_not_the_end(make_rig):
    """One user whom the app may not see is named among the gaps, exit code 3; everybody else is harvested."""
    account = generate_account(meetings=12, seed=3, days=6, users=5, cues=3, media_bytes=900)
    refused = account.meetings[0].host_id
    rig = make_rig(account, account_listing=False, refused_users=[refused])
    ran = rig.call("nightly", "--since", "20d", "--json", "--api-rate", "80")
    assert ran.code == 3
    assert any(refused in each for each in ran.json["gaps"])
    others = {each.uuid for each in account.meetings if each.host_id != refused}
    check_archive(rig, wanted=lambda row: row["meeting_uuid"] in others)


def copied(make_rig, demo: Rig) -> Rig:
    rig = make_rig(demo.box.account, home=demo.home)
    assert isinstance(rig, Rig)
    return rig


def test_a_deleted_lake_is_rebuilt_to_the_byte(make_rig, demo):
    """`rebuild` writes the same lake from the archive alone, without one request."""
    rig = copied(make_rig, demo)
    before = snapshot(rig.lake, identity=False)
    shutil.rmtree(rig.lake)
    ran, sent = rig.during(lambda: rig.call("rebuild", "--json"))
    assert (ran.code, sent) == (0, [])
    assert ran.json["files_rewritten"] > 0
    assert snapshot(rig.lake, identity=False) == before


def test_a_rebuild_of_a_good_lake_touches_nothing(make_rig, demo):
    """Rebuilding what is right already leaves every file as it lies."""
    rig = copied(make_rig, demo)
    before = snapshot(rig.lake)
    ran = rig.call("rebuild", "--json")
    assert (ran.code, ran.json["files_rewritten"]) == (0, 0)
    assert snapshot(rig.lake) == before


def test_a_rebuild_leaves_out_what_is_damaged_and_names_it(make_rig, demo):
    """Swapped entries, metadata of nothing and a changed transcript are each named; exit code 13."""
    rig = copied(make_rig, demo)
    entries = {native_id: each for native_id, each in read_entries(rig.archive).items() if each["files"]}
    one, other, third, *_ = [each["folder"] / "recording.json" for each in entries.values()]
    held = one.read_bytes(), other.read_bytes()
    one.write_bytes(held[1])
    other.write_bytes(held[0])
    third.write_bytes(json.dumps({**json.loads(third.read_bytes()), "metadata": {}}).encode())
    heard = next(
        each
        for each in sorted(rig.archive.rglob("*transcript*.vtt"))
        if each.parent not in {one.parent, other.parent, third.parent}
    )
    heard.write_bytes(heard.read_bytes().replace(b"e", b"o"))
    ran = rig.call("rebuild", "--json")
    assert ran.code == 13, ran.out
    named = " ".join(ran.json["damaged"])
    assert all(str(each.relative_to(rig.cwd)) in named for each in (one.parent, other.parent, third.parent, heard))
    assert len(ran.json["damaged"]) == 4
    sql = "SELECT status, error FROM files WHERE archive_path = '{}'"
    ((status, error),) = ask(rig.lake, sql.format(heard.relative_to(rig.archive)))
    assert status == "archived"
    assert "not what its receipt says" in error
    assert ask(rig.lake, "SELECT count(*) FROM recordings") == [(len(read_entries(demo.archive)) - 3,)]


def test_a_deleted_ledger_is_learnt_from_the_receipts(make_rig, demo):
    """After `rebuild --ledger` a night downloads nothing and rewrites nothing."""
    rig = copied(make_rig, demo)
    for each in rig.state.glob("ledger*"):
        each.unlink()
    lake, archive = snapshot(rig.lake), snapshot(rig.archive)
    assert rig.call("rebuild", "--ledger").code == 0
    ran, sent = rig.during(lambda: rig.call("nightly", "--since", "30d", "--json"))
    assert ran.code == 0, ran.err
    assert not {"download", "file"} & set(kinds(sent))
    assert ran.json["bytes_downloaded"] == ran.json["files_archived"] == 0
    assert snapshot(rig.lake) == lake
    assert snapshot(rig.archive) == archive


def test_a_lost_ledger_alone_costs_no_download(make_rig, demo):
    """Also without `rebuild --ledger` what lies in the archive is taken over, not fetched again."""
    rig = copied(make_rig, demo)
    for each in rig.state.glob("ledger*"):
        each.unlink()
    archive = snapshot(rig.archive, identity=False)
    ran, sent = rig.during(lambda: rig.call("nightly", "--since", "30d", "--json"))
    assert ran.code == 0, ran.err
    assert not {"download", "file"} & set(kinds(sent))
    assert snapshot(rig.archive, identity=False) == archive
    check_lake(rig)


def test_every_cue_of_real_transcripts_is_a_row(make_rig):
    """Served through the sandbox, every arrow of every real file becomes a row or a counted rejection."""
    folder = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures" / "transcripts"
    if not folder.is_dir():
        pytest.skip("the folder of real transcripts is not beside this checkout")
    rig = make_rig(account_from_dir(folder.resolve()))
    ran = rig.call("nightly", "--since", "30d", "--json")
    assert ran.code == 0, ran.err
    check_archive(rig)
    check_lake(rig)
    served = [row for row in rig.box.truth() if row["file_type"] in {"TRANSCRIPT", "CC"}]
    counted = count_cues(rig)
    assert (
        len(counted)
        == len(served)
        == len(list(folder.rglob("*.vtt")))
        + sum(each.read_bytes().startswith(b"WEBVTT") for each in folder.rglob("*.txt"))
    )
    assert sum(counted.values()) == sum(arrows for _, arrows in counted)


def test_entries_hold_one_recording_each(demo):
    """The archive has one folder per recording with files, by the UTC date of its start."""
    entries = read_entries(demo.archive)
    for meeting in demo.box.account.meetings:
        day = demo.archive / "zoom" / f"{meeting.start_at:%Y/%m/%d}"
        assert entries[meeting.uuid]["folder"].parent == day
