"""`harvester correct`: a person puts right who spoke, or what was said."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import common_options, json_option, pseudonymise_option, settings_given

if TYPE_CHECKING:
    from harvester.lake.handmade.judge import Judged
    from harvester.pipeline.tools import Place


@click.command("correct")
@click.argument("file", required=False, metavar="[FILE|-]")
@click.option(
    "--template", metavar="RECORDING", help="Print a meeting's segments as a CSV to be edited and handed back."
)
@click.option("--list", "lists", is_flag=True, help="Show all corrections, each with whether it is applied.")
@click.option("--drop", "dropped", multiple=True, metavar="INDEX", help="Take this one back (repeatable).")
@click.option("--aliases", is_flag=True, help="The same for aliases: who is meant by a name; --drop takes the LABEL.")
@json_option
@pseudonymise_option
@common_options
def command(
    file: str | None,
    template: str | None,
    lists: bool,  # noqa: FBT001 - click's calling convention
    dropped: tuple[str, ...],
    aliases: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Take corrections from a CSV (`-`: from stdin), as --template prints it or written by hand.

    A row names transcript_key and segment_index and gives the right speaker, text or both; without segment_index it
    names in speaker_was whose segments are all meant. Cells that are empty or as they were leave things as they are.
    One bad row, and nothing is taken. Raw rows stay: views, search, explore and export show what was put right.

    Aliases have the columns label, person, email, source, recording_key and note.

    Example: harvester correct --template 85746065430 > plan.csv
    """
    asked = [bool(file), bool(template), lists, bool(dropped)]
    if sum(asked) != 1 or (aliases and template):
        raise click.UsageError("give a FILE, or one of --template, --list and --drop")
    if as_json and not lists:
        raise click.UsageError("--json goes with --list")
    from harvester.errors import ConfigError
    from harvester.pipeline.progress import Silent
    from jobs.loading import load
    from jobs.wiring import find_place, ledger_path

    config = load(settings_given(options), config_file=config_file, verbose=verbose, bars=True)
    if not config.archive.is_dir():
        raise ConfigError(
            f"there is no archive {config.archive}",
            hint="run `harvester nightly` first, or name the right folder with --home",
        )
    place = find_place(config, Silent())
    _check_pseudonyms(place, ledger_path(config))
    if template:
        _print_template(place, template)
    elif lists:
        (_list_aliases if aliases else _list_corrections)(place, as_json=as_json)
    elif dropped:
        _drop(place, dropped, aliases=aliases)
    elif file:
        _take(place, file, aliases=aliases)
    return 0


def _check_pseudonyms(place: Place, ledger: Path) -> None:
    """A lake of pseudonyms must get no name, and rows of the one can only be held against the other by its rules."""
    from harvester.errors import ConfigError
    from harvester.ledger import Ledger
    from harvester.pipeline.rules import RULES, find_changes

    if not ledger.is_file():
        return
    with Ledger(ledger) as opened:
        changes = find_changes(place, opened.meta(RULES))
    if "pseudonyms" in changes:
        raise ConfigError(
            "the lake was made by other settings for pseudonyms",
            hint="set HARVESTER_PSEUDONYMISE and HARVESTER_PSEUDONYM_KEY as the runs have them",
        )


def _print_template(place: Place, name: str) -> None:
    from harvester.lake.export.template import render_template
    from harvester.lake.session import Sessions
    from jobs.export import find_named
    from jobs.output import show_text

    with contextlib.closing(Sessions(place.lake, most=1)) as sessions:
        show_text(render_template(sessions, find_named(sessions, [name], None, None, None)))


def _take(place: Place, file: str, *, aliases: bool) -> None:
    from harvester.lake.handmade.sheet import BadSheet
    from harvester.pipeline.corrections import take_aliases, take_corrections
    from jobs.output import human_count, show_some

    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    where = "stdin" if file == "-" else file
    try:
        taken, idle = (take_aliases if aliases else take_corrections)(place, data, where)
    except BadSheet as error:
        if len(error.problems) > 1:
            show_some(where, list(error.problems), rest="a next try")
        raise
    click.echo(f"{taken} {_name(taken, aliases=aliases)} taken; {human_count(idle, 'row')} changed nothing")


def _drop(place: Place, names: tuple[str, ...], *, aliases: bool) -> None:
    from harvester.pipeline.corrections import drop_aliases, drop_corrections

    if not aliases and not all(each.isascii() and each.isdigit() for each in names):
        raise click.BadParameter("give a correction_index, as --list shows it", param_hint="--drop")
    count = drop_aliases(place, names) if aliases else drop_corrections(place, [int(each) for each in names])
    click.echo(f"{count} {_name(count, aliases=aliases)} taken back")


def _name(count: int, *, aliases: bool) -> str:
    if aliases:
        return "alias" if count == 1 else "aliases"
    return "correction" if count == 1 else "corrections"


def _list_corrections(place: Place, *, as_json: bool) -> None:
    from harvester.lake.handmade.entries import CORRECTIONS
    from harvester.pipeline.corrections import judge_corrections, read_rows
    from jobs.output import show_json

    verdicts = judge_corrections(place, read_rows(place, CORRECTIONS))
    if as_json:
        show_json({"corrections": [_describe(each) for each in verdicts]})
        return
    for each in verdicts:
        click.echo(_sentence(each))
    if not verdicts:
        click.echo("there are no corrections", err=True)


def _list_aliases(place: Place, *, as_json: bool) -> None:
    from dataclasses import asdict

    from harvester.lake.cells import make_safe
    from harvester.lake.handmade.entries import ALIASES
    from harvester.pipeline.corrections import read_rows
    from jobs.output import show_json

    aliases = read_rows(place, ALIASES)
    if as_json:
        show_json({"aliases": [{name: value or None for name, value in asdict(each).items()} for each in aliases]})
        return
    for each in aliases:
        where = " ".join(filter(None, (each.source, each.recording_key))) or "everywhere"
        email = f" <{each.email}>" if each.email else ""
        click.echo(make_safe(f"{each.label!r} is {each.person!r}{email} ({where})"))
    if not aliases:
        click.echo("there are no aliases", err=True)


def _describe(verdict: Judged) -> dict[str, Any]:
    from dataclasses import asdict

    row = {name: None if value == "" else value for name, value in asdict(verdict.correction).items()}
    state = {"state": str(verdict.state), "reason": verdict.reason, "n_segments": verdict.n_segments}
    return {"correction_index": row.pop("correction_index"), **row, **state}


def _sentence(verdict: Judged) -> str:
    from harvester.lake.cells import make_safe

    each = verdict.correction
    where = f"{each.transcript_key} " + (
        f"all of {each.speaker_was!r}" if each.segment_index is None else f"segment {each.segment_index}"
    )
    changes = [f"speaker {each.speaker!r}"] if each.speaker else []
    changes += [f"text {each.text[:60]!r}"] if each.text else []
    why = f" ({verdict.reason})" if verdict.reason else ""
    return make_safe(f"{each.correction_index}  {verdict.state}{why}  {where}: {', '.join(changes)}")
