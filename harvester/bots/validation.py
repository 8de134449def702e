"""Payloads read by their models. Pure: decides what is said of one that cannot be read; names members, never values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harvester.bots.members import read_members
from harvester.bots.speech import describe_shape
from harvester.errors import Damaged
from harvester.model import Json
from schemas.tolerant import read_items

Model = TypeVar("Model", bound=BaseModel)


def read_model(model: type[Model], payload: Any, *, what: str) -> Model:  # noqa: ANN401 - JSON has no narrower type
    """The payload as its model; `what` it is, and whose, goes into the message. Raises Damaged."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        members = sorted({_name(each["loc"]) for each in error.errors(include_input=False) if each["loc"]})
        lacks = f"without a usable {', '.join(members)}" if members else f"that is {describe_shape(payload)}"
        raise Damaged(f"{what} {lacks}") from None


def read_listed(answer: Any, *names: str, what: str) -> Sequence[Json]:  # noqa: ANN401
    """The objects of a listing's page, under the first of these names that has a list; null is an empty one.

    Raises Damaged for an answer without any of them: one that says something else must not pass for an empty one.
    """
    said = [read_members(answer)[name] for name in names if name in read_members(answer)]
    listed = next((each for each in said if isinstance(each, list)), None)
    if listed is None and (not said or any(each is not None for each in said)):
        raise Damaged(f"it is no {what}: it is {describe_shape(answer)}")
    return read_items(listed)


def _name(place: tuple[int | str, ...]) -> str:
    """`recordings.id` of any of the recordings."""
    return ".".join(each for each in place if isinstance(each, str))
