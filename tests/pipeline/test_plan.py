"""What to do with each file, when to look again, and what became of a transcript: tables of pure decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from pipeline_samples import END, NOW, START, TWINS, archived, held, listed, receipt, recording, standing

from harvester.archive import TranscriptFact
from harvester.clock import SystemClock
from harvester.ledger import Known
from harvester.model import FileState, FileStatus, Kind, Sighting, TranscriptStatus
from harvester.pipeline.access import RecordingAccess
from harvester.pipeline.discover import needs_work
from harvester.pipeline.plan import (
    Action,
    base_key,
    decide,
    ended_at,
    is_settled,
    is_unlisted,
    judge_transcript,
    transcript_status,
    version_of,
)
from harvester.pipeline.schedule import next_attempt, next_look
from harvester.pipeline.select import Selection
from harvester.source import Detail
from harvester.zoom.describe import describe

ALL = Selection()
S, T = FileStatus, TranscriptStatus
VTT = listed("t1", Kind.TRANSCRIPT)


@pytest.mark.parametrize(
    ("after_end", "expected"),
    [
        (timedelta(hours=-2), timedelta(hours=1)),
        (timedelta(0), timedelta(hours=1)),
        (timedelta(hours=1) - timedelta(seconds=1), timedelta(hours=1)),
        (timedelta(hours=1), timedelta(hours=6)),
        (timedelta(hours=7), timedelta(days=1)),
        (timedelta(days=1), timedelta(days=3)),
        (timedelta(days=4), timedelta(days=7)),
        (timedelta(days=7), None),
        (timedelta(days=300), None),
    ],
)
def test_looks_after_a_meeting(after_end, expected):
    """1 h, 6 h, 1, 3 and 7 days after the end; each look is in the future, and after the last the wait is over."""
    assert next_look(END, END + after_end) == (expected and END + expected)


@pytest.mark.parametrize(
    ("attempts", "hours"), [(0, 1), (1, 1), (2, 6), (3, 24), (4, 72), (5, 168), (6, 168), (500, 168)]
)
def test_attempts_after_failures(attempts, hours):
    """What failed is tried again ever later, at least once a week, and never given up in silence."""
    assert next_attempt(attempts, NOW) == NOW + timedelta(hours=hours)


LAST = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, END),
        ({"ended_at": None}, END),
        ({"ended_at": None, "duration_ms": None}, START),
        ({"ended_at": None, "duration_ms": 60_000}, START + timedelta(minutes=1)),
        ({"started_at": LAST, "ended_at": None, "duration_ms": 3_600_000}, LAST),
    ],
)
def test_the_end_of_a_recording(changes, expected):
    """Where the source gives no end, start and duration make one, within the calendar."""
    assert ended_at(recording(**changes)) == expected


SHORT = Selection(min_duration=60)
TEXT = Selection(types=("transcript",))
LATE = END + timedelta(days=8)


@pytest.mark.parametrize(
    ("file", "known", "selection", "now", "action"),
    [
        (listed(), None, ALL, NOW, Action.FETCH),
        (listed(), S.ARCHIVED, ALL, NOW, Action.KEEP),
        (listed(), S.ARCHIVED, SHORT, NOW, Action.KEEP),
        (listed(ready=False), S.ARCHIVED, ALL, NOW, Action.KEEP),
        (listed(), S.PENDING, ALL, NOW, Action.FETCH),
        (listed(), S.FAILED, ALL, NOW, Action.FETCH),
        (listed(), S.MISSING, ALL, NOW, Action.FETCH),
        (listed(), S.EXPIRED, ALL, NOW, Action.FETCH),
        (listed(), S.SKIPPED, ALL, NOW, Action.FETCH),
        (listed(), None, TEXT, NOW, Action.SKIP),
        (VTT, None, TEXT, NOW, Action.FETCH),
        (VTT, None, SHORT, NOW, Action.SKIP),
        (listed(ready=False), None, ALL, NOW, Action.WAIT),
        (listed(ready=False), None, ALL, LATE, Action.GIVE_UP),
        (listed(ready=False), S.FAILED, TEXT, LATE, Action.SKIP),
        (listed(), S.FAILED, ALL, LATE, Action.FETCH),
    ],
)
def test_what_is_done_with_a_file(file, known, selection, now, action):
    """The archive's own is kept whatever the rules; the rest is fetched, awaited, given up or skipped."""
    there = held(standing(file, known, "before")) if known else {}
    (decision,) = decide(recording(file), there, selection, now=now)
    assert decision.action is action
    assert decision.file == file
    assert bool(decision.reason) is (action in {Action.WAIT, Action.GIVE_UP, Action.SKIP})


