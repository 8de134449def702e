"""The file that is passed on: whole in itself, right in its numbers, harmless to open."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

import explore_samples as samples
import pytest

from jobs.cli import run_command


@pytest.mark.parametrize("words", [(), ("--meeting", samples.KEY), ("--meeting", samples.HOSTILE)])
def test_the_file_needs_nothing_else_and_runs_nothing(write_report, words):
    """No resource, script or handler; its policy allows its own style and nothing more."""
    answer = write_report(*words)
    page = answer.page
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "video", "audio", "iframe", "form"} & set(tags)
    for _, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on") or name in {"style", "src"}]
        assert attrs.get("href", "#").startswith(("#", "https://zoom.us/recording/"))
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert page.values("content", tag="meta")[2] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_the_report_counts_shows_and_names_what_failed(write_report):
    """Totals, calendar, meetings, talk time and every failure with its reason; each day leads to its meetings."""
    page = write_report().page
    for expected in (
        "7 recordings", "November 2026", "October 2026", "Harbour survey: sensor map", "Quiet 40", "Inés Robledo",
        "poll ! failed answered 500 five times", "transcript ! failed",
    ):  # fmt: skip
        assert expected in page.text or " ".join(reversed(expected.split(" ", 1))) in page.text
    inner = [each[1:] for each in page.values("href") if each.startswith("#") and each != "#main"]
    assert set(inner) <= set(page.values("id"))
    assert "d2026-10-14" in inner


def test_days_narrow_the_report(write_report):
    """--from and --to count for every part of it."""
    page = write_report("--from", "2026-11-20", "--to", "2026-11-22").page
    assert "3 recordings" in page.text or "recordings 3" in page.text
    for absent in ("Harbour", "October", "Robledo", "five times"):
        assert absent not in page.text


@pytest.mark.parametrize("name", [samples.KEY, "81234567890"])
def test_a_meeting_is_named_by_key_or_number(write_report, name):
    """The transcript with chat and shares, every cue with its anchor."""
    page = write_report("--meeting", name).page
    assert "s17" in page.values("id")
    assert "Here is the old map" in page.text
    assert "The labels will be there" in page.text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--meeting", "nothing"), "has no meeting 'nothing'"),
        (("--meeting", "81234567890", "--to", "2026-01-01"), "has no meeting"),
    ],
)
def test_a_meeting_that_is_not_there_writes_no_file(home, tmp_path, words, says):
    """The sentence names it, and an older file stays as it was."""
    from harvester.explore.report import NoSuchMeeting

    target = tmp_path / "report.html"
    target.write_text("older")
    with pytest.raises(NoSuchMeeting, match=says):
        run_command(["report", "--home", str(home), "--html", str(target), *words])
    assert target.read_text() == "older"
