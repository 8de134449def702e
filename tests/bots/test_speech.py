"""What all providers' readers share: words, labels, times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.bots.model import Origin, RunStatus, TimeBase, Utterance, Word
from harvester.bots.speech import (
    add_ms,
    as_ms,
    build_speech,
    clean_label,
    count_ms,
    join_words,
    read_confidence,
    read_epoch_ms,
    read_epoch_s,
    read_moment,
    span_of,
    to_ms,
    write_moment,
)
from harvester.errors import Damaged
from harvester.speaker import classify_speaker

T0 = datetime(2026, 5, 4, 9, tzinfo=UTC)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**5000), 10**5000)
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=5,
)  # fmt: skip


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Ana Díaz", "named"), ("+49 30 1234567", "named"), ("Speakers Corner", "named"), ("AB", "named"),
        ("Speaker 0", "generic"), ("speaker_12", "generic"), ("0", "generic"), ("B", "generic"),
        ("Speaker A", "generic"), ("", "unknown"), (None, "unknown"), ("Unknown", "unknown"),
        ("unknown speaker", "unknown"), ("NoSpeaker", "unknown"),
    ],
)  # fmt: skip
def test_a_label_is_a_name_unless_it_is_none(label, kind):
    """Numbers, letters and "Speaker N" tell voices apart and name nobody."""
    assert classify_speaker(label)[0] == kind


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["Good", " morning,", "all"], "Good morning, all"),
        (["好", "的", "\uff0c", "没问题", "。"], "好的\uff0c没问题。"),
        (["OK", "好", "的", "fine"], "OK 好的 fine"),
        (["  ", "", "one"], "one"),
        ([], ""),
    ],
)
def test_words_become_text(tokens, text):
    """One blank between them, and none where a script knows none."""
    assert join_words(tokens) == text


@pytest.mark.parametrize(
    ("seconds", "ms"),
    [(14.87, 14870), ("14.87", 14870), (0.0005, 1), (-1.5, -1500), (3, 3000), (None, None), ("", None), (2.6755, 2676)],
)
def test_seconds_become_milliseconds_once(seconds, ms):
    """Halves go up, as they are written and not as binary has them; what is missing stays missing."""
    assert to_ms(seconds) == ms


@given(anything)
def test_no_value_is_more_than_damaged(value):
    """Whatever stands where a time, a label or a share belongs, it is read, left out or Damaged."""
    for read in (to_ms, as_ms, read_moment, read_epoch_s, read_epoch_ms):
        try:
            read(value)
        except Damaged as error:
            assert len(error.message) < 200  # noqa: PT017 - either outcome is right
    clean_label(value)
    assert read_confidence(value) is None or 0 <= read_confidence(value) <= 1


def test_times_without_a_zone_are_utc():
    """Naive times are UTC, others are turned into it."""
    assert read_moment("2026-05-04T09:00:00") == read_moment("2026-05-04T11:00:00+02:00") == T0
    assert read_epoch_ms(1777885200000) == read_epoch_s(1777885200) == T0


def test_utterances_stand_by_their_starts():
    """Those without one last; text without words is dropped and counted; absolute times come from the origin."""
    said = [
        Utterance("untimed"),
        Utterance("later", 2000, 2500, language="en"),
        Utterance("  ", 5),
        Utterance("earlier", -100, None, start_at=T0 - timedelta(days=1)),
    ]
    speech = build_speech(said, Origin(T0, TimeBase.RECORDING_START), dropped=2, provider="p")
    assert [each.text for each in speech.utterances] == ["earlier", "later", "untimed"]
    assert (speech.dropped, speech.status, speech.languages) == (3, RunStatus.AVAILABLE, ("en",))
    earlier, later, untimed = speech.utterances
    assert earlier.start_at == T0 - timedelta(days=1)  # the source's own word
    assert (later.start_at, later.end_at) == (T0 + timedelta(seconds=2), T0 + timedelta(seconds=2.5))
    assert untimed.start_at is None
    assert build_speech([], Origin()).status is RunStatus.EMPTY


def test_the_span_of_words():
    """From the first start that is known to the end of the last word, which is not made up."""
    assert span_of([Word("a"), Word("b", 5, 9), Word("c", 10)]) == (5, None)
    assert span_of([Word("a", 1, 2), Word("b", 3, 4)]) == (1, 4)
    assert span_of([]) == (None, None)


def test_a_moment_is_written_in_utc():
    """With a Z, whatever zone it came in; one without a zone is UTC."""
    moment = datetime(2026, 4, 2, 16, 30, 0, 500_000, tzinfo=timezone(timedelta(hours=2)))
    assert write_moment(moment) == "2026-04-02T14:30:00.500000Z"
    assert write_moment(moment.replace(tzinfo=None)) == "2026-04-02T16:30:00.500000Z"
    assert write_moment(None) is None


def test_a_moment_outside_the_calendar_is_none():
    """Whatever was added to it."""
    last = datetime(9999, 12, 31, tzinfo=UTC)
    assert add_ms(last, 1000) == last + timedelta(seconds=1)
    assert (add_ms(last, 10**12), add_ms(last, 10**30), add_ms(last, None), add_ms(None, 1)) == (None,) * 4


@pytest.mark.parametrize(
    ("length", "unit_ms", "found"),
    [
        (0, 1000, 0),
        (366 * 86_400, 1000, 366 * 86_400_000),
        (366 * 86_400 + 1, 1000, None),
        (1.5, 60_000, 90_000),
        (0.0005, 1000, 1),
        (10**400, 1000, None),
        (-1, 1000, None),
        (float("nan"), 1000, None),
        (True, 1000, None),
        ("60", 1000, None),
        (None, 1000, None),
    ],
)
def test_a_length_of_time_is_at_most_a_year(length, unit_ms, found):
    """In whole milliseconds; what is no number, and more than a year, is unsaid."""
    assert count_ms(length, unit_ms=unit_ms) == found
