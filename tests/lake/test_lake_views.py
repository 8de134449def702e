"""One meeting seen by several sources: which transcript is read, who saw what, and how well two of them agree."""

from __future__ import annotations

import functools
import random
from datetime import timedelta

import pytest
from lake_samples import DAY, key_of
from views_samples import Line, add_transcript, capture, opened, write_lake

from schemas.agreement_views import AGREEMENT_VIEWS
from schemas.meeting_views import MEETING_VIEWS

UUID = "4444AAAiAAAAAiAiAiiAii=="
TALK = [Line(0, "so we ship on friday"), Line(4_000, "ask everyone about it first"), Line(8_000, "fine, I will")]
BY_NUMBER = [Line(each.at_ms, each.text, "Speaker 1") for each in TALK]
OPEN_ONCE = functools.lru_cache(maxsize=1)(opened)
CHOSEN = "SELECT DISTINCT meeting_key, recording_key, kind FROM best_segments ORDER BY ALL"


def ask(lake, sql):
    """Each of these lakes is written before it is asked anything."""
    return OPEN_ONCE(lake)(sql)


def test_zoom_transcript_wins_with_all_its_columns(tmp_path):
    """Of a meeting that a bot saw too, Zoom's transcript is given, each segment once, under Zoom's UUID."""
    zoom = capture(1, TALK, meeting_uuid=UUID)
    bot = capture(1, [*TALK, Line(20_000, "a bot hears more than Zoom does")], source="recall", has_words=True)
    lake = write_lake(tmp_path, [zoom, bot], [(bot, UUID)])
    assert ask(lake, CHOSEN) == [(UUID, key_of(zoom), "transcript")]
    (first, *others) = ask(lake, "SELECT * EXCLUDE (start_at, end_at) FROM best_segments ORDER BY segment_index")
    key, transcript = key_of(zoom), f"{key_of(zoom)}/transcript"
    said = ("Ana Lima", "named", "so we ship on friday", None, 5, False)
    assert first == (DAY, UUID, "Plan 1", key, "zoom", transcript, 0, "transcript", 0, 2_000, *said)
    assert [row[6] for row in others] == [1, 2]


def test_captions_lose_against_a_bot(tmp_path):
    """Captions are read only where nobody has a transcript; the topic is Zoom's, whose the words ever are."""
    zoom = capture(1, TALK, kind="captions", meeting_uuid=UUID)
    bot = capture(1, BY_NUMBER, source="recall")
    lake = write_lake(tmp_path, [zoom, bot], [(bot, UUID)])
    assert ask(lake, CHOSEN) == [(UUID, key_of(bot), "transcript")]
    assert ask(lake, "SELECT DISTINCT topic, speaker FROM best_segments") == [("Plan 1", "Speaker 1")]
    alone = write_lake(tmp_path / "alone", [zoom, capture(1, TALK, source="recall", kind="captions")], [(bot, UUID)])
    assert ask(alone, CHOSEN) == [(UUID, key_of(zoom), "captions")]


def test_a_bot_without_a_link_is_a_meeting_of_its_own(tmp_path):
    """Not linked yet, or linked to none: both its transcript and Zoom's are read, whatever UUID a conflict names."""
    zoom = capture(1, TALK, meeting_uuid=UUID)
    new, ambiguous = capture(2, TALK, source="recall"), capture(3, TALK, source="recall")
    conflict = capture(4, TALK, source="recall", meeting_uuid=UUID)
    lake = write_lake(tmp_path, [zoom, new, ambiguous, conflict], [(ambiguous, None), (conflict, None)])
    own = [(key_of(each), key_of(each)) for each in (new, ambiguous, conflict)]
    found = ask(lake, "SELECT DISTINCT meeting_key, recording_key FROM best_segments")
    assert sorted(found) == sorted([(UUID, key_of(zoom)), *own])
    assert ask(lake, "SELECT * FROM agreement") == []


def test_a_bot_that_knows_the_uuid_needs_no_link(tmp_path):
    """Until links are made, what the recording itself says of its meeting counts."""
    zoom, bot = capture(1, TALK, meeting_uuid=UUID), capture(1, TALK, source="recall", meeting_uuid=UUID)
    lake = write_lake(tmp_path, [zoom, bot])
    assert ask(lake, CHOSEN) == [(UUID, key_of(zoom), "transcript")]


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        (BY_NUMBER, TALK[:1], 1),
        ([*TALK[:2], *BY_NUMBER[2:]], TALK, 1),
        (TALK, TALK[:2], 0),
        (TALK[:2], TALK, 1),
        (TALK, TALK, None),
    ],
)
def test_of_several_bots_one_is_chosen(tmp_path, first, second, wins):
    """The larger share of named speakers decides, then more text, and in the end the key, so that it is always one."""
    bots = [capture(1, first, source="vexa"), capture(2, second, source="recall", has_words=True)]
    lake = write_lake(tmp_path, bots, [(each, UUID) for each in bots])
    expected = min(map(key_of, bots)) if wins is None else key_of(bots[wins])
    assert ask(lake, CHOSEN) == [(UUID, expected, "transcript")]


