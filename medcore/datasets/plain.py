"""Plain figures of a film's file and grey values: what a net could learn instead of the finding."""

from pathlib import Path

import numpy as np

from medcore.datasets.slices import bytes_of

GREY_STATISTICS = ("mean", "standard deviation", "sharpness", "5th percentile", "95th percentile")
"""The figures of `plain_figures` that are of the grey values alone."""
_ENOUGH = 256


def plain_figures(path: Path, values: np.ndarray) -> dict[str, float]:
    """Figures by name of a film in `path` with grey values (rows, columns), in bytes, pixels and file units.

    sharpness is the mean length of the gradient; the percentiles of large films are those of every so many rows and columns.
    """
    rows, columns = values.shape
    dark, bright = np.percentile(values[:: max(1, rows // _ENOUGH), :: max(1, columns // _ENOUGH)], (5, 95))
    return {
        "file size": float(bytes_of(path)),
        "rows": float(rows),
        "columns": float(columns),
        "aspect": columns / rows,
        "mean": float(values.mean(dtype=np.float64)),
        "standard deviation": float(values.std(dtype=np.float64)),
        "sharpness": _sharpness(values),
        "5th percentile": float(dark),
        "95th percentile": float(bright),
    }


def _sharpness(values: np.ndarray) -> float:
    down, across = np.diff(values, axis=0)[:, :-1], np.diff(values, axis=1)[:-1]
    return float(np.hypot(down, across).mean(dtype=np.float64)) if down.size else 0.0
