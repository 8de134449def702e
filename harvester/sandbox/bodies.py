"""What a sandbox file's bytes are: given, rendered when asked for, or a function of their position.

A `PatternBody` of any size needs no memory, and no two of its blocks are alike, so a byte that a client stored
at the wrong place shows in the hash. Nothing here knows about HTTP.
"""

from __future__ import annotations

import functools
import hashlib
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

CHUNK_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 16
_NOISE_BYTES = 1 << 20


class Body(Protocol):
    """Bytes with a known size; `revise` gives what the file holds after that many changes at the source."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes: ...

    def revise(self, revision: int) -> Body: ...


@dataclass(frozen=True, slots=True)
class BytesBody:
    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]

    def revise(self, revision: int) -> Body:
        # a blank line more is still a valid VTT, JSON, CSV or chat
        return BytesBody(self.data + b"\r\n" * revision)


@dataclass(slots=True)
class LazyBody:
    """Rendered on every read and never kept, so that ten thousand transcripts cost no memory."""

    render: Callable[[], bytes] = field(repr=False)
    _size: int | None = field(default=None, init=False)

    @property
    def size(self) -> int:
        if self._size is None:
            self._size = len(self.render())
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        return self.render()[offset : offset + length]

    def revise(self, revision: int) -> Body:
        return BytesBody(self.render()).revise(revision) if revision else self


@dataclass(frozen=True, slots=True)
class PatternBody:
    """A head that names the format, then noise that depends on `seed` and position only."""

    seed: str
    head: bytes = field(repr=False)
    size: int

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        pieces = [self.head[offset:end]] if offset < len(self.head) else []
        position = max(offset, min(len(self.head), end))
        while position < end:
            block, inside = divmod(position, _BLOCK_BYTES)
            take = min(_BLOCK_BYTES - inside, end - position)
            start = self._start_of(block) + inside
            pieces.append(_noise()[start : start + take])
            position += take
        return b"".join(pieces)

    def revise(self, revision: int) -> Body:
        return PatternBody(f"{self.seed}#{revision}", self.head, self.size) if revision else self

    def _start_of(self, block: int) -> int:
        digest = hashlib.blake2b(f"{self.seed}:{block}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % _NOISE_BYTES


@functools.cache
def _noise() -> bytes:
    return random.Random(20200320).randbytes(_NOISE_BYTES + _BLOCK_BYTES)


def mp4_body(seed: str, size: int) -> PatternBody:
    return PatternBody(seed, _boxes(b"isom", b"isommp42", size), size)


def m4a_body(seed: str, size: int) -> PatternBody:
    return PatternBody(seed, _boxes(b"M4A ", b"M4A mp42", size), size)


def _boxes(brand: bytes, compatible: bytes, size: int) -> bytes:
    """`ftyp`, then one `mdat` with a 64-bit length up to the end: what a player checks first (ISO 14496-12)."""
    kind = struct.pack(">I4s4sI8s", 24, b"ftyp", brand, 512, compatible)
    return kind + struct.pack(">I4sQ", 1, b"mdat", max(size - len(kind), 16))


def iter_chunks(body: Body, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
    end = body.size if length is None else offset + length
    while offset < end:
        chunk = body.read(offset, min(CHUNK_BYTES, end - offset))
        if not chunk:
            return
        yield chunk
        offset += len(chunk)


def sha256_of_body(body: Body) -> str:
    digest = hashlib.sha256()
    for chunk in iter_chunks(body):
        digest.update(chunk)
    return digest.hexdigest()