def test_empty_and_older_transcripts_are_not_chosen(tmp_path):
    """Zoom's transcript without a segment leaves the meeting to the bot's current run."""
    zoom = capture(1, [], meeting_uuid=UUID)
    bot = add_transcript(capture(1, TALK, source="recall"), capture(2, TALK, source="recall", is_current=False))
    lake = write_lake(tmp_path, [zoom, bot], [(bot, UUID)])
    assert ask(lake, "SELECT count(*), min(transcript_key) FROM best_segments") == [(3, f"{key_of(bot)}/transcript")]
    counts = ask(lake, "SELECT source, n_segments, n_words FROM meeting_sources ORDER BY source")
    assert counts == [("recall", 3, 0), ("zoom", 0, 0)]


def test_all_parts_of_a_recording_are_chosen(tmp_path):
    """A meeting that was paused has several files of Zoom's; they are one transcript here."""
    part = capture(2, [Line(90_000, "and on we go")])
    bot = capture(1, TALK, source="recall")
    lake = write_lake(tmp_path, [add_transcript(capture(1, TALK, meeting_uuid=UUID), part), bot], [(bot, UUID)])
    assert ask(lake, "SELECT count(DISTINCT transcript_key), count(*) FROM best_segments") == [(2, 4)]
    assert ask(lake, "SELECT n_segments FROM meeting_sources WHERE source = 'zoom'") == [(4,)]
    assert ask(lake, "SELECT n_words_zoom, n_words_bot FROM agreement") == [(17, 13)]


def test_a_meeting_over_midnight_is_one(tmp_path):
    """Bot and Zoom may lie in different days; a day that is asked for alone gives what it gives among all days."""
    bot = capture(1, TALK, source="recall", day=DAY - timedelta(days=1))
    zoom = capture(1, TALK, meeting_uuid=UUID)
    lake = write_lake(tmp_path, [zoom, bot], [(bot, UUID)])
    days = f"SELECT count(*) FROM best_segments WHERE date = '{DAY - timedelta(days=1)}'"
    assert ask(lake, days) == [(0,)]
    assert ask(lake, "SELECT DISTINCT date, recording_key FROM best_segments") == [(DAY, key_of(zoom))]
    assert ask(lake, f"SELECT n_words_zoom FROM agreement WHERE date = '{DAY - timedelta(days=1)}'") == [(13,)]


def test_every_meeting_is_read_once(tmp_path):
    """Over many mixtures: exactly one recording and kind for each meeting with anything to read, and no other."""
    rng = random.Random(5)
    captures, links, readable = [], [], set()
    for number in range(40):
        source = rng.choice(("zoom", "recall", "vexa"))
        uuid = f"meeting-{number if source == 'zoom' else rng.randrange(40)}"
        lines = rng.choice((TALK, BY_NUMBER, TALK[:1], []))
        made = capture(
            number,
            lines,
            source=source,
            kind=rng.choice(("transcript", "captions")),
            is_current=rng.random() < 0.8,
            meeting_uuid=uuid if source == "zoom" else None,
            day=DAY + timedelta(days=rng.randrange(2)),
        )
        captures.append(made)
        is_linked = source != "zoom" and rng.random() < 0.7
        links += [(made, uuid)] * is_linked
        if lines and made["transcripts"]["is_current"][0].as_py():
            readable.add(uuid if source == "zoom" or is_linked else key_of(made))
    found = ask(write_lake(tmp_path, captures, links), CHOSEN)
    assert sorted(row[0] for row in found) == sorted(readable)


def test_who_saw_what(tmp_path):
    """A row per recording: how it was linked, what it heard, and how late its clock is; Zoom's has no offset."""
    zoom = capture(1, TALK, meeting_uuid=UUID)
    late = capture(1, TALK, source="recall", clock_ms=2_500, has_words=True)
    lone = capture(2, TALK, source="recall")
    lake = write_lake(tmp_path, [zoom, late, lone], [(late, UUID), (lone, None)])
    rows = ask(lake, "SELECT * EXCLUDE (started_at, ended_at, meeting_id) FROM meeting_sources")
    base = ("recording_start", "available")
    assert sorted(rows, key=str) == sorted(
        [
            (DAY, UUID, "Plan 1", key_of(zoom), "zoom", *base, 3, 13, None, None, None, None),
            (DAY, UUID, "Plan 1", key_of(late), "recall", *base, 3, 13, "id_overlap", None, 1_800_000, 2_500),
            (DAY, key_of(lone), None, key_of(lone), "recall", *base, 3, 0, None, "ambiguous", None, None),
        ],
        key=str,
    )


