"""Settings from a TOML file. Decides what may stand in it: the names of settings in lower case, and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from harvester.errors import ConfigError


def read_toml(path: Path, known: Collection[str]) -> dict[str, Any]:
    """The file's settings by name. Raises ConfigError for one that cannot be read, or sets what is not `known`."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no config file {path}", hint="check the path given to --config") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"cannot read the config file {path}: {error}",
            hint='it must be TOML, such as: harvester_home = "/srv/zoom"',
        ) from None
    lowered = {key.lower(): value for key, value in values.items()}
    unknown = sorted(set(lowered) - set(known))
    if unknown:
        raise ConfigError(
            f"{path} sets {', '.join(unknown)}, which is no setting",
            hint="keys are the environment's names in lower case; see the table of settings in the README",
        )
    return lowered
