"""Pseudonyms in the place of people's names, ids and addresses, in every table of the lake. Pure.

Which column holds what of a person is said by the tables themselves (`schemas.table.Disguise`). What people said,
wrote or chose as a title stays as it is, and may name somebody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa

from harvester.model import Person
from harvester.pipeline.reading import Columns
from harvester.pseudonyms import Pseudonyms
from harvester.sidecars.chat import EVERYONE
from schemas.lake import TABLES
from schemas.table import Disguise

Change = Callable[[str], str | None]


def disguise_people(people: Sequence[Person], pseudonyms: Pseudonyms) -> list[Person]:
    """Before they become rows: their keys, and the order of these, are made of what is replaced."""
    return [
        replace(
            each,
            name=each.name and pseudonyms.name(each.name),
            native_id=each.native_id and pseudonyms.identity(each.native_id),
            user_id=each.user_id and pseudonyms.identity(each.user_id),
            email=each.email and pseudonyms.email(each.email),
            parent_id=each.parent_id and pseudonyms.identity(each.parent_id),
        )
        for each in people
    ]


def disguise_columns(table_name: str, columns: Columns, pseudonyms: Pseudonyms, *, uuid_key: str) -> Columns:
    """The columns of any other table; `uuid_key` is the member of `extra` that links a bot's recording."""
    changes: dict[Disguise, Change] = {
        Disguise.NAME: pseudonyms.name,
        Disguise.LABEL: pseudonyms.label,
        Disguise.RECIPIENT: lambda value: value if value.casefold() in EVERYONE else pseudonyms.name(value),
        Disguise.ID: pseudonyms.identity,
        Disguise.EMAIL: pseudonyms.email,
        Disguise.REDUCED: lambda value: reduce_extra(value, uuid_key),
        Disguise.DROPPED: lambda _value: None,
    }
    hidden = {
        column.name: _change(columns[column.name], changes[column.disguise])
        for column in TABLES[table_name].columns
        if column.disguise is not Disguise.KEPT
    }
    return {**columns, **hidden}


def reduce_extra(text: str, uuid_key: str) -> str:
    """Of the JSON that a source said besides: its numbers and flags, and the UUID of Zoom's meeting, if it is there."""
    said = json.loads(text)
    kept: dict[str, object] = {name: value for name, value in said.items() if isinstance(value, int | float)}
    caller = said.get("caller")
    if isinstance(caller, dict) and uuid_key in caller:
        kept["caller"] = {uuid_key: caller[uuid_key]}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def _change(values: Sequence[str | None] | pa.Array, change: Change) -> list[str | None]:
    """Every value once: a name stands in thousands of rows."""
    texts = values.to_pylist() if isinstance(values, pa.Array | pa.ChunkedArray) else values
    changed = {each: None if each is None else change(each) for each in dict.fromkeys(texts)}
    return [changed[each] for each in texts]