FAR = [Line(0, "good morning to all"), Line(601_000, "one two three four"), Line(1_300_000, "see you next week")]
TWICE = [*TALK[:2], Line(8_000, "let us go on"), Line(60_000, "let us go on")]
BETWEEN = [*TALK[:2], Line(540_000, "let us go on")]
AROUND = [*TALK[:2], Line(8_000, "let us go on"), Line(1_080_000, "let us go on")]


@pytest.mark.parametrize(
    ("heard", "clock_ms", "offset_ms"),
    [
        (TALK, -1_200, -1_200),
        ([*TALK[:1], Line(4_300, TALK[1].text.upper()), Line(9_100, "Fine: I WILL!")], 0, 300),
        ([TALK[0]._replace(text="so we ship on monday"), *TALK[1:]], 0, None),
        (TALK, 600_000, 600_000),
        (TALK, 600_001, None),
        (FAR, 90_000, 90_000),
        (TWICE, 0, None),
        ([*TALK[:2], Line(12_000, "oh, fine"), Line(None, "fine, I will")], 0, None),
        (BETWEEN, 0, None),
        (AROUND, 0, None),
    ],
)
def test_clock_offset(tmp_path, heard, clock_ms, offset_ms):
    """The median over sentences of three words or more, said once on either side; of fewer than three there is none."""
    others = [(FAR, FAR), (TWICE, TWICE), (BETWEEN, AROUND), (AROUND, BETWEEN)]
    said = next((zoom for bot, zoom in others if heard is bot), [*TALK, Line(12_000, "oh, fine")])
    zoom, bot = capture(1, said, meeting_uuid=UUID), capture(1, heard, source="recall", clock_ms=clock_ms)
    lake = write_lake(tmp_path, [zoom, bot], [(bot, UUID)])
    assert ask(lake, "SELECT clock_offset_ms FROM meeting_sources WHERE source = 'recall'") == [(offset_ms,)]


def compare(tmp_path, said, heard, columns="n_words_zoom, n_words_bot, words_agreed, word_agreement", **bot):
    """The one row of the view for what Zoom and a bot say."""
    zoom, other = capture(1, said, meeting_uuid=UUID), capture(1, heard, source="recall", **bot)
    (row,) = ask(write_lake(tmp_path, [zoom, other], [(other, UUID)]), f"SELECT {columns} FROM agreement")
    return row


@pytest.mark.parametrize("has_words", [True, False])
def test_the_same_words_agree_wholly(tmp_path, has_words):
    """Two equal transcripts agree by 1.0, whether the bot's words have times of their own or not."""
    talk = [Line(at, "yes and no and yes, don't ask", length_ms=length) for at, length in ((0, 1_400), (9_500, 1_400))]
    curly = [each._replace(text=each.text.replace("'", "\u2019").upper()) for each in talk]
    assert compare(tmp_path, talk, curly, has_words=has_words) == (14, 14, 14, 1.0)


@pytest.mark.parametrize("clock_ms", [0, 2_500])
def test_one_word_in_ten_is_heard_otherwise(tmp_path, clock_ms):
    """The share that agrees is the share that was left alone, also where the bot's clock is late."""
    rng = random.Random(7)
    weights = [1 / (rank + 3) for rank in range(2_000)]
    words = [[f"word{each}" for each in rng.choices(range(2_000), weights, k=10)] for _ in range(300)]
    said = [Line(4_000 * index, " ".join(each), length_ms=3_800) for index, each in enumerate(words)]
    for each in words:
        each[rng.randrange(10)] = "misheard"
    heard = [line._replace(text=" ".join(each)) for line, each in zip(said, words, strict=True)]
    *counts, agreement = compare(tmp_path, said, heard, clock_ms=clock_ms)
    assert counts[:2] == [3_000, 3_000]
    assert agreement == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(
    ("said", "heard", "counts"),
    [
        ([(0, "yes yes no")], [(0, "yes no no")], (3, 3, 2)),
        ([(9_000, "left")], [(11_000, "left")], (1, 1, 1)),
        ([(9_000, "left")], [(11_000, "left left")], (1, 2, 1)),
        ([(11_000, "left")], [(9_000, "left")], (1, 1, 1)),
        ([(9_000, "left")], [(21_000, "left")], (1, 1, 0)),
        ([(1_000, "a"), (11_000, "a")], [(11_000, "a"), (21_000, "a")], (2, 2, 1)),
        ([(11_000, "a a")], [(1_000, "a"), (11_000, "a"), (21_000, "a")], (2, 3, 2)),
        ([(1_000, "a"), (21_000, "a")], [(11_000, "a")], (2, 1, 1)),
        ([(0, "王小明, 好")], [(0, "王 小明好。")], (4, 4, 4)),
        ([(0, "ok カタカナ")], [(0, "OK")], (5, 1, 1)),
        ([(0, "café")], [(0, "Cafe\u0301!")], (1, 1, 1)),
        ([(0, "-- ...")], [(0, "hm")], (0, 1, 0)),
        ([(0, "a"), (None, "b")], [(0, "a"), (None, "b c")], (1, 1, 1)),
    ],
)
def test_which_words_are_paired(tmp_path, said, heard, counts):
    """Once each, within the same ten seconds or those beside; characters of scripts without blanks are words."""
    sides = [[Line(at, text, length_ms=400) for at, text in side] for side in (said, heard)]
    n_zoom, n_bot, n_agreed = counts
    expected = 2 * n_agreed / (n_zoom + n_bot) if n_zoom and n_bot else None
    assert compare(tmp_path, *sides) == (*counts, expected)


