"""Seeded damage to a harvested home, as disks, people and other programs do it, with what must be named for it.

Each damage keeps to recordings and days of its own, so that many can be done at once and be told apart.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from oracle import read_entries
from rig import Rig

from schemas.lake import TABLES

PAGE = 4096
BYTES = ("flip", "truncate", "extend", "zero", "delete")
LEDGER_CELLS = {
    "recordings": ("entry_sha256", "folder", "published_date", "published_sha256", "transcript_status", "date"),
    "files": ("status", "sha256", "name", "kind", "fetched_at"),
}


@dataclass
class Field:
    """A home and the days that nothing was done to yet, each with one of its recordings."""

    rig: Rig
    chance: random.Random
    days: list[tuple[str, Path]] = field(default_factory=list)  # (native id, its folder)

    def __post_init__(self) -> None:
        entries = read_entries(self.rig.archive)
        by_day = {entry["folder"].parent: (native_id, entry["folder"]) for native_id, entry in entries.items()}
        self.days = list(by_day.values())
        self.chance.shuffle(self.days)

    def take(self) -> tuple[str, Path]:
        return self.days.pop()

    def lake_files(self, folder: Path) -> list[Path]:
        day = "-".join(folder.parts[-4:-1])
        return sorted(self.rig.lake.glob(f"*/date={day}/*.parquet"))

    def files(self, folder: Path) -> list[Path]:
        return sorted(each for each in folder.iterdir() if each.name != "recording.json" and each.stat().st_size)

    def ledger(self, sql: str, *values: object) -> None:
        with closing(sqlite3.connect(self.rig.state / "ledger.sqlite")) as database, database:
            changed = database.execute(sql, values)
            assert changed.rowcount > 0, sql


Named = set[str]
Damage = Callable[[Field], Named]


def hurt(path: Path, how: str, chance: random.Random) -> Named:
    """Change a file's bytes so that they are not what they were."""
    data = bytearray(path.read_bytes())
    if how == "delete":
        path.unlink()
        return {str(path)}
    if how == "flip":
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif how == "truncate":
        del data[chance.randrange(len(data)) :]
    elif how == "extend":
        data += chance.randbytes(chance.randint(1, 5000))
    else:
        start = chance.randrange(len(data)) // PAGE * PAGE
        data[start : start + PAGE] = bytes(len(data[start : start + PAGE]))
    path.write_bytes(data)
    return {str(path)}


def swap(one: Path, other: Path) -> Named:
    assert one.read_bytes() != other.read_bytes()
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)
    return {str(one), str(other)}


def archived_file(how: str) -> Damage:
    def damage(home: Field) -> Named:
        _, folder = home.take()
        return hurt(home.chance.choice(home.files(folder)), how, home.chance)

    return damage


def entry(how: str) -> Damage:
    def damage(home: Field) -> Named:
        return hurt(home.take()[1] / "recording.json", how, home.chance)

    return damage


def lake_file(how: str) -> Damage:
    def damage(home: Field) -> Named:
        return hurt(home.chance.choice(home.lake_files(home.take()[1])), how, home.chance)

    return damage


def swapped_files(home: Field) -> Named:
    one, other = (home.chance.choice(home.files(home.take()[1])) for _ in range(2))
    return swap(one, other)


def swapped_entries(home: Field) -> Named:
    return swap(*(home.take()[1] / "recording.json" for _ in range(2)))


def swapped_lake_files(home: Field) -> Named:
    table = home.chance.choice(list(TABLES))
    pairs = [[each for each in home.lake_files(home.take()[1]) if each.parts[-3] == table] for _ in range(2)]
    if not all(pairs) or pairs[0][0].read_bytes() == pairs[1][0].read_bytes():
        return swapped_lake_files(home)
    return swap(pairs[0][0], pairs[1][0])


def swapped_tables(home: Field) -> Named:
    return swap(*home.chance.sample(home.lake_files(home.take()[1]), 2))


