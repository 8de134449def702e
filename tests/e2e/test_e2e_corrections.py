from __future__ import annotations

import csv
import io
import json
import shutil

import pytest
from oracle import ask
from rig import Rig, assert_sentence

from harvester.transcript import read_transcript


@pytest.fixture
def home(demo, tmp_path):
    """The demo's home, for a test to do what it likes to."""
    shutil.copytree(demo.home, tmp_path / "harvest")
    return Rig(demo.box, tmp_path)


@pytest.fixture(scope="module")
def meeting(demo):
    """(recording_key, transcript_key, parts) of a meeting with one transcript, and of one in two parts."""
    rows = ask(
        demo.lake,
        "SELECT recording_key, min(transcript_key), count(*) AS n FROM transcripts"
        " WHERE source = 'zoom' AND kind = 'transcript' AND n_speakers > 1 GROUP BY ALL ORDER BY n, recording_key",
    )
    single, paused = rows[0], rows[-1]
    assert (single[2], paused[2]) == (1, 2)
    return single, paused


def call(rig, *words, code=0):
    ran = rig.call(*words)
    assert ran.code == code, ran.said
    return ran


def test_a_correction_from_the_template_to_the_views(home, meeting):
    """Printed, edited, handed back: query, export and the list show it; the raw rows stay; a rebuild of the
    lake from the archive gives the same bytes; taken back, all is as it was.
    """
    key, transcript, _ = meeting[0]
    printed = call(home, "correct", "--template", key).out
    rows = list(csv.DictReader(io.StringIO(printed.removeprefix("\ufeff"), newline="")))
    changed = next(each for each in rows if each["speaker"])
    raw = (changed["speaker"], changed["text"])
    changed |= {"speaker": "Zoë Quill", "text": "=a zebra crossing", "note": "heard it"}
    sheet = home.cwd / "edited.csv"
    with sheet.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    before = {each: each.read_bytes() for each in home.lake.rglob("*.parquet")}
    assert call(home, "correct", str(sheet)).out == f"1 correction taken; {len(rows) - 1} rows changed nothing\n"
    (shown,) = json.loads(call(home, "query", "FROM transcript WHERE is_corrected", "--json").out)
    assert (shown["speaker"], shown["text"]) == ("Zoë Quill", "=a zebra crossing")
    (listed,) = call(home, "correct", "--list", "--json").json["corrections"]
    assert (listed["state"], listed["transcript_key"], listed["n_segments"]) == ("applied", transcript, 1)
    assert "**Zoë Quill:** =a zebra crossing\n" in call(home, "export", key).out

    copy = (home.lake / "corrections.csv").read_bytes()
    shutil.rmtree(home.lake)
    call(home, "rebuild")
    assert (home.lake / "corrections.csv").read_bytes() == copy
    assert {each: each.read_bytes() for each in home.lake.rglob("*.parquet")} == before
    assert call(home, "correct", "--drop", "1").out == "1 correction taken back\n"
    segments = json.loads(call(home, "query", f"FROM transcript WHERE transcript_key = '{transcript}'", "--json").out)
    assert raw in {(each["speaker"], each["text"]) for each in segments}
    assert not any(each["is_corrected"] for each in segments)
    assert not (home.lake / "corrections.csv").exists()


def test_the_lakes_copy_is_watched_over(home, meeting):
    """A copy that is lost is found by verify and made again by repair, and by any run; an archive's file that a hand
    damaged is named with its line by both, and the lake keeps what it has.
    """
    sheet = home.cwd / "two.csv"
    sheet.write_text(f"transcript_key,segment_index,speaker\n{meeting[0][1]},0,Zoë Quill\n", encoding="utf-8")
    call(home, "correct", str(sheet))
    sheet.write_text("label;person\r\nPiet | Deck 2;Piet Haan\r\n", encoding="utf-8")
    assert call(home, "correct", "--aliases", str(sheet)).out == "1 alias taken; 0 rows changed nothing\n"
    copies = {each: each.read_bytes() for each in home.lake.glob("*.csv")}
    assert len(copies) == 2
    for each in copies:
        each.unlink()
    found = call(home, "verify", "--json").json
    assert found["problems"]["corrections_stale"] == 2
    assert not {"foreign", "lake_stray"} & set(found["problems"])
    assert {each["remedy"] for each in found["findings"] if each["problem"] == "corrections_stale"} == {
        "harvester repair"
    }
    call(home, "repair", "--offline")
    assert {each: each.read_bytes() for each in home.lake.glob("*.csv")} == copies

    truth = home.archive / "corrections.csv"
    truth.write_bytes(truth.read_bytes().replace(b",0,", b",none,"))
    next(iter(copies)).unlink()
    ran = call(home, "verify", "--json", code=13)
    assert ran.json["problems"]["corrections_unreadable"] == 1
    ran = call(home, "nightly", "--since", "1d", code=3)
    assert "corrections.csv: line 2: segment_index 'none'" in ran.err
    assert (home.lake / "aliases.csv").is_file()
    assert_sentence(call(home, "correct", "--list", code=3))


def test_subtitles_are_what_was_said(demo, meeting, tmp_path):
    """Each part of a paused recording has a file of its own, which read again gives the lake's segments; what would
    mix them, or replace a file, is refused.
    """
    key = meeting[1][0]
    assert "2 parts" in call(demo, "export", key, "--format", "vtt", code=2).err
    folder = tmp_path / "subtitles"
    assert "2 files written" in call(demo, "export", key, "--format", "vtt", "-o", f"{folder}/").out
    said = []
    for each in sorted(folder.iterdir()):
        rows = read_transcript(each.read_bytes()).segments
        said += list(zip(rows.start_ms.tolist(), rows.end_ms.tolist(), rows.speaker_label, rows.text, strict=True))
    query = f"SELECT start_ms, end_ms, speaker_label, text FROM segments WHERE recording_key = '{key}'"
    assert sorted(said, key=str) == sorted(ask(demo.lake, f"{query} AND kind = 'transcript'"), key=str)
    assert_sentence(call(demo, "export", key, "--format", "vtt", "-o", f"{folder}/", code=1))
    target = folder / "one.json"
    call(demo, "export", key, "--format", "json", "-o", str(target))
    assert json.loads(target.read_text())["recording"]["recording_key"] == key


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["export"], 2),
        (["export", "--from", "2026-02-02", "--to", "2026-02-01"], 2),
        (["export", "nothing-of-that-name"], 1),
        (["export", "--from", "2001-01-01", "--to", "2001-01-02"], 1),
        (["correct"], 2),
        (["correct", "x.csv", "--list"], 2),
        (["correct", "x.csv"], 1),
        (["correct", "--drop", "one"], 2),
        (["correct", "--drop", "1"], 1),
        (["correct", "--template", "nothing-of-that-name"], 1),
    ],
)
def test_what_cannot_be_done_is_said(demo, words, code):
    """Usage and names that mean nothing end in a sentence and the right code."""
    ran = call(demo, *words, code=code)
    assert "Error: " in ran.err
    assert not ran.out