def test_words_are_spread_over_their_segment(tmp_path):
    """Evenly, by 0.4 s a word where it has no end, and by the words' own times where there are such."""
    many = " ".join(f"w{index}" for index in range(100))
    halves = [Line(0, " ".join(many.split()[:50])), Line(20_000, " ".join(many.split()[50:]))]
    assert compare(tmp_path / "long", halves, [Line(0, many, length_ms=40_000)])[2] == 100
    assert compare(tmp_path / "open", halves, [Line(0, many, length_ms=None)])[2] == 100
    assert compare(tmp_path / "short", halves, [Line(0, many, length_ms=2_000)])[2] == 50
    assert compare(tmp_path / "odd", halves, [Line(0, many, length_ms=-40_000)])[2] == 50
    assert compare(tmp_path / "timed", halves, [Line(0, many, length_ms=90_000)], has_words=True)[2] == 100


def test_speakers_and_speech(tmp_path):
    """Named speakers are compared by letters and digits alone; speech is the length of the segments, null without."""
    said = [Line(0, "a", "Ana Lima"), Line(3_000, "b", "王小明"), Line(6_000, "c", "Bo Chen"), Line(9_000, "d", "☀")]
    heard = [
        Line(0, "a", "ana  LIMA."),
        Line(3_000, "b", "王 小明"),
        Line(6_000, "c", "Speaker 2"),
        Line(9_000, "d", "☂"),
    ]
    columns = "speakers_zoom, speakers_bot, speakers_agreed, speech_ms_zoom, speech_ms_bot"
    assert compare(tmp_path / "some", said, heard, columns) == (4, 3, 2, 8_000, 8_000)
    endless = [each._replace(length_ms=None, speaker="1") for each in heard]
    assert compare(tmp_path / "none", said, endless, columns) == (4, 0, 0, 8_000, None)


def test_what_is_compared(tmp_path):
    """Captions where a side has no transcript; a bot or a Zoom recording without any text is no pair."""
    captions = capture(1, TALK, kind="captions", meeting_uuid=UUID)
    silent = capture(2, [], meeting_uuid="other")
    bots = [capture(number, TALK, source="recall") for number in (1, 2)] + [capture(3, [], source="vexa")]
    lake = write_lake(tmp_path, [captions, silent, *bots], zip(bots, (UUID, "other", UUID), strict=True))
    assert ask(lake, "SELECT recording_key, zoom_recording_key, word_agreement FROM agreement") == [
        (key_of(bots[0]), key_of(captions), 1.0)
    ]


@pytest.mark.parametrize("captures", [[], [capture(1, TALK, meeting_uuid=UUID)], [capture(1, TALK, source="recall")]])
def test_views_over_a_lake_of_few_tables(tmp_path, captures):
    """Without bots, links or anything at all, the views answer with what there is, and so do their examples."""
    (tmp_path / "lake").mkdir()
    lake = write_lake(tmp_path, captures)
    assert ask(lake, "SELECT count(*) FROM best_segments") == [(3 * len(captures),)]
    assert ask(lake, "SELECT count(*), count(clock_offset_ms) FROM meeting_sources") == [(len(captures), 0)]
    assert ask(lake, "SELECT * FROM agreement") == []
    for view in (*MEETING_VIEWS, *AGREEMENT_VIEWS):
        assert ask(lake, view.example) == []
