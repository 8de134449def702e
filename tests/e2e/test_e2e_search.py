from __future__ import annotations

import dataclasses
import json
import re
import shutil
import stat
import unicodedata
from datetime import datetime

import pytest
from oracle import ask, check_secrets
from rig import assert_sentence
from test_e2e_hostile import CONTROL, TOPICS, hostile_account

from harvester.sandbox.bodies import BytesBody

ZOOM = {"ZOOM_API_BASE_URL": "https://api.zoom.us/v2", "ZOOM_OAUTH_URL": "https://zoom.us/oauth/token"}
CURRENT = """
    SELECT s.transcript_key, s.segment_index, s.text, coalesce(s.speaker_name, s.speaker_label), r.topic, r.host_id
    FROM segments s JOIN transcripts t USING (transcript_key) JOIN recordings r ON r.recording_key = s.recording_key
    WHERE t.is_current AND (t.kind = 'transcript' OR NOT EXISTS (FROM transcripts o WHERE o.kind = 'transcript'
        AND o.is_current AND o.n_segments > 0 AND o.recording_key = t.recording_key))
"""


def fold(text):
    """The oracle's own idea of what does not count; good for the languages of the demo."""
    apart = unicodedata.normalize("NFD", text or "")
    return "".join(c for c in apart if unicodedata.category(c) != "Mn").casefold().replace("\u2019", "'")


def expected(rig, *words, column=2, name=""):
    rows = ask(rig.lake, CURRENT)
    return {
        row[:2] for row in rows if all(fold(each) in fold(row[2]) for each in words) and fold(name) in fold(row[column])
    }


def search(rig, *words, **settings):
    ran = rig.call("search", "--json", *words, **settings)
    assert ran.code == 0, ran.said
    return ran.json


def keys(found):
    return {(each["transcript_key"], each["segment_index"]) for each in found["hits"]}


@pytest.mark.parametrize("words", ["SHIP first", "the", "plan taller", "المرفأ", "。"])
def test_hits_are_those_of_the_lake(demo, words):
    """Every cue with all the words, none without, newest first, each with its matches in place."""
    found = search(demo, words, "--limit", "1000")
    assert keys(found) == expected(demo, *words.split())
    assert found["total"] == len(found["hits"])
    times = [each["start_at"] for each in found["hits"]]
    assert times == sorted(times, reverse=True)
    for hit in found["hits"]:
        matched = {fold(hit["text"][start:end]) for start, end in hit["spans"]}
        assert matched <= {fold(each) for each in words.split()}
        assert matched


def test_the_lake_itself_gives_the_same(demo):
    """Without the index: the same hits with the same spans, neighbours and times."""
    words = ["ship* the", "--context", "1", "--speaker", "ines"]
    assert search(demo, *words)["hits"]
    assert search(demo, *words, "--no-index") == search(demo, *words)


def test_the_beginning_of_a_word(demo):
    """A star asks for fewer than the same letters anywhere."""
    begins, anywhere = search(demo, "able*", "--limit", "1000"), search(demo, "able", "--limit", "1000")
    assert keys(begins) < keys(anywhere) == expected(demo, "able")
    assert all(
        not re.search(r"\bable", each["text"], re.IGNORECASE) for each in anywhere["hits"] if each not in begins["hits"]
    )


def test_the_index_is_made_ahead(tiny):
    """For cron: one file per day, nobody's but its owner's; it may go, and only where there is a home is one left."""
    assert tiny.call("nightly", "--since", "30d").code == 0
    folder = tiny.state / "cache" / "search"
    assert not folder.exists()  # nobody searches here yet
    made = tiny.call("search", "--build-index", "--json").json
    files = sorted(folder.glob("*.arrow"))
    assert made == {"days": len(files), "size_bytes": sum(each.stat().st_size for each in files)}
    assert made["days"] == ask(tiny.lake, "SELECT count(DISTINCT date) FROM segments")[0][0]
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert_sentence(tiny.call("search", "--build-index"), "the index is up to date")
    shutil.rmtree(tiny.state / "cache")
    elsewhere = {"HARVESTER_LAKE": str(tiny.lake)}
    found = search(tiny, "e", "--home", "nowhere", env=elsewhere)
    assert found == search(tiny, "e")
    assert not (tiny.home.parent / "nowhere").exists()


