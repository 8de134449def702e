"""The rows that `make bench` ends with: what was aimed at, what was measured, met or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`met` is None where nothing was measured; `measured` then says why."""

    what: str
    target: str
    measured: str
    met: bool | None


def at_most(what: str, value: float, bound: float, *, unit: str = "x", note: str = "") -> Row:
    return Row(what, f"<= {bound:g} {unit}", _text(value, unit, note), value <= bound)


def at_least(what: str, value: float, bound: float, *, unit: str = "x", note: str = "") -> Row:
    return Row(what, f">= {bound:g} {unit}", _text(value, unit, note), value >= bound)


def not_measured(what: str, target: str, reason: str) -> Row:
    return Row(what, target, f"not measured: {reason}", None)


def _text(value: float, unit: str, note: str) -> str:
    number = f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"  # noqa: PLR2004 - three digits are enough
    return f"{number} {unit}" + (f" ({note})" if note else "")


def render(rows: Sequence[Row]) -> str:
    """A Markdown table, so that it can be read here and put into the README."""
    verdict = {True: "met", False: "missed", None: "-"}
    cells = [("what", "target", "measured", ""), *((r.what, r.target, r.measured, verdict[r.met]) for r in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "| " + " | ".join("-" * max(width, 3) for width in widths) + " |")
    return "\n".join(lines)
