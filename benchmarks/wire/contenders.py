"""Who is measured: the real command with every proof on, and its rivals with the same list and connections.

Each clears its own output before the clock starts. What it brought is compared with the source files afterwards: names
and sizes each time, every byte the first time.
"""

from __future__ import annotations

import filecmp
import json
import shutil
import sys
from pathlib import Path

import requests

from benchmarks.measure import Contender, Ran, environment
from benchmarks.wire.origin import Origin
from harvester.sandbox.tokens import opaque


def ours(origin: Origin, home: Path, *, workers: int) -> Contender:
    """`harvester nightly` as cron runs it. The pace of API calls is Zoom's to set and not what is measured."""
    env = environment(
        **origin.box.environment(),
        HARVESTER_HOME=str(home),
        HARVESTER_CA_BUNDLE=str(origin.bundle),
        HARVESTER_WORKERS=str(workers),
        HARVESTER_API_RATE="80",
    )
    proven = _Proof(origin, home / "archive", lambda name: name.rpartition(".")[0][-36:])

    def check(ran: Ran) -> None:
        assert ran.code == 0, ran.err[-3000:]
        said = json.loads(ran.out)
        assert said["files_archived"] == len(origin.files.files), said
        proven.check()

    return Contender(
        "harvester",
        (sys.executable, "-m", "jobs", "nightly", "--since", "2d", "--json"),
        env,
        prepare=lambda: _clear(home),
        check=check,
        clear=lambda: _clear(home),
    )


def curl(origin: Origin, out: Path, *, connections: int) -> Contender:
    lines = [line for url, name in _list(origin) for line in (f'url = "{url}"', f'output = "{out / name}"')]
    settings = [
        f'cacert = "{origin.bundle}"',
        f'header = "Authorization: Bearer {_token(origin)}"',
        "location",
        "fail",
        "silent",
        "show-error",
        "parallel",
        f"parallel-max = {connections}",
    ]
    config = out.with_suffix(".curl")
    config.write_text("\n".join([*settings, *lines, ""]))
    return _rival("curl", ("curl", "-q", "-K", str(config)), origin, out)


def aria2c(origin: Origin, out: Path, *, connections: int, per_file: int = 1) -> Contender:
    """Only where nothing redirects: it would give the token to the second host."""
    listed = out.with_suffix(".aria2")
    listed.write_text("".join(f"{url}\n  out={name}\n" for url, name in _list(origin)))
    words = ("-i", listed, "-d", out, f"-j{connections}", f"-x{per_file}", f"-s{per_file}", "-k1M")
    quiet = ("--no-conf", "--file-allocation=none", "--quiet", f"--ca-certificate={origin.bundle}")
    return _rival("aria2c", ("aria2c", *map(str, words), *quiet), origin, out)


def script(origin: Origin, out: Path) -> Contender:
    listed = out.with_suffix(".list")
    listed.write_text("".join(f"{url} {name}\n" for url, name in _list(origin)))
    command = (sys.executable, str(Path(__file__).with_name("script.py")), str(listed), str(out))
    return _rival("script", command, origin, out, TOKEN=_token(origin), REQUESTS_CA_BUNDLE=str(origin.bundle))


def _rival(name: str, command: tuple[str, ...], origin: Origin, out: Path, **env: str) -> Contender:
    proven = _Proof(origin, out, lambda each: each)

    def check(ran: Ran) -> None:
        assert ran.code == 0, ran.err[-3000:]
        proven.check()

    def prepare() -> None:
        _clear(out)
        out.mkdir()

    return Contender(name, command, environment(**env), prepare=prepare, check=check, clear=lambda: _clear(out))


class _Proof:
    """Whether everything is there; the bytes are compared once, because reading gigabytes again takes minutes."""

    def __init__(self, origin: Origin, folder: Path, read_id) -> None:
        self._origin, self._folder, self._read_id = origin, folder, read_id
        self._compared = False

    def check(self) -> None:
        found = {self._read_id(path.name): path for path in self._folder.rglob("*.*") if path.is_file()}
        found |= {self._read_id(path.name): path for path in self._folder.glob("*") if path.is_file()}
        for file in self._origin.files.files:
            path = found.get(file.id)
            assert path is not None, f"{file.id} is missing in {self._folder}"
            assert path.stat().st_size == file.body.size, f"{path} is incomplete"
            source = self._origin.files.folder / file.id
            assert self._compared or filecmp.cmp(path, source, shallow=False), f"{path} is wrong"
        self._compared = True


def _list(origin: Origin) -> list[tuple[str, str]]:
    """Download URL and name of every file, as the listing gives them."""
    api = origin.box.api_base_url.removesuffix("/v2")
    return [
        (f"{api}/rec/download/{opaque('file', each.id, length=44)}.{each.id}", each.id) for each in origin.files.files
    ]


def _token(origin: Origin) -> str:
    env = origin.box.environment()
    form = {"grant_type": "account_credentials", "account_id": env["ZOOM_ACCOUNT_ID"]}
    auth = (env["ZOOM_CLIENT_ID"], env["ZOOM_CLIENT_SECRET"])
    answer = requests.post(origin.box.oauth_url, data=form, auth=auth, verify=str(origin.bundle), timeout=10)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