def test_a_phrase_is_closer_than_its_words(demo):
    """In quotes the words stand together."""
    phrase, words = search(demo, '"the table"'), search(demo, "the table", "--limit", "1000")
    assert keys(phrase) == expected(demo, "the table")
    assert keys(phrase) < keys(words)


def test_filters_by_speaker_topic_host_and_day(demo):
    """Part of a name, or the whole with wildcards; days are those of the recordings, both included."""
    by_ines = search(demo, "the", "--speaker", "ines robledo", "--limit", "1000")
    assert keys(by_ines) == expected(demo, "the", column=3, name="inés robledo")
    assert all("Inés" in each["speaker"] for each in by_ines["hits"])
    topic = search(demo, "the", "--topic", "stand-up*", "--limit", "1000")
    assert keys(topic) == expected(demo, "the", column=4, name="Stand-up: ")
    host = ask(demo.lake, "SELECT host_id FROM recordings ORDER BY host_id LIMIT 1")[0][0]
    assert keys(search(demo, "e", "--host", host, "--limit", "1000")) == expected(demo, "e", column=5, name=host)
    both = search(demo, "the", "--speaker", "ines", "--speaker", "tomasz", "--limit", "1000")
    assert keys(both) == keys(by_ines) | expected(demo, "the", column=3, name="tomasz")
    (day,) = {each["start_at"][:10] for each in topic["hits"][:1]}
    on_day = search(demo, "the", "--from", day, "--to", day, "--limit", "1000")
    assert on_day["hits"]
    assert {each["start_at"][:10] for each in on_day["hits"]} == {day}


def test_neighbours_limit_and_count(demo):
    """The cues around a hit are those of its transcript; more hits than shown are counted."""
    whole = {(key, index): text for key, index, text, *_ in ask(demo.lake, CURRENT)}
    found = search(demo, "the", "--limit", "5", "--context", "2")
    assert len(found["hits"]) == 5 < found["total"] == len(expected(demo, "the"))
    for hit in found["hits"]:
        around = [*hit["before"], hit, *hit["after"]]
        indexes = [each["segment_index"] for each in around]
        last = max(index for key, index in whole if key == hit["transcript_key"])
        wanted = range(max(hit["segment_index"] - 2, 0), min(hit["segment_index"] + 2, last) + 1)
        assert indexes == list(wanted)
        assert all(whole[hit["transcript_key"], each["segment_index"]] == each["text"] for each in around)
    ran = demo.call("search", "the", "--limit", "5")
    assert_sentence(ran, f"the newest 5 of {found['total']} hits")


def test_a_page_for_people(demo):
    """Speaker, time, topic, text, key, offset and link; without a terminal no colour."""
    ran = demo.call("search", "welcome to the review", "--context", "1", env=ZOOM)
    (hit,) = search(demo, "welcome to the review", env=ZOOM)["hits"]
    assert ran.code == 0
    assert_sentence(
        ran, "Inés Robledo", "Review", "> Welcome to the review.", "at 0:00:33", "Tomasz Wierzba (Maps): We"
    )
    assert hit["start_at"][:19].replace("T", " ") in ran.out
    assert f"{hit['recording_key']}  at" in ran.out
    assert hit["link"] in ran.out
    moment = int(datetime.fromisoformat(hit["start_at"]).timestamp()) * 1000
    assert hit["link"].startswith("https://zoom.us/recording/detail?meeting_id=")
    assert hit["link"].endswith(f"&startTime={moment}")
    assert "\x1b" not in ran.said
    assert search(demo, "welcome to the review")["hits"][0]["link"] is None  # a sandbox has no such page
    check_secrets(demo, ran.said, json.dumps(hit))


def test_regular_expressions(demo):
    """RE2, blind to case; what it does not take is a usage error with the reason."""
    found = search(demo, "--regex", r"\b(grey|gray)\s+dots\b")
    assert keys(found) == expected(demo, "grey dots")
    for pattern, word in (("(", "missing )"), ("(?=x)", "perl operator"), (r"(a)\1", "escape")):
        ran = demo.call("search", "--regex", pattern)
        assert ran.code == 2
        assert_sentence(ran, "no pattern", word, "RE2")
    assert search(demo, "--regex", r"(a+)+$" + "b" * 50)["total"] == 0


