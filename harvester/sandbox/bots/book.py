"""The bots of a running sandbox: those of its account, those sent since, and what was done to them.

A record is never changed, only replaced. May be called from several threads.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from harvester.sandbox.account import SandboxFile
from harvester.sandbox.bots.model import BotRecording, BotRun, SandboxBot, Source


@dataclass(frozen=True, slots=True)
class _Filed:
    bot_id: str
    file: SandboxFile
    run_id: str | None


@dataclass(slots=True)
class BotBook:
    """All bots by id, with ways to find them by what they recorded."""

    _bots: dict[str, SandboxBot] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)  # recording or run to bot
    _files: dict[str, _Filed] = field(default_factory=dict)
    _orders: dict[tuple[Source, str], str] = field(default_factory=dict)  # key of an order to bot
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, bots: Iterable[SandboxBot]) -> BotBook:
        book = cls()
        for bot in bots:
            book.put(bot)
        return book

    def put(self, bot: SandboxBot) -> SandboxBot:
        """Add a bot, or replace the one with its id."""
        with self._lock:
            self._bots[bot.id] = bot
            for recording in bot.recordings:
                self._owners[recording.id] = bot.id
                for file in recording.files.values():
                    self._files[file.id] = _Filed(bot.id, file, None)
                for run in recording.runs:
                    self._owners[run.id] = bot.id
                    for file in run.files.values():
                        self._files[file.id] = _Filed(bot.id, file, run.id)
        return bot

    def take_number(self) -> int:
        """Count the bots that were sent."""
        return next(self._numbers)

    def order(self, key: str | None, bot: SandboxBot) -> SandboxBot:
        """The bot that an earlier order with this key brought, else this one, from now on."""
        with self._lock:
            earlier = self._orders.setdefault((bot.source, key), bot.id) if key else bot.id
        return self._bots[earlier] if earlier != bot.id else self.put(bot)

    def list_all(self, source: Source, now: datetime) -> list[SandboxBot]:
        """Those that were ordered by now, the newest first."""
        with self._lock:
            found = [bot for bot in self._bots.values() if bot.source == source and bot.created_at <= now]
        return sorted(found, key=lambda bot: (bot.created_at, bot.id), reverse=True)

    def find(self, source: Source, bot_id: str) -> SandboxBot | None:
        bot = self._bots.get(bot_id)
        return bot if bot is not None and bot.source == source else None

    def find_owner(self, source: Source, part_id: str) -> tuple[SandboxBot, BotRecording] | None:
        """The bot and the recording with this id, or with a run of this id."""
        bot = self.find(source, self._owners.get(part_id, ""))
        for recording in bot.recordings if bot else ():
            if bot and part_id in {recording.id, *(run.id for run in recording.runs)}:
                return bot, recording
        return None

    def find_file(self, file_id: str) -> SandboxFile | None:
        filed = self._files.get(file_id)
        return filed.file if filed else None

    def is_served(self, file_id: str, now: datetime) -> bool:
        """Whether the second origin still has this file of a bot's, and has it already."""
        filed = self._files.get(file_id)
        bot = self._bots.get(filed.bot_id) if filed else None
        if filed is None or bot is None:
            return False
        if filed.run_id is not None:
            runs = [run for recording in bot.recordings for run in recording.runs if run.id == filed.run_id]
            return not bot.is_gone(now) and any(run.state(now) == "available" for run in runs)
        is_clinging = bot.clung_at is not None
        recorded = [each for each in bot.recordings if filed.file in each.files.values()]
        return not is_clinging and any(bot.is_ready(each, now) for each in recorded)

    def add_run(self, bot: SandboxBot, recording: BotRecording, run: BotRun) -> None:
        grown = replace(recording, runs=(*recording.runs, run))
        self.put(replace(bot, recordings=tuple(grown if each.id == grown.id else each for each in bot.recordings)))

    def end(self, bot: SandboxBot, now: datetime) -> None:
        """Send the bot away: what it recorded ends now."""
        kept = tuple(each for each in bot.recordings if each.started_at <= now)
        if kept and kept[-1].ended_at > now:
            last = kept[-1]
            runs = tuple(replace(run, made_at=min(run.made_at, now)) for run in last.runs)
            kept = (*kept[:-1], replace(last, ended_at=now, runs=runs))
        self.put(replace(bot, recordings=kept, removed=True))
