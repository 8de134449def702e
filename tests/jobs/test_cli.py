"""The command line: which code each error ends with, what is said of it, and what a pipe may do to it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import click
import pytest

from harvester.errors import (
    EXIT_CODES,
    AccessRefused,
    AlreadyRunning,
    ConfigError,
    Damaged,
    DiskFull,
    Failed,
    QuotaExhausted,
    Refused,
    Retriable,
)
from jobs.cli import COMMANDS

HARVESTER = [sys.executable, "-m", "jobs"]


@pytest.fixture
def raising(monkeypatch, harvester):
    """Runs a command in whose middle something happens."""

    def run(happening):
        @click.command("schema")
        def command():
            if isinstance(happening, BaseException):
                raise happening
            return happening

        monkeypatch.setattr("jobs.schema.command", command)
        return harvester("schema")

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("bad", hint="mend it"), 10),
        (AlreadyRunning("bad", hint="mend it"), 11),
        (AccessRefused("bad", hint="mend it"), 12),
        (QuotaExhausted("bad", hint="mend it"), 3),
        (DiskFull("bad", hint="mend it"), 1),
        (Failed("bad", hint="mend it"), 1),
        (Refused("bad", hint="mend it"), 3),
        (Damaged("bad", hint="mend it"), 3),
        (Retriable("bad", hint="mend it"), 1),
    ],
    ids=lambda each: type(each).__name__,
)
def test_each_error_is_a_sentence_a_remedy_and_a_code(raising, error, code):
    """Two lines on stderr, nothing on stdout, and the documented exit code."""
    outcome = raising(error)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err == "Error: bad\n  -> mend it\n"


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (3, 3), (13, 13)])
def test_a_command_says_how_it_ended(raising, returned, code):
    """What a command returns is what cron hears."""
    outcome = raising(returned)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", "")


@pytest.mark.parametrize("happening", ["raise KeyboardInterrupt", "raise click.Abort", "return 130"])
def test_interrupted(happening):
    """Somebody's Ctrl-C ends with 130 at once, and with all that was said before it."""
    script = (
        "import click, sys, jobs.schema\n"
        "from jobs.cli import main\n"
        "@click.command('schema')\n"
        "def command():\n"
        "    sys.stdout.write('said before')\n"
        f"    {happening}\n"
        "jobs.schema.command = command\n"
        "sys.argv = ['harvester', 'schema']\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (130, "said before")
    assert ("Interrupted. What was fetched is kept" in done.stderr) is happening.startswith("raise")


def test_a_defect_is_said_to_be_one(raising, caplog):
    """An error nobody thought of ends with 1, is called a defect, and is logged with its place."""
    outcome = raising(ZeroDivisionError("surprise"))
    assert outcome.code == 1
    assert "defect in the harvester" in outcome.err
    assert [each.message for each in caplog.records] == ["harvester.bug"]
    assert "surprise" in caplog.text


def test_an_error_cannot_steer_the_terminal(raising):
    """A server's words inside an error neither clear the screen nor forge a second line."""
    outcome = raising(Failed("it said \x1b[2J\nError: all is well\u202e", hint="x\r\ny"))
    assert len(outcome.err.splitlines()) == 2
    assert "\x1b" not in outcome.err
    assert "\u202e" not in outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-command",),
        ("nightly", "--no-such-option"),
        ("nightly", "--since", "3"),
        ("nightly", "--since", "-3d"),
        ("nightly", "--since", "3 days"),
        ("backfill",),
        ("backfill", "--from", "03/02/2026"),
        ("backfill", "--from", "2026-02-30"),
        ("backfill", "--from", "2026-03-02", "--to", "2026-03-01"),
        ("backfill", "--from", "2010-01-01"),
        ("backfill", "--from", "2999-01-01"),
        ("backfill", "--from", "2026-01-01", "--to", "2999-01-01"),
        ("meeting",),
        ("meeting", " "),
        ("meeting", "a\x1bb"),
        ("meeting", "1", "2"),
        ("query",),
        ("query", "SELECT 1", "--format", "xml"),
        ("runs", "--last", "0"),
        ("schema", "--sql", "--json"),
        ("nightly", "--workers", "many"),
    ],
    ids=lambda words: " ".join(words).encode("unicode_escape").decode(),
)
def test_wrong_usage_ends_with_2(harvester, words):
    """A wrong option or argument is said on stderr before anything is touched."""
    outcome = harvester(*words)
    assert outcome.code == 2
    assert outcome.out == ""
    assert "Error: " in outcome.err
    assert os.listdir() == []  # noqa: PTH208 - the current folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(harvester, command):
    """`--help` explains the command and shows one that can be typed."""
    outcome = harvester(command, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert f"Example: harvester {command}" in re.sub(r"\s+", " ", outcome.out)


def test_the_help_lists_commands_and_exit_codes(harvester):
    """One page tells what there is and what cron may hear."""
    outcome = harvester("--help")
    assert outcome.code == 0
    said = re.sub(r"\s+", " ", outcome.out)
    assert all(name in said for name in COMMANDS)
    assert all(f"{int(code)} {meaning}" in said for code, meaning in EXIT_CODES.items())


@pytest.mark.parametrize("words", [("schema",), ("schema", "--json"), ("--help",)], ids=" ".join)
def test_a_reader_that_leaves_early_is_no_error(words):
    """`harvester schema | head -1` ends in silence, with the code of a command that did its work."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([*HARVESTER, *words], check=False, stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_behind_stdout_is_a_sentence():
    """A report redirected to a full disk is no defect of ours: it says what is full, without a traceback."""
    try:
        full = open("/dev/full", "wb")  # noqa: PTH123, SIM115 - a device, closed below
    except FileNotFoundError:
        pytest.skip("this system has no /dev/full")
    with full:
        done = subprocess.run([*HARVESTER, "schema"], check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr


def test_missing_credentials_end_with_10_and_touch_nothing(harvester):
    """A first try without settings names them all and leaves no half-made home behind."""
    outcome = harvester("nightly", "--home", "home")
    assert outcome.code == 10
    assert "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET are not set" in outcome.err
    assert os.listdir() == []  # noqa: PTH208


@pytest.mark.parametrize("command", ["status", "runs", "rebuild"])
def test_a_home_that_is_not_there_ends_with_10(harvester, command):
    """A mistyped folder is said so and not created."""
    outcome = harvester(command, "--home", "nowhere")
    assert outcome.code == 10
    assert "nowhere" in outcome.err
    assert "  -> " in outcome.err
    assert os.listdir() == []  # noqa: PTH208


def test_a_held_lock_ends_with_11(harvester, tmp_path):
    """Cron that starts a second run while the first goes on hears 11, with the first one's number."""
    script = (
        "import sys, time, pathlib; from harvester.ledger import run_lock\n"
        "with run_lock(pathlib.Path(sys.argv[1])): print(flush=True); time.sleep(60)"
    )
    (tmp_path / "archive").mkdir()
    command = [sys.executable, "-c", script, str(tmp_path / ".harvester")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        outcome = harvester("rebuild", "--home", tmp_path)
        holder.kill()
    assert outcome.code == 11
    assert f"process {holder.pid}" in outcome.err


def test_sigterm_is_an_interruption():
    """systemd's or Kubernetes' stop ends like Ctrl-C: 130, and with a sentence."""
    with subprocess.Popen(
        [*HARVESTER, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert process.returncode in {0, 130}, (out, err)
    assert "Traceback" not in err


def test_json_is_one_object_and_nothing_else(harvester, home):
    """A program that reads stdout finds exactly one JSON object, whatever is logged."""
    for words in (("status", "--json"), ("runs", "--json"), ("schema", "--json")):
        outcome = harvester(*words, *(() if words[0] == "schema" else ("--home", home)))
        assert outcome.code == 0
        assert isinstance(json.loads(outcome.out), dict)


def test_json_steers_no_terminal(harvester, home):
    """Words of others stand in it as escapes: no control or direction character, and still the same words."""
    outcome = harvester("status", "--json", "--home", home)
    assert outcome.out.strip().isascii()
    assert outcome.out.strip().isprintable()
    assert json.loads(outcome.out)["owed"][0]["reason"] == "it said \x1b[2J\u202eand [bold]more[/bold]"


def test_status_json_says_what_is_owed_and_why(harvester, home):
    """The facts of a look at the ledger, as plain values."""
    facts = json.loads(harvester("status", "--json", "--home", home).out)
    assert facts["owed"][0]["attempts"] == 2
    assert facts["owed"][0]["next_try_at"] == "2026-03-03T09:00:00+00:00"
    assert facts["failed"][0]["file"] == "f1"
    assert facts["days"][0]["files_failed"] == 1


def test_tables_cannot_steer_the_terminal(harvester, home):
    """Ids and reasons, which others chose, are shown escaped, and markup in them stays text."""
    outcome = harvester("status", "--home", home)
    assert outcome.code == 0
    said = re.sub(r"\s+", "", outcome.out)
    assert "\x1b" not in outcome.out
    assert "\u202e" not in outcome.out
    assert r"\x1b[31m" in said
    assert "[bold]more[/bold]" in said
