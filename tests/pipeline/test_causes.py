"""Failures gathered by cause, each with what to do."""

from __future__ import annotations

import pytest

from harvester.ledger import FileRow
from harvester.model import FileStatus as S
from harvester.pipeline.causes import group_by_cause


def failed(number, error, status=S.FAILED):
    return FileRow(f"zoom:m{number}==", f"f{number}", "video", status, None, None, None, None, None, 1, error)


def test_what_differs_only_in_ids_and_numbers_is_one_cause():
    """The most frequent first, with one recording as the example."""
    rows = [failed(n, f"zoom:m{n}==/f{n}: {n}00 bytes came, the server had named {n},000") for n in range(1, 4)]
    first, second = group_by_cause([failed(9, "the file came empty"), *rows])
    assert (first.files, first.reason) == (3, "n bytes came, the server had named n")
    assert first.example == "zoom:m1=="
    assert (second.files, second.reason) == (1, "the file came empty")


@pytest.mark.parametrize(
    ("error", "status", "remedy"),
    [
        ("a sign-in page came in place of the file", S.FAILED, "harvester doctor"),
        ("zoom:m1==/f1: the server answered 403", S.FAILED, "harvester doctor"),
        ("the file came empty", S.FAILED, "harvester meeting 'm1=='"),
        ("it vanished", S.MISSING, "harvester meeting 'm1=='"),
        ("deleted at the source before it was fetched", S.EXPIRED, "nothing brings it back"),
        (None, S.FAILED, "harvester meeting 'm1=='"),
    ],
)
def test_each_cause_has_something_to_do(error, status, remedy):
    """A command where one helps, else the truth."""
    (cause,) = group_by_cause([failed(1, error, status)])
    assert cause.remedy.startswith(remedy)


def test_nothing_failed():
    """Then there is nothing to say."""
    assert group_by_cause([]) == []
