"""Synthetic scans for the viewer's browser test, the same ones in the app's process and in the test's."""

from functools import lru_cache

import numpy as np

from medcore.rendering import heat_levels, presets
from medcore.volume import Heatmap, Volume, Window
from ui import voxels


def _ct() -> Volume:
    """Forty slices of 512×512: a body with a lung and noise, each slice of another mean; axial, feet first."""
    rows, columns = np.mgrid[:512, :512]
    body = np.where((rows - 256) ** 2 / 2 + (columns - 256) ** 2 < 200**2, 40, -1000)
    body[(rows - 256) ** 2 + (columns - 180) ** 2 < 60**2] = -750
    noise = np.random.default_rng(1).integers(-60, 60, (40, 512, 512))
    values = (body + noise + 5 * np.arange(40)[:, None, None]).astype(np.int16)
    affine = np.array([[0, 0, 0.7, -180], [0, 0.7, 0, -180], [2.5, 0, 0, 0], [0, 0, 0, 1]])
    return Volume(values, affine, "HU", "CT", "MONOCHROME2", "slices", suggested_window=Window(40, 400))


def _film() -> Volume:
    """A film of 2000×1900, MONOCHROME1, with a gradient and noise."""
    noise = np.random.default_rng(2).integers(0, 300, (1, 2000, 1900))
    values = (noise + np.linspace(0, 3500, 1900)).astype(np.int16)
    return Volume(values, None, "stored value", "CR", "MONOCHROME1", "image", row_column_mm=(0.2, 0.2))


def _flat() -> Volume:
    """A sagittal-like slab whose rows are three times as far apart as its columns; float32, a SIGMOID window."""
    values = np.random.default_rng(3).random((3, 60, 90), dtype=np.float32)
    window = Window(0.5, 0.4, "SIGMOID")
    return Volume(values, None, "SUV", "PT", "MONOCHROME2", "slices", row_column_mm=(3.0, 1.0), suggested_window=window)


def _cine() -> Volume:
    """Six colour frames of 120×160."""
    values = np.random.default_rng(4).integers(0, 256, (6, 120, 160, 3)).astype(np.uint8)
    return Volume(values, None, "grey", "US", "RGB", "frames")


VOLUMES = {"ct": _ct(), "film": _film(), "flat": _flat(), "cine": _cine()}
PRESETS = {name: presets(volume) for name, volume in VOLUMES.items()}
HEATMAP = Heatmap(np.hypot(*np.mgrid[-1:1:512j, -1:1:512j]).clip(0, 1).astype(np.float32), "pneumonia", "Grad-CAM", "m", 2)


@lru_cache
def token(name: str) -> str:
    """The token of one scan, or of "heat", in this process."""
    return voxels.publish(heat_levels(HEATMAP)[None] if name == "heat" else VOLUMES[name].voxels)
