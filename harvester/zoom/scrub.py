"""What of Zoom's payloads is secret. Pure; never changes what `describe` reads."""

from __future__ import annotations

import re

from harvester.scrub import Scrubber

_SECRET = re.compile(r"pass|pwd|token|secret|signature|credential|auth|cookie|url", re.IGNORECASE)
_SCRUBBER = Scrubber(_SECRET, prose=frozenset({"topic", "host_email", "file_name"}))

_ROW_SCRUBBER = Scrubber(_SECRET, prose=frozenset({"name", "user_email", "user_name"}))

scrub = _SCRUBBER.scrub
scrub_row = _ROW_SCRUBBER.scrub
names_secret = _SCRUBBER.names_secret
