"""A link that opens nothing by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from harvester.zoom_page import recording_page


@pytest.mark.parametrize(
    ("uuid", "base", "link"),
    [
        (
            "/ab+c//d==",
            "https://api.zoom.us/v2",
            "https://zoom.us/recording/detail?meeting_id=%2Fab%2Bc%2F%2Fd%3D%3D",
        ),
        ("a==", "https://api-eu.zoom.us/v2", "https://zoom.us/recording/detail?meeting_id=a%3D%3D"),
        ("a==", "https://api.zoomgov.com/v2", "https://zoomgov.com/recording/detail?meeting_id=a%3D%3D"),
        ("a&b=\x1b", "https://api.zoom.us/v2", "https://zoom.us/recording/detail?meeting_id=a%26b%3D%1B"),
        ("a==", "https://zoom.us.evil.example/v2", None),
        ("a==", "http://127.0.0.1:8719/v2", None),
    ],
)
def test_the_page_of_a_recording(uuid, base, link):
    """The UUID is encoded once, the site is that of the API, and elsewhere there is no page."""
    assert recording_page(uuid, base) == link


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-8))])
def test_the_page_at_a_moment(zone):
    """Unix time in milliseconds, of a whole second, whatever the zone it was given in."""
    at = datetime(2026, 3, 2, 9, 0, 1, 999_000, tzinfo=UTC).astimezone(zone)
    page = recording_page("a==", "https://api.zoom.us/v2", at=at)
    assert page == "https://zoom.us/recording/detail?meeting_id=a%3D%3D&startTime=1772442001000"
    assert recording_page("a==", "http://127.0.0.1:8719/v2", at=at) is None
