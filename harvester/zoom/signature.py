"""Whether a webhook request is Zoom's, and the answer to its challenge. Pure: headers and bytes in, a verdict out.

Zoom signs `v0:<timestamp>:<body>` with HMAC-SHA256 under the app's secret token and sends the digest in hex
(developers.zoom.us, "Using webhooks"). The bytes are judged as they came: JSON that was read and written again has
another digest. The time stamp only bounds how long a recorded request stays of use; what arrives twice is told by its
content, because Zoom itself repeats an event for some ninety minutes and may do so under the first time stamp.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

SIGNATURE_HEADER = "x-zm-signature"
TIMESTAMP_HEADER = "x-zm-request-timestamp"
OLDEST = timedelta(hours=3)
AHEAD = timedelta(minutes=10)
_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_PLAIN_TOKEN = re.compile(r"[\w+/=.-]{1,256}", re.ASCII)


def sign(body: bytes, timestamp: str, secret: str) -> str:
    """What Zoom would send as the signature of `body` at `timestamp` (seconds since 1970)."""
    return "v0=" + _digest(b"v0:" + timestamp.encode() + b":" + body, secret)


def find_forgery(
    body: bytes, *, timestamp: str | None, signature: str | None, secrets: Sequence[str], now: datetime
) -> str | None:
    """Why the request is not to be trusted, in words for our own log; None when it is Zoom's.

    Any of `secrets` may have signed it: while the token is being changed, two of them are good.
    """
    if timestamp is None or signature is None:
        return "it has no signature"
    if not _TIMESTAMP.fullmatch(timestamp):
        return "its time stamp is not a number of seconds"
    given = signature.encode("utf-8", "surrogatepass")
    # each is compared, and in constant time: how long a refusal takes says nothing
    if not sum(hmac.compare_digest(sign(body, timestamp, secret).encode(), given) for secret in secrets):
        return "its signature is another"
    age = now - datetime.fromtimestamp(int(timestamp), UTC)
    if age > OLDEST or age < -AHEAD:
        return f"it was signed {age.total_seconds():,.0f} s ago"
    return None


def answer_challenge(plain_token: object, secret: str) -> dict[str, str] | None:
    """The reply that proves to Zoom that the endpoint holds the secret; None where the token is none.

    Only for a request whose signature was good. A token with a colon is refused even then: the answer to
    `v0:<timestamp>:<body>` would be the signature of that body.
    """
    if not isinstance(plain_token, str) or not _PLAIN_TOKEN.fullmatch(plain_token):
        return None
    return {"plainToken": plain_token, "encryptedToken": _digest(plain_token.encode(), secret)}


def _digest(message: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
