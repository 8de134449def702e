"""Reports: the same facts as one JSON object for programs and as lines for people."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.errors import EXIT_CODES, ExitCode
from harvester.log import one_line

if TYPE_CHECKING:
    from harvester.pipeline.summary import Summary

_SHOWN = 10
_STEP = 1024


def show_json(value: Mapping[str, Any]) -> None:
    """One object, the only thing on stdout; in ASCII, so that no name in it can steer a terminal."""
    click.echo(json.dumps(value, default=str).replace("\x7f", "\\u007f"))


def show_text(data: bytes) -> None:
    """A document on stdout, as it is; UsageError on a terminal that would obey something in it."""
    from harvester.lake.cells import make_safe

    if sys.stdout.isatty() and any(line != make_safe(line) for line in data.decode().splitlines()):
        raise click.UsageError("it holds characters that a terminal would obey: send it to a file or a pipe")
    click.echo(data, nl=False)


def show_summary(summary: Summary, *, as_json: bool, home: Path) -> None:
    """How a run went."""
    if as_json:
        show_json(summary.as_json())
        return
    lines = [
        f"{summary.recordings_listed} recordings with {summary.files_listed} files listed",
        (
            f"{summary.files_archived} files archived now ({human_bytes(summary.bytes_downloaded)}),"
            f" {summary.files_already_archived} already there,"
            f" {summary.files_pending} awaited, {summary.files_failed} failed"
        ),
        f"{summary.segments_published} segments in {summary.partitions_published} partitions published to {home}",
        f"{summary.api_calls} API calls",
    ]
    for line in lines:
        click.echo(line)
    show_some("gap", [str(each) for each in summary.gaps])
    show_some("error", [_error_line(each) for each in summary.errors])
    show_exit_code(summary.exit_code)


def _error_line(error: Any) -> str:  # noqa: ANN401 - a RunError; importing it here would load the pipeline for nothing
    where = " ".join(each for each in (error.recording_key, error.file) if each)
    return f"{where}: {error.message}" if where else error.message


def show_exit_code(code: int) -> None:
    """What a code other than 0 means."""
    if code:
        click.echo(f"exit code {int(code)}: {EXIT_CODES[ExitCode(code)]}", err=True)


def show_some(what: str, lines: list[str], *, rest: str = "`harvester runs --json`") -> None:
    """The first lines of a kind, each on its line of stderr, and where the rest is to be found."""
    for line in lines[:_SHOWN]:
        click.echo(f"{what}: {one_line(line)}", err=True)
    if len(lines) > _SHOWN:
        click.echo(f"... and {len(lines) - _SHOWN} more; {rest} has them all", err=True)


def human_bytes(count: float) -> str:
    """1536 -> 1.5 KiB."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if round(count, 1) < _STEP or unit == "TiB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= _STEP
    raise AssertionError


def human_time(seconds: float) -> str:
    """90 -> 2 min; times of this kind are estimates, so one unit is enough."""
    for longest, unit, name in ((100, 1, "s"), (100 * 60, 60, "min"), (48 * 3600, 3600, "h")):
        if seconds < longest:
            return f"{math.ceil(seconds / unit)} {name}"
    return f"{seconds / 86_400:.1f} days"


def human_count(count: int, noun: str) -> str:
    """1 file, 2 files."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
