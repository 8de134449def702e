"""The checks of `harvester doctor` that ask Zoom: token, scopes, clock and listing. Each gives one Diagnosis."""

from __future__ import annotations

from harvester.diagnosis import Diagnosis, failed, ok, skipped, warning
from harvester.errors import ExitCode
from harvester.zoom.sample import Sample
from harvester.zoom.scopes import REQUIRED_SCOPES, find_lacks

SKEW_WARNS_S = 60.0
SKEW_FAILS_S = 300.0
"""The usual tolerance for the time in a signed request, such as a webhook."""
_SET_CLOCK = "set this machine's clock from a time server (timedatectl set-ntp true)"


def check_clock(ahead_s: float | None) -> Diagnosis:
    """How far our clock is from Zoom's; the `Date` header is good to a second."""
    if ahead_s is None:
        return skipped("the server's answers carry no date")
    amount, side = round(abs(ahead_s)), "ahead of" if ahead_s > 0 else "behind"
    said = f"this machine's clock is {amount} s {side} Zoom's"
    if abs(ahead_s) > SKEW_FAILS_S:
        return failed(f"{said}; tokens, webhooks and schedules go wrong", _SET_CLOCK, code=ExitCode.FAILED)
    if abs(ahead_s) > SKEW_WARNS_S:
        return warning(f"{said}; beyond {SKEW_FAILS_S / 60:.0f} minutes things go wrong", _SET_CLOCK)
    return ok(f"{said}" if amount else "this machine's clock is Zoom's")


def check_scopes(
    granted: frozenset[str], *, needs_host_emails: bool = False, needs_participants: bool = False
) -> Diagnosis:
    """The scopes of the token against those that are needed, by their granular or classic names."""
    if not granted:
        return warning("Zoom does not say which scopes the token has", "look at the checks below")
    lacks = find_lacks(granted, needs_host_emails=needs_host_emails, needs_participants=needs_participants)
    if not lacks:
        more = ", and one for participants" if needs_participants else ""
        return ok(f"all {len(REQUIRED_SCOPES)} are there{more}")
    message = "missing: " + "; ".join(f"{each.scope} ({each.means})" for each in lacks)
    remedy = "; ".join(each.remedy for each in lacks) + "; a new scope is in tokens issued after that"
    if any(each.fatal for each in lacks):
        return failed(message, remedy, code=ExitCode.REFUSED)
    return warning(message, remedy)


def check_listing(sample: Sample, *, days: int) -> Diagnosis:
    """What one page of the last days says."""
    count = f"{len(sample.payloads)} recording{'' if len(sample.payloads) == 1 else 's'}"
    whose = f"of the first {sample.users_asked} users asked in turn" if sample.refusal else "of the account"
    said = f"{count} {whose} on the first page of the last {days} days"
    if sample.refused_users:
        names = ", ".join(name for name, _ in sample.refused_users)
        first = sample.refused_users[0][1]
        return warning(f"{said}; refused for {names}: {first.message}", first.hint)
    return ok(said)
