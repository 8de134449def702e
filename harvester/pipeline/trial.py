"""One file from its listing to its proof, with the very parts a run uses, in a folder that is gone afterwards.

Decides which file: the smallest of the newest recording that shows one. Never touches archive, lake or ledger.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from harvester.archive import file_name
from harvester.clock import SystemClock
from harvester.diagnosis import Diagnosis, ok, skipped, warning
from harvester.errors import Damaged, Vanished
from harvester.fetch import Fetcher, Job
from harvester.files import scratch_folder
from harvester.model import Json, ListedFile, Recording
from harvester.pipeline.access import RecordingAccess
from harvester.source import Source

LARGEST_BYTES = 100 * 2**20
_RECORDINGS_TO_TRY = 5
_VIEW_REMEDY = (
    "let the role of the app's owner include 'View the recording content': without it protected files come back as a"
    " sign-in page"
)


def try_one_file(source: Source, fetcher: Fetcher, payloads: Iterable[Json], scratch: Path) -> Diagnosis:
    """Fetch and prove one file below `scratch`. Raises what kept it from coming."""
    for recording, access in _newest(source, payloads):
        file = _smallest(access.files)
        if file is None:
            continue
        with scratch_folder(scratch) as folder:
            fetched = fetcher.fetch(Job(recording.key, file, folder, file_name(file), access.for_file(file)))
        said = (
            f"the {file.kind} of {recording.key} ({fetched.receipt.size_bytes:,} bytes, {recording.date}) came and was"
            " proven"
        )
        if not access.payload.get("download_access_token"):
            return warning(f"{said}, with the app's own token: Zoom gives no download token", _VIEW_REMEDY)
        return ok(said)
    return skipped("no recording of these days has a finished file of at most 100 MiB")


def _newest(source: Source, payloads: Iterable[Json]) -> Iterator[tuple[Recording, RecordingAccess]]:
    """Recordings with their detail, the newest first; those that are listed and not shown yet are passed over."""
    listed = []
    for payload in payloads:
        with contextlib.suppress(Damaged):  # a run counts it as a gap; here another one will do
            listed.append(source.describe(payload))
    listed.sort(key=lambda each: each.started_at, reverse=True)
    for recording in listed[:_RECORDINGS_TO_TRY]:
        with contextlib.suppress(Vanished):
            yield recording, RecordingAccess(source, recording.native_id, SystemClock())


def _smallest(files: Iterable[ListedFile]) -> ListedFile | None:
    """The smallest file that is finished and not empty."""
    fit = [each for each in files if each.ready and each.url and 0 < (each.listed_bytes or 0) <= LARGEST_BYTES]
    return min(fit, key=lambda each: each.listed_bytes or 0, default=None)