@pytest.mark.parametrize(
    ("kind", "was", "now_listed", "key", "action"),
    [
        (Kind.TRANSCRIPT, 5, 5, "t1", Action.KEEP),
        (Kind.TRANSCRIPT, 5, 6, "t1~2", Action.FETCH),
        (Kind.CAPTIONS, 5, 4, "t1~2", Action.FETCH),
        (Kind.VIDEO, 5, 6, "t1", Action.KEEP),
        (Kind.CHAT, 5, 6, "t1", Action.KEEP),
        (Kind.TRANSCRIPT, None, 6, "t1", Action.KEEP),
        (Kind.TRANSCRIPT, 5, None, "t1", Action.KEEP),
    ],
)
def test_an_edited_transcript_is_a_new_version(kind, was, now_listed, key, action):
    """A transcript of another size is fetched beside the first one, which is never replaced."""
    old = archived(listed("t1", kind, listed_bytes=was), receipt(listed_bytes=was))
    (decision,) = decide(recording(listed("t1", kind, listed_bytes=now_listed)), held(old), ALL, now=NOW)
    assert (decision.file.key, decision.action) == (key, action)


@pytest.mark.parametrize(
    ("second", "now_listed", "key", "action"),
    [
        (S.PENDING, 6, "t1~2", Action.FETCH),
        (S.FAILED, 7, "t1~2", Action.FETCH),
        (S.ARCHIVED, 6, "t1~2", Action.KEEP),
        (S.ARCHIVED, 7, "t1~3", Action.FETCH),
        (S.ARCHIVED, 5, "t1~3", Action.FETCH),
    ],
)
def test_the_newest_version_is_what_is_compared(second, now_listed, key, action):
    """A version that could not be fetched yet is tried again under its own key; each change makes one version."""
    first = archived(listed("t1", Kind.TRANSCRIPT, listed_bytes=5), receipt(listed_bytes=5))
    file = listed("t1~2", Kind.TRANSCRIPT, listed_bytes=6)
    newer = archived(file, receipt(listed_bytes=6)) if second is S.ARCHIVED else standing(file, second)
    (decision,) = decide(
        recording(listed("t1", Kind.TRANSCRIPT, listed_bytes=now_listed)), held(first, newer), ALL, now=NOW
    )
    assert (decision.file.key, decision.action) == (key, action)


@pytest.mark.parametrize(
    ("key", "base", "version"),
    [("t1", "t1", 1), ("t1~2", "t1", 2), ("a~b", "a~b", 1), ("a~b~12", "a~b", 12), ("~", "~", 1), ("t1~", "t1~", 1)],
)
def test_versions_of_keys(key, base, version):
    """Only a number behind the mark is a version; everything else belongs to the source's own key."""
    assert (base_key(key), version_of(key)) == (base, version)


@pytest.mark.parametrize("statuses", [(S.FAILED, S.ARCHIVED), (S.ARCHIVED, S.FAILED), (S.PENDING, S.PENDING)])
def test_files_that_a_source_numbers_are_no_versions(statuses):
    """Two files without an id keep a decision each: one that was archived never hides one that failed."""
    twins = describe(TWINS)
    there = held(*(standing(file, status) for file, status in zip(twins.files, statuses, strict=True)))
    decisions = decide(twins, there, ALL, now=NOW)
    assert [each.file.key for each in decisions] == [each.key for each in twins.files]
    expected = [Action.KEEP if each is S.ARCHIVED else Action.FETCH for each in statuses]
    assert [each.action for each in decisions] == expected


def test_files_that_a_source_numbers_have_an_address_each():
    """Neither of two files without an id is fetched from the other's address."""
    source = SimpleNamespace(
        describe=describe, detail_life_s=None, fetch_detail=lambda _id, **_asked: Detail(TWINS, "token")
    )
    access = RecordingAccess(source, "abc==", SystemClock())
    urls = [access.for_file(each).grant(renew=False).url for each in describe(TWINS).files]
    assert urls == ["https://zoom.us/rec/1", "https://zoom.us/rec/2"]


@pytest.mark.parametrize(
    ("statuses", "fact", "settled"),
    [
        ([], None, True),
        ([S.ARCHIVED, S.SKIPPED, S.EXPIRED], None, True),
        ([S.ARCHIVED, S.PENDING], None, False),
        ([S.FAILED], None, False),
        ([S.MISSING], None, False),
        ([S.ARCHIVED], T.PENDING, False),
        ([S.ARCHIVED], T.NONE, True),
        ([S.ARCHIVED], T.EXPIRED, True),
    ],
)
def test_nothing_is_owed_any_more(statuses, fact, settled):
    """A recording is settled when no file and no transcript is awaited and none has failed."""
    transcript = TranscriptFact(fact, "why") if fact else None
    assert is_settled([FileState(each) for each in statuses], transcript) is settled


