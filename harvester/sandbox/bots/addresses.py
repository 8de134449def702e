"""Addresses of bots' files on the second origin: signed, short-lived, and good without any key."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from harvester.sandbox.account import SandboxFile
from harvester.sandbox.bots.model import SandboxBot
from harvester.sandbox.tokens import sign_url
from harvester.sandbox.world import World


def sign(world: World, bot: SandboxBot, file: SandboxFile | None) -> str | None:
    """Where the file lies from now on; None when it is not there yet, or no longer, or there never was one."""
    if file is None or not world.bots.is_served(file.id, world.now()):
        return None
    now, ttl_s = world.now(), world.settings.signed_url_ttl_s
    name = f"{file.recording_type}.{file.extension.lower()}"
    # S3 says in the address how long it lives, and clients read it there
    said = {"X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}", "X-Amz-Expires": f"{ttl_s:.0f}"}
    path = f"/bots/{bot.source}/{bot.id}/{file.id}/{name}"
    signed = sign_url(path, expires_at=now + timedelta(seconds=ttl_s), extra=urlencode(said) + "&")
    return world.file_origin + signed


def meeting_url(world: World, bot: SandboxBot) -> str:
    """The address the bot was sent to, passcode included."""
    return f"https://us02web.zoom.us/j/{bot.meeting_number}?pwd={world.canary('passcode')}"
