"""What a block of the search index knows: which of its rows match, and the newest of them as hits. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harvester.lake.search.arrays import to_integers, to_mask, to_numbers, to_strings
from harvester.lake.search.block import HEADS, NEVER
from harvester.lake.search.find import Cue, Hit, Search
from harvester.lake.search.words import Piece, Term

Ints = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

Verdicts = dict[str, dict[str, bool]]
"""Pattern -> word -> whether it matches: days have most words in common, and making a pattern ready takes its time."""

_MANY = 200  # words from which on it is quicker to ask RE2 of all than to keep what it said
_SLICE = 100  # occurrences that could be looked at in the time that a slice takes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Block:
    """One block, as `block` lays it out."""

    batch: pa.RecordBatch
    _columns: dict[str, Any] = field(default_factory=dict)
    _numbers: dict[str, Ints] = field(default_factory=dict)

    def column(self, name: str) -> Any:  # noqa: ANN401 - an Arrow array of the column's type
        if name not in self._columns:
            self._columns[name] = self.batch.column(name).values
        return self._columns[name]

    def numbers(self, name: str) -> Ints:
        if name not in self._numbers:
            self._numbers[name] = to_numbers(self.column(name))
        return self._numbers[name]

    @cached_property
    def n_rows(self) -> int:
        return len(self.column("text"))

    @cached_property
    def n_slots(self) -> int:
        return self.n_rows + len(self.column("row"))

    @cached_property
    def lengths(self) -> Ints:
        """Rows of every transcript."""
        return np.diff(self.numbers("first_row"), append=self.n_rows)


def find_rows(block: Block, search: Search, known: Verdicts) -> Mask:
    """Which rows match; `known` is kept from block to block."""
    found = np.ones(block.n_rows, dtype=bool)
    if search.topics or search.hosts:
        heads = _match_any(block, ("topic",), search.topics) & _match_any(
            block, ("host_email", "host_id"), search.hosts
        )
        found &= np.repeat(heads, block.lengths)
    if search.speakers:
        named = _match_any(block, ("speaker_name",), search.speakers)
        found &= np.append(named, False)[block.numbers("speaker")]  # the last is nobody's
    for term in search.terms:
        if not found.any():
            break
        found &= _find_term(block, term, known)
    return found


def _match_any(block: Block, columns: Sequence[str], patterns: Sequence[str]) -> Mask:
    """Which values of one of the columns match one of the patterns; all without a pattern."""
    found = np.full(len(block.column(columns[0])), not patterns)
    for column in columns:
        for pattern in patterns:
            found |= _match(block.column(column), pattern)
    return found


def _match(values: pa.Array, pattern: str) -> Mask:
    return to_mask(pc.match_substring_regex(values, f"(?is){pattern}"))


def _find_term(block: Block, term: Term, known: Verdicts) -> Mask:
    first, *rest = term.pieces
    picked = _find_occurrences(block, first, known)
    rows = _gather(block.numbers("row"), picked)
    if rest:
        slots = _find_slots(block, rows, picked)
    for piece in rest:
        is_next = np.zeros(block.n_slots + 1, dtype=bool)
        is_next[slots + 1] = True
        picked = _find_occurrences(block, piece, known)
        rows = _gather(block.numbers("row"), picked)
        slots = _find_slots(block, rows, picked)
        follows = is_next[slots]
        rows, slots = rows[follows], slots[follows]
    found = np.zeros(block.n_rows, dtype=bool)
    found[rows.astype(np.intp)] = True  # numpy takes twice as long with narrower numbers
    return found


def _find_slots(block: Block, rows: Ints, picked: Ints | list[slice]) -> Ints:
    return block.numbers("first_slot")[rows] + _gather(block.numbers("place"), picked)


def _find_occurrences(block: Block, piece: Piece, known: Verdicts) -> Ints | list[slice]:
    """Where the occurrences are of the words that the piece is in."""
    first = block.numbers("first_occurrence")
    numbers = _find_words(block, piece, known)
    if len(numbers) * _SLICE < len(block.column("row")):
        return [slice(first[each], first[each + 1]) for each in numbers]
    wanted = np.zeros(len(first) - 1, dtype=bool)
    wanted[numbers] = True
    return np.flatnonzero(np.repeat(wanted, np.diff(first)))


def _gather(values: Ints, picked: Ints | list[slice]) -> Ints:
    if isinstance(picked, list):
        if len(picked) == 1:  # as a rule, and nothing is copied
            return values[picked[0]]
        return np.concatenate([values[:0], *(values[each] for each in picked)])
    return values[picked]


def _find_words(block: Block, piece: Piece, known: Verdicts) -> Ints:
    """The numbers of the words that match; of those that fold alike, RE2 decides, and once only."""
    alike: Ints = np.flatnonzero(to_mask(pc.match_substring(block.column("folded"), piece.folded)))
    words = block.column("word").take(to_integers(alike))
    if len(words) >= _MANY:
        is_match = _match(words, piece.pattern)
    else:
        verdicts, texts = known.setdefault(piece.pattern, {}), words.to_pylist()
        if new := [each for each in texts if each not in verdicts]:
            verdicts.update(zip(new, _match(to_strings(new), piece.pattern).tolist(), strict=True))
        is_match = np.array([verdicts[each] for each in texts], dtype=bool)
    matching: Ints = alike[is_match]
    return matching


def pick_newest(block: Block, found: Mask, most: int, floor: int) -> list[int]:
    """Of the rows found those that can be among the `most` newest, none older than `floor` (microseconds)."""
    if block.numbers("last_us")[0] < floor:
        return []
    rows = np.flatnonzero(found & (block.numbers("start_us") >= floor))
    times = block.numbers("start_us")[rows]
    if len(rows) > most:
        floor = max(floor, int(np.partition(times, len(rows) - most)[len(rows) - most]))
        rows, times = rows[times >= floor], times[times >= floor]
    if len(rows) > most:  # many at one moment, or without any: then the first transcript counts, and its last row
        heads = np.searchsorted(block.numbers("first_row"), rows, side="right")
        rows = rows[np.lexsort((-rows, heads, -times))[:most]]
    newest: list[int] = rows.tolist()
    return newest


def read_hit(block: Block, row: int, context: int) -> Hit:
    """One row with its neighbours, without spans."""
    head = int(np.searchsorted(block.numbers("first_row"), row, side="right")) - 1
    start = int(block.numbers("first_row")[head])
    end = start + int(block.lengths[head])
    cue = _read_cue(block, row)
    around = [
        _read_cue(block, each) for each in range(max(start, row - context), min(end, row + context + 1)) if each != row
    ]
    near = [each for each in around if abs(each.segment_index - cue.segment_index) <= context]
    named = {name: block.column(name)[head].as_py() for name in HEADS}
    return Hit(
        cue=cue,
        **named,
        start_ms=block.column("start_ms")[row].as_py(),
        end_ms=block.column("end_ms")[row].as_py(),
        before=tuple(each for each in near if each.segment_index < cue.segment_index),
        after=tuple(each for each in near if each.segment_index > cue.segment_index),
    )


def _read_cue(block: Block, row: int) -> Cue:
    start_us = int(block.numbers("start_us")[row])
    place = int(block.numbers("speaker")[row])
    return Cue(
        segment_index=int(block.numbers("segment_index")[row]),
        start_at=None if start_us == NEVER else EPOCH + timedelta(microseconds=start_us),
        speaker=None if place < 0 else block.column("speaker_name")[place].as_py(),
        text=block.column("text")[row].as_py(),
        is_corrected=block.column("is_corrected")[row].as_py(),
    )


@dataclass(slots=True)
class Newest:
    """The newest hits of the blocks so far, and how many rows matched in all."""

    search: Search
    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    _known: Verdicts = field(default_factory=dict)
    _floor: int = NEVER

    def check_patterns(self) -> None:
        """Raises ArrowInvalid for a pattern that RE2 does not take, as it is too long."""
        pieces = [piece.pattern for term in self.search.terms for piece in term.pieces]
        for pattern in (*pieces, *self.search.speakers, *self.search.topics, *self.search.hosts):
            _match(to_strings([]), pattern)

    def add(self, block: Block) -> None:
        """Search one more block."""
        found = find_rows(block, self.search, self._known)
        self.total += int(np.count_nonzero(found))
        if rows := pick_newest(block, found, self.search.limit, self._floor):
            self.hits += [read_hit(block, row, self.search.context) for row in rows]
            self.hits = sorted(self.hits, key=_newest_first)[: self.search.limit]
            if len(self.hits) == self.search.limit:
                self._floor = _to_us(self.hits[-1].cue.start_at)


def _newest_first(hit: Hit) -> tuple[int, str, int]:
    return (-_to_us(hit.cue.start_at), hit.transcript_key, -hit.cue.segment_index)


def _to_us(at: datetime | None) -> int:
    return NEVER if at is None else (at - EPOCH) // timedelta(microseconds=1)
