"""A Zoom recording's list of participants, where it was asked for, and with it what its timelines know of people. Pure.

Decides that a stay which a timeline names is its person's, however often that one came back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harvester.errors import Damaged
from harvester.model import Kind, Person
from harvester.pipeline.reading import Texts
from harvester.zoom.people import Attendance, read_participants


def read_attendance(texts: Texts) -> tuple[Attendance, dict[str, Damaged]]:
    """Who was there, and why the list could not be read, by the key of its file."""
    for file in texts.files:
        key = file.listed.key
        if file.listed.kind is Kind.PARTICIPANTS and key in texts.data:
            try:
                return read_participants(texts.data[key], texts.recording.host_id), {}
            except Damaged as error:
                return Attendance(), {key: error}
    return Attendance(), {}


def join_stays(people: Iterable[Person], attendance: Attendance) -> list[Person]:
    """The people by the ids that the list knows them by."""
    return [
        replace(each, native_id=attendance.stays.get(each.native_id, each.native_id)) if each.native_id else each
        for each in people
    ]
