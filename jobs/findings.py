"""Findings for people and programs: the damage first, each with its remedy."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from harvester.log import one_line
from jobs.output import human_bytes

if TYPE_CHECKING:
    from harvester.finding import Finding
    from harvester.pipeline.verify import Verified

_SHOWN = 40


def as_json(verified: Verified) -> dict[str, Any]:
    """Counts and all findings as plain values."""
    damage = len(verified.damage)
    return {
        "deep": verified.deep,
        "recordings": verified.recordings,
        "files": verified.files,
        "bytes_read": verified.bytes_read,
        "partitions": verified.partitions,
        "damage": damage,
        "lesser": len(verified.findings) - damage,
        "problems": dict(sorted(Counter(str(each.problem) for each in verified.findings).items())),
        "findings": [each.as_json() for each in verified.findings],
    }


def show_verified(verified: Verified) -> None:
    """What was looked at on stdout, what was found on stderr."""
    read = f", {human_bytes(verified.bytes_read)} read again" if verified.deep else ""
    click.echo(
        f"{verified.recordings} recordings, {verified.files} archived files{read}, {verified.partitions} partitions"
    )
    if not verified.damage:
        click.echo("no damage found")
    show_findings(verified.damage)
    show_findings(verified.lesser)


def show_findings(findings: list[Finding]) -> None:
    """One line each and its remedy; what is left over is counted."""
    for each in findings[:_SHOWN]:
        mark = "damage" if each.is_damage else "note"
        click.echo(f"{mark}: {one_line(f'{each.subject}: {each.detail}')} ({each.problem}; {each.remedy})", err=True)
    if len(findings) > _SHOWN:
        click.echo(f"... and {len(findings) - _SHOWN} more; --json has them all", err=True)
