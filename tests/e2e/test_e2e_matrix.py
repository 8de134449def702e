"""`FAULTS.md`, the fault matrix: complete, in order, and true about the tests that it names."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXPECTED = {"T": 13, "L": 20, "D": 28, "V": 5, "P": 12, "B": 10, "K": 6, "W": 12, "M": 18, "N": 7, "S": 3}


@dataclass(frozen=True, slots=True)
class Row:
    fault: str
    what: str
    tests: tuple[str, ...]
    why_not: str | None


def read_rows() -> list[Row]:
    rows = []
    for line in (HERE / "FAULTS.md").read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\| ([A-Z]\d+) \| (.+?) \| (.+) \|", line):
            fault, what, proof = match.groups()
            why_not = re.search(r"not here: (.+)", proof)
            tests = tuple(re.findall(r"`([\w.]+::\w+)`", proof))
            rows.append(Row(fault, what, tests, why_not and why_not[1]))
    return rows


ROWS = read_rows()


def existing_tests() -> set[str]:
    found = set()
    for path in HERE.parent.rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {f"{path.name}::{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)}
    return found


def test_every_fault_has_its_row():
    """Thirteen of tokens, twenty of listings and so on, each once and in order, each with a sentence of its own."""
    expected = [f"{letter}{number}" for letter, most in EXPECTED.items() for number in range(1, most + 1)]
    assert [row.fault for row in ROWS] == expected
    assert len({row.what for row in ROWS}) == len(ROWS)


def test_every_test_that_a_row_names_exists():
    """A test that is renamed or dropped leaves its row without proof, and that is seen here."""
    existing = existing_tests()
    missing = {f"{row.fault}: {name}" for row in ROWS for name in row.tests if name not in existing}
    assert missing == set()


def test_ninety_rows_at_least_are_proven():
    """What is not proven says why."""
    assert len([row for row in ROWS if row.tests]) >= 90
    assert all(bool(row.why_not) != bool(row.tests) for row in ROWS)
