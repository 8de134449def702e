"""Zoom's own page of a recording, made from its UUID. Pure; holds no passcode, so it opens nothing by itself.

Zoom does not document the address. It stands so in public pages of many companies, from 2018 on: the UUID as
`meeting_id`, encoded once. Whoever follows it must sign in and be allowed to see the recording.

Nor does Zoom document how to begin at a moment. In public pages the addresses that its player and its share button
make (/rec/play, /rec/share) carry `startTime`: Unix time in milliseconds, always of a whole second, on the clock of the
meeting. Those addresses hold a token of their own that nothing here knows; whether the page of the recording hands
`startTime` on to the player has not been tried by us. A page that does not know it shows the recording all the same.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlsplit

_SITES = ("zoom.us", "zoomgov.com")


def recording_page(native_id: str, api_base_url: str, *, at: datetime | None = None) -> str | None:
    """The page on the site that belongs to the configured API, at a moment (with a zone) of the meeting's own clock.

    None where the API is not one of Zoom's.
    """
    host = urlsplit(api_base_url).hostname or ""
    site = next((each for each in _SITES if host == each or host.endswith(f".{each}")), None)
    moment = f"&startTime={int(at.timestamp()) * 1000}" if at else ""
    return f"https://{site}/recording/detail?meeting_id={quote(native_id, safe='')}{moment}" if site else None
