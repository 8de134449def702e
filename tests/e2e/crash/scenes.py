"""The runs that are struck: what lies on the disk before, what Zoom holds, and what an undisturbed run leaves.

Small enough that a point costs a fraction of a second, and between them they take every way to the disk: new and
replaced entries, a download with a note beside it, staging, new, replaced and removed Parquet files, the ledger's
birth, its schema and its checkpoint.
"""

from __future__ import annotations

import dataclasses
import functools
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
from bots_oracle import check_bots, check_links
from launcher import Launched, Launcher
from oracle import check_archive, check_lake
from rig import Ran, Rig

from harvester.sandbox import SandboxAccount, SandboxMeeting, generate_account
from harvester.sandbox.bodies import mp4_body

NIGHTLY = ("nightly", "--since", "30d", "--workers", "1", "--api-rate", "80", "--json")
REBUILD = ("rebuild", "--ledger", "--json")
LARGE_BYTES = 1_200_000
"""Above the size from which a download keeps a note of how far it is (harvester.fetch.part)."""


@dataclass(slots=True)
class Stage:
    """One home and the launcher that runs commands on it; what a command says lies beside its folder.

    `pace` is how much faster its commands live (`launcher`): bots' providers allow too few calls for a test to wait.
    """

    rig: Rig
    launcher: Launcher
    pace: float = 1.0

    @property
    def ca_bundle(self) -> Path:
        """One certificate: nothing here speaks TLS, and reading all of them takes a tenth of a run."""
        path = self.rig.cwd.with_suffix(".pem")
        if not path.exists():
            path.write_text(
                Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----\n")[0]
                + "-----END CERTIFICATE-----\n"
            )
        return path

    @property
    def trace(self) -> Path:
        return self.rig.cwd.with_suffix(".trace")

    @property
    def said(self) -> tuple[Path, Path]:
        return self.rig.cwd.with_suffix(".out"), self.rig.cwd.with_suffix(".err")

    def reset(self, home: Path | None) -> None:
        """The disk as it was before the run that is to be struck."""
        shutil.rmtree(self.rig.home, ignore_errors=True)
        if home:
            shutil.copytree(home, self.rig.home)

    def start(self, *words: str, arm: tuple[int | str, ...] | None = None) -> Launched:
        self.trace.unlink(missing_ok=True)
        out, err = self.said
        env = self.rig.environment({"HARVESTER_LOG_FORMAT": "json", "HARVESTER_CA_BUNDLE": str(self.ca_bundle)})
        return self.launcher.start(words, cwd=self.rig.cwd, env=env, out=out, err=err, pace=self.pace, arm=arm)

    def run(self, *words: str, arm: tuple[int | str, ...] | None = None) -> Ran:
        code = self.start(*words, arm=arm).wait()
        return Ran(code, *(each.read_text() for each in self.said))

    def check_verified(self) -> None:
        """`verify` finds no damage, and every temporary file in the home is one that it knows. Looks at a copy.

        An entry that never got its name, alone in its folder, is nothing to it: the next run clears that away.
        """
        if not self.rig.state.joinpath("ledger.sqlite").exists():
            return  # nothing was harvested yet, and verify says so
        copy = self.rig.cwd / "copy"
        shutil.copytree(self.rig.home, copy)
        try:
            ran = self.run("verify", "--json", "--home", str(copy))
            assert ran.code == 0, ran.said[-3000:]
            told = {each["subject"] for each in ran.json["findings"]}
            temporary = [each for each in copy.rglob("*") if each.name.endswith((".tmp", ".part", ".part.json"))]
            unknown = {str(each) for each in temporary if len(list(each.parent.iterdir())) > 1} - told
            assert not unknown, f"temporary, and verify does not know it: {unknown}"
        finally:
            shutil.rmtree(copy)


def first_account() -> SandboxAccount:
    """Two recordings: one with transcript and sound; one with a video large enough for a note, its transcript late."""
    one, two, _ = _meetings()
    return _with(_keep(one, "M4A", "TRANSCRIPT"), _enlarge(_keep(two, "MP4", "CHAT")))


