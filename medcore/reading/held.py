"""Stored values as a Volume holds them, and where they lie once they are written."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from medcore.errors import UnreadableFile
from medcore.reading.dicom_values import rescaled

_NO_VALUE = "Voxels without a value (NaN or infinite) are shown as 0."
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
