"""Recall.ai: bots whose recordings each have a start, files and transcripts of their own.

Pure, as all providers are. What we call a recording is one of a bot's recordings; a bot that is done or failed without
any is one too, with nothing in it. Accounts from before v1.11 have no recordings in this sense: there the bot is one.
"""

from __future__ import annotations

from harvester.bots.recall.provider import Recall

__all__ = ["Recall"]
