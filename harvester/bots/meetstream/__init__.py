"""MeetStream in our terms: its API as calls, its bots as recordings, its transcripts as speech. Pure."""

from __future__ import annotations

from harvester.bots.meetstream.provider import Meetstream

__all__ = ["Meetstream"]
