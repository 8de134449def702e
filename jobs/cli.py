"""`harvester`: the group of commands, and the one place where an error becomes a sentence and an exit code.

Commands are imported when they run, so `--help` stays as light as click itself.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
from types import FrameType

import click

from harvester import __version__
from harvester.errors import EXIT_CODES, ExitCode, HarvesterError

COMMANDS: dict[str, str] = {
    "nightly": "The cron job: list, fetch what is new or late, retry what failed, publish.",
    "backfill": "The same over an explicit range of dates.",
    "meeting": "Harvest one meeting now.",
    "serve": "The webhook receiver: keep Zoom's events, have the worker harvest what they ask for.",
    "work": "The worker alone: harvest what received events ask for.",
    "trigger": "Keep one webhook body and harvest what it asks for.",
    "events": "The events that were received; send those that were given up round again.",
    "bots": "Recordings of meeting bots: MeetStream, Meeting BaaS, Recall.ai; pull, import, send.",
    "doctor": "Whether it works here: settings, disk, token, scopes, clock, one file; changes nothing.",
    "plan": "What a run would do and cost, and what would fail; changes nothing.",
    "status": "What is archived, awaited and failed, at a glance.",
    "runs": "The last runs and how they ended.",
    "verify": "Hold archive, ledger and lake against each other; changes nothing.",
    "repair": "Put right what verify finds, from Zoom and from the archive.",
    "rebuild": "Make the lake (and the ledger) again from the archive, without the network.",
    "query": "Ask the lake in SQL, tables by name, read-only.",
    "search": "Find what was said: speaker, time, topic, text and a link.",
    "export": "Write meetings as subtitles, minutes, JSON or CSV.",
    "correct": "Put right who spoke or what was said, in a small CSV.",
    "explore": "Look at the lake in a browser: calendar, meetings, transcripts with their sound.",
    "report": "The same as one HTML file to pass on.",
    "schema": "The data dictionary: every table and column of the lake.",
    "sandbox": "A local server that speaks our slice of Zoom, with faults on demand.",
}


class Lazy(click.Group):
    """A group that knows its commands' names and lines by heart and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"jobs.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def exit_code_help() -> str:
    """The table of exit codes, for help texts and the README."""
    return "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())


@click.command(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExit codes:\n" + exit_code_help(),
)
@click.version_option(__version__, prog_name="harvester")
def cli() -> None:
    """Zoom cloud recordings into a verified archive and one Parquet schema.

    Settings come from options, the environment, .env and a config file, in this order.

    Example: harvester nightly --since 7d
    """


def main() -> None:
    """Run the command line and end the process with the code that says how it went."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = run_command(sys.argv[1:])
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.exceptions.Exit as end:  # --help and --version end so
        code = end.exit_code
    except HarvesterError as error:
        show_error(error)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted. What was fetched is kept; the next run goes on from there.", err=True)
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone; nothing is left to tell them, and flushing at exit would complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.DONE
    except OSError as error:
        where = f" with {error.filename}" if error.filename else ""
        click.echo(f"Error: cannot go on{where}: {error.strerror or error}", err=True)
        code = ExitCode.FAILED
    except Exception:
        logging.getLogger(__name__).exception("harvester.bug")
        click.echo("This is a defect in the harvester; the line above says where. Nothing was lost.", err=True)
        code = ExitCode.FAILED
    if code == ExitCode.INTERRUPTED:
        # leaving the usual way would wait for workers that sleep between two tries; nothing they hold is needed
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))
    sys.exit(int(code))


def run_command(words: list[str]) -> int:
    """Run one command line and give its exit code; every error is raised to the caller.

    `cli.main` would end the process by itself when the reader of our output has gone.
    """
    with cli.make_context("harvester", words) as context:
        outcome = cli.invoke(context)
        sys.stdout.flush()
    return outcome if isinstance(outcome, int) else int(ExitCode.DONE)


def show_error(error: HarvesterError) -> None:
    """Print what went wrong and what to do about it, without a terminal's control characters."""
    from harvester.log import one_line

    click.echo(f"Error: {one_line(error.message)}", err=True)
    if error.hint:
        click.echo(f"  -> {one_line(error.hint)}", err=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
