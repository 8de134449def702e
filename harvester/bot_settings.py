"""The settings of the bots' providers, a part of `harvester.config.Config`: keys, addresses, webhook secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


@dataclass(frozen=True, slots=True)
class Access:
    """What opens one provider's API; the old secret is accepted as well while it is being changed."""

    key: str = field(repr=False)
    base_url: str
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)


class BotSettings(BaseSettings):
    """Everything that can be set for bots. A provider without a key is left alone."""

    meetstream_api_key: SecretStr | None = Field(None, description="Key of MeetStream's API")
    meetstream_base_url: str = Field("https://api.meetstream.ai/api/v1", description="Where MeetStream's API is")
    meetstream_webhook_secret: SecretStr | None = Field(
        None, description="Secret of the endpoint in MeetStream's dashboard"
    )
    meetstream_webhook_secret_old: SecretStr | None = Field(None, description="The one before, accepted as well")
    meetingbaas_api_key: SecretStr | None = Field(None, description="Key of Meeting BaaS's API")
    meetingbaas_base_url: str = Field("https://api.meetingbaas.com", description="Where Meeting BaaS's API is")
    meetingbaas_versions: str = Field(
        "v1,v2", pattern=r"^v[12](, ?v[12])?$", description="Versions of its API to pull, comma-separated"
    )
    meetingbaas_webhook_secret: SecretStr | None = Field(
        None, description="Signing secret (whsec_...) or callback secret of Meeting BaaS v2; v1 sends the key"
    )
    meetingbaas_webhook_secret_old: SecretStr | None = Field(None, description="The one before, accepted as well")
    recall_api_key: SecretStr | None = Field(None, description="Key of Recall.ai's API, good in one region")
    recall_base_url: str = Field(
        "https://us-east-1.recall.ai/api/v1", description="Where Recall.ai's API is: the key's own region"
    )
    recall_webhook_secret: SecretStr | None = Field(None, description="Signing secret (whsec_...) of Recall.ai")
    recall_webhook_secret_old: SecretStr | None = Field(None, description="The one before, accepted as well")
    harvester_obf_token: SecretStr | None = Field(
        None, description="Zoom's on-behalf-of token for `bots send`, where the provider takes one itself"
    )
    harvester_obf_token_url: SecretStr | None = Field(None, description="Where the provider gets such a token")
    harvester_zak_url: SecretStr | None = Field(None, description="Where the provider gets Zoom's ZAK token")
    harvester_bot_rate: float = Field(
        10.0, gt=0, le=1000, description="API calls a second to each provider of bots that publishes no lower limit"
    )
    harvester_uuid_key: str = Field(
        "zoom_meeting_uuid", description="Name under which callers attach the UUID of Zoom's meeting to a bot"
    )

    @field_validator("meetstream_base_url", "meetingbaas_base_url", "recall_base_url")
    @classmethod
    def _is_base_url(cls, value: str) -> str:
        return check_url(value)

    def bot_access(self, setting: str) -> Access | None:
        """What opens the API whose settings begin so (`MEETSTREAM`); None where no key is set."""
        name = setting.lower()
        key = _reveal(getattr(self, f"{name}_api_key"))
        if not key:
            return None
        secrets = (getattr(self, f"{name}_webhook_secret{part}") for part in ("", "_old"))
        return Access(key, getattr(self, f"{name}_base_url"), tuple(filter(None, map(_reveal, secrets))))


def check_url(value: str) -> str:
    """A plain address without its last slash. Raises ValueError."""
    parts = urlsplit(value)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or "@" in parts.netloc:
        raise ValueError("not a plain https URL")
    return value.rstrip("/")


def _reveal(secret: SecretStr | None) -> str:
    return secret.get_secret_value().strip() if secret else ""
