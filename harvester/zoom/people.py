"""A recording's list of participants as people: the rows of their comings and goings put together. Pure.

Decides which rows are one person: the same user of an account, else the same address, else the same stay. A name is
no proof: of two guests who share one nobody knows whether they are one who came back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harvester.body import parse_object
from harvester.model import Person
from schemas.zoom import ParticipantPage, ParticipantRow


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who was there; `stays` leads from the id of each of somebody's stays to the one that the person is known by."""

    people: tuple[Person, ...] = ()
    stays: Mapping[str, str] = field(default_factory=dict)


def read_participants(data: bytes, host_id: str | None) -> Attendance:
    """By first row; whoever only waited to be let in is left out. Raises Damaged for what is no such list."""
    document = ParticipantPage.model_validate(parse_object(data))
    rows = [each for each in map(ParticipantRow.model_validate, document.participants) if not each.is_waiting]
    groups, place_of = _group(rows)
    knows_host = any(row.zoom_id == host_id for row in rows if row.zoom_id)
    stays: dict[str, str] = {}
    people = []
    for place, group in enumerate(groups):
        own = [each.user_id for each in group if each.user_id and place_of["stay", each.user_id] == place]
        stays |= dict.fromkeys(own, own[0]) if own else {}
        people.append(_build_person(group, own[0] if own else None, host_id, knows_host=knows_host))
    return Attendance(tuple(people), stays)


def _group(rows: Iterable[ParticipantRow]) -> tuple[list[list[ParticipantRow]], Mapping[tuple[str, str], int]]:
    """The rows of each person, and whose a mark is: the first one's, should two accounts be said to share a stay."""
    groups: list[list[ParticipantRow]] = []
    place_of: dict[tuple[str, str], int] = {}
    for row in rows:
        marks = [(kind, value) for kind, value in _marks(row) if value]
        found = next((place_of[each] for each in marks if each in place_of), None)
        place = len(groups) if found is None else found
        if found is None:
            groups.append([])
        groups[place].append(row)
        for each in marks:
            place_of.setdefault(each, place)
    return groups, place_of


def _marks(row: ParticipantRow) -> Sequence[tuple[str, str | None]]:
    """What tells a person from others, the surest first."""
    email = row.user_email.casefold() if row.user_email else None
    return ("zoom", row.zoom_id), ("stay", row.user_id), ("email", email if row.zoom_id is None else None)


def _build_person(
    rows: Sequence[ParticipantRow], native_id: str | None, host_id: str | None, *, knows_host: bool
) -> Person:
    """Whoever is not the host where the host is known is somebody else; a guest else may be the host, not signed in."""
    zoom_id = next((each.zoom_id for each in rows if each.zoom_id), None)
    left = [each.leave_time for each in rows]
    return Person(
        name=next((each.name for each in rows if each.name), None),
        native_id=native_id,
        user_id=zoom_id,
        email=next((each.user_email for each in rows if each.user_email), None),
        is_host=zoom_id == host_id if knows_host or (zoom_id and host_id) else None,
        joined_at=min((each.join_time for each in rows if each.join_time), default=None),
        left_at=None if None in left else max(each for each in left if each),
    )
