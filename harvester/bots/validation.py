"""Payloads read by their models. Pure: decides what is said of one that cannot be read; names members, never values."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harvester.bots.speech import describe_shape
from harvester.errors import Damaged

Model = TypeVar("Model", bound=BaseModel)


def read_model(model: type[Model], payload: Any, *, what: str) -> Model:  # noqa: ANN401 - JSON has no narrower type
    """The payload as its model; `what` it is, and whose, goes into the message. Raises Damaged."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        members = sorted({_name(each["loc"]) for each in error.errors(include_input=False) if each["loc"]})
        lacks = f"without a usable {', '.join(members)}" if members else f"that is {describe_shape(payload)}"
        raise Damaged(f"{what} {lacks}") from None


def _name(place: tuple[int | str, ...]) -> str:
    """`recordings.id` of any of the recordings."""
    return ".".join(each for each in place if isinstance(each, str))
