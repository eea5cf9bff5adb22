"""Stored values as a Volume holds them, and where they lie once they are written."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from medcore.errors import UnreadableFile

_NO_VALUE = "Voxels without a value (NaN or infinite) are shown as 0."
_INT16, _INT32 = np.iinfo(np.int16), np.iinfo(np.int32)
_ROUNDED = "Some voxels are integers beyond 32 bits: they are rounded to 7 digits."


class Written(NamedTuple):
    """Voxels in the private folder: no map is held, as each would cost an open file."""

    path: Path
    dtype: np.dtype
    shape: tuple[int, ...]
    warnings: tuple[str, ...]

    def mapped(self) -> np.ndarray:
        """The voxels (slices, rows, columns[, 3]), read-only."""
        return np.memmap(self.path, self.dtype, "r", shape=self.shape)


def held(name: str, stored: np.ndarray, slope: float = 1.0, intercept: float = 0.0) -> tuple[np.ndarray, tuple[str, ...]]:
    """stored × slope + intercept as int16, int32 or float32, with 0 where there is no value, and what must be said.

    Raises UnreadableFile where the file `name` holds numbers that 32-bit floating point doesn't reach.
    """
    values = rescaled(stored, slope, intercept)
    if values.dtype.kind != "f":
        return values, ()
    if np.isfinite(values).all():
        whole = stored.dtype.kind in "iu" and float(slope).is_integer() and float(intercept).is_integer()
        return values, (_ROUNDED,) if whole else ()
    if np.isfinite(stored).sum() > np.isfinite(values).sum():
        raise UnreadableFile(f"{name} holds values beyond 3.4e38, more than 32-bit floating point takes; save it rescaled.")
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), (_NO_VALUE,)


def rescaled(stored: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    """stored × slope + intercept: int16 or int32 where slope and intercept are integers and the result fits, else float32."""
    whole = float(slope).is_integer() and float(intercept).is_integer()
    if stored.dtype.kind not in "iub" or not whole:
        return (stored.astype(np.float64) * slope + intercept).astype(np.float32)
    ends = sorted(int(value) * int(slope) + int(intercept) for value in (stored.min(), stored.max()))
    if ends[0] < _INT32.min or ends[1] > _INT32.max:
        return (stored.astype(np.float64) * slope + intercept).astype(np.float32)
    dtype = np.int16 if ends[0] >= _INT16.min and ends[1] <= _INT16.max else np.int32
    return _in_integers(stored, int(slope), int(intercept), dtype)


def _in_integers(stored: np.ndarray, slope: int, intercept: int, dtype: type) -> np.ndarray:
    """Integer arithmetic in the result's own type: it may wrap around on the way, but ends right as the result fits."""
    values: np.ndarray = stored.astype(dtype, copy=False)
    out = None if values is stored else values  # in place where the array is ours: a temporary a slice costs more than the sum
    bits = np.iinfo(dtype).bits
    if slope != 1:
        values = out = np.multiply(values, _wrapped(slope, bits), out=out)
    return np.add(values, _wrapped(intercept, bits), out=out) if intercept else values


def _wrapped(number: int, bits: int) -> np.ndarray:
    return np.array(number % 2**bits, dtype=f"uint{bits}").astype(f"int{bits}")
