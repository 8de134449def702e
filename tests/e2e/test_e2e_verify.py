from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from damage import DAMAGES, Field, hurt
from oracle import ask, check_archive, check_lake, read_entries, read_rows, snapshot
from rig import Rig, assert_sentence, kinds
from test_e2e_late import MET, NIGHT, account_with_late_transcript

from harvester.pipeline.read_zoom import ZoomReader
from harvester.sandbox import Sandbox, generate_account

# `make gauntlet` does a thousand
WANTED = int(os.environ.get("GAUNTLET_DAMAGES", "40"))
GHOST = "ledger ghost"


@contextlib.contextmanager
def harvested(cwd: Path, *, days: int) -> Iterator[Rig]:
    """One recording on nearly every day, harvested without a disturbance; how many days are hit depends on the hour."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    account = generate_account(meetings=days, seed=3, days=days, cues=4, media_bytes=6000, today=midnight)
    with Sandbox(account) as box:
        rig = Rig(box, cwd)
        ran = rig.call("nightly", "--since", "60d", "--json", "--api-rate", "80")
        assert ran.code == 0, ran.err
        yield rig


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """A small home that nothing was ever done to."""
    with harvested(tmp_path_factory.mktemp("calm"), days=9) as rig:
        yield rig


@pytest.fixture
def copy(calm, tmp_path):
    """The same home, for a test to do what it likes to."""
    return _copy(calm, tmp_path)


def _copy(calm: Rig, cwd: Path) -> Rig:
    shutil.copytree(calm.home, cwd / "harvest")
    return Rig(calm.box, cwd)


def damage_of(rig: Rig, report: dict) -> set[str]:
    """Subjects of all damage, paths as they are seen from here."""
    subjects = {each["subject"] for each in report["findings"] if each["damage"]}
    return {each if each.startswith("zoom:") else str(rig.cwd / each) for each in subjects}


def assert_equal(rig: Rig, calm: Rig) -> None:
    """Archive and lake are those of a home that nothing was ever done to."""
    check_archive(rig)
    check_lake(rig)
    assert read_rows(rig.lake) == read_rows(calm.lake)


@pytest.mark.slow
def test_every_seeded_damage_is_found_alone_and_repaired(tmp_path):
    """`verify --deep` names what was damaged and nothing else; `repair --deep` ends in an undisturbed home."""
    deck: list[str] = []
    (tmp_path / "calm").mkdir()
    with harvested(tmp_path / "calm", days=36) as calm:
        done = turn = 0
        while done < WANTED:
            cwd = tmp_path / f"turn{turn}"
            cwd.mkdir()
            rig, chance = _copy(calm, cwd), random.Random(turn)
            field, damaged = Field(rig, chance), {}
            while len(field.days) > 2 and done < WANTED:
                deck = deck or chance.sample(list(DAMAGES), len(DAMAGES))
                name = deck.pop()
                damaged[f"{name} {done}"] = DAMAGES[name](field)
                done += 1
            check_found_and_repaired(rig, calm, damaged, f"turn {turn}")
            shutil.rmtree(cwd)
            turn += 1


def check_found_and_repaired(rig: Rig, calm: Rig, damaged: dict[str, set[str]], turn: str) -> None:
    ghosts = sum(GHOST in name for name in damaged)
    ran = rig.call("repair", "--deep", "--json")
    assert ran.code == (13 if ghosts else 0), f"{turn}: {ran.out} {ran.err}"
    found = damage_of(rig, ran.json["found"])
    missed = {name: each for name, each in damaged.items() if not each <= found}
    assert (missed, found - set().union(*damaged.values())) == ({}, set()), turn
    assert (ran.json["left"]["findings"], ran.json["repaired"]["failed"]) == ([], []), turn
    assert len(ran.json["repaired"]["lost"]) == ghosts
    assert_equal(rig, calm)


def test_a_good_home_gives_no_finding_and_is_left_as_it_lies(demo):
    """Neither depth finds anything or changes a byte of archive, lake or ledger."""
    before = snapshot(demo.archive), snapshot(demo.lake), snapshot(demo.state, identity=False)
    for words in ([], ["--deep"]):
        ran = demo.call("verify", "--json", *words)
        assert (ran.code, ran.json["findings"]) == (0, []), ran.out
        assert ran.json["files"] == len(demo.box.truth())
    after = snapshot(demo.archive), snapshot(demo.lake), snapshot(demo.state, identity=False)
    assert {name for old, new in zip(before, after, strict=True) for name in new if new[name] != old.get(name)} <= {
        "locks/run.lock"
    }


def test_only_bytes_count(copy):
    """Times that were touched are no finding, and no reason to fetch or write anything again."""
    for path in copy.home.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    before = snapshot(copy.archive), snapshot(copy.lake)
    assert copy.call("verify", "--deep", "--json").json["findings"] == []
    ran, sent = copy.during(lambda: copy.call("nightly", "--since", "30d", "--json"))
    assert (ran.code, ran.json["bytes_downloaded"]) == (0, 0)
    assert not {"download", "file"} & set(kinds(sent))
    assert (snapshot(copy.archive), snapshot(copy.lake)) == before


def test_a_home_in_the_middle_of_waiting_is_well(make_rig):
    """Awaited transcripts, looked for again and again, are no damage, nor is what came of the wait."""
    rig = make_rig(account_with_late_transcript(timedelta(days=3)))
    for day in range(4):
        at = MET + NIGHT + timedelta(days=day)
        assert rig.call("nightly", "--since", "1d", at=at).code == 0
        ran = rig.call("verify", "--deep", "--json", at=at)
        assert (ran.code, ran.json["findings"]) == (0, []), ran.out


def test_without_deep_what_names_and_sizes_show_is_found(copy):
    """A missing file and one of another size need no re-reading; a flipped bit does, and the sentence says how."""
    field = Field(copy, random.Random(5))
    seen = hurt(field.files(field.take()[1])[0], "delete", field.chance)
    seen |= hurt(field.files(field.take()[1])[0], "extend", field.chance)
    hidden = hurt(field.files(field.take()[1])[0], "flip", field.chance)
    ran = copy.call("verify", "--json")
    assert (ran.code, damage_of(copy, ran.json)) == (13, seen)
    ran = copy.call("verify", "--deep")
    assert ran.code == 13
    assert_sentence(ran, *(Path(each).name for each in seen | hidden), "harvester repair --deep", "SHA-256")


@pytest.mark.parametrize("how", ["delete", "zero"])
def test_a_ledger_that_cannot_be_read_is_made_again(copy, calm, how):
    """Found as one damage, put aside, learnt again from the receipts; nothing is downloaded for it."""
    ledger = copy.state / "ledger.sqlite"
    if how == "zero":
        data = bytearray(ledger.read_bytes())
        data[4096:] = bytes(len(data) - 4096)
        ledger.write_bytes(data)
    else:
        hurt(ledger, how, random.Random(1))
    ran, sent = copy.during(lambda: copy.call("repair", "--json"))
    assert ran.code == 0, ran.out + ran.err
    assert damage_of(copy, ran.json["found"]) == {str(ledger)}
    assert sent == []
    assert_equal(copy, calm)
    night, sent = copy.during(lambda: copy.call("nightly", "--since", "40d", "--json"))
    assert night.code == 0
    assert not {"download", "file"} & set(kinds(sent))


def test_without_the_network_the_rest_is_repaired_and_the_damage_said(copy, calm):
    """Without credentials lake and ledger are put right, damaged bytes stay, and the exit code is 13."""
    field = Field(copy, random.Random(7))
    left = hurt(field.files(field.take()[1])[0], "flip", field.chance)
    for name in ("lake file: delete", "ledger row lost", "lake files swapped", "unowed day"):
        DAMAGES[name](field)
    ran, sent = copy.during(lambda: copy.call("repair", "--deep", "--json", env={"ZOOM_CLIENT_SECRET": None}))
    assert (ran.code, sent) == (13, [])
    assert damage_of(copy, ran.json["left"]) == left
    assert "ZOOM_CLIENT_SECRET is not set" in ran.json["offline"]
    assert read_rows(copy.lake) == read_rows(calm.lake)
    again, sent = copy.during(lambda: copy.call("repair", "--deep", "--offline"))
    assert (again.code, sent) == (13, [])
    assert copy.call("repair", "--deep").code == 0
    assert_equal(copy, calm)


def test_what_zoom_no_longer_has_is_said_in_the_lake(make_rig, calm):
    """Damaged here and deleted there: put aside, status `expired` with the reason, exit code 13 once."""
    meeting = next(each for each in calm.box.account.meetings if each.files)
    others = tuple(each for each in calm.box.account.meetings if each is not meeting)
    rig = make_rig(dataclasses.replace(calm.box.account, meetings=others), home=calm.home)
    folder = read_entries(rig.archive)[meeting.uuid]["folder"]
    path = min(folder.glob("*.vtt"))
    hurt(path, "flip", random.Random(1))
    damaged = path.read_bytes()
    ran = rig.call("repair", "--deep", "--json")
    assert ran.code == 13, ran.out
    assert (len(ran.json["repaired"]["lost"]), ran.json["left"]["findings"]) == (1, [])
    kept = list((rig.state / "quarantine").rglob(path.name))
    assert [each.read_bytes() for each in kept] == [damaged]
    sql = f"SELECT status, sha256, error FROM files WHERE recording_key = 'zoom:{meeting.uuid}' AND status = 'expired'"
    ((status, sha256, error),) = ask(rig.lake, sql)
    assert (status, sha256) == ("expired", None)
    assert "no longer has it" in error
    assert rig.call("verify", "--deep").code == 0
    check_lake(rig)


def test_a_repair_may_be_killed_at_any_moment(copy, calm):
    """However often it is killed, no kill makes it worse, and the next repair that ends has put all right."""
    chance = random.Random(11)
    field = Field(copy, chance)
    for name in ("archived file: flip", "archived file: delete", "entry: flip", "folder lost", "lake file: zero",
                 "ledger row lost", "archived files swapped"):  # fmt: skip
        DAMAGES[name](field)
    finished = 0
    for number in range(4):
        process = copy.spawn("repair", "--deep")
        # each a little later than the last; all of them while it verifies, repairs or verifies again
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1.3 + 0.7 * number)
            finished += 1
        process.kill()
        process.wait()
    assert finished < 4
    ran = copy.call("repair", "--deep", "--json")
    assert ran.code == 0, ran.out
    assert_equal(copy, calm)


def test_while_a_harvest_works_nothing_is_judged(make_rig, tiny_account):
    """What is just being written would look like damage: `verify` and `repair` end with 11."""
    rig = make_rig(tiny_account, faults=["file:slow=2000:always"])
    first = rig.spawn("nightly", "--since", "30d")
    try:
        while not any(each.kind == "file" for each in rig.box.requests):
            assert first.poll() is None
            time.sleep(0.01)
        assert rig.call("verify").code == rig.call("repair").code == 11
    finally:
        first.kill()
        first.wait()


def test_leftovers_of_a_cut_off_run_are_named_and_removed(copy):
    """Parts, temporary files and staged rows that nobody will use are no damage, and gone after a repair."""
    folder = read_entries(copy.archive)[next(iter(read_entries(copy.archive)))]["folder"]
    name = next(each.name for each in folder.iterdir() if each.name != "recording.json")
    stale = [folder / f"{name}.0123456789ab.part", folder / ".recording.json.0123456789ab.tmp"]
    stale += [copy.state / "staging" / "2026-01-01" / "zoom" / "x.1.arrow"]
    for each in stale:
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_bytes(b"x")
    mine = copy.archive / "notes.txt"
    mine.write_text("mine")
    ran = copy.call("verify", "--json")
    assert (ran.code, ran.json["problems"]) == (0, {"foreign": 1, "leftover": 3}), ran.out
    assert copy.call("repair").code == 0
    assert not any(each.exists() for each in stale)
    assert mine.exists()


def test_what_another_version_wrote_is_no_damage(copy, monkeypatch):
    """After an update whose rules make other rows, every day is named with `harvester rebuild` as its remedy."""
    monkeypatch.setattr(ZoomReader, "parser_version", "of tomorrow")
    ran = copy.call("verify", "--deep", "--json")
    assert (ran.code, set(ran.json["problems"])) == (0, {"other_version"}), ran.out
    assert {each["remedy"] for each in ran.json["findings"]} == {"harvester rebuild"}
    assert len(ran.json["findings"]) == ran.json["partitions"]
