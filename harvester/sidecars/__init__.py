"""What lies beside a recording's media, read: timelines, chats, summaries and polls. Pure: bytes -> records.

Decides what each file says, in the file's own order and on the file's own clock. Never opens a file, never asks the
clock, never builds a table: the caller adds identity and absolute times.
"""

from __future__ import annotations

from harvester.sidecars.chat import read_chat
from harvester.sidecars.model import Answer, Chat, Message, Piece, Stretch, Timeline, User
from harvester.sidecars.polls import read_polls
from harvester.sidecars.summaries import read_summary
from harvester.sidecars.timeline import read_timeline, salvage_names

__all__ = [
    "Answer",
    "Chat",
    "Message",
    "Piece",
    "Stretch",
    "Timeline",
    "User",
    "read_chat",
    "read_polls",
    "read_summary",
    "read_timeline",
    "salvage_names",
]
