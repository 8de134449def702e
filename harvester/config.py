"""The one place that reads the environment: options > environment > .env > config file > defaults.

A config file is TOML; its keys are the environment's names in lower case. What is wrong is said for all settings at
once, by name, and never with a secret's value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from harvester.bot_settings import BotSettings, check_url
from harvester.config_file import read_toml
from harvester.errors import ConfigError
from harvester.model import LISTED_KINDS
from harvester.pseudonyms import Pseudonyms

CommaList = Annotated[tuple[str, ...], NoDecode]

CREDENTIALS_HINT = (
    "set it in the environment or in .env; the values stand on the App Credentials page of your "
    "Server-to-Server OAuth app at marketplace.zoom.us"
)

WEBHOOK_HINT = (
    "set it in the environment or in .env; the value is the Secret Token on the Features page (Event subscriptions) of "
    "your app at marketplace.zoom.us"
)


@dataclass(frozen=True, slots=True)
class Way:
    """How addresses of the operator's choice are reached."""

    proxies: Mapping[str, str] | None = None
    ca_bundle: str | None = None


class Config(BotSettings):
    """Everything that can be set. Field names in upper case are the environment's names."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True)

    zoom_account_id: str | None = Field(None, description="Account ID of the Server-to-Server OAuth app")
    zoom_client_id: str | None = Field(None, description="Client ID of the app")
    zoom_client_secret: SecretStr | None = Field(None, description="Client secret of the app")
    zoom_api_base_url: str = Field("https://api.zoom.us/v2", description="Where Zoom's API is")
    zoom_oauth_url: str = Field("https://zoom.us/oauth/token", description="Where tokens are issued")
    zoom_webhook_secret: SecretStr | None = Field(None, description="Secret token of the app's event subscription")
    zoom_webhook_secret_old: SecretStr | None = Field(
        None, description="The one before, accepted as well while it is being changed"
    )
    harvester_home: Path = Field(Path("harvest"), description="Holds archive/, lake/ and .harvester/")
    harvester_archive: Path | None = Field(None, description="Archive, where it is not in HARVESTER_HOME")
    harvester_lake: Path | None = Field(None, description="Lake, where it is not in HARVESTER_HOME")
    harvester_workers: int = Field(8, ge=1, le=32, description="Files fetched at once")
    harvester_api_rate: float = Field(
        15.0, gt=0, le=80, description="API calls a second; Zoom's Pro plan allows 20 for all apps together"
    )
    harvester_types: CommaList = Field((), description="File types to take, comma-separated; empty takes all")
    harvester_hosts: CommaList = Field((), description="Hosts to take (e-mail or id; * and ? match)")
    harvester_topics: CommaList = Field((), description="Topics to take (* and ? match)")
    harvester_min_duration: int = Field(0, ge=0, description="Shortest recording to take, in minutes")
    harvester_include: CommaList = Field((), description="Meeting ids or UUIDs taken whatever the other rules say")
    harvester_exclude: CommaList = Field((), description="Topics, hosts, meeting ids or UUIDs left out (* and ?)")
    harvester_participants: bool = Field(
        False, description="Also fetch who took part in Zoom's meetings; needs a scope of its own"
    )
    harvester_pseudonymise: bool = Field(
        False, description="Replace people's names, ids and e-mail addresses in the lake by pseudonyms"
    )
    harvester_pseudonym_key: SecretStr | None = Field(
        None, description="Secret that the pseudonyms are made with, of at least 16 characters: the same gives the same"
    )
    harvester_keep_emails: bool = Field(
        False, description="Keep mail addresses of Zoom's timelines and polls in the lake"
    )
    harvester_merge_gap: int = Field(3000, ge=0, description="Longest pause inside one turn, in milliseconds")
    harvester_transcript_limit: int = Field(
        32 * 2**20,
        gt=0,
        le=256 * 2**20,  # read whole: 10 bytes of memory for each, 25 in the worst case (measured at 32 MB)
        description="Largest transcript file to read, in bytes, at most 268435456; larger ones are archived only",
    )
    harvester_bind: str = Field(
        "127.0.0.1:8750", pattern=r"^(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$", description="Where `serve` listens"
    )
    harvester_notify_url: SecretStr | None = Field(
        None, description="Where nightly POSTs how it ended; `{exit_code}` in it becomes the code"
    )
    harvester_metrics_file: Path | None = Field(
        None, description="Where nightly writes metrics for node_exporter's textfile collector (a name ending in .prom)"
    )
    harvester_log_format: str = Field("text", pattern="^(text|json)$", description="Log lines as text or json")
    harvester_proxy: SecretStr | None = Field(None, description="Proxy for https, e.g. http://proxy.example:3128")
    harvester_ca_bundle: Path | None = Field(None, description="CA certificates to trust instead of the usual ones")

    @field_validator(
        "harvester_types",
        "harvester_hosts",
        "harvester_topics",
        "harvester_include",
        "harvester_exclude",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("harvester_types")
    @classmethod
    def _known_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        lowered = tuple(each.lower() for each in value)
        unknown = sorted(set(lowered) - set(LISTED_KINDS))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not a file type; the types are {', '.join(LISTED_KINDS)}")
        return lowered

    @field_validator("harvester_home", "harvester_archive", "harvester_lake", mode="before")
    @classmethod
    def _is_local(cls, value: object) -> object:
        if "://" in str(value):
            raise ValueError("object stores are not supported yet; name a folder")
        return value

    @field_validator("zoom_api_base_url", "zoom_oauth_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        return check_url(value)

    @field_validator("harvester_notify_url")
    @classmethod
    def _is_address(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value() if value else "https://none")
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise ValueError("not an http or https URL")
        return value

    @field_validator("zoom_account_id", "zoom_client_id", mode="after")
    @classmethod
    def _trimmed(cls, value: str | None) -> str | None:
        return (value.strip() or None) if value else None

    @property
    def archive(self) -> Path:
        return self.harvester_archive or self.harvester_home / "archive"

    @property
    def lake(self) -> Path:
        return self.harvester_lake or self.harvester_home / "lake"

    @property
    def state(self) -> Path:
        """Ledger, locks and temporary files; never below a table that analysts see."""
        return self.harvester_home / ".harvester"

    def credentials(self) -> tuple[str, str, str]:
        """Account id, client id and client secret; raises ConfigError naming all that are missing."""
        secret = self.zoom_client_secret.get_secret_value().strip() if self.zoom_client_secret else ""
        found = {
            "ZOOM_ACCOUNT_ID": self.zoom_account_id or "",
            "ZOOM_CLIENT_ID": self.zoom_client_id or "",
            "ZOOM_CLIENT_SECRET": secret,
        }
        missing = [name for name, value in found.items() if not value]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise ConfigError(f"{', '.join(missing)} {verb} not set", hint=CREDENTIALS_HINT)
        return found["ZOOM_ACCOUNT_ID"], found["ZOOM_CLIENT_ID"], secret

    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that may have signed an event, the current one first. Raises ConfigError without that one."""
        given = (self.zoom_webhook_secret, self.zoom_webhook_secret_old)
        current, *old = [each.get_secret_value().strip() if each else "" for each in given]
        if not current:
            raise ConfigError("ZOOM_WEBHOOK_SECRET is not set", hint=WEBHOOK_HINT)
        return current, *filter(None, old)

    def pseudonyms(self) -> Pseudonyms | None:
        """What makes the lake's pseudonyms, None without the switch. Raises ConfigError without a usable key."""
        if not self.harvester_pseudonymise:
            return None
        return Pseudonyms.of(self.harvester_pseudonym_key.get_secret_value() if self.harvester_pseudonym_key else "")

    def way(self) -> Way:
        """How addresses of the operator's choice are reached."""
        proxy = self.harvester_proxy.get_secret_value() if self.harvester_proxy else None
        bundle = str(self.harvester_ca_bundle) if self.harvester_ca_bundle else None
        return Way({"https": proxy} if proxy else None, bundle)

    def secrets(self) -> list[str]:
        """Every secret that is set, to be kept out of what is said."""
        found = [getattr(self, name) for name in type(self).model_fields]
        return [each.get_secret_value() for each in found if isinstance(each, SecretStr)]


def read_config(
    options: Mapping[str, Any], *, config_file: Path | None = None, env_file: Path = Path(".env")
) -> Config:
    """Join all sources into one Config; `options` are command-line values by field name, None meaning unset.

    Raises ConfigError naming every setting that is wrong.
    """
    file_values = read_toml(config_file, Config.model_fields) if config_file else {}

    class Joined(Config):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, dotenv_settings, InitSettingsSource(settings_cls, file_values)

    given = {name: value for name, value in options.items() if value is not None and value != ()}
    try:
        return Joined(_env_file=env_file, **given)
    except ValidationError as error:
        findings = "; ".join(_finding(each) for each in error.errors(include_input=False))
        raise ConfigError(f"settings are wrong: {findings}", hint="see the table of settings in the README") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {env_file}: {error}", hint="it must be readable UTF-8 text") from None


def _finding(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0]).upper() if detail["loc"] else "settings"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')}"
