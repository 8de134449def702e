"""From a Config to the collaborators: the only place that knows which parts a command is made of."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from harvester.archive import Archive
from harvester.bots.api import BotApi
from harvester.bots.provider import Provider
from harvester.bots.registry import REGISTERED
from harvester.bots.source import BotSource
from harvester.clock import SystemClock
from harvester.config import Config
from harvester.errors import ConfigError
from harvester.fetch import Fetcher
from harvester.files import nearest_existing
from harvester.hosts import HostPolicy
from harvester.ledger import Ledger
from harvester.net import build_session
from harvester.pipeline.progress import Progress
from harvester.pipeline.readers import READERS
from harvester.pipeline.reading import ReadSettings
from harvester.pipeline.select import Selection
from harvester.pipeline.tools import Connection, Place, Shelf, Tools
from harvester.retry import RetryPolicy
from harvester.source import Source
from harvester.zoom import ZoomSource

T = TypeVar("T")


def ledger_path(config: Config) -> Path:
    return config.state / "ledger.sqlite"


def find_place(config: Config, progress: Progress) -> Place:
    """Where archive and lake are, without opening the ledger."""
    return Place(**_place(config, progress))


@contextlib.contextmanager
def open_shelf(config: Config, progress: Progress) -> Iterator[Shelf]:
    """What works without the network."""
    with Ledger(ledger_path(config)) as ledger:
        yield Shelf(**_place(config, progress), ledger=ledger)


@contextlib.contextmanager
def open_tools(config: Config, progress: Progress) -> Iterator[Tools]:
    """Everything a harvest needs. Raises ConfigError when credentials are missing, before anything is touched."""
    with connect(config) as connections, Ledger(ledger_path(config)) as ledger:
        yield build_tools(config, ledger, progress, connections)


@contextlib.contextmanager
def connect(config: Config) -> Iterator[dict[str, Connection]]:
    """Zoom, whose credentials must be there, and every provider of bots that there is a key for."""
    with contextlib.ExitStack() as stack:
        source, fetcher = stack.enter_context(open_zoom(config))
        yield {source.name: Connection(source, fetcher), **stack.enter_context(connect_bots(config))}


@contextlib.contextmanager
def connect_bots(
    config: Config, *, only: Collection[str] = (), retry: RetryPolicy | None = None
) -> Iterator[dict[str, Connection]]:
    """Every provider of bots that there is a key for, each with a session of its own.

    With `only` these alone; raises ConfigError where none of them has a key.
    """
    clock = SystemClock()
    with open_bot_apis(config, only=only, retry=retry) as apis:
        connections = {}
        for name, (provider, api) in apis.items():
            fetcher = Fetcher(session=api.session, policy=api.policy, clock=clock, retry=RetryPolicy())
            connections[name] = Connection(BotSource(provider, api, clock=clock), fetcher)
        yield connections


@contextlib.contextmanager
def open_bot_apis(
    config: Config, *, only: Collection[str] = (), retry: RetryPolicy | None = None
) -> Iterator[dict[str, tuple[Provider, BotApi]]]:
    """Every provider that there is a key for, or `only` these, by source name; each with a session of its own.

    Raises ConfigError where none of `only` has a key.
    """
    if only and not any(config.bot_access(each.upper()) for each in only):
        names = " / ".join(f"{each.upper()}_API_KEY" for each in only)
        raise ConfigError(f"{names} is not set", hint="set it in the environment or in .env")
    with contextlib.ExitStack() as stack:
        apis = {}
        for each in REGISTERED:
            access = config.bot_access(each.setting)
            is_asked = not only or each.setting.lower() in only
            if access and is_asked and each.version in config.meetingbaas_versions:
                session = stack.enter_context(build_session(**_session_options(config, (access.base_url,))))
                apis[each.provider.name] = (
                    each.provider,
                    BotApi(
                        each.provider,
                        key=access.key,
                        setting=f"{each.setting}_API_KEY",
                        base_url=access.base_url,
                        most_per_second=config.harvester_bot_rate,
                        session=session,
                        clock=SystemClock(),
                        retry=retry or RetryPolicy(),
                    ),
                )
        yield apis


def pick_source(among: Mapping[str, T], source: str) -> T:
    """The one source of those that a key opens. Raises ConfigError where the settings leave it out."""
    if source not in among:
        raise ConfigError(f"{source} is switched off", hint="add its version to MEETINGBAAS_VERSIONS")
    return among[source]


@contextlib.contextmanager
def open_zoom(config: Config, *, retry: RetryPolicy | None = None) -> Iterator[tuple[ZoomSource, Fetcher]]:
    """What talks to Zoom; nothing of it touches the disk before it is told to."""
    retry = retry or RetryPolicy()
    account_id, client_id, client_secret = config.credentials()
    clock = SystemClock()
    bases = (config.zoom_api_base_url, config.zoom_oauth_url)
    with build_session(**_session_options(config, bases)) as session:
        source = ZoomSource(
            account_id=account_id,
            client_id=client_id,
            client_secret=client_secret,
            api_base_url=config.zoom_api_base_url,
            oauth_url=config.zoom_oauth_url,
            session=session,
            clock=clock,
            calls_per_second=config.harvester_api_rate,
            with_host_emails=Selection.of(config).needs_host_emails(),
            with_participants=config.harvester_participants,
            retry=retry,
        )
        yield source, Fetcher(session=session, policy=HostPolicy(bases), clock=clock, retry=retry)


@contextlib.contextmanager
def connect_import(config: Config, *, source: Source) -> Iterator[dict[str, Connection]]:
    """What was given, and nothing else; no request is ever sent."""
    with build_session(**_session_options(config, ())) as session:
        fetcher = Fetcher(session=session, policy=HostPolicy(()), clock=SystemClock(), retry=RetryPolicy())
        yield {source.name: Connection(source, fetcher)}


def _session_options(config: Config, bases: Sequence[str]) -> dict[str, Any]:
    """For `build_session`: of one source, so that a sandbox in another's place opens nothing of this one's."""
    way = config.way()
    return {
        "pool_size": config.harvester_workers + 2,
        "allow_private": any(_is_private(each) for each in bases),
        "proxies": way.proxies,
        "ca_bundle": way.ca_bundle,
    }


def build_tools(config: Config, ledger: Ledger, progress: Progress, connections: Mapping[str, Connection]) -> Tools:
    """The collaborators of a run, or of its rehearsal where the ledger is a snapshot."""
    return Tools(
        **_place(config, progress),
        ledger=ledger,
        connections=connections,
        selection=Selection.of(config),
        workers=config.harvester_workers,
    )


def _place(config: Config, progress: Progress) -> dict[str, Any]:
    check_one_filesystem(config)
    return {
        "archive": Archive(config.archive),
        "lake": config.lake,
        "state": config.state,
        "reading": ReadSettings(
            merge_gap_ms=config.harvester_merge_gap,
            limit_bytes=config.harvester_transcript_limit,
            uuid_key=config.harvester_uuid_key,
            keep_emails=config.harvester_keep_emails,
            pseudonyms=config.pseudonyms(),
        ),
        "readers": READERS,
        "clock": SystemClock(),
        "progress": progress,
    }


def check_one_filesystem(config: Config) -> None:
    """Raises ConfigError where a rename from the state's folder into the lake would cross devices."""
    if _device(config.lake) != _device(config.state):
        raise ConfigError(
            f"the lake {config.lake} lies on another filesystem than {config.state}",
            hint="files are made there and renamed into the lake: put both on one filesystem",
        )


def _device(path: Path) -> int:
    """Filesystem of a folder that need not exist yet."""
    return nearest_existing(path).stat().st_dev


def _is_private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"
