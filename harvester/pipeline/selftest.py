"""Whether events would arrive: a signed challenge sent the way Zoom sends it, and an unsigned one beside it."""

from __future__ import annotations

import hmac
import json
import secrets

from harvester.clock import Clock
from harvester.config import Config
from harvester.diagnosis import Diagnosis, failed, ok, skipped, warning
from harvester.errors import ExitCode, Retriable
from harvester.pipeline.receive import FORGED, OK
from harvester.post import post
from harvester.zoom.events import CHALLENGE
from harvester.zoom.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, answer_challenge, sign

PATH = "/webhooks/zoom"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - where it listens, not where we do


def check_webhook(config: Config, public_url: str | None, clock: Clock) -> Diagnosis:
    """Through the public address where one is given, else to where `serve` listens on this machine."""
    if config.zoom_webhook_secret is None and public_url is None:
        return skipped("ZOOM_WEBHOOK_SECRET is not set: events are not received here")
    secret = config.webhook_secrets()[0]
    url = public_url or _loopback_url(config.harvester_bind)
    token = secrets.token_urlsafe(16)
    body = json.dumps({"event": CHALLENGE, "payload": {"plainToken": token}, "event_ts": 1}).encode()
    stamp = str(int(clock.now().timestamp()))
    signed = {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: sign(body, stamp, secret), "Content-Type": "application/json"}
    try:
        status, reply = post(url, body, signed, config.way())
    except Retriable as error:
        if public_url:
            return failed(error.message, "check DNS, certificate, firewall and proxy", code=ExitCode.FAILED)
        return warning(f"nobody listens: {error.message}", "start `harvester serve`, or give --webhook-url")
    expected = (answer_challenge(token, secret) or {})["encryptedToken"]
    if status != OK or not hmac.compare_digest(_find_reply(reply), expected):
        remedy = "check that the receiver there has the same ZOOM_WEBHOOK_SECRET and that the proxy leaves bodies alone"
        return failed(
            f"the challenge was answered with status {status}, not as Zoom wants it", remedy, code=ExitCode.FAILED
        )
    if post(url, body, {"Content-Type": "application/json"}, config.way())[0] != FORGED:
        return failed("an unsigned challenge was not refused", "something else answers there", code=ExitCode.FAILED)
    return ok("a signed challenge was answered as Zoom wants it, an unsigned one was refused")


def _loopback_url(bind: str) -> str:
    host, _, port = bind.rpartition(":")
    return f"http://{_EVERYWHERE.get(host, host)}:{port}{PATH}"


def _find_reply(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    text = found.get("encryptedToken") if isinstance(found, dict) else None
    return text if isinstance(text, str) and text.isascii() else ""
