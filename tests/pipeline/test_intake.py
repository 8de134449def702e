"""The one thread through which received events come into the ledger."""

from __future__ import annotations

from pipeline_samples import NOW

from harvester.event import Event, Intent
from harvester.ledger import Ledger
from harvester.pipeline.intake import Intake


class Stopped:
    """A clock that stands still."""

    def now(self):
        return NOW


def event(number):
    return Event("recording.completed", Intent.HARVEST, f"digest{number}", NOW, "acc", (), {"n": number})


def test_who_no_longer_waits_keeps_nobody_else_waiting(tmp_path):
    """A request that was given up before its turn came is no end of the thread: the next event is kept."""
    path = tmp_path / "ledger.sqlite"
    intake = Intake(lambda: Ledger(path), Stopped())
    given_up, waiting = intake.keep("zoom", event(1)), intake.keep("zoom", event(2))
    assert given_up.cancel()
    with intake:
        waiting.result(timeout=10)
        intake.keep("zoom", event(3)).result(timeout=10)
    with Ledger(path) as ledger:
        assert {each.digest for each in ledger.inbox.last(9)} >= {"digest2", "digest3"}


def test_what_was_handed_in_before_the_end_is_kept(tmp_path):
    """Leaving waits for it; more than one flush may be needed."""
    path = tmp_path / "ledger.sqlite"
    with Intake(lambda: Ledger(path), Stopped()) as intake:
        futures = [intake.keep("zoom", event(number)) for number in range(1200)]
    assert all(each.done() and each.exception() is None for each in futures)
    with Ledger(path) as ledger:
        assert ledger.inbox.counts() == {"waiting": 1200}
