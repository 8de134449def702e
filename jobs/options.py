"""Options that several commands share, each named after the setting it overrides."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import click

Function = TypeVar("Function", bound=Callable[..., Any])

_SPAN = re.compile(r"(\d{1,5})([dw])")
_PATH = click.Path(path_type=Path)


OLDEST = date(2011, 1, 1)
"""Zoom was founded in 2011: no recording can lie before it."""


class Span(click.ParamType[timedelta]):
    """A number of days or weeks: 3d, 2w."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = _SPAN.fullmatch(str(value).strip().lower())
        if not found:
            self.fail(f"{value!r} is not a span of days or weeks, such as 3d or 2w", param, ctx)
        span = timedelta(days=int(found[1])) * (7 if found[2] == "w" else 1)
        if span > datetime.now(UTC).date() - OLDEST:
            self.fail(f"{value} reaches back before {OLDEST}, when there was no Zoom", param, ctx)
        return span


class Day(click.ParamType[date]):
    """A UTC date: 2026-11-23."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value).strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            self.fail(f"{value!r} is not a date like 2026-11-23", param, ctx)


class Moment(click.ParamType[datetime]):
    """An ISO 8601 moment, in UTC where it names no zone: 2026-11-23T09:30:00Z."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value).strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a moment like 2026-11-23T09:30:00Z", param, ctx)


def check_range(start: date, end: date | None) -> tuple[date, date]:
    """Both ends of a range of UTC dates, the last one today when left out; BadParameter for an impossible one."""
    today = datetime.now(UTC).date()
    end = end or today
    if start > today or end > today:
        late = start if start > today else end
        raise click.BadParameter(f"{late} lies in the future; today is {today} (UTC)", param_hint="'--from' / '--to'")
    if start > end:
        raise click.BadParameter(f"--from {start} lies after --to {end}; swap them", param_hint="'--from' / '--to'")
    if start < OLDEST:
        raise click.BadParameter(f"{start} lies before Zoom; start at {OLDEST} or later", param_hint="'--from'")
    return start, end


def name_meeting(text: str) -> str:
    """A meeting number without blanks, or a UUID or key as it is, also where it was copied from a URL."""
    name = text.strip()
    if name.replace(" ", "").isdigit():
        name = name.replace(" ", "")
    while "%" in name and unquote(name) != name:  # perhaps encoded twice
        name = unquote(name)
    if not name or not name.isprintable():
        raise click.BadParameter(f"{text!r} is no meeting id, UUID or key")
    return name


def settings_given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a command's options that are settings."""
    return {name: value for name, value in options.items() if name.startswith("harvester_")}


def _apply(decorators: list[Callable[[Function], Function]], function: Function) -> Function:
    return functools.reduce(lambda wrapped, decorate: decorate(wrapped), reversed(decorators), function)


def common_options(function: Function) -> Function:
    """Where things are and how much is said."""
    return _apply(
        [
            click.option("--config", "config_file", type=_PATH, help="TOML file with settings."),
            click.option(
                "--home", "harvester_home", type=_PATH, help="Folder of archive, lake and ledger (HARVESTER_HOME)."
            ),
            click.option("-v", "--verbose", is_flag=True, help="Log every event, also on a terminal."),
        ],
        function,
    )


def json_option(function: Function) -> Function:
    """For commands that report."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else there.")(
        function
    )


def report_options(function: Function) -> Function:
    """Who hears how a run ended."""
    return _apply(
        [
            click.option(
                "--notify-url",
                "harvester_notify_url",
                metavar="URL",
                help="POST the summary there at the end; `{exit_code}` in it becomes the code.",
            ),
            click.option(
                "--metrics-file",
                "harvester_metrics_file",
                type=_PATH,
                help="Write metrics for node_exporter's textfile collector.",
            ),
        ],
        function,
    )


api_rate_option = click.option(
    "--api-rate", "harvester_api_rate", type=float, help="API calls a second to Zoom (default 15)."
)


keep_emails_option = click.option(
    "--keep-emails",
    "harvester_keep_emails",
    is_flag=True,
    default=None,
    help="Also keep mail addresses of timelines and polls in the lake (better set HARVESTER_KEEP_EMAILS for all).",
)


pseudonymise_option = click.option(
    "--pseudonymise",
    "harvester_pseudonymise",
    is_flag=True,
    default=None,
    help="Pseudonyms for people in the lake, by HARVESTER_PSEUDONYM_KEY (better set HARVESTER_PSEUDONYMISE for all).",
)


def harvest_options(function: Function) -> Function:
    """What to take and how fast."""
    return _apply(
        [
            keep_emails_option,
            pseudonymise_option,
            click.option(
                "--participants",
                "harvester_participants",
                is_flag=True,
                default=None,
                help="Also fetch who took part in Zoom's meetings; needs a scope of its own.",
            ),
            click.option(
                "--types", "harvester_types", metavar="LIST", help="File types to take, e.g. transcript,captions,chat."
            ),
            click.option(
                "--host",
                "harvester_hosts",
                help="Only recordings of this host (e-mail or id; repeatable).",
                multiple=True,
                metavar="PATTERN",
            ),
            click.option(
                "--topic",
                "harvester_topics",
                help="Only recordings with this topic (repeatable).",
                multiple=True,
                metavar="PATTERN",
            ),
            click.option(
                "--min-duration",
                "harvester_min_duration",
                type=int,
                help="Only recordings this many minutes long or more.",
            ),
            click.option(
                "--include",
                "harvester_include",
                multiple=True,
                metavar="ID",
                help="Take this meeting id or UUID in any case.",
            ),
            click.option(
                "--exclude",
                "harvester_exclude",
                help="Leave out this topic, host, meeting id or UUID.",
                multiple=True,
                metavar="PATTERN",
            ),
            click.option("--workers", "harvester_workers", type=int, help="Files fetched at once (default 8)."),
        ],
        function,
    )
