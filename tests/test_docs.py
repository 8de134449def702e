"""The documentation is in step with the code, and what it tells people to type works."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import generate_docs
import pytest

import schemas.dictionary
from harvester.config import Config, read_config
from harvester.sandbox import Sandbox, demo_account, generate_account
from jobs.cli import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
ENV_EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
HEAVY = {"requests", "pydantic", "pandas", "pyarrow", "duckdb", "numpy", "rich"}


def blocks(language):
    """Code blocks of the README in one language, indented ones too."""
    found = re.findall(rf"^([ ]*)```{language}\n(.*?)^\1```$", README, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(body) for _, body in found]


SHELL_LINES = [line for block in blocks("sh") for line in block.splitlines()]
HARVESTER_LINES = [line for line in SHELL_LINES if line.startswith("harvester ")]
QUERY_LINES = [line for line in HARVESTER_LINES if line.startswith("harvester query ")]
REHEARSALS = {line: int(code) for line, code in re.findall(r"^\| `(--fault [^`]+)` \| (\d+):", README, re.MULTILINE)}


def run(words, *, cwd, environment=None, timeout_s=60):
    """A command of ours as a process of its own, without any setting of this machine."""
    ours = ("ZOOM_", "HARVESTER_", "MEETSTREAM_", "MEETINGBAAS_", "RECALL_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**clean, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )


@pytest.fixture(scope="session")
def harvested(tmp_path_factory):
    """A folder in which the README's `harvest/` exists: the demo account, harvested by the real command."""
    folder = tmp_path_factory.mktemp("readme")
    with Sandbox(demo_account()) as box:
        done = run(["-m", "jobs", "nightly", "--since", "30d"], cwd=folder, environment=box.environment())
    assert done.returncode == 0, done.stderr
    return folder


def test_generated_parts_are_in_step():
    """Help texts, tables, settings, dictionary, views and .env.example are what the code says now."""
    stale = [what for _, what in generate_docs.build_changes().values()]
    assert not stale, f"run `make docs-write`: {stale}"


def test_check_names_what_is_stale(monkeypatch, capsys):
    """`make docs` fails with the name of the stale part and the remedy, and changes nothing."""
    monkeypatch.setitem(generate_docs.REGIONS, "types", lambda: "`poem`\n")
    monkeypatch.setitem(generate_docs.FILES, "schemas/views.sql", lambda: "SELECT 1;\n")
    assert generate_docs.main(check=True) == 1
    said = capsys.readouterr().err
    assert re.search(r"README.md \(.*types", said)
    assert "schemas/views.sql" in said
    assert "make docs-write" in said
    assert (ROOT / "README.md").read_text(encoding="utf-8") == README


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained(name):
    """A command has a sentence, an example that its own parser takes, help for every option, and its place here."""
    command = cli.get_command(click.Context(cli), name)
    example = re.search(r"Example: (harvester .*)", command.help or "", re.DOTALL)
    assert example, f"{name} has no `Example:` in its help"
    _parse(" ".join(example[1].split()))
    silent = [each.name for each in command.params if isinstance(each, click.Option) and not each.help]
    assert not silent, f"options of {name} without help: {silent}"
    assert f"### `harvester {name}`" in README


@pytest.mark.parametrize("line", HARVESTER_LINES)
def test_commands_in_the_readme_are_accepted(line):
    """Every `harvester ...` line is parsed by the real options."""
    _parse(line)


def _parse(line):
    _, name, *words = shlex.split(line.split(" > ")[0])
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, f"there is no command {name}"
    command.make_context(name, words).close()


def test_every_command_that_is_named_exists():
    """No message, comment or document sends anybody to a command that is not there."""
    texts = [*(ROOT / "harvester").rglob("*.py"), *(ROOT / "jobs").rglob("*.py"), *(ROOT / "schemas").rglob("*")]
    texts = [path for path in texts if path.suffix in {".py", ".json", ".sql"}]
    wrong = [
        f"{path.relative_to(ROOT)}: harvester {name}"
        for path in (*texts, ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "Makefile")
        for name in re.findall(r"`harvester ([a-z]+)", path.read_text(encoding="utf-8"))
        if name not in COMMANDS
    ]
    assert not wrong, f"these name a command that does not exist: {wrong}"


def test_make_targets_explain_themselves():
    """`make` lists every target with a sentence, and every `make` line of the README is a target."""
    targets = re.findall(r"^([a-z][a-z-]*):(?!=)(.*)$", MAKEFILE, re.MULTILINE)
    silent = [name for name, rest in targets if " ## " not in rest]
    assert not silent, f"targets without `## sentence`: {silent}"
    named = {line.split()[1] for line in SHELL_LINES if line.startswith("make ")}
    assert {"demo", "test"} <= named <= {name for name, _ in targets}


