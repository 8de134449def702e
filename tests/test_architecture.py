"""The house rules that a machine can hold: who imports whom, where a package lives, what the library never does."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("schemas", "harvester", "jobs")

BASE = {
    "errors",
    "event",
    "model",
    "clock",
    "config",
    "config_file",
    "log",
    "files",
    "filesystem",
    "finding",
    "diagnosis",
    "retry",
    "source",
    "speaker",
    "people",
    "hosts",
    "net",
    "notify",
    "post",
    "scrub",
    "bot_settings",
    "pseudonyms",
    "body",
    "csvs",
    "zoom_page",
    "wire",
    "limiter",
}
PARTS = {"zoom", "bots", "fetch", "transcript", "sidecars", "archive", "lake", "ledger"}
BASE_LAYER = {"harvester", *(f"harvester.{name}" for name in BASE)}
PART_LAYER = {f"harvester.{name}" for name in PARTS}

# layer -> what its modules may import of ours, besides themselves
MAY_IMPORT = {
    "schemas": set(),
    "harvester": set(),
    **dict.fromkeys(sorted(BASE_LAYER - {"harvester"}), BASE_LAYER | {"schemas"}),
    **dict.fromkeys(sorted(PART_LAYER), BASE_LAYER | {"schemas"}),
    "harvester.sandbox": set(),
    "harvester.pipeline": BASE_LAYER | PART_LAYER | {"schemas"},
    "harvester.explore": BASE_LAYER | PART_LAYER | {"schemas"},
    "jobs": BASE_LAYER | PART_LAYER | {"schemas", "harvester.pipeline", "harvester.explore"},
    "jobs.sandbox": {"jobs", "harvester.sandbox"},
    "jobs.demo": {"jobs", "harvester.sandbox"},
}

# third-party or standard package -> the only modules (with what lies below them) that may import it
HOMES = {
    "click": ("jobs",),
    "rich": ("jobs",),
    "starlette": ("jobs", "harvester.explore"),
    "jinja2": ("harvester.explore",),
    "uvicorn": ("jobs",),
    "prometheus_client": ("jobs",),
    "requests": (
        "harvester.net",
        "harvester.post",
        "harvester.wire",
        "harvester.zoom",
        "harvester.bots",
        "harvester.fetch",
    ),
    "urllib3": ("harvester.net", "harvester.wire", "harvester.fetch"),
    "tenacity": ("harvester.retry",),
    "pydantic_settings": ("harvester.config", "harvester.bot_settings"),
    "sqlite3": ("harvester.ledger",),
    "webvtt": ("harvester.transcript",),
    "pandas": ("harvester.lake.read",),
    "duckdb": ("harvester.lake",),
    "pyarrow": ("schemas", "harvester.lake", "harvester.pipeline"),
    "vcr": (),
}

# what is named -> the only modules that may name it
NAMED_ONLY_IN = {
    "datetime.now": ("harvester.clock", "harvester.sandbox", "jobs.backfill", "jobs.options"),
    "datetime.utcnow": (),
    "datetime.today": (),
    "date.today": (),
    "time.time": ("harvester.clock", "harvester.sandbox"),
    "time.sleep": ("harvester.clock", "harvester.sandbox"),
    "time.monotonic": ("harvester.clock", "harvester.sandbox"),
    "os.environ": ("jobs.demo",),
    "os.getenv": (),
    "sys.exit": ("jobs.cli", "jobs.demo"),
    "sys.argv": ("jobs.cli",),
    "print": ("jobs.demo",),
    "input": (),
    "exit": (),
}

LONGEST_FILE = 250
PACKAGE_OF = {
    "prometheus-client": "prometheus_client",
    "pydantic-settings": "pydantic_settings",
    "webvtt-py": "webvtt",
}


@dataclass(frozen=True)
class Module:
    """One of our files: (line, full name) of everything imported, and of every name used, such as `os.environ`."""

    name: str
    lines: int
    imports: tuple[tuple[int, str], ...]
    names: tuple[tuple[int, str], ...]

    @property
    def layer(self) -> str:
        return layer_of(self.name)


def _modules() -> list[Module]:
    found = []
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            text = path.read_text(encoding="utf-8")
            nodes = list(ast.walk(ast.parse(text)))
            imports = tuple(each for node in nodes for each in _imports(node))
            names = tuple(each for node in nodes for each in _names(node))
            found.append(Module(name, len(text.splitlines()), imports, names))
    return found


def _imports(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Also those inside functions and for type checkers."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from ((node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}") for alias in node.names)


def _names(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Name):
        yield node.lineno, node.id
    elif isinstance(node, ast.Attribute):
        owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        yield node.lineno, f"{owner}.{node.attr}"


MODULES = _modules()


def layer_of(name: str) -> str:
    return max((each for each in MAY_IMPORT if lies_in(name, each)), key=len)


def lies_in(name: str, place: str) -> bool:
    return name == place or name.startswith(f"{place}.")


def test_every_module_belongs_to_a_layer_of_the_design():
    """A new module or package of the library must be given its place before anything imports it."""
    homeless = [each.name for each in MODULES if each.layer == "harvester" and each.name != "harvester"]
    assert not homeless, f"give these a layer in MAY_IMPORT: {homeless}"


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_imports_run_one_way(layer):
    """schemas <- base <- parts <- pipeline <- jobs; no part imports another, and only its two doors the sandbox."""
    broken = [
        f"{module.name}:{line} imports {name}"
        for module in MODULES
        if module.layer == layer
        for line, name in module.imports
        if name.split(".")[0] in OURS and layer_of(name) not in {layer, *MAY_IMPORT[layer]}
    ]
    allowed = ", ".join(sorted(MAY_IMPORT[layer])) or "nothing of ours"
    assert not broken, f"{layer} may import {allowed}; but {'; '.join(broken)}"


def test_nothing_is_imported_relatively():
    """Full names only, so that the rules above see every import."""
    broken = [f"{each.name}:{line}" for each in MODULES for line, name in each.imports if name.startswith(".")]
    assert not broken, f"write the full name of the module: {broken}"


@pytest.mark.parametrize("package", HOMES)
def test_a_package_has_one_home(package):
    """What a package gives is used in one place and seen elsewhere in our own terms."""
    broken = [
        f"{module.name}:{line}"
        for module in MODULES
        for line, name in module.imports
        if lies_in(name, package) and not any(lies_in(module.name, home) for home in HOMES[package])
    ]
    assert not broken, f"{package} may be imported in {HOMES[package] or 'no module'} only; but {broken}"


def test_what_is_imported_is_declared():
    """A fresh install without the development tools runs: every package imported is a dependency, and none is idle."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[<>=!~ ]", each)[0] for each in project["dependencies"]]
    declared = {PACKAGE_OF.get(name, name) for name in names}
    tops = {name.split(".")[0] for module in MODULES for _, name in module.imports}
    imported = tops - set(sys.stdlib_module_names) - set(OURS) - {"pydantic_core"}  # which comes with pydantic
    assert imported == declared, "pyproject.toml [project] dependencies and the imports differ"


@pytest.mark.parametrize("used", NAMED_ONLY_IN)
def test_the_library_neither_talks_nor_asks_the_machine(used):
    """Time, environment, output and the end of the process each have their one door."""
    allowed = NAMED_ONLY_IN[used]
    broken = [
        f"{module.name}:{line}"
        for module in MODULES
        for line, name in module.names
        if name == used and not any(lies_in(module.name, place) for place in allowed)
    ]
    assert not broken, f"{used} may be used in {allowed or 'no module'} only; but {broken}"


def test_the_rules_are_not_dodged_by_importing_the_name_itself():
    """`from time import sleep` would hide from the rule above."""
    hidden = {name for name in NAMED_ONLY_IN if name.split(".")[0] in {"time", "os", "sys"}}
    broken = [f"{each.name}:{line} {name}" for each in MODULES for line, name in each.imports if name in hidden]
    assert not broken, f"import the module, not the name: {broken}"


def test_files_are_short_enough_to_be_read_at_once():
    """No file over 250 lines."""
    long = {each.name: each.lines for each in MODULES if each.lines > LONGEST_FILE}
    assert not long, f"split by decision: {long}"
