"""Zoom's cloud as a source: the client, the listing and the pure readings of what it says."""

from __future__ import annotations

from harvester.zoom.describe import describe
from harvester.zoom.scopes import REQUIRED_SCOPES
from harvester.zoom.scrub import scrub
from harvester.zoom.source import ZoomSource

__all__ = ["REQUIRED_SCOPES", "ZoomSource", "describe", "scrub"]
