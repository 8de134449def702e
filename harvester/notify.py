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

import requests

from harvester.net import build_session

log = logging.getLogger(__name__)

CODE_MARK = "{exit_code}"
_TIMEOUT_S = 10.0
_TRIES = 3
_REFUSED = 300


def notify(
    url: str,
    message: Mapping[str, Any],
    *,
    exit_code: int,
    proxies: Mapping[str, str] | None = None,
    ca_bundle: str | None = None,
) -> bool:
    """Whether it was taken. `{exit_code}` in the URL becomes the code; redirects are not followed."""
    address = url.replace(CODE_MARK, str(exit_code))
    data = json.dumps(message, ensure_ascii=True, default=str).encode()
    reason = ""
    with build_session(pool_size=1, allow_private=True, proxies=proxies, ca_bundle=ca_bundle) as session:
        for _ in range(_TRIES):
            try:
                answer = session.post(
                    address,
                    data=data,
                    headers={"Content-Type": "application/json"},
                    timeout=_TIMEOUT_S,
                    allow_redirects=False,
                    stream=True,  # what it answers is not read
                )
            except requests.RequestException as error:
                reason = type(error).__name__  # its text holds the address
                continue
            answer.close()
            if answer.status_code < _REFUSED:
                log.info("notify.sent", extra={"fields": {"host": urlsplit(url).hostname}})
                return True
            reason = f"status {answer.status_code}"
    log.warning("notify.failed", extra={"fields": {"host": urlsplit(url).hostname, "reason": reason}})
    return False
