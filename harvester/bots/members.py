"""Members of JSON objects: read where there may be no object, and left out where they say nothing. Pure."""

from __future__ import annotations

from typing import Any

from harvester.model import Json


def read_members(value: Any) -> Json:  # noqa: ANN401 - JSON has no narrower type
    """Those of an object; none of anything else."""
    return value if isinstance(value, dict) else {}


def keep_said(**said: Any) -> dict[str, Any]:  # noqa: ANN401
    """What is said, without what is empty; False and 0 say something."""
    return {name: value for name, value in said.items() if value not in (None, "", {}, [])}
