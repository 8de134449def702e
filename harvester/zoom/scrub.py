"""What of Zoom's payloads is secret. Pure; never changes what `describe` reads."""

from __future__ import annotations

import re

from harvester.scrub import Scrubber

_SCRUBBER = Scrubber(
    re.compile(r"pass|pwd|token|secret|signature|credential|auth|cookie|url", re.IGNORECASE),
    prose=frozenset({"topic", "host_email", "file_name"}),
)

scrub = _SCRUBBER.scrub
names_secret = _SCRUBBER.names_secret
