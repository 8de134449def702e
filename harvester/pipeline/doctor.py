"""Every check of `harvester doctor`, in order: one that fails keeps none from running but those that build on it.

Decides which check needs which, and the exit code. Changes nothing on the machine and nothing in Zoom.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

from harvester.clock import Clock
from harvester.config import Config
from harvester.diagnosis import Diagnosis, State, failed, ok, skipped
from harvester.errors import ConfigError, ExitCode, HarvesterError, Refused
from harvester.fetch import Fetcher
from harvester.model import Json, Window
from harvester.pipeline import checks
from harvester.pipeline.check_bots import check_bots
from harvester.pipeline.select import Selection
from harvester.pipeline.selftest import check_webhook
from harvester.pipeline.tools import Connection
from harvester.pipeline.trial import try_one_file
from harvester.zoom import ZoomSource
from harvester.zoom.checks import check_clock, check_listing, check_scopes

CHECKS: dict[str, tuple[str, ...]] = {
    "settings": (),
    "home": (),
    "filesystem": (),
    "disk": (),
    "lock": (),
    "ledger": (),
    "runs": ("ledger",),
    "token": ("settings",),
    "clock": ("settings",),
    "scopes": ("token",),
    "listing": ("token",),
    "file": ("listing", "home"),
    "bots": (),
    "webhook": (),
}
"""Check -> those that it builds on; in the order of the report."""

LISTED_DAYS = 30
_WORST = (ExitCode.CONFIG, ExitCode.REFUSED, ExitCode.DAMAGED)
_AGAIN = "run it again in a few minutes; if it stays, `harvester doctor -v` logs every step"
_UNMET = {State.FAILED, State.SKIPPED}

Findings = dict[str, Diagnosis]
Zoom = tuple[ZoomSource, Fetcher]


def examine(
    config: Config,
    *,
    ledger_path: Path,
    secret_files: Sequence[Path],
    open_zoom: Callable[[], AbstractContextManager[Zoom]],
    open_bots: Callable[[], AbstractContextManager[Mapping[str, Connection]]],
    check_one_filesystem: Callable[[], None],
    webhook_url: str | None,
    clock: Clock,
) -> Findings:
    """Run every check; `secret_files` are those whose rights matter, `open_zoom` makes what talks to Zoom.

    `webhook_url` is where Zoom sends events; without it the receiver on this machine is asked.
    """
    found: Findings = {}
    with contextlib.ExitStack() as stack:
        zoom: list[Zoom] = []

        def settings() -> Diagnosis:
            finding = checks.check_settings(config, secret_files)
            zoom.append(stack.enter_context(open_zoom()))
            return finding

        def filesystem() -> Diagnosis:
            check_one_filesystem()
            return checks.check_filesystem(config)

        today = clock.now().date()
        _note(found, "settings", settings)
        _note(found, "home", lambda: checks.check_home(config))
        _note(found, "filesystem", filesystem)
        _note(found, "disk", lambda: checks.check_disk(config))
        _note(found, "lock", lambda: checks.check_lock(config))
        _note(found, "ledger", lambda: checks.check_ledger(ledger_path, config.zoom_account_id))
        _note(found, "runs", lambda: checks.check_runs(ledger_path, today))
        _ask_zoom(found, zoom, Selection.of(config), Window(today - timedelta(days=LISTED_DAYS - 1), today), config)
        listed = Window(today - timedelta(days=1), today)
        _note(found, "bots", lambda: check_bots(stack.enter_context(open_bots()), listed))
        _note(found, "webhook", lambda: check_webhook(config, webhook_url, clock))
    return found


def _ask_zoom(found: Findings, zoom: Sequence[Zoom], selection: Selection, window: Window, config: Config) -> None:
    payloads: list[Json] = []

    def token() -> Diagnosis:
        zoom[0][0].granted_scopes()
        return ok(f"given for account {zoom[0][0].account_id}")

    def listing() -> Diagnosis:
        sample = zoom[0][0].take_sample(window)
        payloads.extend(sample.payloads)
        return check_listing(sample, days=LISTED_DAYS)

    _note(found, "token", token)
    _note(found, "clock", lambda: check_clock(zoom[0][0].clock_ahead_s))
    needs = {
        "needs_host_emails": selection.needs_host_emails(),
        "needs_participants": config.harvester_participants,
    }
    _note(found, "scopes", lambda: check_scopes(zoom[0][0].known_scopes, **needs))
    _note(found, "listing", listing)
    _note(found, "file", lambda: try_one_file(*zoom[0], payloads, config.state / "tmp"))


def _note(found: Findings, name: str, look: Callable[[], Diagnosis]) -> None:
    unmet = next((each for each in CHECKS[name] if found[each].state in _UNMET), None)
    if unmet:
        found[name] = skipped(
            f"it needs {unmet}, which {'failed' if found[unmet].state is State.FAILED else 'did not run'}"
        )
        return
    try:
        found[name] = look()
    except HarvesterError as error:
        found[name] = failed(error.message, error.hint or _AGAIN, code=_code_of(error))
    except OSError as error:
        message = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        found[name] = failed(message, "check the owner, the permissions and the disk", code=ExitCode.FAILED)


def _code_of(error: HarvesterError) -> ExitCode:
    """Of the four codes that the doctor knows; a refusal of one item is here the refusal of all that were tried."""
    code = ExitCode.REFUSED if isinstance(error, Refused) else error.exit_code
    return code if code in _WORST else ExitCode.FAILED


def without_settings(error: ConfigError) -> Findings:
    """The findings where the settings cannot even be read: nothing else can be known."""
    rest = {name: skipped("it needs settings, which cannot be read") for name in CHECKS}
    return {**rest, "settings": failed(error.message, error.hint, code=ExitCode.CONFIG)}


def worst_code(found: Findings) -> ExitCode:
    """0 when nothing failed, else the code of the worst kind: 10, 12, 13, then 1."""
    codes = {each.exit_code for each in found.values() if each.state is State.FAILED}
    return next((code for code in _WORST if code in codes), ExitCode.FAILED if codes else ExitCode.DONE)
