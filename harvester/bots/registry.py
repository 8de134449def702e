"""Every provider of bots there is, in the order in which they are pulled. A new one is a line here."""

from __future__ import annotations

from dataclasses import dataclass

from harvester.bots.meetingbaas import MeetingBaasV1, MeetingBaasV2
from harvester.bots.meetstream import Meetstream
from harvester.bots.provider import Provider
from harvester.bots.recall import Recall


@dataclass(frozen=True, slots=True)
class Registered:
    """A provider, and what its settings begin with; `version` where two share these."""

    provider: Provider
    setting: str
    version: str = ""


REGISTERED = (
    Registered(Meetstream(), "MEETSTREAM"),
    Registered(MeetingBaasV1(), "MEETINGBAAS", "v1"),
    Registered(MeetingBaasV2(), "MEETINGBAAS", "v2"),
    Registered(Recall(), "RECALL"),
)