def lost_folder(home: Field) -> Named:
    _, folder = home.take()
    shutil.rmtree(folder)
    return {str(folder / "recording.json")}


def lost_day(home: Field) -> Named:
    files = home.lake_files(home.take()[1])
    for each in files:
        each.unlink()
    return {str(each) for each in files if each.parts[-3] == "recordings"}


def unknown_file(home: Field) -> Named:
    path = home.take()[1] / "0-chat-nobody.txt"
    path.write_bytes(home.chance.randbytes(50))
    return {str(path)}


def stray_in_the_lake(home: Field) -> Named:
    source = home.chance.choice(home.lake_files(home.take()[1]))
    copy = source.with_name("copy of zoom.parquet")
    shutil.copyfile(source, copy)
    return {str(copy)}


def unowed_day(home: Field) -> Named:
    for each in home.lake_files(home.take()[1]):
        folder = each.parents[1] / f"date=2019-01-{len(home.days) % 28 + 1:02}"
        folder.mkdir()
        shutil.copyfile(each, folder / each.name)
    return {str(home.rig.lake / "recordings" / folder.name / each.name)}


def ledger_cell(home: Field) -> Named:
    key = f"zoom:{home.take()[0]}"
    table = home.chance.choice(list(LEDGER_CELLS))
    column = home.chance.choice(LEDGER_CELLS[table])
    chosen = "recording_key = ?"
    if table == "files":
        chosen += " AND file_key = (SELECT min(file_key) FROM files WHERE recording_key = ? AND status = 'archived')"
    home.ledger(f"UPDATE {table} SET {column} = 'x' WHERE {chosen}", *[key] * chosen.count("?"))
    return {key}


def ledger_size(home: Field) -> Named:
    key = f"zoom:{home.take()[0]}"
    home.ledger("UPDATE files SET size_bytes = size_bytes + 1 WHERE recording_key = ?", key)
    return {key}


def ledger_row_lost(home: Field) -> Named:
    key = f"zoom:{home.take()[0]}"
    home.ledger("DELETE FROM recordings WHERE recording_key = ?", key)
    return {key}


def ledger_file_lost(home: Field) -> Named:
    key = f"zoom:{home.take()[0]}"
    home.ledger("DELETE FROM files WHERE recording_key = ?", key)
    return {key}


def ledger_file_more(home: Field) -> Named:
    key = f"zoom:{home.take()[0]}"
    home.ledger("INSERT INTO files (recording_key, file_key, kind, status) VALUES (?, 'x', 'chat', 'pending')", key)
    return {key}


def ledger_ghost(home: Field) -> Named:
    name = f"ghost{home.chance.randrange(10**9)}"
    key, folder = f"zoom:{name}", f"zoom/2019/02/01/{name}"
    home.ledger(
        "INSERT INTO recordings (recording_key, source, native_id, date, started_at, folder, entry_sha256)"
        " VALUES (?, 'zoom', ?, '2019-02-01', '2019-02-01T00:00:00+00:00', ?, 'x')",
        key,
        name,
        folder,
    )
    return {str(home.rig.archive / folder / "recording.json")}


DAMAGES: dict[str, Damage] = {
    **{f"archived file: {how}": archived_file(how) for how in BYTES},
    **{f"entry: {how}": entry(how) for how in BYTES},
    **{f"lake file: {how}": lake_file(how) for how in BYTES},
    "archived files swapped": swapped_files,
    "entries swapped": swapped_entries,
    "lake files swapped": swapped_lake_files,
    "tables swapped": swapped_tables,
    "folder lost": lost_folder,
    "day lost": lost_day,
    "unknown file": unknown_file,
    "stray in the lake": stray_in_the_lake,
    "unowed day": unowed_day,
    "ledger cell": ledger_cell,
    "ledger size": ledger_size,
    "ledger row lost": ledger_row_lost,
    "ledger file lost": ledger_file_lost,
    "ledger file more": ledger_file_more,
    "ledger ghost": ledger_ghost,
}
