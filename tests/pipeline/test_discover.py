"""Listings and summaries: what needs work, what is a gap, and how a run ended."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pipeline_samples import NOW, ledger_row

from harvester.errors import AccessRefused, Damaged, ExitCode, Refused, Retriable
from harvester.ledger import Ledger
from harvester.model import Gap, ListingPage, Window
from harvester.pipeline.discover import list_window, read_listed
from harvester.pipeline.select import Selection
from harvester.pipeline.summary import Summary
from harvester.zoom.describe import describe
from harvester.zoom.glance import glance
from harvester.zoom.scrub import scrub

WINDOW = Window(NOW.date(), NOW.date())
FIELDS = {
    "run_id",
    "started_at",
    "finished_at",
    "exit_code",
    "recordings_listed",
    "files_listed",
    "files_archived",
    "files_already_archived",
    "files_pending",
    "files_failed",
    "bytes_downloaded",
    "segments_published",
    "partitions_published",
    "api_calls",
    "gaps",
    "errors",
}


class ScriptedSource:
    """Lists what it was told to; an error in the list is raised there."""

    def __init__(self, *pages):
        self._pages = pages
        self.name = "zoom"
        self.describe = describe
        self.glance = glance
        self.scrub = scrub

    def list_window(self, _window):
        for page in self._pages:
            if isinstance(page, Exception):
                raise page
            yield page


def payload(number, **changes):
    return {"uuid": f"id{number}", "start_time": "2026-03-03T09:00:00Z", "duration": 5, "recording_files": []} | changes


def page(*numbers):
    return ListingPage(tuple(payload(each) for each in numbers))


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


@pytest.fixture
def summary():
    return Summary("r1", NOW)


@pytest.fixture
def list_it(ledger, summary):
    def listing(*pages, seen=None):
        seen = {} if seen is None else seen
        source = ScriptedSource(*pages)
        refs, complete = list_window(source, WINDOW, ledger, Selection(), summary, seen=seen, now=NOW)
        return [each.native_id for each in refs], complete

    return listing


def test_everything_new_needs_work(list_it, summary):
    """All pages count, in order, and a listing without a gap is complete."""
    assert list_it(page(1, 2), page(), page(3)) == (["id1", "id2", "id3"], True)
    assert (summary.recordings_listed, summary.files_listed, summary.gaps) == (3, 0, [])


def test_windows_overlap_and_a_recording_counts_once(list_it, summary):
    """What an earlier page or window showed is not worked on again."""
    seen = {}
    assert list_it(page(1, 1), seen=seen) == (["id1"], True)
    assert list_it(page(1, 2), seen=seen) == (["id2"], True)
    assert summary.recordings_listed == 2


def test_what_is_settled_and_unchanged_is_passed_over(list_it, ledger):
    """A second night with nothing new yields no work; a changed payload does."""
    row = ledger_row(recording_key="zoom:id1", native_id="id1", listing_fingerprint=glance(payload(1)).fingerprint)
    ledger.settle(row, [], staged=None)
    assert list_it(page(1)) == ([], True)
    assert list_it(ListingPage((payload(1, topic="changed"),))) == (["id1"], True)


@pytest.mark.parametrize(
    "fault",
    [Gap(WINDOW, "one user is missing", "u1"), Retriable("the server is down"), Refused("no scope for this user")],
)
def test_a_gap_is_said_and_what_was_listed_is_kept(list_it, summary, fault):
    """A listing that broke off is incomplete, and the pages before it are worked on."""
    assert list_it(page(1), fault) == (["id1"], False)
    assert len(summary.gaps) == 1
    assert str(summary.gaps[0]).startswith("2026-03-03..2026-03-03")
    assert summary.judge() is ExitCode.PARTIAL


def test_refused_credentials_end_the_run(list_it):
    """An error that concerns everything is no gap of one window."""
    with pytest.raises(AccessRefused):
        list_it(AccessRefused("invalid client"))


def test_one_damaged_payload_costs_itself(list_it, summary):
    """A recording without an id is an error of its own; the others on its page are listed."""
    assert list_it(ListingPage((payload(1, uuid=None), payload(2)))) == (["id2"], True)
    assert [each.kind for each in summary.errors] == ["damaged"]


def test_the_newest_listing_of_a_recording_is_worked_on(list_it, summary, ledger):
    """Listed again with another content, on a later page or in a later window, it counts once and is not missed."""
    seen = {}
    assert list_it(page(1), ListingPage((payload(1, topic="later"),)), seen=seen) == (["id1"], True)
    assert list_it(ListingPage((payload(1, topic="later"),)), seen=seen) == ([], True)
    assert list_it(ListingPage((payload(1, topic="last"),)), seen=seen) == (["id1"], True)
    assert summary.recordings_listed == 1


def test_what_may_be_stored_of_a_listing_opens_nothing():
    """Addresses and passcodes are gone from the payload that the archive keeps."""
    file = {"id": "f1", "file_type": "MP4", "file_size": 5, "download_url": "https://zoom.us/rec/download/a"}
    listed = read_listed(ScriptedSource(), payload(1, recording_files=[file], password="p1"), "")
    assert "zoom.us" not in json.dumps(listed.payload)
    assert "p1" not in json.dumps(listed.payload)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ExitCode.DONE),
        ({"files_pending": 5, "files_archived": 2}, ExitCode.DONE),
        ({"files_failed": 1}, ExitCode.PARTIAL),
        ({"gaps": ["a gap"]}, ExitCode.PARTIAL),
    ],
)
def test_how_a_run_is_judged(summary, changes, code):
    """What is awaited by schedule is no failure; a failed file or a gap is."""
    for name, value in changes.items():
        setattr(summary, name, value)
    assert summary.judge() is code


def test_an_error_is_said_with_its_remedy(summary):
    """Which recording, which file, what kind, and the hint behind the sentence."""
    summary.add_error(Damaged("no such thing", hint="look again"), recording_key="zoom:a", file="f1")
    summary.add_error(Refused("not yours"))
    assert summary.judge() is ExitCode.PARTIAL
    assert summary.as_json()["errors"] == [
        {"recording_key": "zoom:a", "file": "f1", "kind": "damaged", "message": "no such thing; look again"},
        {"recording_key": None, "file": None, "kind": "refused", "message": "not yours"},
    ]


def test_the_summary_has_the_contract_s_fields(summary):
    """Programs that read `--json` find every documented field, times in UTC, the code as a number."""
    summary.finished_at = datetime(2026, 3, 3, 13, 0, 0, 5, tzinfo=UTC)
    summary.exit_code = ExitCode.PARTIAL
    shown = summary.as_json()
    assert set(shown) == FIELDS
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["started_at"], shown["finished_at"]) == ("2026-03-03T12:00:00Z", "2026-03-03T13:00:00Z")
    assert shown["exit_code"] == 3
