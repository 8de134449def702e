"""Writes the parts of the documentation that the code knows better: `make docs-write`; `--check` only compares.

Regions of README.md between `<!-- generated: NAME -->` and `<!-- end -->`, and as whole files `.env.example`,
`schemas/data-dictionary.json` and `schemas/views.sql`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic.fields import FieldInfo

from harvester.bot_settings import BotSettings
from harvester.config import Config
from harvester.errors import EXIT_CODES
from harvester.model import LISTED_KINDS
from harvester.zoom.scopes import CLASSIC_SCOPES, PARTICIPANTS_SCOPES, REQUIRED_SCOPES
from jobs.cli import COMMANDS, cli
from schemas.cookbook import COOKBOOK
from schemas.dictionary import render_json, render_sql
from schemas.lake import TABLES
from schemas.views import VIEWS

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
HELP_WIDTH = 96  # fixed, so that no terminal changes a document

FIRST_SETTINGS = ("zoom_account_id", "zoom_client_id", "zoom_client_secret", "harvester_home")

_REGION = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def render_exit_codes() -> str:
    return _table(("code", "meaning"), [(f"`{int(code)}`", meaning) for code, meaning in EXIT_CODES.items()])


def render_scopes() -> str:
    rows = [
        (f"`{scope}`", " and ".join(f"`{each}`" for each in CLASSIC_SCOPES[scope]), purpose)
        for scope, purpose in {**REQUIRED_SCOPES, **PARTICIPANTS_SCOPES}.items()
    ]
    return _table(("granular scope (new apps)", "classic scope (apps from before 2024)", "what for"), rows)


def render_settings() -> str:
    rows = [
        (f"`{name.upper()}`", f"`{default}`" if (default := _default(field)) else "", field.description or "")
        for name, field in _settings().items()
    ]
    return _table(("name", "default", "meaning"), rows)


def render_types() -> str:
    return ", ".join(f"`{kind}`" for kind in LISTED_KINDS) + "\n"


def render_tables() -> str:
    tables = [
        (f"`{table.name}`", table.description, ", ".join(f"`{name}`" for name in table.key))
        for table in TABLES.values()
    ]
    views = [(f"`{name}`", description, "view") for name, description in VIEWS.items()]
    return _table(("name", "one row is, or what it shows", "key"), [*tables, *views])


def render_commands() -> str:
    parts = [_help("harvester", cli)]
    context = click.Context(cli, info_name="harvester", terminal_width=HELP_WIDTH)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        parts.append(_help(f"harvester {name}", command))
    return "\n".join(parts)


def _help(name: str, command: click.Command) -> str:
    settings: dict[str, Any] = {**cli.context_settings, "terminal_width": HELP_WIDTH, "max_content_width": HELP_WIDTH}
    with click.Context(command, info_name=name, **settings) as context:
        text = command.get_help(context)
    body = "\n".join(line.rstrip() for line in text.splitlines())
    return f"### `{name}`\n\n```text\n{body}\n```\n"


def render_env_example() -> str:
    """The four settings of a first evening to fill in, all others as comments with their defaults."""
    lines = [
        "# Copy to .env beside where the harvester is started, fill in, then: chmod 600 .env",
        "# It is read below options and environment variables, above a config file.",
        "",
    ]
    lines += [f"{name.upper()}={_default(Config.model_fields[name])}" for name in FIRST_SETTINGS]
    lines += ["", "# Everything else, with its default. An empty default means: not set."]
    for name, field in _settings().items():
        if name not in FIRST_SETTINGS:
            lines += [f"# {field.description}", f"# {name.upper()}={_default(field)}"]
    return "\n".join(lines) + "\n"


def _settings() -> dict[str, FieldInfo]:
    """Zoom's and the harvester's own first, then those of the bots' providers."""
    own = {name: field for name, field in Config.model_fields.items() if name not in BotSettings.model_fields}
    return {**own, **BotSettings.model_fields}


def _default(field: FieldInfo) -> str:
    return "" if field.default in (None, ()) else str(field.default)


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def render_questions() -> str:
    """What an analyst asks first, each as a command."""
    lines = (f'# {question}\nharvester query "{sql}"' for question, sql in COOKBOOK.items())
    return "```sh\n" + "\n".join(lines) + "\n```\n"


REGIONS: dict[str, Callable[[], str]] = {
    "exit-codes": render_exit_codes,
    "scopes": render_scopes,
    "settings": render_settings,
    "types": render_types,
    "tables": render_tables,
    "questions": render_questions,
    "commands": render_commands,
}
FILES: dict[str, Callable[[], str]] = {
    ".env.example": render_env_example,
    "schemas/data-dictionary.json": render_json,
    "schemas/views.sql": render_sql,
}


def fill_regions(text: str) -> tuple[str, list[str]]:
    """The README with every region as the code has it, and the names of those that were different."""
    stale: list[str] = []
    missing = set(REGIONS) - {found[2] for found in _REGION.finditer(text)}
    if missing:
        raise click.ClickException(f"README.md lacks the regions {', '.join(sorted(missing))}")

    def fill(found: re.Match[str]) -> str:
        if found[2] not in REGIONS:
            raise click.ClickException(f"README.md has a region {found[2]} that nobody writes")
        region = f"{found[1]}\n{REGIONS[found[2]]()}\n{found[3]}"
        if region != found[0]:
            stale.append(found[2])
        return region

    return _REGION.sub(fill, text), stale


def build_changes() -> dict[Path, tuple[str, str]]:
    """File -> its text as it should be, and what is stale in it, for every file that is out of step."""
    text, stale = fill_regions(README.read_text(encoding="utf-8"))
    changes = {README: (text, f"README.md ({', '.join(stale)})")} if stale else {}
    for name, render in FILES.items():
        path = ROOT / name
        text = render()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            changes[path] = (text, name)
    return changes


def main(*, check: bool) -> int:
    changes = build_changes()
    for path, (text, what) in changes.items():
        click.echo(
            f"{what} is out of step with the code; run `make docs-write`" if check else f"wrote {what}", err=check
        )
        if not check:
            path.write_text(text, encoding="utf-8")
    return int(check and bool(changes))


if __name__ == "__main__":
    try:
        sys.exit(main(check="--check" in sys.argv[1:]))
    except click.ClickException as error:
        sys.exit(error.message)
