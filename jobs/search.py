"""`harvester search`: what was said, by whom, when, and where to see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.options import Day, common_options, json_option, settings_given

if TYPE_CHECKING:
    from harvester.lake.search.find import Cue, Found, Hit, Search, Watch

_MANY = 1_000_000


@click.command("search")
@click.argument("text", required=False)
@click.option("--speaker", "speakers", multiple=True, metavar="NAME", help="Said by this person (repeatable).")
@click.option("--topic", "topics", multiple=True, metavar="TEXT", help="In meetings with this topic (repeatable).")
@click.option(
    "--host", "hosts", multiple=True, metavar="NAME", help="In meetings of this host, e-mail or id (repeatable)."
)
@click.option("--from", "start", type=Day(), help="First UTC date of the recordings' starts.")
@click.option("--to", "end", type=Day(), help="Last UTC date, included.")
@click.option("--limit", type=click.IntRange(1, _MANY), default=20, show_default=True, help="Most hits, newest first.")
@click.option("--context", type=click.IntRange(0, 100), default=0, help="So many cues before and after each hit.")
@click.option("--regex", is_flag=True, help="TEXT is a regular expression (RE2).")
@click.option("--no-index", is_flag=True, help="Read all of the lake instead of the index; the hits are the same.")
@click.option("--build-index", is_flag=True, help="Make or refresh the index ahead, for cron; no TEXT is searched for.")
@json_option
@common_options
def command(
    text: str | None,
    start: date | None,
    end: date | None,
    no_index: bool,  # noqa: FBT001 - click's calling convention
    build_index: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    config_file: Path | None,
    verbose: bool,  # noqa: FBT001
    **options: Any,  # noqa: ANN401
) -> int:
    """Find what was said, newest first: every word of TEXT in one cue, or an "exact phrase" in quotes.

    Letter case and accents do not count, and a word is also found inside a longer one; `budg*` only where a word begins
    so. --speaker, --topic and --host take a part of the name, or with `*` and `?` the whole. Searched are current
    transcripts, captions where there is no transcript. Nothing found is no failure.

    Searches use an index below .harvester/cache, which the first one makes and each brings up to date; it may be
    removed at any time. A regular expression reads all of the lake.

    Example: harvester search '"sensor map" budg*' --speaker ines --context 1
    """
    _check_wanted(text, no_index=no_index, build_index=build_index)
    if start and end and start > end:
        raise click.BadParameter(f"--from {start} lies after --to {end}; swap them", param_hint="'--from' / '--to'")
    search = _build_search(text, start, end, **options) if text is not None else None
    from jobs.indexing import index_folder, watch_indexing
    from jobs.loading import load, on_terminal

    config = load(settings_given(options), config_file=config_file, verbose=verbose, bars=True)
    with watch_indexing(bars=on_terminal() and not as_json) as watch:
        if search is None:
            return _build_index(config.lake, index_folder(config), watch, as_json=as_json)
        from harvester.lake.search.find import find_speech

        is_indexed = config.state.is_dir() and not no_index  # without a home of ours nothing is left behind
        found = find_speech(config.lake, search, cache=index_folder(config) if is_indexed else None, watch=watch)
    links = [_link(each, config.zoom_api_base_url) for each in found.hits]
    if as_json:
        _show_json(found, links)
    else:
        for hit, link in zip(found.hits, links, strict=True):
            _show(hit, link)
        _show_count(found, search.limit)
    return 0


def _check_wanted(text: str | None, *, no_index: bool, build_index: bool) -> None:
    if build_index and (no_index or text is not None):
        raise click.UsageError("--build-index searches for nothing: leave out TEXT and --no-index")
    if text is None and not build_index:
        raise click.UsageError("there is nothing to look for: give TEXT, such as: harvester search budget")


def _build_index(lake: Path, folder: Path, watch: Watch, *, as_json: bool) -> int:
    from harvester.lake.search.index import measure_index, refresh_index
    from jobs.output import human_bytes, human_count, show_json

    refresh_index(lake, folder, None, watch)
    days, size_bytes = measure_index(folder)
    if as_json:
        show_json({"days": days, "size_bytes": size_bytes})
    else:
        click.echo(f"the index is up to date: {human_count(days, 'day')}, {human_bytes(size_bytes)}")
    return 0


def _build_search(
    text: str,
    start: date | None,
    end: date | None,
    *,
    regex: bool,
    limit: int,
    context: int,
    **options: Any,  # noqa: ANN401
) -> Search:
    for word in (text, *options["speakers"], *options["topics"], *options["hosts"]):
        if not word.isascii() and word != word.encode("utf-8", "replace").decode():
            raise click.BadParameter("this is not UTF-8 text", param_hint=repr(word))
    from harvester.lake.search.find import Search
    from harvester.lake.search.words import Term, find_name, read_terms

    try:
        terms = (Term(text),) if regex else read_terms(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="TEXT") from error
    if not terms or not terms[0].body:
        raise click.BadParameter("there is nothing to look for", param_hint="TEXT")
    speakers, topics, hosts = (
        tuple(find_name(each) for each in options[name] if each.strip()) for name in ("speakers", "topics", "hosts")
    )
    return Search(
        terms=terms,
        speakers=speakers,
        topics=topics,
        hosts=hosts,
        first_day=start,
        last_day=end,
        limit=limit,
        context=context,
    )


def _link(hit: Hit, api_base_url: str) -> str | None:
    from harvester.zoom_page import recording_page

    return recording_page(hit.native_id, api_base_url, at=hit.cue.start_at) if hit.source == "zoom" else None


def _show(hit: Hit, link: str | None) -> None:
    """One hit in a few lines; colours reach a terminal only, and no text of a meeting may steer it."""
    from harvester.lake.cells import make_safe
    from harvester.lake.search.find import mark_up

    who = click.style(make_safe(hit.cue.speaker or "(nobody named)"), bold=True)
    click.echo(f"{_moment(hit.cue.start_at)}  {who}  {make_safe(hit.topic or '')}".rstrip())
    for cue in hit.before:
        _show_neighbour(cue)
    pieces = [
        click.style(make_safe(piece), fg="red", bold=True) if matches else make_safe(piece)
        for piece, matches in mark_up(hit.cue.text, hit.spans)
    ]
    click.echo(f"  > {''.join(pieces)}")
    for cue in hit.after:
        _show_neighbour(cue)
    offset = None if hit.start_ms is None else f"at {timedelta(seconds=hit.start_ms // 1000)}"
    where = "  ".join(each for each in (make_safe(hit.recording_key), offset, link) if each)
    click.echo(f"  {click.style(where, dim=True)}\n")


def _show_neighbour(cue: Cue) -> None:
    from harvester.lake.cells import make_safe

    who = f"{make_safe(cue.speaker)}: " if cue.speaker else ""
    click.echo(click.style(f"    {who}{make_safe(cue.text)}", dim=True))


def _show_count(found: Found, limit: int) -> None:
    if not found.total:
        click.echo("nothing found", err=True)
    elif found.total > limit:
        click.echo(f"the newest {limit:,} of {found.total:,} hits; --limit shows more", err=True)


def _show_json(found: Found, links: Sequence[str | None]) -> None:
    from jobs.output import show_json

    hits = [
        {
            "recording_key": each.recording_key,
            "source": each.source,
            "topic": each.topic,
            "host_email": each.host_email,
            "host_id": each.host_id,
            "transcript_key": each.transcript_key,
            "kind": each.kind,
            **_plain(each.cue),
            "start_ms": each.start_ms,
            "end_ms": each.end_ms,
            "spans": each.spans,
            "before": [_plain(cue) for cue in each.before],
            "after": [_plain(cue) for cue in each.after],
            "link": link,
        }
        for each, link in zip(found.hits, links, strict=True)
    ]
    show_json({"total": found.total, "hits": hits})


def _plain(cue: Cue) -> dict[str, Any]:
    from harvester.lake.cells import plain_value

    return {
        "segment_index": cue.segment_index,
        "start_at": plain_value(cue.start_at),
        "speaker": cue.speaker,
        "text": cue.text,
        "is_corrected": cue.is_corrected,
    }


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else "(no time)"
