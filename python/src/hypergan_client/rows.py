"""What callers give as inputs, as rows of a model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypergan_client.prediction import Floats


def as_rows(inputs: npt.ArrayLike, row_shape: tuple[int, ...]) -> Floats:
    """float32 [B, *row_shape] of one row or many; ValueError if they do not fit.

    Axes of length 1 may be missing: a grey picture [1, 28, 28] may come as [28, 28].
    """
    array = np.asarray(inputs, dtype=np.float32)
    if array.shape == row_shape or _long_axes(array.shape) == _long_axes(row_shape):
        count = 1
    elif array.ndim > 0 and _long_axes(array.shape[1:]) == _long_axes(row_shape):
        count = array.shape[0]
    else:
        one = list(row_shape)
        raise ValueError(
            f"inputs: expected one row {one} or many {['B', *one]}, "
            f"got {list(array.shape)}"
        )
    if count == 0:
        raise ValueError("inputs: expected at least one row, got none")
    return np.ascontiguousarray(array.reshape(count, *row_shape), dtype="<f4")


def _long_axes(shape: tuple[int, ...]) -> list[int]:
    return [length for length in shape if length != 1]
