"""What a partition holds after a change: old rows less the replaced ones, plus the new ones, in key order.

Pure. Decides order and consistency, so that the same recordings give the same rows however they arrived. Rows come and
go piece by piece: a day may hold more of them than memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import reduce
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from harvester.errors import Failed
from schemas.lake import PUBLISHED, TABLES

Tables = Mapping[str, pa.Table]
Spans = dict[str, tuple[int, int]]

CHILDREN = tuple(name for name in PUBLISHED if name not in {"recordings", "coverage"})
CONTENT = ("recordings", *CHILDREN)
"""Tables with a row per something recorded; `coverage` is counted from them."""
_MISTAKE = "this is a mistake in the harvester; nothing was published"


def build_spans(rows: pa.Table) -> Spans:
    """Recording key -> offset and length of its rows. Raises ValueError when the rows are not in key order."""
    keys = rows.column("recording_key").combine_chunks()
    if isinstance(keys, pa.ChunkedArray):  # more text than one array's 32-bit offsets can hold
        keys = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in keys.chunks])
    runs = pc.run_end_encode(keys)
    names = runs.values.to_pylist()
    if any(left >= right for left, right in pairwise(names)):
        raise ValueError("its rows are not in the order of recording_key")
    ends = runs.run_ends.to_pylist()
    return {name: (start, end - start) for name, start, end in zip(names, [0, *ends], ends, strict=False)}


def merge_rows(
    old: Iterable[pa.Table], keep: Collection[str], new: Iterable[tuple[str, pa.Table]]
) -> Iterator[pa.Table]:
    """The rows of `old` for the recordings in `keep`, and all of `new`, by recording key; both come in its order.

    Neighbours from one piece of `old` stay one slice, so the cost of a small change is one pass over the rows.
    Raises ValueError when a piece of `old` is not in order.
    """
    coming = iter(new)
    ahead = next(coming, None)
    last = ""
    for rows in old:
        start = 0
        spans = build_spans(rows)
        if last > next(iter(spans), last):
            raise ValueError("its rows are not in the order of recording_key")
        for last, (offset, length) in spans.items():
            if last not in keep or (ahead and ahead[0] < last):
                yield rows.slice(start, offset - start)
                start = offset if last in keep else offset + length
            while ahead and ahead[0] < last:
                yield ahead[1]
                ahead = next(coming, None)
        yield rows.slice(start)
    while ahead:
        yield ahead[1]
        ahead = next(coming, None)


def check_day(recordings: pa.Table, day: date) -> None:
    """Raises Failed when one of them started on another day."""
    days = {started.date() for started in recordings["started_at"].to_pylist()}
    if days - {day}:
        others = ", ".join(map(str, sorted(days - {day})))
        raise Failed(f"rows do not belong to {day}: recordings that started on {others}", hint=_MISTAKE)


def check_rows(
    name: str, pieces: Iterable[pa.Table], *, recordings: Collection[str], source: str
) -> Iterator[pa.Table]:
    """The same pieces, while they are in the table's order, of this source, and of these recordings.

    Raises Failed at the first piece that is not; a repeated key is out of order as well.
    """
    known = set(recordings)
    order = TABLES[name].sort_key
    before = None
    for rows in pieces:
        if others := set(pc.unique(rows["source"]).to_pylist()) - {source}:
            raise Failed(f"rows for {name} are of another source: {', '.join(sorted(others))}", hint=_MISTAKE)
        if orphans := set(pc.unique(rows["recording_key"]).to_pylist()) - known:
            raise Failed(f"rows for {name} without their recording: {', '.join(sorted(orphans)[:3])}", hint=_MISTAKE)
        keys = rows.select(order)
        _check_order(name, keys if before is None else pa.concat_tables([before, keys]))
        before = keys.slice(keys.num_rows - 1)
        yield rows


def _check_order(name: str, keys: pa.Table) -> None:
    columns = [column.combine_chunks() for column in keys.columns]
    pairs = [(column[:-1], column[1:]) for column in columns]
    rising = reduce(
        lambda later, pair: pc.or_(pc.less(*pair), pc.and_(pc.equal(*pair), later)),
        reversed(pairs),
        pa.scalar(False),
    )
    if pc.all(rising, min_count=0).as_py():
        return
    same = reduce(pc.and_, (pc.equal(*pair) for pair in pairs))
    if repeated := pc.sum(same).as_py():
        raise Failed(f"{repeated} rows for {name} repeat the key {', '.join(keys.column_names)}", hint=_MISTAKE)
    raise Failed(f"rows for {name} are not in the order of {', '.join(keys.column_names)}", hint=_MISTAKE)
