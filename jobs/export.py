"""`harvester export`: meetings as files for people and other tools."""

from __future__ import annotations

import contextlib
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import Day, common_options, name_meeting, settings_given

if TYPE_CHECKING:
    from harvester.lake.export.model import Found, Meeting, Part
    from harvester.lake.session import Sessions

FORMATS = ("vtt", "srt", "md", "json", "csv")
_LONGEST_TOPIC = 40

Document = tuple[str, bytes]
"""The name of its file, and what is in it."""


@click.command("export")
@click.argument("names", nargs=-1, metavar="[MEETING]...")
@click.option("--format", "how", type=click.Choice(FORMATS), default="md", show_default=True, help="What to write.")
@click.option("--from", "start", type=Day(), help="First UTC date of the recordings' starts.")
@click.option("--to", "end", type=Day(), help="Last UTC date, included.")
@click.option("--source", metavar="NAME", help="Recordings of this source, e.g. zoom or recall (default: the best).")
@click.option(
    "--output",
    "-o",
    metavar="PATH",
    help="Write to this file; where PATH is a folder or ends with a slash, a file for each into it.",
)
@click.option("--overwrite", is_flag=True, help="Replace files that are there already.")
@common_options
def command(
    names: tuple[str, ...],
    how: str,
    start: date | None,
    end: date | None,
    source: str | None,
    output: str | None,
    overwrite: bool,  # noqa: FBT001 - click's calling convention
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Write meetings as subtitles (vtt, srt), minutes (md), speaker turns (json) or segments for a spreadsheet (csv).

    MEETING is a recording key, a UUID or a meeting number; without one, all meetings from --from to --to are meant.
    Speech is that of the view `transcript`, with corrections applied. Each meeting gives one file, but subtitles one
    for each part of a paused recording, as its media has; several files need a folder.

    Example: harvester export 85746065430 --format vtt -o subtitles/
    """
    if not names and not (start or end):
        raise click.UsageError("name a MEETING, or days with --from and --to")
    if start and end and start > end:
        raise click.BadParameter(f"--from {start} lies after --to {end}; swap them", param_hint="'--from' / '--to'")
    from harvester.lake.session import Sessions
    from jobs.loading import load

    config = load(settings_given(options), config_file=config_file, verbose=verbose, bars=True)
    with contextlib.closing(Sessions(config.lake, most=1)) as sessions:
        found = find_named(sessions, names, start, end, source)
        _export(sessions, found, how, output, merge_gap_ms=config.harvester_merge_gap, overwrite=overwrite)
    return 0


def _export(
    sessions: Sessions, found: Sequence[Found], how: str, output: str | None, *, merge_gap_ms: int, overwrite: bool
) -> None:
    from harvester.pipeline.export import export_meetings
    from jobs.output import show_text

    target = Path(output) if output else None
    folder = target if target and output and (target.is_dir() or output.endswith("/")) else None
    if len(found) > 1 and not folder:
        raise click.UsageError(f"these are {len(found)} meetings: name a folder with -o FOLDER/")
    meetings = export_meetings(sessions, found, merge_gap_ms=merge_gap_ms)
    documents = (each for meeting in meetings for each in _render(meeting, how))
    if folder:
        _write_all(documents, folder, overwrite=overwrite)
        return
    (_, data), *others = documents
    if others:
        raise click.UsageError(f"these are {len(others) + 1} parts, each with a file: name a folder with -o FOLDER/")
    if target:
        _write(target, data, overwrite=overwrite)
    else:
        show_text(data)


def find_named(
    sessions: Sessions, names: Sequence[str], start: date | None, end: date | None, source: str | None
) -> list[Found]:
    """The recordings with speech that are meant. Raises Failed for a name that means none, and where there is none."""
    from harvester.errors import Failed
    from harvester.lake.export.read import find_recordings

    found: dict[str, Found] = {}
    wanted: list[str | None] = [name_meeting(each) for each in names]
    for name in wanted or [None]:
        meant = find_recordings(sessions, name, first_day=start, last_day=end, source=source)
        spoken = {each.recording_key: each for each in meant if each.has_speech}
        if name and not meant:
            raise Failed(
                f"the lake has no meeting {name}{f' of {source}' if source else ''}",
                hint='give a recording key, UUID or meeting number; `harvester query "FROM recordings"` lists them',
            )
        if name and not spoken:
            status = meant[0].transcript_status or "no sign of one"
            raise Failed(
                f"the lake has no transcript of {name}: {status}", hint="`harvester status` says what is awaited"
            )
        found |= spoken
    if not found:
        raise Failed(
            "the lake has no meeting with a transcript on these days", hint="`harvester status` shows its days"
        )
    return list(found.values())


def _render(meeting: Meeting, how: str) -> Iterator[Document]:
    from harvester.lake.export import captions, data, minutes

    if how in {"vtt", "srt"}:
        render: Callable[[Part], str] = captions.render_vtt if how == "vtt" else captions.render_srt
        for number, part in enumerate(meeting.parts, 1):
            tag = f".part{number}" if len(meeting.parts) > 1 else ""
            yield f"{_stem(meeting.recording)}{tag}.{how}", render(part).encode()
        return
    write = {"md": minutes.render_minutes, "json": data.render_json, "csv": data.render_csv}[how]
    yield f"{_stem(meeting.recording)}.{how}", write(meeting).encode()


def _stem(recording: Found) -> str:
    """Day, topic and a mark of the recording: unlike others, and harmless on any disk."""
    topic = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", recording.topic or "")).strip("-").lower()
    mark = hashlib.sha256(recording.recording_key.encode()).hexdigest()[:8]
    return "-".join(filter(None, [recording.date.isoformat(), topic[:_LONGEST_TOPIC].strip("-"), mark]))


def _write_all(documents: Iterable[Document], folder: Path, *, overwrite: bool) -> None:
    from harvester.files import disk_errors, make_folder

    with disk_errors(folder):
        make_folder(folder)
    count = 0
    for name, data in documents:
        _write(folder / name, data, overwrite=overwrite)
        count += 1
    click.echo(f"{count} file{'' if count == 1 else 's'} written to {folder}")


def _write(target: Path, data: bytes, *, overwrite: bool) -> None:
    from harvester.errors import Failed
    from harvester.files import write_atomically

    if target.exists() and not overwrite:
        raise Failed(f"{target} is there already", hint="add --overwrite to replace it, or name another file")
    write_atomically(target, data)
