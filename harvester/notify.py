"""A run's end told to whoever waits for it: one POST of JSON to an address of the operator's choice.

The address may be secret (dead-man's switches, chat webhooks), so only its host is ever said. A message that cannot
be delivered is a warning: no run fails for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from harvester.config import Way
from harvester.errors import Failed
from harvester.post import post

log = logging.getLogger(__name__)

CODE_MARK = "{exit_code}"
_TRIES = 3
_REFUSED = 300


def notify(url: str, message: Mapping[str, Any], *, exit_code: int, way: Way) -> bool:
    """Whether it was taken. `{exit_code}` in the URL becomes the code."""
    data = json.dumps(message, ensure_ascii=True, default=str).encode()
    reason = ""
    for _ in range(_TRIES):
        try:
            headers = {"Content-Type": "application/json"}
            status, _body = post(url.replace(CODE_MARK, str(exit_code)), data, headers, way)
        except Failed as error:
            reason = error.message
            continue
        if status < _REFUSED:
            log.info("notify.sent", extra={"fields": {"host": urlsplit(url).hostname}})
            return True
        reason = f"status {status}"
    log.warning("notify.failed", extra={"fields": {"host": urlsplit(url).hostname, "reason": reason}})
    return False
