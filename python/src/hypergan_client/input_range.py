"""Rows far outside the range of the training rows, and the warnings of them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable

import numpy as np

from hypergan_client.model import InputRange
from hypergan_client.prediction import Floats

MAX_WARNINGS = 8  # of one prediction
MAX_WARNING_LENGTH = 1000  # characters


class InputRangeWarning(UserWarning):
    """What a prediction's `warnings` say: inputs far outside the training range."""


def far_rows_text(rows: Floats, known: InputRange | None) -> str | None:
    """The server's text about rows [B, input_shape...]; None if none of them is far.

    A number is far if it lies below the least or above the greatest training value of
    its channel or column by more than the distance of these two. Those that were
    constant in training are passed over.
    """
    if known is None:
        return None
    least, greatest = np.array(known.least), np.array(known.greatest)
    values = rows.reshape(len(rows), len(least), -1)
    with np.errstate(over="ignore"):
        width = greatest - least
        low, high = (least - width)[:, np.newaxis], (greatest + width)[:, np.newaxis]
    changes = (width > 0)[:, np.newaxis]
    is_far = changes & ((values < low) | (values > high))
    far = np.flatnonzero(is_far.any(axis=(1, 2)))
    if len(far) == 0:
        return None
    row = far[0]
    column, place = np.argwhere(is_far[row])[0]
    kind = "channel" if rows.ndim > 2 else "column"
    return (
        f"{len(far)} of {len(rows)} rows are far outside the range of the training "
        f"rows; row {row} has {values[row, column, place]:g} where those have "
        f"{least[column]:g} to {greatest[column]:g} ({kind} {column})"
    )


def bounded(texts: Iterable[str]) -> tuple[str, ...]:
    """The first ones, none of them long."""
    kept: list[str] = []
    for text in texts:
        if len(kept) == MAX_WARNINGS:
            break
        kept.append(text[:MAX_WARNING_LENGTH])
    return tuple(kept)


# The server's text, and far_rows_text's.
_FAR_ROWS = re.compile(r"(\d{1,12}) of (\d{1,12})( rows are far .*; row )(\d{1,12}) ")


def joined(parts: Iterable[tuple[int, Iterable[str]]]) -> tuple[str, ...]:
    """The warnings about an input, from those about the requests it was cut into.

    Each part is the number of its rows and its texts. The texts about rows outside
    the range become one that counts rows in the whole input; another kind of text is
    kept, with the rows that it is about.
    """
    parts = list(parts)
    if len(parts) == 1:
        return bounded(parts[0][1])
    rows = count = 0
    far: tuple[str, int, str] | None = None
    others = []
    for size, texts in parts:
        for text in texts:
            told = _FAR_ROWS.match(text)
            if told and int(told[1]) <= int(told[2]) == size > int(told[4]):
                count += int(told[1])
                far = far or (told[3], rows + int(told[4]), text[told.end() :])
            else:
                others.append(f"rows {rows} to {rows + size - 1}: {text}")
        rows += size
    if far is None:
        return bounded(others)
    return bounded([f"{count} of {rows}{far[0]}{far[1]} {far[2]}", *others])


def warn(texts: Iterable[str], told: Collection[str] = ()) -> None:
    """Issues each text that is not told yet, for the caller of our caller."""
    for text in texts:
        if text not in told:
            warnings.warn(text, InputRangeWarning, stacklevel=3)
