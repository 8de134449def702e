"""One meeting as it is read: speakers and their shares, turns, chat between the words, a strip of who spoke when. Pure.

Decides order and grouping, never what was said: cues stay in the order of their file, a message stands before the
first cue that begins after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

COLOURS = 8
"""Different ones; a meeting with more speakers uses them again, and names are always shown."""

_LANES = 12
_MS = timedelta(milliseconds=1)
_NEAR_MS = 2_000  # stretches closer than this are drawn as one


@dataclass(frozen=True, slots=True)
class Speaker:
    """`colour` is c0, c1, ...; cx where nobody is named. `share` is of all talk."""

    name: str | None
    colour: str
    talk_ms: int
    share: float
    n_words: int


@dataclass(frozen=True, slots=True)
class Cue:
    """`place` counts all cues of the meeting from 0 and is its anchor; `part` is the media file it belongs to.

    `start_ms` counts from the start of that file, `at_ms` from the start of the first.
    """

    place: int
    part: int
    at_ms: int | None
    start_ms: int | None
    end_ms: int | None
    start_at: datetime | None
    speaker: str | None
    text: str
    is_corrected: bool

    @property
    def anchor(self) -> str:
        return f"s{self.place}"


@dataclass(frozen=True, slots=True)
class Message:
    """One of the chat; `at` and `at_ms`, from the start of the first part, are None where its time is not known."""

    at: datetime | None
    at_ms: int | None
    clock: str | None
    sender: str | None
    recipient: str | None
    text: str
    kind: str
    reply_to: str | None
    reaction: str | None
    is_removed: bool


@dataclass(slots=True)
class Turn:
    """Neighbouring cues of one speaker, or neighbouring messages; `begins_part` where another media file begins."""

    speaker: Speaker | None
    begins_part: bool = False
    cues: list[Cue] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lane:
    """One speaker's stretches of the strip, in thousandths of its length: (left, width)."""

    speaker: Speaker
    stretches: tuple[tuple[float, float], ...]


def build_speakers(rows: Sequence[Mapping[str, Any]]) -> dict[str | None, Speaker]:
    """From rows of talk time, the longest first; those without a name are last, and without a colour."""
    total = sum(row["talk_ms"] for row in rows)
    found: dict[str | None, Speaker] = {}
    named = 0
    for row in sorted(rows, key=lambda each: each["speaker"] is None):
        name = row["speaker"]
        colour = "cx" if name is None else f"c{named % COLOURS}"
        named += name is not None
        share = row["talk_ms"] / total if total else 0.0
        found[name] = Speaker(name, colour, row["talk_ms"], share, row["n_words"])
    return found


def build_cues(
    rows: Sequence[Mapping[str, Any]], first_place: Mapping[str, int], part_of: Mapping[str, int], origin: datetime
) -> list[Cue]:
    """`first_place` and `part_of` by transcript_key; `origin` is the start of the first part."""
    return [
        Cue(
            first_place[row["transcript_key"]] + row["segment_index"],
            part_of[row["transcript_key"]],
            count_ms(row, "start", origin),
            row["start_ms"],
            row["end_ms"],
            row["start_at"],
            row["speaker"],
            row["text"],
            row["is_corrected"],
        )
        for row in rows
    ]


def count_ms(row: Mapping[str, Any], name: str, origin: datetime) -> int | None:
    """Where a start or end lies from `origin` on, by the clock; by the place in its own file where it has no clock."""
    at: datetime | None = row[f"{name}_at"]
    ms: int | None = row[f"{name}_ms"]
    return ms if at is None else (at - origin) // _MS


def build_messages(rows: Sequence[Mapping[str, Any]], started_at: datetime, origin: datetime) -> list[Message]:
    """By time, those without one last; one that counts from the recording's start is placed by it."""
    times = [row["sent_at"] or _after(started_at, row["offset_ms"]) for row in rows]
    messages = [
        Message(
            at,
            None if at is None else (at - origin) // _MS,
            row["clock_time"],
            row["sender"],
            row["recipient"],
            row["text"],
            row["kind"],
            row["reply_to"],
            row["reaction"],
            bool(row["is_removed"]),
        )
        for at, row in zip(times, rows, strict=True)
    ]
    return sorted(messages, key=lambda each: (each.at is None, each.at or started_at))


def _after(started_at: datetime, offset_ms: int | None) -> datetime | None:
    return None if offset_ms is None else started_at + timedelta(milliseconds=offset_ms)


def build_turns(cues: Sequence[Cue], messages: Sequence[Message], speakers: Mapping[str | None, Speaker]) -> list[Turn]:
    """Cues and the messages that have a time, woven together."""
    turns: list[Turn] = []
    waiting = [each for each in messages if each.at]
    position, before = 0, None
    for cue in cues:
        while position < len(waiting) and cue.start_at and _time_of(waiting[position]) < cue.start_at:
            _add_message(turns, waiting[position])
            position += 1
        begins_part = before is not None and before.part != cue.part
        if not turns or turns[-1].messages or turns[-1].cues[-1].speaker != cue.speaker or begins_part:
            turns.append(Turn(speakers.get(cue.speaker), begins_part))
        turns[-1].cues.append(cue)
        before = cue
    for message in waiting[position:]:
        _add_message(turns, message)
    return turns


def _time_of(message: Message) -> datetime:
    assert message.at
    return message.at


def _add_message(turns: list[Turn], message: Message) -> None:
    if not turns or turns[-1].cues:
        turns.append(Turn(None))
    turns[-1].messages.append(message)


def build_lanes(rows: Sequence[Mapping[str, Any]], speakers: Mapping[str | None, Speaker]) -> tuple[list[Lane], int]:
    """The strip and its length in ms; rows have speaker, start_ms, end_ms. Who talks most has the first lane."""
    stretches: dict[str, list[list[int]]] = {}
    for row in sorted(rows, key=lambda each: each["start_ms"]):
        start, end = row["start_ms"], max(row["end_ms"] or row["start_ms"], row["start_ms"])
        mine = stretches.setdefault(row["speaker"], [])
        if mine and start - mine[-1][1] < _NEAR_MS:
            mine[-1][1] = max(mine[-1][1], end)
        else:
            mine.append([start, end])
    length = max((each[-1][1] for each in stretches.values()), default=0)
    if not length:
        return [], 0
    order = sorted(stretches, key=lambda name: -sum(end - start for start, end in stretches[name]))[:_LANES]
    lanes = [
        Lane(
            speakers.get(name) or Speaker(name, "cx", 0, 0.0, 0),
            tuple(
                (round(1000 * start / length, 2), max(round(1000 * (end - start) / length, 2), 1.5))
                for start, end in stretches[name]
            ),
        )
        for name in order
    ]
    return lanes, length
