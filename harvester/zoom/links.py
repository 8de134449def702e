"""Zoom's own page of a recording, made from its UUID. Pure; holds no passcode, so it opens nothing by itself.

Zoom does not document the address. It stands so in public pages of many companies, from 2018 on: the UUID as
`meeting_id`, encoded once. Whoever follows it must sign in and be allowed to see the recording.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

_SITES = ("zoom.us", "zoomgov.com")


def recording_page(native_id: str, api_base_url: str) -> str | None:
    """The page on the site that belongs to the configured API; None where that is not one of Zoom's."""
    host = urlsplit(api_base_url).hostname or ""
    site = next((each for each in _SITES if host == each or host.endswith(f".{each}")), None)
    return f"https://{site}/recording/detail?meeting_id={quote(native_id, safe='')}" if site else None
