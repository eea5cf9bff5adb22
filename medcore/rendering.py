"""From values to pixels: windows, presets and the heat overlay; the viewer in the browser paints by the same formulas."""

import numpy as np
from matplotlib import colormaps

from medcore.errors import InvalidValue
from medcore.volume import Heatmap, Photometric, Volume, Window

# Plasma: its lightness rises evenly, also for the colour-blind, and no end is black or white, so a hot area never looks
# like air or bone. Its last, greenish yellows are left out: half transparent over black they turn olive. Coldness needs no
# colour: there the film shows through.
HEAT_COLOURS: np.ndarray = (colormaps["plasma"](np.linspace(0, 0.85, 256))[:, :3] * 255).round().astype(np.uint8)
HEAT_COLOURS.setflags(write=False)

# Center and width in HU, as the usual CT workstations offer them.
PRESETS: dict[str, dict[str, Window]] = {
    "CT": {
        "brain": Window(40, 80),
        "subdural": Window(75, 215),
        "lung": Window(-600, 1500),
        "mediastinum": Window(50, 350),
        "soft tissue": Window(40, 400),
        "liver": Window(60, 150),
        "bone": Window(480, 2500),
    }
}


def to_grey(values: np.ndarray, window: Window, photometric: Photometric) -> np.ndarray:
    """Grey levels uint8, shaped as `values` (in the window's unit), black to white across the window.

    MONOCHROME1 is inverted; values that are no number are black before that. DICOM PS3.3 C.11.2.1.2.
    """
    shade = _shade(values.astype(np.float64), window)
    shade = np.clip(np.where(np.isnan(shade), 0.0, shade), 0.0, 1.0)
    if window.curve is not None:
        shade = np.asarray(window.curve)[_half_up(shade * (len(window.curve) - 1))]
    grey = _half_up(255 * shade).astype(np.uint8)
    return 255 - grey if photometric == "MONOCHROME1" else grey


def to_rgb(volume: Volume, slice_index: int, window: Window) -> np.ndarray:
    """One slice as it is shown, uint8 (rows, columns, 3); a colour slice is given as it is, whatever the window.

    Raises InvalidValue past the ends.
    """
    values = volume.slice(slice_index)
    if volume.is_colour:
        return values
    grey = to_grey(values, window, volume.photometric)
    return np.repeat(grey[..., None], 3, axis=-1)


def heat_levels(heatmap: Heatmap) -> np.ndarray:
    """The heat map's values 0..1 as uint8 (rows, columns), 0..255: what the overlay and the viewer colour."""
    return _half_up(heatmap.values.astype(np.float64) * 255).astype(np.uint8)


def overlay(image: np.ndarray, heatmap: Heatmap, opacity: float) -> np.ndarray:
    """The heat map over `image` (rows, columns, 3) uint8, as uint8; each pixel is covered by opacity × heat.

    So cold areas stay as the film is. Raises InvalidValue for an opacity outside 0..1 or a map of another shape.
    """
    if not 0 <= opacity <= 1:
        raise InvalidValue(f"An opacity of {opacity} can't be shown; give one from 0 to 1.")
    if image.shape != (*heatmap.values.shape, 3):
        raise InvalidValue(f"A heat map of shape {heatmap.values.shape} doesn't fit an image of shape {image.shape}.")
    levels = heat_levels(heatmap)
    cover = (opacity * levels / 255)[..., None]
    return _half_up(image * (1 - cover) + HEAT_COLOURS[levels] * cover).astype(np.uint8)


def presets(volume: Volume) -> list[tuple[str, Window]]:
    """The windows to offer, by name: the file's own (or the usual range) first, then the modality's, or the full range.

    Reads all voxels once where the modality has no presets: keep the result.
    """
    first = "as stored" if volume.suggested_window is not None else "usual range"
    usual = [(first, volume.window_or_range())]
    if volume.unit == "HU" and volume.modality in PRESETS:
        return usual + list(PRESETS[volume.modality].items())
    return [*usual, ("full range", _full_range(volume))]


def _shade(values: np.ndarray, window: Window) -> np.ndarray:
    """Brightness before clamping to 0..1, by DICOM PS3.3 C.11.2.1.2.1 and C.11.2.1.3."""
    if window.function == "SIGMOID":
        return 1 / (1 + np.exp(np.clip(-4 * (values - window.center) / window.width, -700, 700)))
    if window.function == "LINEAR_EXACT":
        return (values - window.center) / window.width + 0.5
    if window.width == 1:
        return (values > window.center - 0.5).astype(np.float64)
    return (values - (window.center - 0.5)) / (window.width - 1) + 0.5


def _half_up(values: np.ndarray) -> np.ndarray:
    """The nearest whole numbers, halves upwards, as in the browser."""
    return np.floor(values + 0.5).astype(np.intp)


def _full_range(volume: Volume) -> Window:
    """From the least to the greatest value."""
    low, high = float(np.nanmin(volume.voxels)), float(np.nanmax(volume.voxels))
    return Window(center=(low + high) / 2, width=(high - low) or 1.0, function="LINEAR_EXACT")
