"""Our mark on a recording's payload: its list of participants is wanted, as one more file of the recording. Pure.

The mark makes the listing say something new, so that recordings known already get the list once it is asked for; and
it stays in the archive, so that the lake is read from there without knowing what was asked for.
"""

from __future__ import annotations

from collections.abc import Collection

from harvester.model import Json, Kind, ListedFile, ListingPage

MARK = "harvester_participants"
KEY = "participants"
PARTICIPANTS = "PARTICIPANTS"
"""File type of the list; Zoom has no such type."""


def mark(payload: Json, *, wanted: bool) -> Json:
    """The payload with the mark, or without one that Zoom would have set itself."""
    if wanted:
        return {**payload, MARK: True}
    return {name: value for name, value in payload.items() if name != MARK} if MARK in payload else payload


def mark_page(page: ListingPage, *, wanted: bool) -> ListingPage:
    return ListingPage(tuple(mark(each, wanted=wanted) for each in page.payloads))


def is_marked(payload: Json) -> bool:
    return payload.get(MARK) is True


def list_participants(taken: Collection[str]) -> ListedFile:
    """The list of participants as a file of the recording; `taken` are the keys of its other files."""
    key = next(each for each in (KEY, *(f"{KEY}#{n}" for n in range(2, len(taken) + 3))) if each not in taken)
    return ListedFile(key, Kind.PARTICIPANTS, PARTICIPANTS, extension="json", is_document=True)
