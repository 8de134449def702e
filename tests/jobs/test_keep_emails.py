"""Whether mail addresses are kept is said to a command, and by `serve` to the worker it starts."""

from __future__ import annotations

import click
import pytest

from jobs import backfill, meeting, nightly, rebuild, repair, serve, trigger, verify, work


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (backfill, ["--from", "2026-01-01"]),
        (meeting, ["123456789"]),
        *((each, []) for each in (nightly, rebuild, repair, trigger, verify, work)),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_whoever_reads_the_archive_can_be_told(module, words):
    """With the option it is a setting; without it the setting is left to the environment."""
    for given, expected in ((words, None), ([*words, "--keep-emails"], True)):
        assert module.command.make_context("x", given).params["harvester_keep_emails"] is expected


def test_serve_tells_its_worker():
    """The worker is started with words that it understands, a flag among them."""
    with click.Context(serve.command):
        options = {"harvester_keep_emails": True, "harvester_types": "chat", "harvester_hosts": ("a", "b")}
        words = serve._repeat(None, verbose=True, options=options)
    told = work.command.make_context("work", words).params
    assert {name: told[name] for name in options} == options
