"""What people put right: corrections of what was said and by whom, and who is meant by a name as shown.

Decides what a row must say, which rows are about the same, and what becomes of an older one. Pure; whether a row fits
what the lake holds is judged in `judge`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from harvester.lake.format import csv_line
from harvester.lake.handmade.file import Handfile
from harvester.lake.handmade.sheet import SheetRow
from harvester.pseudonyms import Pseudonyms
from schemas.handmade import ALIAS_COLUMNS, ALIASES_FILE, CORRECTION_COLUMNS, CORRECTIONS_FILE

_PSEUDONYM = re.compile("(person|mail)-[a-z2-7]{16}")

LONGEST_ROW_BYTES = 1_900_000
"""DuckDB refuses a CSV with a line of 2,000,000 bytes, unless it is told otherwise, as the views tell it."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Of one segment, or without `segment_index` of all segments of whom the transcript calls `speaker_was`.

    "" leaves speaker or text as it is; `speaker_was` and `text_was` are what the raw row must say, "" for anything.
    `correction_index` 0 is none yet.
    """

    transcript_key: str
    segment_index: int | None = None
    speaker_was: str = ""
    speaker: str = ""
    text_was: str = ""
    text: str = ""
    note: str = ""
    correction_index: int = 0

    @property
    def target(self) -> tuple[str, int | None, str]:
        return self.transcript_key, self.segment_index, self.speaker_was if self.segment_index is None else ""

    @property
    def marks(self) -> Sequence[tuple[str, object]]:
        return ("transcript_key and segment (or speaker_was)", self.target), ("correction_index", self.correction_index)

    @property
    def changes_something(self) -> bool:
        return bool(self.speaker or self.text)

    def cells(self) -> Sequence[str]:
        place = "" if self.segment_index is None else str(self.segment_index)
        was = (self.speaker_was, self.speaker, self.text_was, self.text)
        return (str(self.correction_index), self.transcript_key, place, *was, self.note)

    def disguise(self, pseudonyms: Pseudonyms) -> Self:
        """Text stays as it is, as what was said does."""
        speaker_was, speaker = (_hide(each, pseudonyms.label) for each in (self.speaker_was, self.speaker))
        return replace(self, speaker_was=speaker_was, speaker=speaker, note="")


@dataclass(frozen=True, slots=True)
class Alias:
    """`label`, as a meeting shows it, is `person`; `source` and `recording_key` narrow it where they are not ""."""

    label: str
    person: str
    email: str = ""
    source: str = ""
    recording_key: str = ""
    note: str = ""

    @property
    def target(self) -> tuple[str, str, str]:
        return self.label, self.source, self.recording_key

    @property
    def marks(self) -> Sequence[tuple[str, object]]:
        return (("label, source and recording_key", self.target),)

    def cells(self) -> Sequence[str]:
        return (self.label, self.person, self.email, self.source, self.recording_key, self.note)

    def disguise(self, pseudonyms: Pseudonyms) -> Self:
        return replace(
            self,
            label=_hide(self.label, pseudonyms.label),
            person=_hide(self.person, pseudonyms.name),
            email=_hide(self.email, pseudonyms.email),
            note="",
        )


def parse_correction(row: SheetRow) -> Correction:
    """Raises ValueError for a row that nobody could follow. What is no different from what it was counts as empty."""
    cells = row.cells
    key, place = cells["transcript_key"].strip(), cells["segment_index"].strip()
    speaker_was, speaker, text_was, text = (cells[name] for name in ("speaker_was", "speaker", "text_was", "text"))
    if not key:
        raise ValueError("transcript_key is empty: `harvester correct --template RECORDING` prints rows that have it")
    if place and not _is_count(place):
        raise ValueError(f"segment_index {place!r} is no whole number: give the segment's, or leave it empty for all")
    if not place and (text or text_was):
        raise ValueError("text is corrected segment by segment: give its segment_index")
    if not place and not speaker_was:
        raise ValueError("without a segment_index it must say in speaker_was whose segments are meant")
    index = cells["correction_index"].strip()
    correction = Correction(
        transcript_key=key,
        segment_index=int(place) if place else None,
        speaker_was=speaker_was,
        speaker="" if speaker == speaker_was else speaker.strip(),
        text_was=text_was,
        text="" if text == text_was else text,
        note=cells["note"],
        correction_index=int(index) if _is_count(index) else 0,
    )
    if correction.changes_something and len(csv_line(correction.cells()).encode()) > LONGEST_ROW_BYTES:
        raise ValueError(f"it is longer than {LONGEST_ROW_BYTES:,} bytes: leave text_was empty, or split the text")
    return correction


def parse_alias(row: SheetRow) -> Alias:
    """Raises ValueError for a row without a label or a person."""
    alias = Alias(
        label=row.cells["label"],
        person=row.cells["person"].strip(),
        email=row.cells["email"].strip(),
        source=row.cells["source"].strip(),
        recording_key=row.cells["recording_key"].strip(),
        note=row.cells["note"],
    )
    if not alias.label.strip():
        raise ValueError("label is empty: give the speaker's name as the meeting shows it")
    if not alias.person:
        raise ValueError("person is empty: give the name to be used, or `harvester correct --aliases --drop LABEL`")
    return alias


def merge_corrections(known: Sequence[Correction], new: Iterable[Correction]) -> list[Correction]:
    """All of them by index. A newer row takes the place of an older one about the same, with an index of its own.

    What the newer leaves empty stays as the older has it; one that adds nothing changes nothing.
    """
    rows = {each.target: each for each in known}
    index = max((each.correction_index for each in known), default=0)
    for each in new:
        old = rows.get(each.target, Correction(*each.target[:2]))
        names = ("speaker_was", "speaker", "text_was", "text", "note")
        merged = replace(old, **{name: getattr(each, name) or getattr(old, name) for name in names})
        if merged != old:
            index += 1
            rows[each.target] = replace(merged, correction_index=index)
    return sorted(rows.values(), key=lambda each: each.correction_index)


def merge_aliases(known: Sequence[Alias], new: Iterable[Alias]) -> list[Alias]:
    """All of them by label; a newer row takes the place of an older one about the same."""
    return sorted({each.target: each for each in (*known, *new)}.values(), key=lambda each: each.target)


def check_correction(each: Correction) -> str | None:
    """Has it an index, and does it change something."""
    if not each.correction_index:
        return "has no correction_index: give it a number that no other line has"
    return None if each.changes_something else "gives neither speaker nor text: delete the line, or fill one of them"


def _hide(text: str, change: Callable[[str], str]) -> str:
    return change(text) if text and not _PSEUDONYM.fullmatch(text) else text


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 - digits of an int32


CORRECTIONS = Handfile(
    CORRECTIONS_FILE, CORRECTION_COLUMNS, "transcript_key", parse_correction, merge_corrections, check_correction
)
ALIASES = Handfile(ALIASES_FILE, ALIAS_COLUMNS, "label", parse_alias, merge_aliases, lambda _: None)
