"""The checks of `harvester doctor` that need no network: settings, folders, disk, lock and ledger.

Each gives one Diagnosis and leaves the machine as it found it; what a check raises, the doctor turns into a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from harvester.config import Config
from harvester.diagnosis import Diagnosis, failed, ok, skipped, warning
from harvester.errors import EXIT_CODES, ExitCode
from harvester.files import nearest_existing, readable_by_others, scratch_folder, write_atomically
from harvester.filesystem import MOUNTS, find_kind, is_in_memory, is_network
from harvester.ledger import Ledger, LedgerDamaged, lock_holder
from harvester.source import ZOOM

LITTLE_BYTES = 10 * 2**30
"""Below this a day of video may not fit."""
TOO_LITTLE_BYTES = 100 * 2**20
LATE_DAYS = 3
_PROBE = b"harvester doctor\n" * 64


def check_settings(config: Config, files: Iterable[Path]) -> Diagnosis:
    """Raises ConfigError where credentials are missing, or the key of pseudonyms that are wanted."""
    account, _, _ = config.credentials()
    config.pseudonyms()
    open_files = [str(each) for each in files if readable_by_others(each)]
    if open_files:
        names = ", ".join(open_files)
        return warning(f"complete, but other users of this machine can read {names}", f"chmod 600 {names}")
    return ok(f"complete for account {account}, home {config.harvester_home.absolute()}")


def check_home(config: Config) -> Diagnosis:
    """Write, flush, rename and read in the state's folder; the others are only asked for their rights."""
    with scratch_folder(config.state / "tmp") as folder:
        target = folder / "probe"
        write_atomically(target, _PROBE)
        if target.read_bytes() != _PROBE:
            message = f"what was written below {config.state} reads back otherwise"
            return failed(message, "check the disk's health", code=ExitCode.FAILED)
    for path in (config.archive, config.lake):
        folder = nearest_existing(path)
        if not os.access(folder, os.W_OK | os.X_OK):
            remedy = f"give this user the right to write into {folder}"
            return failed(f"{path} cannot be written", remedy, code=ExitCode.FAILED)
    return ok("written, flushed, renamed and read back; archive and lake may be written")


def check_filesystem(config: Config) -> Diagnosis:
    """What the state's folder lies on. That the lake lies on the same one is checked by whoever wires them."""
    home = nearest_existing(config.state).resolve()
    try:
        kind = find_kind(home, MOUNTS.read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError:
        kind = None
    if kind is None:
        return skipped("this machine does not say which filesystem holds a folder")
    if is_network(kind):
        return warning(
            f"{config.state} lies on {kind}, where locks and the ledger cannot be relied on",
            "set HARVESTER_HOME to a local disk; HARVESTER_ARCHIVE may stay on the network",
        )
    if is_in_memory(kind):
        return warning(f"{home} lies on {kind}, which a restart empties", "set HARVESTER_HOME to a disk")
    return ok(f"{kind}, one filesystem for lake and ledger")


def check_disk(config: Config) -> Diagnosis:
    """Room where the archive and where the state lie."""
    found = [(shutil.disk_usage(nearest_existing(each)).free, each) for each in (config.archive, config.state)]
    free, path = min(found, key=lambda each: each[0])
    said = f"{free / 2**30:,.1f} GiB are free at {path.absolute()}"
    remedy = "`harvester plan` says what a run needs; free space or move HARVESTER_HOME to a larger disk"
    if free < TOO_LITTLE_BYTES:
        return failed(said, remedy, code=ExitCode.FAILED)
    return warning(f"only {said}", remedy) if free < LITTLE_BYTES else ok(said)


def check_lock(config: Config) -> Diagnosis:
    holder = lock_holder(config.state)
    if holder is None:
        return ok("free")
    return warning(f"a run is going on (process {holder})", "it is no fault; another run ends at once with 11")


def check_ledger(path: Path, account_id: str | None) -> Diagnosis:
    """Raises ConfigError for another account's ledger or a newer schema."""
    if not path.exists():
        return ok("none yet: nothing was harvested into this home")
    try:
        with Ledger.snapshot(path) as ledger:
            problems = ledger.reports.find_problems()
            version = ledger.reports.schema_version()
            files = ledger.reports.count_files()
            if account_id:
                ledger.check_account(ZOOM, account_id)
    except LedgerDamaged as error:
        return failed(error.message, error.hint, code=ExitCode.DAMAGED)
    if problems:
        remedy = "run `harvester repair`, which puts it aside and makes it again from the archive's receipts"
        return failed(f"{path} is damaged: {'; '.join(problems)}", remedy, code=ExitCode.DAMAGED)
    archived = sum(count for (_, status), (count, _) in files.items() if status == "archived")
    return ok(f"sound, schema version {version}, {archived:,} files archived")


def check_runs(path: Path, today: date) -> Diagnosis:
    """How the last run ended and how old the last complete listing is."""
    if not path.exists():
        return skipped("there is no ledger yet")
    with Ledger.snapshot(path) as ledger:
        runs, watermarks = ledger.runs.last(1), ledger.watermarks()
    if not runs:
        return ok("no run yet")
    last = runs[0]
    said = f"the last was {last.command}, {last.started_at[:16].replace('T', ' ')} UTC"
    if last.exit_code is None:
        return warning(f"{said}, and has no end: cut off or going on", "the next run finishes its work")
    if last.exit_code:
        meaning = EXIT_CODES.get(ExitCode(last.exit_code), "")
        return warning(
            f"{said}, and ended with {last.exit_code}: {meaning}", "see `harvester status` and `runs --json`"
        )
    oldest = min(watermarks.values(), default=None)
    if oldest and (today - oldest).days > LATE_DAYS:
        return warning(
            f"{said}; everything is listed only up to {oldest}, {(today - oldest).days} days ago",
            "let `harvester nightly` run every night; it makes up for missed days by itself",
        )
    return ok(f"{said}, exit code 0" + (f"; listed completely up to {oldest}" if oldest else ""))
