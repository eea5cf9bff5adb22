"""Synthetic scans for the viewer's browser test, the same ones in the app's process and in the test's."""

from dataclasses import replace
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


def _drawn(volume: Volume) -> Volume:
    """With an overlay: a line of one pixel across, one down, and on each slice a square of its own."""
    overlay = np.zeros(volume.shape, np.uint8)
    overlay[:, volume.shape[1] // 2] = overlay[:, :, volume.shape[2] // 2] = 1
    for index in range(volume.shape[0]):
        overlay[index, 10 : 20 + index, 30:40] = 1
    return replace(volume, overlay=overlay)


def _time(number: int) -> Volume:
    """One of three volumes of four slices, 60×80, whose values are 100 × its number + the slice's, from 1; more by columns."""
    values = 100 * number + np.arange(1, 5)[:, None, None] + np.linspace(0, 20, 80) + np.zeros((4, 60, 80))
    return Volume(values.astype(np.int16), None, "grey", "MR", "MONOCHROME2", "slices", row_column_mm=(1.0, 1.0))


TIMES = [_time(number) for number in (1, 2, 3)]
VOLUMES = {"ct": _ct(), "film": _film(), "flat": _flat(), "cine": _cine()}
VOLUMES |= {"drawn film": _drawn(_film()), "drawn cine": _drawn(_cine()), "drawn ct": _drawn(_ct()), "times": TIMES[0]}
PRESETS = {name: presets(volume) for name, volume in VOLUMES.items()}
HEATMAP = Heatmap(np.hypot(*np.mgrid[-1:1:512j, -1:1:512j]).clip(0, 1).astype(np.float32), "pneumonia", "Grad-CAM", "m", 2)


@lru_cache
def token(name: str) -> str:
    """The token of one scan, or of "heat", in this process."""
    return voxels.publish(heat_levels(HEATMAP)[None] if name == "heat" else VOLUMES[name].voxels)


@lru_cache
def overlay_token(name: str) -> str | None:
    """The token of a scan's overlay, or None."""
    overlay = VOLUMES[name].overlay
    return None if overlay is None else voxels.publish(overlay)


@lru_cache
def time_token(position: int) -> str:
    """The token of one of `TIMES`."""
    return voxels.publish(TIMES[position].voxels)
