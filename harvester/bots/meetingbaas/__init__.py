"""Meeting BaaS, both versions of its API: what to ask, what its answers say, and what its transcripts say.

Pure. Each version is a provider of its own, with its own keys of recordings, because one account may hold bots of both
and neither version shows those of the other.
"""

from __future__ import annotations

from harvester.bots.meetingbaas.transcript import find_start
from harvester.bots.meetingbaas.v1 import MeetingBaasV1
from harvester.bots.meetingbaas.v2 import MeetingBaasV2

__all__ = ["MeetingBaasV1", "MeetingBaasV2", "find_start"]
