"""Templates to HTML, and how numbers, times and hostile text are written there. Pure but for reading the templates.

Decides that everything is escaped, that a name shows no control character, stands in an isolate of its own (`bdi`, so
that marks of direction end with it) and is cut where a page could not hold it.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from harvester.explore.months import MARKS

STATIC = {"explore.css": "text/css", "explore.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""What pages load, with its type; all of it lies beside the templates."""

_LONGEST_NAME = 100
_LONGEST_LINKED = 500
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ufff9-\ufffb\ufffe\uffff]")
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def render_page(template: str, /, **context: object) -> str:
    """A page that loads its style from us. Raises jinja2's UndefinedError for what the template misses."""
    return _environment().get_template(template).render(is_file=False, **context)


def render_file(template: str, /, **context: object) -> str:
    """A page that loads nothing: its style stands in it, and the policy in its head allows this one alone."""
    style = read_static("explore.css").decode()
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return _environment().get_template(template).render(is_file=True, style=style, policy=policy, **context)


@cache
def read_static(name: str) -> bytes:
    return resources.files("harvester.explore").joinpath("static", name).read_bytes()


def static_url(name: str) -> str:
    """With the digest of its bytes, so that a browser may keep it for good."""
    return f"/static/{name}?v={hashlib.sha256(read_static(name)).hexdigest()[:12]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harvester.explore"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clean": clean,
        "name": show_name,
        "number": lambda value: f"{value:,}",
        "clock": show_clock,
        "span": show_span,
        "hours": show_hours,
        "bytes": show_bytes,
        "share": lambda value: f"{100 * value:.0f} %",
        "day": show_day,
        "moment": show_moment,
        "time": lambda at: f"{at.astimezone(UTC):%H:%M:%S}",
        "iso": lambda at: at.astimezone(UTC).isoformat(),
    }
    environment.globals |= {
        "static_url": static_url,
        "meeting_url": meeting_url,
        "media_url": media_url,
        "beside_url": beside_url,
        "speaker_url": speaker_url,
        "address": address,
        "marks": MARKS,
    }
    return environment


def address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def meeting_url(day: date, key: str, *, page: int = 1, place: int | None = None) -> str:
    anchor = "" if place is None else f"#s{place}"
    return f"/meeting/{day}/{quote(key, safe='')}{f'?page={page}' if page > 1 else ''}{anchor}"


def beside_url(day: date, key: str, other_day: date, other: str) -> str:
    return address(f"/beside/{day}/{quote(key, safe='')}", {"day": other_day.isoformat(), "with": other})


def media_url(day: date, key: str, file_key: str) -> str:
    return address(f"/media/{day}/{quote(key, safe='')}", {"file": file_key})


def speaker_url(name: str | None) -> str | None:
    """None for nobody, and for a name no address could hold."""
    return address("/speaker", {"name": name}) if name and len(name) <= _LONGEST_LINKED else None


def clean(text: str | None) -> str:
    """Text without what HTML cannot hold, nobody can see or turns the direction round; line breaks and tabs stay."""
    return _CONTROLS.sub("\ufffd", text or "")


def show_name(text: str | None, otherwise: str = "(no name)") -> str:
    """On one line, no longer than a page can hold."""
    line = " ".join(clean(text).split())
    return (line if len(line) <= _LONGEST_NAME else f"{line[:_LONGEST_NAME]}…") or otherwise


def show_clock(ms: int | None) -> str:
    """1:02:03 of a position in a recording."""
    seconds = max(ms or 0, 0) // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def show_span(ms: int | None) -> str:
    """How long something took: 45 s, 12 min, 1 h 05."""
    seconds = max(ms or 0, 0) // 1000
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"  # noqa: PLR2004


def show_hours(ms: int | None) -> str:
    hours = (ms or 0) / 3_600_000
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.1f}"  # noqa: PLR2004 - two digits are enough


def show_bytes(size: int | None) -> str:
    amount = float(size or 0)
    for unit in _UNITS[:-1]:
        if amount < 1000:  # noqa: PLR2004 - of the next unit
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 10 else f"{amount:.1f} {unit}"  # noqa: PLR2004
        amount /= 1000
    return f"{amount:,.1f} {_UNITS[-1]}"


def show_day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def show_moment(at: datetime) -> str:
    moment = at.astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M} UTC"
