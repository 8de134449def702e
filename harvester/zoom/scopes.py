"""The granular scopes an app needs, what each is for, and what it means when one is missing. Pure.

Apps made before 2024 hold classic scopes instead; which of those serve the same calls stands here too (facts of the
API, section 8).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

ACCOUNT_RECORDINGS = "cloud_recording:read:list_account_recordings:admin"
USER_RECORDINGS = "cloud_recording:read:list_user_recordings:admin"
RECORDING_FILES = "cloud_recording:read:list_recording_files:admin"
USERS = "user:read:list_users:admin"
PAST_INSTANCES = "meeting:read:list_past_instances:admin"
PARTICIPANTS_REPORT = "report:read:list_meeting_participants:admin"
PAST_PARTICIPANTS = "meeting:read:list_past_participants:admin"

REQUIRED_SCOPES: dict[str, str] = {
    ACCOUNT_RECORDINGS: "list the whole account in one go (else user by user)",
    USER_RECORDINGS: "list each user's recordings",
    RECORDING_FILES: "see and download a recording's files",
    USERS: "list the users, deactivated ones included",
    PAST_INSTANCES: "find all instances of a meeting number",
}
PARTICIPANTS_SCOPES: dict[str, str] = {
    PARTICIPANTS_REPORT: "only with `--participants`: the report of who took part in a meeting",
    PAST_PARTICIPANTS: "only with `--participants`, in place of the report: who took part in a past meeting",
}
"""Either of them is enough, and neither is needed without that option."""
CLASSIC_SCOPES: dict[str, tuple[str, ...]] = {
    ACCOUNT_RECORDINGS: ("account:read:admin", "recording:read:admin"),
    USER_RECORDINGS: ("recording:read:admin",),
    RECORDING_FILES: ("recording:read:admin",),
    USERS: ("user:read:admin",),
    PAST_INSTANCES: ("meeting:read:admin",),
    PARTICIPANTS_REPORT: ("report:read:admin",),
    PAST_PARTICIPANTS: ("meeting:read:admin",),
}
PARTICIPANTS_REMEDY = (
    f"add {PARTICIPANTS_REPORT} or {PAST_PARTICIPANTS} to the app (an app with classic scopes: "
    f"{CLASSIC_SCOPES[PARTICIPANTS_REPORT][0]} or {CLASSIC_SCOPES[PAST_PARTICIPANTS][0]}), or do without --participants"
)
_MASTER = {ACCOUNT_RECORDINGS: "recording:master"}


@dataclass(frozen=True, slots=True)
class Lack:
    """A scope that the token lacks, what follows, and whether a run can do without it."""

    scope: str
    means: str
    fatal: bool

    @property
    def remedy(self) -> str:
        if self.scope in PARTICIPANTS_SCOPES:
            return PARTICIPANTS_REMEDY
        classic = " and ".join(CLASSIC_SCOPES[self.scope])
        return f"add {self.scope} to the app (an app with classic scopes: {classic})"


def is_granted(scope: str, granted: Collection[str]) -> bool:
    """Whether the token may make the calls of `scope`, by this name, a master account's, or the classic ones."""
    return (
        scope in granted
        or f"{scope.removesuffix(':admin')}:master" in granted
        or set(CLASSIC_SCOPES[scope]) <= set(granted)
        or _MASTER.get(scope) in granted
    )


def gives_participants(granted: Collection[str]) -> bool:
    """Whether the token may ask who took part, in one way or the other."""
    return any(is_granted(each, granted) for each in PARTICIPANTS_SCOPES)


def find_lacks(
    granted: Collection[str], *, needs_host_emails: bool = False, needs_participants: bool = False
) -> list[Lack]:
    """What a token with these scopes lacks, in the order of `REQUIRED_SCOPES`, the participants' last."""
    held = {scope for scope in REQUIRED_SCOPES if is_granted(scope, granted)}
    by_account, by_user = ACCOUNT_RECORDINGS in held, {USER_RECORDINGS, USERS} <= held
    user_wise = ("should Zoom refuse the account's listing, nothing takes its place", False)
    if not by_account:
        user_wise = ("without it, and without the account's listing, nothing can be listed", True)
    found = {
        ACCOUNT_RECORDINGS: ("every user is listed in turn; right where Zoom does not offer this scope", False),
        USER_RECORDINGS: user_wise,
        RECORDING_FILES: ("no file can be fetched", True),
        USERS: user_wise,
        PAST_INSTANCES: ("of a meeting number only the latest instance is found", False),
    }
    if not by_user:
        found[ACCOUNT_RECORDINGS] = ("without it, and without the users' listings, nothing can be listed", True)
    if needs_host_emails and by_account:
        found[USERS] = ("rules with e-mail addresses cannot be decided", True)
    lacks = [Lack(scope, *found[scope]) for scope in REQUIRED_SCOPES if scope not in held]
    if needs_participants and not gives_participants(granted):
        lacks.append(Lack(PARTICIPANTS_REPORT, "no list of participants is fetched", False))
    return lacks
