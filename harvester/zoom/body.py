"""What Zoom says of its own refusals."""

from __future__ import annotations

from pydantic import ValidationError

from harvester.body import parse_object
from harvester.errors import Damaged
from schemas.zoom import ErrorBody


def parse_error(body: bytes) -> ErrorBody:
    """What a refusal says of itself; nothing when it says nothing readable."""
    try:
        return ErrorBody.model_validate(parse_object(body))
    except (Damaged, ValidationError):
        return ErrorBody()
