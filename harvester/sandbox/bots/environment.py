"""The variables with which a client uses this server in the place of the bot APIs."""

from __future__ import annotations

from harvester.sandbox.account import SandboxAccount
from harvester.sandbox.bots.model import BASE_PATHS


def build_environment(account: SandboxAccount, api_origin: str) -> dict[str, str]:
    """Key, base address and webhook secret of each API that the account has a key of."""
    variables: dict[str, str] = {}
    for name, path in BASE_PATHS.items():
        if key := account.bot_keys.get(name):
            head = name.upper()
            variables |= {f"{head}_API_KEY": key, f"{head}_BASE_URL": api_origin + path}
            if secret := account.bot_webhook_secrets.get(name):
                variables[f"{head}_WEBHOOK_SECRET"] = secret
    return variables
