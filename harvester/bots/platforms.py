"""On which platform a meeting was. Pure: decides what a provider's word for it is worth beside the address."""

from __future__ import annotations

from harvester.bots.meetings import MeetingUrl
from harvester.bots.speech import plain

_WORDS = {
    "zoom": "zoom",
    **dict.fromkeys(("gmeet", "meet", "googlemeet"), "google_meet"),
    **dict.fromkeys(("teams", "msteams", "microsoftteams"), "teams"),
}


def find_platform(meeting: MeetingUrl, word: str | None = None) -> str | None:
    """By the address, which says more than the word; the word counts where the address is nobody's we know."""
    return _WORDS.get(plain(word)) if meeting.platform == "unknown" else meeting.platform