def test_help_is_light():
    """`--help` of the program and of every command answers without loading what the work needs."""
    program = (
        "import sys\nfrom jobs.cli import COMMANDS, cli\n"
        "for words in ([], *([name] for name in COMMANDS)):\n"
        "    cli.main([*words, '--help'], standalone_mode=False)\n"
        f"print('loaded:', sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = run(["-c", program], cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "loaded: []", done.stderr


def test_settings_stand_in_the_documents():
    """Every setting is in README and .env.example, and no other name of that shape is."""
    settings = {name.upper() for name in Config.model_fields}
    for text in (README, ENV_EXAMPLE):
        assert settings <= set(re.findall(r"[A-Z][A-Z_]+", text))
        named = set(re.findall(r"\b(?:ZOOM|HARVESTER|MEETSTREAM|MEETINGBAAS|RECALL)_[A-Z_]+", text))
        assert named == settings, f"no such settings: {named - settings}"


def test_env_example_is_what_holds_without_it(tmp_path, monkeypatch):
    """With every line taken in that has a value, .env.example changes no setting but the credentials."""
    for name in Config.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    text = re.sub(r"^# ([A-Z_]+=.+)$", r"\1", ENV_EXAMPLE, flags=re.MULTILINE)
    for name in ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"):
        text, filled = re.subn(rf"^{name}=$", f"{name}=filled-in", text, flags=re.MULTILINE)
        assert filled == 1
    env_file = tmp_path / ".env"
    env_file.write_text(text, encoding="utf-8")
    config = read_config({}, env_file=env_file)
    assert config.credentials() == ("filled-in", "filled-in", "filled-in")
    secrets = {"zoom_account_id", "zoom_client_id", "zoom_client_secret"}
    usual = read_config({}, env_file=tmp_path / "none")
    assert config.model_dump(exclude=secrets) == usual.model_dump(exclude=secrets)


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.split()[1])
def test_python_lines_give_rows(harvested, block):
    """The lines for pandas, Polars and DuckDB run as they stand, each ends in rows, and each takes three lines."""
    lines = block.splitlines()
    assert len(lines) == 3
    assert isinstance(ast.parse(block).body[-1], ast.Expr)
    program = "\n".join([*lines[:-1], f"result = {lines[-1]}", "print(len(result))"])
    done = run(["-c", program], cwd=harvested)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


@pytest.mark.parametrize("line", QUERY_LINES)
def test_query_lines_run(harvested, line):
    """Every `harvester query` line answers from a harvested lake."""
    done = run(["-m", "jobs", *shlex.split(line)[1:]], cwd=harvested)
    assert done.returncode == 0, done.stderr
    written = re.search(r"-o (\S+)", line)
    answer = (harvested / written[1]).read_text(encoding="utf-8") if written else done.stdout
    assert answer.strip()


def test_the_lakes_own_readme_runs(harvested):
    """The Python lines of the README that lies beside the data work in that folder."""
    text = (harvested / "harvest/lake/README.md").read_text(encoding="utf-8")
    assert text == schemas.dictionary.render_readme()
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = run(
        ["-c", "\n".join(line for line in block.splitlines() if "spark" not in line)], cwd=harvested / "harvest/lake"
    )
    assert done.returncode == 0, done.stderr


def test_layout_is_as_drawn(harvested):
    """The tree of the README is the tree on the disk."""
    home = harvested / "harvest"
    assert {each.name for each in home.iterdir()} == {"archive", "lake", ".harvester"}
    assert {each.name for each in (home / "lake").iterdir() if each.is_file()} == {"README.md", "views.sql"}
    tables = {each.name for each in (home / "lake").iterdir() if each.is_dir()}
    named = set(re.findall(r"^\| `([a-z_]+)` \|", README, re.MULTILINE))
    assert tables <= named
    assert list(home.glob("archive/zoom/????/??/??/*/recording.json"))
    assert list(home.glob("lake/segments/date=????-??-??/zoom-00-of-01.parquet"))


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory):
    """Every line of the table of faults, tried; most of their time is waiting, so they wait together."""
    with ThreadPoolExecutor() as pool:
        folders = [tmp_path_factory.mktemp("rehearsal") for _ in REHEARSALS]
        return dict(zip(REHEARSALS, pool.map(_rehearse, REHEARSALS, folders), strict=True))


def _rehearse(line, folder):
    faults = [word for word in shlex.split(line) if word != "--fault"]
    with Sandbox(generate_account(meetings=7, seed=1, days=5), faults=faults) as box:
        words = ["-m", "jobs", "nightly", "--since", "30d", "--json", "--types", "transcript,timeline,audio"]
        done = run(words, cwd=folder, environment=box.environment())
        struck = {each.fault.split("=")[0] for each in box.requests if each.fault}
    return done, struck == {re.match(r"\w+:[a-z0-9_]+", fault)[0] for fault in faults}


@pytest.mark.parametrize("line", REHEARSALS)
def test_rehearsals_end_as_the_readme_says(rehearsed, line):
    """Each line of the table of faults strikes, and gives its exit code."""
    done, struck = rehearsed[line]
    assert struck, "not every fault was met"
    assert done.returncode == REHEARSALS[line], done.stderr
    summary = json.loads(done.stdout)
    assert bool(summary["errors"] or summary["gaps"]) == (REHEARSALS[line] != 0)


def test_links_lead_somewhere():
    """Links inside the documents name a heading or a file that is there."""
    heads = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
    links = re.findall(r"\]\(([^)]+)\)", README)
    broken = [
        link
        for link in links
        if not (link.startswith("https://") or (ROOT / link).is_file() or (link[:1] == "#" and link[1:] in anchors))
    ]
    assert links
    assert not broken
