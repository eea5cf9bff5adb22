"""The tour's real films, decoded once for the whole server and small enough to be drawn at once."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import streamlit as st
from PIL import Image

from medcore import reading, rendering
from medcore.errors import LightboxError
from medcore.samples import SAMPLES, sample_path
from medcore.volume import Series, Volume

CHEST = "chest-cr"
_PIXELS = 720  # the longer side


@st.cache_resource(show_spinner=False)
def series(sample_id: str) -> Series:
    """A sample as it was read, without what its header says; raises UnknownName where it isn't installed."""
    return replace(reading.read([sample_path(sample_id)]).series[0], header={})


@st.cache_resource(show_spinner=False)
def small(sample_id: str) -> Volume:
    """The first picture of a sample with its longer side of so many pixels, in the same values; raises as `series`."""
    return shrunk(series(sample_id).volume)


def shrunk(volume: Volume) -> Volume:
    """Its first slice, each new pixel the mean of those that it stands for."""
    _, rows, columns = volume.shape
    factor = min(1.0, _PIXELS / max(rows, columns))
    size = round(columns * factor), round(rows * factor)
    values = volume.voxels[0] if volume.is_colour else volume.voxels[0].astype(np.float32)
    voxels = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX))[None]
    return replace(volume, voxels=voxels, affine=None, row_column_mm=None, runs_to=None, overlay=None, kind="image")


def drawn(volume: Volume) -> np.ndarray:
    """The first slice in its own window, uint8 (rows, columns, 3)."""
    return rendering.to_rgb(volume, 0, volume.window_or_range())


def warm() -> None:
    """Reads all samples, behind the first page; one that isn't there says so when it is shown."""
    for sample_id in SAMPLES:
        with suppress(LightboxError):
            small(sample_id)
