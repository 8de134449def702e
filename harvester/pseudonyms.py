"""Names, ids and addresses of people as keyed hashes. Pure: the same key gives the same pseudonym for the same person.

Decides what counts as the same name: letter case and blanks do not. Without the key nobody can try names out, and with
another key everybody is somebody else. Never decides which values are somebody's (`schemas.table.Disguise`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field

from harvester.errors import ConfigError
from harvester.speaker import classify_speaker

SHORTEST_KEY = 16
_HASHED_BYTES = 10  # 16 letters: two of a billion people share one with a chance of one in two million
_KEY_HINT = (
    "set it in the environment or in .env, e.g. to what `openssl rand -hex 32` gives, and keep it: with another key "
    "everybody gets another pseudonym"
)
_VOICE = re.compile(r"(?:speaker[ _-]?)?(?:[0-9]{1,3}|[a-z])", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """One key's pseudonyms."""

    _key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> Pseudonyms:
        """Those of a secret. Raises ConfigError, which does not say it, for none or one that could be guessed."""
        secret = secret.strip()
        if not secret:
            raise ConfigError("HARVESTER_PSEUDONYM_KEY is not set, and pseudonyms are made with it", hint=_KEY_HINT)
        if len(secret) < SHORTEST_KEY:
            raise ConfigError(f"HARVESTER_PSEUDONYM_KEY has less than {SHORTEST_KEY} characters", hint=_KEY_HINT)
        return cls(secret.encode())

    def name(self, name: str) -> str:
        """Of a person's name as it is shown anywhere."""
        return f"person-{self._hash('name', fold_name(name))}"

    def label(self, label: str) -> str:
        """Of a speaker's label: its name's, where it names somebody. "Speaker 2" and "unknown" stay as they are."""
        kind, _ = classify_speaker(label)
        is_voice = kind == "unknown" or _VOICE.fullmatch(label.strip())
        return label if is_voice else self.name(label)

    def identity(self, value: str) -> str:
        """Of a source's id of somebody."""
        return f"id-{self._hash('id', value)}"

    def email(self, email: str) -> str:
        """Of an e-mail address, or of what else stands in its place."""
        return f"mail-{self._hash('mail', email.strip().casefold())}"

    @property
    def fingerprint(self) -> str:
        """The same for the same key, and of no use for finding it: tells whether a lake was written with this one."""
        return self._hash("fingerprint", "")

    def _hash(self, kind: str, text: str) -> str:
        said = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._key, said, hashlib.sha256)
        return base64.b32encode(digest[:_HASHED_BYTES]).decode().lower()


def fold_name(name: str) -> str:
    """What is compared of a name."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
