"""Any history of a ledger, against a model of what must be true after each step."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from ledger_samples import NOW, day, file_row, recording, row, staged

from harvester.ledger import Ledger
from harvester.model import Kind, Receipt

numbers = st.integers(1, 4)
days = st.integers(1, 3)


@dataclass(frozen=True)
class Known:
    """What a recording should look like: its day, its stages, and the day and stage the lake shows."""

    on: int
    seq: int = 0
    shown_on: int | None = None
    shown_seq: int = 0
    stages: frozenset[int] = frozenset()
    due: bool = True
    files: frozenset[str] = frozenset()


class History(RuleBasedStateMachine):
    """Opens, archives, settles, publishes, rebuilds and reopens in any order."""

    @initialize()
    def start(self):
        self.place = tempfile.TemporaryDirectory()
        self.path = Path(self.place.name) / "ledger.sqlite"
        self.ledger = Ledger(self.path)
        self.known: dict[int, Known] = {}

    def teardown(self):
        if hasattr(self, "ledger"):
            self.ledger.__exit__(None, None, None)
            self.place.cleanup()

    @rule(number=numbers, on=days)
    def open_work(self, number, on):
        self.ledger.open_recordings([(recording(number, on=on), f"folder{number}")], now=NOW)
        self.known[number] = replace(self.known.get(number, Known(on)), due=True)

    @rule(number=numbers, key=st.sampled_from(["f1", "f2"]))
    def archive_file(self, number, key):
        if number in self.known:
            receipt = Receipt(key, 5, "ab" * 32, NOW)
            self.ledger.record_archived(f"zoom:id{number}", key, Kind.VIDEO, receipt)
            self.known[number] = replace(self.known[number], files=self.known[number].files | {key})

    @rule(number=numbers, on=days, changed=st.booleans(), owed=st.booleans())
    def settle(self, number, on, changed, owed):
        known = self.known.get(number, Known(on))
        stages = changed or known.seq == 0 or known.on != on
        seq = known.seq + stages
        files = [file_row(number, each) for each in sorted(known.files)]
        self.ledger.settle(
            row(number, on=on, seq=seq, next_try_at=NOW.isoformat() if owed else None),
            files,
            staged=staged(number, seq) if stages else None,
        )
        left = known.stages | {seq} if stages else known.stages
        self.known[number] = replace(known, on=on, seq=seq, due=owed, stages=left)

    @rule(count=st.integers(0, 3))
    def publish_some(self, count):
        """A run that is cut off after some partitions leaves the rest for the next."""
        for partition in list(self.ledger.outbox.unpublished())[:count]:
            let_go = set(self.ledger.outbox.mark_published(partition))
            expected = set()
            for key, seq, _ in partition.staged:
                number = int(key.removeprefix("zoom:id"))
                known = self.known[number]
                expected |= {staged(number, each) for each in known.stages if each <= seq}
                left = frozenset(each for each in known.stages if each > seq)
                self.known[number] = replace(known, shown_on=partition.date.day, shown_seq=seq, stages=left)
            assert let_go == expected

    @rule(on=days)
    def rebuild_day(self, on):
        there = [number for number, known in self.known.items() if known.on == on and known.seq]
        let_go = self.ledger.outbox.mark_rebuilt(day(on), "zoom", [(f"zoom:id{each}", "sha", None) for each in there])
        assert set(let_go) == {staged(each, seq) for each in there for seq in self.known[each].stages}
        for number in there:
            known = self.known[number]
            self.known[number] = replace(known, shown_on=on, shown_seq=known.seq, stages=frozenset())

    @rule()
    def forget_all(self):
        self.ledger.forget_recordings()
        self.known = {}

    @rule()
    def reopen(self):
        self.ledger.__exit__(None, None, None)
        self.ledger = Ledger(self.path)

    @invariant()
    def what_is_owed_to_the_lake(self):
        if not hasattr(self, "ledger"):
            return
        partitions = list(self.ledger.outbox.unpublished())
        owed = {n: known for n, known in self.known.items() if known.shown_seq < known.seq}
        coming = {(each.date.day, key, seq, path) for each in partitions for key, seq, path in each.staged}
        assert coming == {(k.on, f"zoom:id{n}", k.seq, str(staged(n, k.seq))) for n, k in owed.items()}
        leaving = {(each.date.day, key) for each in partitions for key in each.leaving}
        assert leaving == {(k.shown_on, f"zoom:id{n}") for n, k in owed.items() if k.shown_on not in {None, k.on}}
        places = [each.date for each in partitions]
        assert len(places) == len(set(places))
        empties = [bool(each.leaving) for each in partitions]
        assert empties == sorted(empties, reverse=True)

    @invariant()
    def what_is_due_and_kept(self):
        if not hasattr(self, "ledger"):
            return
        due = {each.recording_key for each in self.ledger.due("zoom", NOW)}
        assert due == {f"zoom:id{n}" for n, known in self.known.items() if known.due}
        for number, known in self.known.items():
            assert set(self.ledger.files(f"zoom:id{number}")) == known.files


TestHistory = History.TestCase
TestHistory.__doc__ = "Nothing owed is lost, nothing is owed twice, and a recording leaves its old day before it comes."
TestHistory.settings = settings(max_examples=25, stateful_step_count=15)