@pytest.mark.parametrize("text", ["'; DROP TABLE segments; --", "$1 $word0 $limit", "%_\\", "{conditions}\n\u202e"])
def test_text_is_never_sql(demo, text):
    """Whatever is typed is looked for and nothing else, wherever it is typed."""
    assert keys(search(demo, text, "--limit", "1000")) == expected(demo, *text.split())
    names = [word for option in ("--speaker", "--topic", "--host") for word in (option, text)]
    assert search(demo, "e", *names, "--context", "1")["total"] == 0


@pytest.mark.parametrize(
    ("words", "code", "word"),
    [
        (["   "], 2, "nothing to look for"),
        (['"'], 2, "not closed"),
        (["--regex", ""], 2, "nothing to look for"),
        (["x", "--from", "2026-02-01", "--to", "2026-01-01"], 2, "swap them"),
        (["x\udcff"], 2, "UTF-8"),
        (["x", "--speaker", "\udcff"], 2, "UTF-8"),
        (["x", "--home", "nowhere"], 1, "there is no lake"),
        ([], 2, "nothing to look for"),
        (["x", "--build-index"], 2, "leave out TEXT"),
        (["--build-index", "--no-index"], 2, "leave out TEXT"),
        (["--build-index", "--home", "nowhere"], 1, "there is no lake"),
    ],
)
def test_what_cannot_be_looked_for(demo, words, code, word):
    """A sentence, no traceback."""
    ran = demo.call("search", *words)
    assert ran.code == code, ran.said
    assert_sentence(ran, word)


def test_nothing_found_is_no_failure(demo):
    """Exit code 0, and it says so."""
    ran = demo.call("search", "xyzzy")
    assert (ran.code, ran.out) == (0, "")
    assert_sentence(ran, "nothing found")
    assert search(demo, "xyzzy") == {"total": 0, "hits": []}


def test_hostile_speakers_and_topics(make_rig, quick):
    """Neither the page nor the JSON holds a byte that a terminal obeys; the JSON gives the words back as they came."""
    rig = make_rig(hostile_account())
    assert rig.call("nightly", "--since", "30d").code == 0
    for words in (["hello"], ["hello", "--context", "3"], ["hello", "--json"]):
        ran = rig.call("search", *words)
        assert ran.code == 0, ran.said
        assert not (found := CONTROL.search(ran.said)), found
    hits = search(rig, "hello")["hits"]
    assert {each["topic"] for each in hits} == set(TOPICS)


def test_only_the_current_transcript_counts(tiny):
    """What an edit took away is found no more, what it brought is, and captions count only where nothing better is.

    Nor does an index keep it until somebody searches: the night brings one that is there up to date.
    """
    meeting = tiny.box.account.meetings[0]
    old = next(each for each in meeting.files if each.file_type == "TRANSCRIPT")
    speech = b"WEBVTT\r\n\r\n1\r\n00:00:01.000 --> 00:00:02.000\r\nAda Brandt: %s\r\n"
    first, second = (
        dataclasses.replace(old, body=BytesBody(speech % each)) for each in (b"zirconium", b"the praseodymium")
    )
    captions = dataclasses.replace(
        old, id="captions-1", file_type="CC", recording_type="closed_caption", body=BytesBody(speech % b"neodymium")
    )
    others = [each for each in meeting.files if each is not old]

    def harvest(*files):
        changed = dataclasses.replace(meeting, files=(*others, *files))
        tiny.box._world.account = dataclasses.replace(tiny.box.account, meetings=(changed,))
        tiny.box._world._files |= {each.id: (changed, each) for each in files}
        assert tiny.call("nightly", "--since", "30d").code == 0

    harvest(captions)
    assert [each["kind"] for each in search(tiny, "neodymium")["hits"]] == ["captions"]
    harvest(captions, first)
    assert search(tiny, "neodymium")["total"] == 0
    assert search(tiny, "zirconium")["total"] == 1
    harvest(captions, second)
    held = b"".join(each.read_bytes() for each in (tiny.state / "cache" / "search").iterdir())
    assert (b"zirconium" in held, b"praseodymium" in held) == (False, True)
    assert (search(tiny, "zirconium")["total"], search(tiny, "praseodymium")["total"]) == (0, 1)
