"""The catalogue of mistakes is in step with the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from catalogue import MUTANTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_every_mistake_can_be_made(mutant):
    """Its place stands once in the code, the result is Python, and the proofs that must notice it exist."""
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    changed = text.replace(mutant.old, mutant.new)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))
    assert mutant.proofs
    for proof in mutant.proofs:
        path, _, name = proof.partition("::")
        path = path if path.startswith("tests/") else f"tests/e2e/{path.split()[0]}/__main__.py"
        assert (ROOT / path).exists()
        assert not name or f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_there_are_enough_of_them():
    """Twenty mistakes at least, each under a name of its own."""
    assert len({each.name for each in MUTANTS}) == len(MUTANTS) >= 20
