"""Every reader of outside bytes, by name, with its promise and with what such bytes look like."""

from __future__ import annotations

import fuzz_bots
import fuzz_local
import fuzz_providers
import fuzz_replies
import fuzz_sidecars
import fuzz_transcripts
from fuzz_model import Target

TARGETS: dict[str, Target] = {
    each.name: each
    for module in (fuzz_transcripts, fuzz_sidecars, fuzz_replies, fuzz_local, fuzz_bots, fuzz_providers)
    for each in module.TARGETS
}
