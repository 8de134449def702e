"""Rates of a connection, as people write them: 100Mbit, 1Gbit, 2.5Gbit/s."""

from __future__ import annotations

import re
from dataclasses import dataclass

import click

_UNITS = {"k": 10**3, "m": 10**6, "g": 10**9}
_RATE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?([kmg])bit(?:/s|ps|s)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Rate:
    """Bits a second, with the text they were given as."""

    text: str
    bits_per_s: float

    def seconds_for(self, size_bytes: int) -> float:
        return size_bytes * 8 / self.bits_per_s


def parse_rate(text: str) -> Rate | None:
    """None for what is no rate, or no rate above zero."""
    found = _RATE.fullmatch(text.strip())
    bits_per_s = float(found[1]) * _UNITS[found[2].lower()] if found else 0.0
    return Rate(text.strip(), bits_per_s) if bits_per_s else None


USUAL = tuple(Rate(f"{text}/s", bits) for text, bits in (("50Mbit", 5e7), ("100Mbit", 1e8), ("1Gbit", 1e9)))


class Bandwidth(click.ParamType[Rate]):
    """A rate such as 100Mbit."""

    name = "rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Rate:
        rate = value if isinstance(value, Rate) else parse_rate(str(value))
        if rate is None:
            self.fail(f"{value!r} is not a rate such as 100Mbit or 1Gbit", param, ctx)
        return rate