@pytest.mark.parametrize(
    ("files", "selection", "gone", "now", "expected"),
    [
        ([], ALL, False, NOW, T.PENDING),
        ([], ALL, False, END, T.PENDING),
        ([], ALL, False, END + timedelta(days=7), T.NONE),
        ([], ALL, True, NOW, T.EXPIRED),
        ([listed()], ALL, False, NOW, T.PENDING),
        ([listed("c", Kind.CAPTIONS)], ALL, False, NOW, T.PENDING),
        ([VTT], ALL, False, LATE, None),
        ([VTT], ALL, True, NOW, None),
        ([], Selection(types=("chat",)), False, NOW, None),
        ([], TEXT, False, NOW, T.PENDING),
        ([], SHORT, False, NOW, None),
    ],
)
def test_what_the_clock_decides_about_a_transcript(files, selection, gone, now, expected):
    """Awaited, over, or gone with its recording; nothing where a file tells or nobody asked. The reason is said."""
    there = [standing(each, S.PENDING) for each in files]
    fact = judge_transcript(recording(), there, selection, gone=gone, now=now)
    assert (fact and fact.status) == expected
    assert fact is None or fact.reason


@pytest.mark.parametrize(
    ("files", "fact", "expected"),
    [
        ([], None, None),
        ([], T.NONE, T.NONE),
        ([], T.PENDING, T.PENDING),
        ([(S.ARCHIVED, 3)], None, T.AVAILABLE),
        ([(S.ARCHIVED, 0)], None, T.EMPTY),
        ([(S.ARCHIVED, None)], None, T.FAILED),
        ([(S.ARCHIVED, 0), (S.ARCHIVED, 2)], None, T.AVAILABLE),
        ([(S.ARCHIVED, 2), (S.FAILED, None)], None, T.AVAILABLE),
        ([(S.ARCHIVED, 0), (S.PENDING, None)], None, T.PENDING),
        ([(S.ARCHIVED, 0), (S.FAILED, None)], None, T.FAILED),
        ([(S.PENDING, None), (S.FAILED, None)], None, T.PENDING),
        ([(S.FAILED, None)], None, T.FAILED),
        ([(S.EXPIRED, None)], None, T.EXPIRED),
        ([(S.MISSING, None)], None, T.EXPIRED),
        ([(S.SKIPPED, None)], None, None),
        ([(S.ARCHIVED, 2)], T.NONE, T.AVAILABLE),
    ],
)
def test_the_status_of_a_transcript(files, fact, expected):
    """Rows that can be read count most, then what is awaited, what failed, what is empty, what came too late."""
    there = [standing(listed(f"t{n}", Kind.TRANSCRIPT), status) for n, (status, _) in enumerate(files)]
    cues = {f"t{n}": count for n, (status, count) in enumerate(files) if status is S.ARCHIVED}
    assert transcript_status(there, fact and TranscriptFact(fact, "why"), cues) == expected


def test_captions_are_no_transcript():
    """Live captions beside a missing transcript do not make it available."""
    there = [standing(listed("c", Kind.CAPTIONS), S.ARCHIVED)]
    assert transcript_status(there, TranscriptFact(T.NONE, "why"), {"c": 5}) == T.NONE


@pytest.mark.parametrize(
    ("files", "extra", "expected"),
    [
        ((), {"recording_count": 3}, True),
        ((), {"recording_count": 0}, False),
        ((), {}, False),
        ((VTT,), {"recording_count": 3}, False),
    ],
)
def test_files_that_are_counted_and_not_shown(files, extra, expected):
    """A listing that counts files and shows none sends us to the detail; one that counts none costs no call."""
    assert is_unlisted(recording(*files, extra=extra)) is expected


@pytest.mark.parametrize(
    ("changes", "fingerprint", "selection", "expected"),
    [
        ({}, "same", ALL, False),
        ({}, "other", ALL, True),
        ({"listing_fingerprint": None}, "same", ALL, True),
        ({"selection": ALL.fingerprint()}, "same", ALL, False),
        ({"selection": ALL.fingerprint()}, "same", TEXT, True),
        ({"selection": None}, "same", TEXT, False),
        ({"next_try_at": NOW.isoformat()}, "same", ALL, True),
        ({"next_try_at": (NOW + timedelta(seconds=1)).isoformat()}, "same", ALL, False),
    ],
)
def test_which_recordings_need_work(changes, fingerprint, selection, expected):
    """Changed, cut off, skipped under other rules, or due: everything else costs one look into the ledger."""
    known = Known(
        **{"listing_fingerprint": "same", "selection": None, "next_try_at": None} | changes, archived=0, awaited=0
    )
    assert needs_work(known, Sighting("id1", 0, fingerprint), selection, now=NOW) is expected