def second_account() -> SandboxAccount:
    """The late transcript is there, a third recording too, and the first one turns out to have been a day earlier."""
    one, two, three = _meetings()
    moved = dataclasses.replace(one, start_at=one.start_at - timedelta(days=3))
    return _with(
        _keep(moved, "M4A", "TRANSCRIPT"), _enlarge(_keep(two, "MP4", "CHAT", "TRANSCRIPT")), _keep(three, "TRANSCRIPT")
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """A command to strike, the home it starts from, and the command that must make everything good.

    `before` is the account from which that home was harvested.
    """

    name: str
    words: tuple[str, ...]
    account: SandboxAccount
    healing: tuple[str, ...] = NIGHTLY
    before: SandboxAccount = field(default_factory=first_account)
    pace: float = 1.0

    @property
    def has_bots(self) -> bool:
        return bool(self.account.bots)


def scenes() -> tuple[Scene, ...]:
    """First night, second night, and all of it made again from the archive."""
    return (
        Scene("first night", NIGHTLY, first_account()),
        Scene("second night", NIGHTLY, second_account()),
        Scene("rebuild", REBUILD, second_account(), healing=REBUILD),
    )


def prepare(scene: Scene, stage: Stage, folder: Path, first: Stage) -> Path | None:
    """Make the home that the scene starts from; `first` is a stage with the account before it."""
    if scene.name == "first night":
        return None
    first.reset(None)
    _make_shared_lake(first.rig.lake)
    assert first.run(*NIGHTLY).code == 0
    if scene.name == "rebuild":
        stage.reset(first.rig.home)
        assert stage.run(*NIGHTLY).code == 0
        first = stage
        shutil.rmtree(stage.rig.lake)
        _make_shared_lake(stage.rig.lake)
        for each in stage.rig.state.glob("ledger.sqlite*"):
            each.unlink()
    return Path(shutil.copytree(first.rig.home, folder / scene.name.replace(" ", "-")))


def _make_shared_lake(lake: Path) -> None:
    """As the README tells an operator to: what is made in it must end up as readable as itself."""
    lake.mkdir(parents=True)
    lake.chmod(0o755)


def play(scene: Scene, stage: Stage, start: Path | None) -> None:
    """The scene undisturbed, judged by the oracle."""
    stage.reset(start)
    ran = stage.run(*scene.words)
    assert ran.code == 0, ran.err
    check_archive(stage.rig)
    check_lake(stage.rig)
    if scene.has_bots:
        check_bots(stage.rig)
        check_links(stage.rig)


@functools.cache  # made for one moment: both nights speak of the same meetings
def _made() -> SandboxAccount:
    return generate_account(meetings=3, seed=7, days=2, cues=3, media_bytes=4000, today=last_evening())


def last_evening() -> datetime:
    """What accounts are made for, so that the hour in which a test runs decides nothing of how their days fall."""
    return datetime.now(UTC).replace(hour=20, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _meetings() -> tuple[SandboxMeeting, ...]:
    return _made().meetings


def _with(*meetings: SandboxMeeting) -> SandboxAccount:
    return dataclasses.replace(_made(), meetings=meetings)


def _keep(meeting: SandboxMeeting, *types: str) -> SandboxMeeting:
    chosen: dict[str, object] = {}
    for file in meeting.files or ():
        if file.file_type in types:
            chosen.setdefault(file.file_type, file)
    assert len(chosen) == len(types), (meeting.topic, types, list(chosen))
    return dataclasses.replace(meeting, files=tuple(chosen.values()))


def _enlarge(meeting: SandboxMeeting) -> SandboxMeeting:
    files = [
        dataclasses.replace(each, body=mp4_body("large", LARGE_BYTES)) if each.file_type == "MP4" else each
        for each in meeting.files or ()
    ]
    return dataclasses.replace(meeting, files=tuple(files))
