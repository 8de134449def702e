"""The ten questions of the cookbook, asked of a lake whose answers can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from lake_samples import DAY
from talk_samples import COUNTED, START, Guest, Message, describe, meeting
from views_samples import opened, write_lake

from schemas.cookbook import COOKBOOK, ME

ANA = Guest("Ana Lima", user_id="u1", native_id="1", joined=0, left=30)
CHAT = [Message(6_000, "Cy Dee", "who is on duty?"), Message(7_000, "Bo Chen", "and when?")]
REPLY = Message(9_000, "Ana Lima", "me", "reply", "who is on duty?")

ANSWERS = {
    "Who talks most in the meetings that I host?": [
        ("Ana Lima", 11),
        ("Bo Chen", 5),
        ("Cy Dee", 1),
        (None, 1),
    ],
    "How long did each person speak, under whatever label, and how sure is that?": [
        ("Ana Lima", "high", 11),
        ("Ana Lima", "low", 2),
        ("Bo Chen", "none", 5),
        ("Cy Dee", "none", 1),
    ],
    "Who holds the longest monologues?": [
        (DAY, "Plan 1", "Ana Lima", 4, 71.0),
        (DAY, "Plan 1", "Bo Chen", 4, 60.0),
        (DAY, "Plan 2", "ana lima", 2, 60.0),
        (DAY, "Plan 1", "Cy Dee", 1, 60.0),
        (DAY, "Plan 1", None, 1, 60.0),
    ],
    "How much of the meeting time is silence?": [("Plan 1", 0, 30.0), ("Plan 2", 0, 0.0)],
    "Who interrupts whom?": [("Ana Lima", "Bo Chen", 1)],
    "What was asked in chat and got no reply there?": [
        (START + timedelta(seconds=7), "Plan 1", "Bo Chen", "and when?"),
    ],
    "What was being said when something was written?": [
        (START + timedelta(seconds=7), "Bo Chen", "and when?", "Bo Chen", "no"),
        (START + timedelta(seconds=6), "Cy Dee", "who is on duty?", "Bo Chen", "no"),
    ],
    "How many hours a week does each person sit in meetings?": [(date(2026, 3, 2), "Ana Lima", 2, 1.0)],
    "Which meetings have no transcript, and why?": [(DAY, "zoom", "Plan 3", "it is awaited")],
    "How many recordings have a transcript, and how late does it come?": [("zoom", 2, 3, 93.0)],
}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    counted = describe(meeting(1, COUNTED, guests=[ANA], chat=[*CHAT, REPLY]), host_id=ME)
    other = meeting(2, [COUNTED[4]._replace(speaker="ana lima", text="it is")])
    awaited = describe(meeting(3, []), transcript_status="pending")
    for tables in (counted, other):
        position = tables["files"].column_names.index("archived_at")
        arrived = [None, datetime(2026, 3, 2, 11, 4, 30, tzinfo=UTC)]
        tables["files"] = tables["files"].set_column(position, tables["files"].schema.field(position), [arrived])
    return opened(write_lake(tmp_path_factory.mktemp("cookbook"), [counted, other, awaited]))


@pytest.mark.parametrize("question", COOKBOOK)
def test_question(ask, question):
    """Each query gives the answer that was counted."""
    assert sorted(ask(COOKBOOK[question]), key=repr) == sorted(ANSWERS[question], key=repr)
