"""Whether a bot's data may be deleted at its provider: only once every file of it is here, as its receipt says."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harvester.archive.inspect import inspect_files
from harvester.archive.store import Stored
from harvester.errors import Absent, Refused
from harvester.model import FileStatus, ListedFile, TranscriptStatus
from harvester.pipeline.plan import base_key
from harvester.pipeline.tools import Tools
from harvester.source import Source


def check_kept(tools: Tools, source: str, bot_id: str, shown: Collection[str]) -> list[Stored]:
    """The bot's recordings in the archive; `shown` are the ids of all that its provider shows now.

    Raises Refused naming everything that would be lost, or is not known yet.
    """
    rows = tools.ledger.bots.recordings_of(source, bot_id)
    if not rows:
        raise Refused(f"nothing of {source}:{bot_id} is in the archive", hint="run `harvester bots pull` first")
    held = [tools.archive.read(tools.archive.root / row.folder) for row in rows]
    stored = [each for each in held if each]
    lost = [reason for each in stored for reason in _find_lost(tools, tools.source(source), each)]
    lost += [f"{each} was never harvested" for each in set(shown) - {row.native_id for row in rows}]
    if len(stored) < len(rows):
        lost.append("a recording of it has no entry in the archive")
    if lost:
        raise Refused(
            f"not everything of {source}:{bot_id} is safe: {'; '.join(sorted(lost))}",
            hint="run `harvester bots pull`, without --types, and `harvester verify --deep`",
        )
    return stored


def _find_lost(tools: Tools, source: Source, stored: Stored) -> Iterator[str]:
    entry = stored.entry
    payload = source.fetch_detail(entry.native_id, for_download=True).payload
    recording = source.describe(payload)
    archived = {base_key(key) for key, file in entry.files.items() if file.state.status is FileStatus.ARCHIVED}
    for file in recording.files:
        if file.key not in archived and not _is_absent(source, payload, file):
            yield f"{file.kind} {file.key} is not archived"
    waits = entry.transcript is not None and entry.transcript.status is TranscriptStatus.PENDING
    if waits or recording.transcript is TranscriptStatus.PENDING:
        yield "its transcript is still awaited"
    for finding in inspect_files(stored, deep=True, on_bytes=tools.progress.advance):
        if finding.is_damage:
            yield f"{finding.subject}: {finding.detail}"


def _is_absent(source: Source, payload: object, file: ListedFile) -> bool:
    """Whether the provider never had such a thing, which only asking for it tells."""
    if not file.is_document or not isinstance(payload, dict):
        return False
    try:
        source.fetch_document(payload, file)
    except Absent:
        return True
    return False
