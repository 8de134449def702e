"""All held instances of a meeting number. Decides their order, and that an app which may not ask goes on without."""

from __future__ import annotations

import logging

from harvester.errors import AccessRefused, Refused, Vanished
from harvester.zoom.http import ZoomApi
from schemas.zoom import PastInstances

log = logging.getLogger(__name__)


def fetch_past(api: ZoomApi, meeting_id: str) -> list[str]:
    """UUIDs of the last 15 months' instances, oldest first; none where Zoom does not let the app ask."""
    try:
        reply = api.fetch_object(f"/past_meetings/{meeting_id}/instances", expect="meetings")
    except (AccessRefused, Refused, Vanished) as error:
        fields = {"meeting_id": meeting_id, "reason": error.message}
        log.warning("zoom.instances_unavailable", extra={"fields": fields})
        return []
    held = PastInstances.model_validate(reply).meetings
    ordered = sorted(held, key=lambda each: (each.start_time is not None, each.start_time or 0))
    return list(dict.fromkeys(each.uuid for each in ordered if each.uuid))
