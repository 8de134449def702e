"""What a table and a column of the lake are made of: type, unit, key, meaning, and the Arrow schema they give.

Decides the words in which `schemas.lake` describes its tables. Never reads or writes anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import pyarrow as pa

SCHEMA_VERSION = "1"

TEXT = pa.string()
FLAG = pa.bool_()
INDEX = pa.int32()
MS = pa.int64()
BYTES = pa.int64()
SHARE = pa.float32()
TIME = pa.timestamp("us", tz="UTC")


class Disguise(StrEnum):
    """What becomes of a column's values where the lake is to hold pseudonyms; the value is what the dictionary says."""

    KEPT = "kept"
    NAME = "a pseudonym of the name"
    LABEL = "a pseudonym where it names somebody; Speaker 2 stays"
    RECIPIENT = "a pseudonym of the name; Everyone stays"
    ID = "a pseudonym of the id"
    EMAIL = "a pseudonym of the e-mail address"
    REDUCED = "numbers and flags stay, and the UUID that a bot's recording is linked by"
    DROPPED = "null"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `repeats` says that few values recur in a file, so that a dictionary pays."""

    name: str
    type: pa.DataType
    nullable: bool
    description: str
    unit: str | None = None
    key: bool = False
    personal: bool = False
    repeats: bool = False
    disguise: Disguise = Disguise.KEPT


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Rows lie in the order of `sort_key`, so that one recording is contiguous."""

    name: str
    description: str
    columns: tuple[Column, ...]
    sort_key: tuple[str, ...]
    schema: pa.Schema = field(init=False, repr=False, compare=False)
    """The table as Arrow sees it; descriptions and units travel in the field metadata."""

    def __post_init__(self) -> None:
        """Make the schema once: it is asked for with every recording."""
        object.__setattr__(self, "schema", _build_schema(self.columns))

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)


def _build_schema(columns: tuple[Column, ...]) -> pa.Schema:
    return pa.schema(
        [
            pa.field(column.name, column.type, nullable=column.nullable, metadata=_field_metadata(column))
            for column in columns
        ],
        metadata={"harvester.schema_version": SCHEMA_VERSION},
    )


def _field_metadata(column: Column) -> dict[str, str]:
    described = {"description": column.description}
    return described | {"unit": column.unit} if column.unit else described


def key(name: str, type_: pa.DataType, description: str, *, repeats: bool = False) -> Column:
    return Column(name, type_, False, description, key=True, repeats=repeats)


def given(name: str, type_: pa.DataType, description: str, unit: str | None = None) -> Column:
    return Column(name, type_, False, description, unit)


def maybe(name: str, type_: pa.DataType, description: str, unit: str | None = None) -> Column:
    return Column(name, type_, True, description, unit)


def personal(
    name: str,
    description: str,
    disguise: Disguise = Disguise.KEPT,
    *,
    nullable: bool = True,
    repeats: bool = False,
) -> Column:
    return Column(name, TEXT, nullable, description, personal=True, repeats=repeats, disguise=disguise)


def disguised(column: Column, disguise: Disguise) -> Column:
    """The column as one of personal data, such as a key that is made of a name."""
    return replace(column, personal=True, disguise=disguise)


def code(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, TEXT, nullable, description, repeats=True)
