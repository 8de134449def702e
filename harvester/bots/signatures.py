"""Whether a webhook request comes from the bot provider it names. Pure: headers and bytes in, a verdict out.

Each provider has its own way: an HMAC of the raw body (MeetStream, Fireflies), of the body written again in one fixed
form (attendee), of a time stamp and the body (Vexa, and the Standard Webhooks of Meeting BaaS v2 and Recall), or a
shared key that is merely sent along (Meeting BaaS v1, and the callbacks of v2).

A time stamp bounds how long a recorded request stays of use. All who send one stamp each attempt anew, repeats too
(Standard Webhooks 1.0, "Webhook metadata"; Vexa, webhook.v1), so that minutes are enough.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(minutes=5)

_LONGEST_HEADER = 4096
_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_MEETSTREAM = "x-meetstream-signature"
_STANDARD_PREFIX = "whsec_"
_STANDARD_FAMILIES = ("webhook", "svix")


@dataclass(frozen=True, slots=True)
class _Request:
    """A header that is absent, or absurdly long, is an empty text: it matches nothing."""

    body: bytes
    headers: Mapping[str, str]
    now: datetime

    def header(self, name: str) -> str:
        value = self.headers.get(name, "")
        return value if len(value) <= _LONGEST_HEADER else ""


def verify(
    source: str, body: bytes, headers: Mapping[str, str], secrets: Sequence[str], *, now: datetime
) -> bool | None:
    """True for the provider's own, False for a forgery, None where nothing can be said.

    Nothing can be said of a source without webhooks, and of MeetStream's requests without a signature, as it signs only
    what goes to the endpoints of its dashboard. Any of `secrets` may have signed: while one is being changed, two are
    good. Without any, nothing is the provider's own. `now` is when the request came in.
    """
    texts = ((name, value) for name, value in headers.items() if isinstance(name, str) and isinstance(value, str))
    found = {name.lower(): value for name, value in texts}
    check = _CHECKS.get(source)
    if check is None or (source == "meetstream" and _MEETSTREAM not in found):
        return None
    usable = [secret.strip() for secret in secrets if secret.strip()]  # under an empty one anybody could sign
    return check(_Request(body, found, now), usable)


def _check_meetstream(request: _Request, secrets: Sequence[str]) -> bool:
    return _is_one_of(request.header(_MEETSTREAM), (_sign_hex(request.body, secret) for secret in secrets))


def _check_fireflies(request: _Request, secrets: Sequence[str]) -> bool:
    return _is_one_of(request.header("x-hub-signature"), (_sign_hex(request.body, secret) for secret in secrets))


def _check_vexa(request: _Request, secrets: Sequence[str]) -> bool:
    timestamp = request.header("x-webhook-timestamp")
    if not _is_recent(timestamp, request.now):
        return False
    message = timestamp.encode() + b"." + request.body
    return _is_one_of(request.header("x-webhook-signature"), (_sign_hex(message, secret) for secret in secrets))


def _check_attendee(request: _Request, secrets: Sequence[str]) -> bool:
    message = _write_canonical(request.body)
    if message is None:
        return False
    keys = (_decode_secret(secret) for secret in secrets)
    return _is_one_of(request.header("x-webhook-signature"), (_sign_base64(message, key) for key in keys if key))


def _check_baas_v1(request: _Request, secrets: Sequence[str]) -> bool:
    return _is_one_of(request.header("x-meeting-baas-api-key"), secrets)


def _check_baas_v2(request: _Request, secrets: Sequence[str]) -> bool:
    """Its callbacks, which one asks for with a bot, send a secret of their own along instead of a signature."""
    if "x-mb-secret" in request.headers:
        return _is_one_of(request.header("x-mb-secret"), secrets)
    return _check_standard(request, secrets)


def _check_standard(request: _Request, secrets: Sequence[str]) -> bool:
    """Standard Webhooks. The header lists a signature for each secret while secrets are being changed."""
    keys = [key for key in (_decode_secret(each.removeprefix(_STANDARD_PREFIX)) for each in secrets) if key]
    for family in _STANDARD_FAMILIES:
        names = (f"{family}-id", f"{family}-timestamp", f"{family}-signature")
        message_id, timestamp, listed = (request.header(name) for name in names)
        # the three parts are joined by dots, so that one inside a part could move the border between them
        if not message_id or "." in message_id or not _is_recent(timestamp, request.now):
            continue
        message = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + request.body
        expected = [f"v1,{_sign_base64(message, key)}" for key in keys]
        if sum(_is_one_of(given, expected) for given in listed.split()):
            return True
    return False


def _is_recent(timestamp: str, now: datetime) -> bool:
    return bool(_TIMESTAMP.fullmatch(timestamp)) and abs(now - datetime.fromtimestamp(int(timestamp), UTC)) <= TOLERANCE


def _is_one_of(given: str, expected: Iterable[str]) -> bool:
    """Each is compared, and in constant time: how long a refusal takes says nothing."""
    data = given.encode("utf-8", "surrogatepass")
    return sum(hmac.compare_digest(data, each.encode("utf-8", "surrogatepass")) for each in expected) > 0


def _sign_hex(message: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _sign_base64(message: bytes, key: bytes) -> str:
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()


def _decode_secret(secret: str) -> bytes | None:
    """None for what is no base64, under which nobody signs. The padding at the end is often lost in copying."""
    try:
        return base64.b64decode(secret.rstrip("=") + "=" * (-len(secret.rstrip("=")) % 4), validate=True)
    except ValueError:
        return None


def _write_canonical(body: bytes) -> bytes | None:
    """Sorted keys, no blanks, UTF-8: what attendee signs in place of the bytes that it sends; None for no JSON."""
    try:
        said = json.loads(body.decode())
        return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return None


_CHECKS: dict[str, Callable[[_Request, Sequence[str]], bool]] = {
    "meetstream": _check_meetstream,
    "meetingbaas_v1": _check_baas_v1,
    "meetingbaas_v2": _check_baas_v2,
    "recall": _check_standard,
    "attendee": _check_attendee,
    "vexa": _check_vexa,
    "fireflies": _check_fireflies,
}
