"""How many bytes a file must have, and whether it does. Pure.

The server's own length decides exactly. The listing is known to be inexact (facts/zoom-api.md 4.3), so a
difference from it is noted, once the server has named its length twice (`harvester.fetch.stream`). Where the server
names no length, the listing is all there is and must be met exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

from harvester.errors import Damaged

# More than any recording has; an endless body of unnamed length stops here.
MAX_FILE_BYTES = 1 << 40
MAX_UNKNOWN_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Lengths:
    """What is known: bytes the server names for the whole file, whether it marked the end (chunked), the listing."""

    server: int | None
    listed: int | None
    end_marked: bool = False


def limit_of(lengths: Lengths) -> int:
    """Bytes after which a body must not go on."""
    for known in (lengths.server, lengths.listed):
        if known is not None:
            return known
    return MAX_UNKNOWN_BYTES


def is_cut(received: int, lengths: Lengths) -> bool:
    """Whether the body ended early: worth another try."""
    if lengths.server is not None:
        return received < lengths.server
    return not lengths.end_marked and lengths.listed is not None and received < lengths.listed


def check_size(received: int, lengths: Lengths) -> str | None:
    """None, or a note when the listing was wrong. Raises Damaged when the length is wrong or nobody vouches for it."""
    if lengths.server is not None:
        if received != lengths.server:
            raise Damaged(
                f"{received} bytes came, the server had named {lengths.server}", hint="it is fetched again next run"
            )
        if lengths.listed not in {None, received}:
            return f"listed with {lengths.listed} bytes, the server has {received}"
        return None
    if lengths.listed is not None:
        if received != lengths.listed:
            raise Damaged(
                f"{received} bytes came, {lengths.listed} are listed and the server named no length",
                hint="it is fetched again next run",
            )
        return None
    if lengths.end_marked:
        return "no length was named; the server marked the end"
    raise Damaged("neither the listing nor the server says how long the file is", hint="it is fetched again next run")
