"""How an entry changes; above all, that a receipt is never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline_samples import END, NOW, archived, entry, listed, receipt, recording, standing

from harvester.archive import Entry
from harvester.errors import Damaged, Pending, Refused, Retriable, Vanished
from harvester.ledger import FileRow
from harvester.model import FileState, FileStatus, Kind
from harvester.pipeline import merge
from harvester.pipeline.plan import Action, Decision, decide
from harvester.pipeline.select import Selection

S = FileStatus
keys = st.sampled_from(["a", "b", "c", "a~2", "a~3"])
kinds = st.sampled_from([Kind.VIDEO, Kind.TRANSCRIPT, Kind.CHAT])
sizes = st.none() | st.integers(1, 3)
some_files = st.lists(
    st.builds(listed, key=st.sampled_from(["a", "b", "c"]), kind=kinds, listed_bytes=sizes, ready=st.booleans()),
    max_size=4,
    unique_by=lambda each: each.key,
)
some_errors = st.sampled_from([Pending("p"), Vanished("v"), Refused("r"), Damaged("d"), Retriable("t")])
selections = st.sampled_from([Selection(), Selection(types=("chat",)), Selection(exclude=("*",))])
nights = st.tuples(
    some_files, selections, st.integers(0, 9), st.lists(some_errors | st.none(), max_size=6), st.booleans()
)


def proofs(one):
    return {key: file.state.receipt for key, file in one.files.items() if file.state.receipt}


@given(st.lists(nights, max_size=6))
def test_no_history_loses_a_receipt(history):
    """Whatever is listed, selected, fetched, fails or disappears, what was once proven stays proven and archived."""
    current: Entry | None = None
    known = {}
    for files, selection, days, outcomes, lost in history:
        now = END + timedelta(days=days)
        current = merge.list_entry(current, recording(*files), {"days": days}, now=now)
        decisions = decide(recording(*files), current.files, selection, now=now)
        current = merge.apply_decisions(current, decisions, {}, gone_at=NOW)
        fetch = [each.file for each in decisions if each.action is Action.FETCH]
        for number, (file, error) in enumerate(zip(fetch, outcomes, strict=False)):
            if error:
                current = merge.failed(current, file.key, error)
            else:
                current = merge.archived(current, file.key, receipt(b"%d" % number, listed_bytes=file.listed_bytes))
        if lost:
            current = merge.gone(current, at=NOW)
        assert known.items() <= proofs(current).items()
        known = proofs(current)
        for file in current.files.values():
            assert (file.state.status is S.ARCHIVED) is (file.state.receipt is not None)
        for each in decisions:
            assert each.file.key in current.files


@given(st.lists(st.tuples(keys, st.sampled_from(S)), max_size=5), st.sets(keys))
def test_the_ledger_is_told_what_the_entry_says(states, tried):
    """One row per file, with the receipt where there is one, and attempts counted where nothing came of them."""
    one = entry(*(standing(listed(key), status, "why") for key, status in dict(states).items()))
    rows = merge.file_rows(one, {}, tried)
    assert [(each.file_key, each.status) for each in rows] == [(k, f.state.status) for k, f in one.files.items()]
    for row in rows:
        assert row.receipt() == one.files[row.file_key].state.receipt
        assert row.attempts == (row.file_key in tried and row.status != S.ARCHIVED)


def test_attempts_add_up_over_runs():
    """What failed before and again has been tried twice; a file nobody tried keeps its count."""
    one = entry(standing(listed("a"), S.FAILED, "x"), standing(listed("b"), S.FAILED, "x"))
    before = {each.file_key: each for each in merge.file_rows(one, {}, {"a", "b"})}
    after = {each.file_key: each.attempts for each in merge.file_rows(one, before, {"a"})}
    assert after == {"a": 2, "b": 1}
    assert all(isinstance(each, FileRow) for each in before.values())


def test_a_first_sight_is_kept():
    """When a recording was first seen stays, in whole seconds; the newest metadata is added to the older."""
    first = merge.list_entry(None, recording(), {"a": 1, "b": 1}, now=NOW.replace(microsecond=5))
    assert first.first_seen_at == NOW
    again = merge.list_entry(first, recording(), {"b": 2}, now=NOW + timedelta(days=1))
    assert again.first_seen_at == NOW
    assert again.metadata == {"a": 1, "b": 2}


def test_a_recording_that_is_back_is_no_longer_gone():
    """One restored from the trash is fetched again, also the files that were given up as expired."""
    lost = merge.gone(entry(standing(listed(), S.PENDING)), at=NOW, by="ana")
    back = merge.list_entry(lost, recording(listed()), {}, now=NOW)
    assert not back.gone
    (decision,) = decide(recording(listed()), back.files, Selection(), now=NOW)
    assert decision.action is Action.FETCH


@pytest.mark.parametrize(
    ("status", "after"),
    [
        (S.ARCHIVED, S.ARCHIVED),
        (S.SKIPPED, S.SKIPPED),
        (S.PENDING, S.EXPIRED),
        (S.FAILED, S.EXPIRED),
        (S.MISSING, S.EXPIRED),
        (S.EXPIRED, S.EXPIRED),
    ],
)
def test_what_a_deletion_at_the_source_does(status, after):
    """What is in the archive stays there; what was still owed can never come."""
    lost = merge.gone(entry(standing(listed(), status)), at=NOW, by="ana")
    assert (lost.gone, lost.gone_at, lost.gone_by) == (True, NOW, "ana")
    assert lost.files["f1"].state.status is after


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Pending("p"), S.PENDING),
        (Vanished("p"), S.MISSING),
        (Refused("p"), S.FAILED),
        (Damaged("p"), S.FAILED),
        (Retriable("p"), S.FAILED),
    ],
)
def test_what_a_failure_makes_of_a_file(error, status):
    """Awaited, missing at the source, or failed, with the reason."""
    one = merge.failed(entry(standing(listed(), S.PENDING)), "f1", error)
    assert one.files["f1"].state == FileState(status, "p")


@pytest.mark.parametrize(
    ("action", "before", "found", "expected"),
    [
        (Action.KEEP, S.ARCHIVED, False, S.ARCHIVED),
        (Action.FETCH, None, False, S.PENDING),
        (Action.FETCH, None, True, S.ARCHIVED),
        (Action.FETCH, S.FAILED, False, S.FAILED),
        (Action.FETCH, S.FAILED, True, S.ARCHIVED),
        (Action.FETCH, S.MISSING, False, S.PENDING),
        (Action.WAIT, S.FAILED, False, S.PENDING),
        (Action.GIVE_UP, S.PENDING, False, S.FAILED),
        (Action.SKIP, None, False, S.SKIPPED),
        (Action.SKIP, S.FAILED, False, S.SKIPPED),
    ],
)
def test_what_a_decision_makes_of_a_file(action, before, found, expected):
    """A proof that lies in the archive wins; a failure keeps its reason until it is tried again."""
    file = listed()
    there = {"f1": receipt()} if found else {}
    one = entry(standing(file, before, "earlier")) if before else entry()
    state = merge.apply_decisions(one, [Decision(file, action, "why")], there, gone_at=NOW).files["f1"].state
    assert state.status is expected
    if action is Action.FETCH and before is S.FAILED and not found:
        assert state.error == "earlier"


def test_what_is_listed_no_more_stays():
    """A file that the source has no longer keeps its place and its proof, and says since when it is gone.

    A listing alone says nothing of it: it leaves out what only the recording's detail shows.
    """
    one = entry(archived(listed("a")), archived(listed("b~2")))
    later = NOW + timedelta(days=1)
    seen = [Decision(listed("b~2"), Action.KEEP)]
    assert merge.apply_decisions(one, seen, {}).files == one.files
    first = merge.apply_decisions(one, seen, {}, gone_at=NOW + timedelta(microseconds=7))
    again = merge.apply_decisions(first, seen, {}, gone_at=later)
    assert again.files["a"] == replace(archived(listed("a")), gone_at=NOW)
    assert again.files["b~2"] == archived(listed("b~2"))
    back = merge.apply_decisions(again, [Decision(listed("a"), Action.KEEP), *seen], {}, gone_at=later)
    assert back.files["a"] == archived(listed("a"))


def test_since_when_it_is_gone_does_not_change():
    """A second look that misses a recording makes it no later, and who took it away is added when an event says so."""
    once = merge.gone(entry(), at=NOW)
    again = merge.gone(once, at=NOW + timedelta(days=1), by="ana")
    assert (again.gone_at, again.gone_by) == (NOW, "ana")
