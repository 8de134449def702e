"""Between Arrow, numpy and Python by way of the bytes.

Arrow's own `array` and `to_numpy` first load pandas, in case it has to do with it; that takes longer than a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def to_strings(texts: Sequence[str]) -> pa.Array:
    """Text, none of it null, of any length."""
    encoded = [each.encode() for each in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers)


def to_integers(numbers: npt.NDArray[Any]) -> pa.Array:
    """Integers of 64 bits."""
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers.astype(np.int64))])


def to_numbers(array: pa.Array) -> npt.NDArray[Any]:
    """Numbers, none of them null, where they lie."""
    return np.from_dlpack(array)


def to_mask(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Truth values, where null is not true."""
    true = pc.and_kleene(array, pc.is_valid(array))
    return np.from_dlpack(true.cast(pa.uint8())).view(np.bool_)
