"""Settings read and logging started: what every command does first, and all that some do before they answer."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harvester.config import Config, read_config
from harvester.files import readable_by_others
from harvester.log import start_logging

ENV_FILE = Path(".env")

log = logging.getLogger(__name__)


def load(options: Mapping[str, Any], *, config_file: Path | None, verbose: bool, bars: bool = False) -> Config:
    """Read the settings and start logging: every event in cron, only warnings where a bar shows the progress."""
    config = read_config(options, config_file=config_file, env_file=ENV_FILE)
    secrets = config.secrets()
    start_logging(
        secrets=secrets,
        as_json=config.harvester_log_format == "json",
        level=logging.WARNING if bars and not verbose else logging.INFO,
    )
    for path in (ENV_FILE, config_file):
        if path and secrets and readable_by_others(path):
            log.warning("config.readable_by_others", extra={"fields": {"file": path, "remedy": f"chmod 600 {path}"}})
    return config


def on_terminal() -> bool:
    """Whether somebody watches: progress bars there, plain lines elsewhere."""
    return sys.stderr.isatty()
