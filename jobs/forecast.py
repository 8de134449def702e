"""The report of `harvester plan`: one object for programs, a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.log import one_line
from harvester.zoom.participants import HEAVY_SHARE
from jobs.output import human_bytes, human_count, human_time, show_exit_code, show_some

if TYPE_CHECKING:
    from harvester.errors import HarvesterError
    from harvester.pipeline.forecast import Forecast
    from harvester.zoom.scopes import Lack
    from jobs.bandwidth import Rate

_SHOWN = 15
_REST = "`harvester plan --json`"


def describe_outlook(
    forecast: Forecast,
    *,
    token_calls: int,
    calls_per_second: float,
    rates: Sequence[Rate],
    lacks: Sequence[Lack],
    account_refusal: HarvesterError | None,
    archive: Path,
) -> dict[str, Any]:
    """Everything the command says, as plain values. Calls for a token are no part of the rate."""
    facts = forecast.as_json()
    listing, details, lists = forecast.listing_calls - token_calls, forecast.details, forecast.lists
    calls = listing + details + lists
    return {
        **facts,
        "api_calls": {
            "token": token_calls,
            "listing": listing,
            "details": details,
            "participants": lists,
            "total": token_calls + calls,
            "calls_per_second": calls_per_second,
            "seconds": round(max(calls, lists / HEAVY_SHARE) / calls_per_second, 1),
        },
        "transfer": [
            {
                "bandwidth": rate.text,
                "bits_per_second": rate.bits_per_s,
                "seconds": round(rate.seconds_for(forecast.total.bytes), 1),
            }
            for rate in rates
        ],
        "disk": {"path": str(archive.absolute()), **facts["disk"]},
        "account_listing_refused": account_refusal
        and {"message": account_refusal.message, "remedy": account_refusal.hint},
        "missing_scopes": [
            {"scope": each.scope, "means": each.means, "needed": each.fatal, "remedy": each.remedy} for each in lacks
        ],
    }


def show_outlook(outlook: dict[str, Any]) -> None:
    """The same for people: what would be done on stdout, what would go wrong on stderr."""
    _show_files(outlook)
    _show_costs(outlook)
    if refused := outlook["account_listing_refused"]:
        click.echo(
            one_line(f"account listing: refused, so every user is listed in turn ({refused['message']})"), err=True
        )
    for lack in outlook["missing_scopes"]:
        click.echo(f"scope missing: {lack['scope']}: {lack['means']}; {lack['remedy']}", err=True)
    show_some("gap", _gap_lines(outlook["gaps"]), rest=_REST)
    show_some("error", [_error_line(each) for each in outlook["errors"]], rest=_REST)
    show_exit_code(outlook["exit_code"])


def _show_files(outlook: dict[str, Any]) -> None:
    from rich.console import Console

    from jobs.tables import show_table

    console = Console()
    where = f"{outlook['from']}..{outlook['to']} (UTC): " if outlook["from"] else ""
    recordings = human_count(outlook["recordings_listed"], "recording")
    click.echo(f"{where}{recordings} with {human_count(outlook['files_listed'], 'file')} listed; nothing was changed")
    fetch = outlook["fetch"]
    click.echo(f"to fetch: {_bulk(fetch)} of {human_count(fetch['recordings'], 'recording')}")
    kinds = [
        (kind, each["files"], human_bytes(each["bytes"]), each["files_without_size"] or "")
        for kind, each in fetch["by_kind"].items()
    ]
    show_table(console, "To fetch", ("kind", "files", "size", "without size"), kinds)
    left_out = [(each["rule"], each["files"], human_bytes(each["bytes"])) for each in outlook["left_out"]]
    show_table(console, "Left out", ("rule", "files", "size"), left_out)
    awaited = [
        (each["recording_key"], each["topic"], each["files"], _short(each["next_look_at"]), _short(each["until"]))
        for each in outlook["awaited"]
    ]
    heads = ("recording", "topic", "files", "next look", "given up")
    show_table(console, _title("Awaited", len(awaited)), heads, awaited[:_SHOWN])
    if kinds or left_out or awaited:
        click.echo()


def _show_costs(outlook: dict[str, Any]) -> None:
    click.echo(f"archived already: {_bulk(outlook['archived'])}")
    for name, text in (("found_without_receipt", "in the archive without a receipt"), ("given_up", "given up on")):
        if outlook[name]["files"]:
            click.echo(f"{text}: {_bulk(outlook[name])}")
    if unknown := outlook["fetch"]["recordings_not_described_yet"]:
        click.echo(f"not described yet: {human_count(unknown, 'recording')}, whose files are not counted")
    if days := outlook["lake_days_to_restore"]:
        click.echo(f"lake: {human_count(days, 'day')} to write again")
    calls = outlook["api_calls"]
    lists = f", {calls['participants']:,} for participants" if calls["participants"] else ""
    click.echo(
        f"API calls: {calls['total']:,} ({calls['token']} for the token, {calls['listing']:,} to list,"
        f" {calls['details']:,} for details{lists}),"
        f" {human_time(calls['seconds'])} at {calls['calls_per_second']:g} a second"
    )
    if outlook["fetch"]["bytes"]:
        times = [f"{human_time(each['seconds'])} at {each['bandwidth']}" for each in outlook["transfer"]]
        click.echo(f"downloads: {', '.join(times)}")
    disk = outlook["disk"]
    missing = "" if disk["fits"] else f"; {human_bytes(disk['needed_bytes'] - disk['free_bytes'])} are missing"
    sizes = f"{human_bytes(disk['needed_bytes'])} needed, {human_bytes(disk['free_bytes'])} free{missing}"
    click.echo(one_line(f"disk: {sizes} ({disk['path']})"))


def _bulk(bulk: dict[str, Any]) -> str:
    unsized = bulk["files_without_size"]
    more = f" and what {human_count(unsized, 'file')} without a listed size will have" if unsized else ""
    return f"{human_count(bulk['files'], 'file')}, {human_bytes(bulk['bytes'])}{more}"


def _title(name: str, count: int) -> str:
    return f"{name} (first {_SHOWN} of {count}; {_REST} has them all)" if count > _SHOWN else name


def _short(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else ""


def _gap_lines(gaps: list[dict[str, Any]]) -> list[str]:
    """One line per user, however many windows were refused; every other gap has its own."""
    lines: dict[object, str] = {}
    for number, gap in enumerate(gaps):
        remedy = f"; {gap['remedy']}" if gap["remedy"] else ""
        where = f"user {gap['subject']}" if gap["subject"] else gap["window"]
        lines.setdefault(gap["subject"] or number, f"{where}: {gap['message']}{remedy}")
    return list(lines.values())


def _error_line(error: dict[str, Any]) -> str:
    where = " ".join(each for each in (error["recording_key"], error["file"]) if each)
    return f"{where}: {error['message']}" if where else str(error["message"])
