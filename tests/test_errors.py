"""The error tree: what each class means to the caller, and what cron hears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harvester import errors
from harvester.errors import (
    EXIT_CODES,
    AccessRefused,
    AlreadyRunning,
    ConfigError,
    Damaged,
    DiskFull,
    ExitCode,
    Failed,
    Fatal,
    HarvesterError,
    PageTokenExpired,
    Pending,
    QuotaExhausted,
    Refused,
    Retriable,
    Skippable,
    Vanished,
)


@pytest.mark.parametrize(
    ("error", "code", "group", "kind"),
    [
        (ConfigError, 10, Fatal, "config_error"),
        (AccessRefused, 12, Fatal, "access_refused"),
        (AlreadyRunning, 11, Fatal, "already_running"),
        (QuotaExhausted, 3, Fatal, "quota_exhausted"),
        (DiskFull, 1, Fatal, "disk_full"),
        (Failed, 1, Fatal, "failed"),
        (Pending, 0, Skippable, "pending"),
        (Vanished, 3, Skippable, "vanished"),
        (Refused, 3, Skippable, "refused"),
        (Damaged, 3, Skippable, "damaged"),
        (Retriable, 1, HarvesterError, "retriable"),
        (PageTokenExpired, 1, HarvesterError, "page_token_expired"),
    ],
)
def test_each_error_has_its_group_code_and_name(error, code, group, kind):
    """What the caller does next, the exit code and the name in logs are those of the contract."""
    raised = error("what happened", hint="what to do")
    assert isinstance(raised, group)
    assert (int(raised.exit_code), raised.kind) == (code, kind)
    assert (str(raised), raised.message, raised.hint) == ("what happened", "what happened", "what to do")


def test_no_error_is_in_two_groups():
    """An error ends the run, is tried again, or becomes a row: never two of these."""
    every = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, HarvesterError)]
    assert len(every) == 17
    for each in every:
        assert sum(issubclass(each, group) for group in (Fatal, Retriable, Skippable, PageTokenExpired)) <= 1


def test_every_exit_code_is_explained():
    """Help texts can explain each code that a command may end with, and the numbers are the documented ones."""
    assert list(EXIT_CODES) == list(ExitCode)
    assert [int(each) for each in ExitCode] == [0, 1, 2, 3, 10, 11, 12, 13, 130]


def test_what_an_error_knows_beside_its_sentence():
    """The server's waiting time, the quota's reset and the subject travel with the error."""
    resets_at = datetime(2026, 3, 2, tzinfo=UTC)
    assert Retriable("busy", wait_s=2.5, subject="u1").wait_s == 2.5
    assert Retriable("busy", subject="u1").subject == "u1"
    assert QuotaExhausted("enough", resets_at=resets_at).resets_at == resets_at
    assert Damaged("bad", subject="f1").subject == "f1"
