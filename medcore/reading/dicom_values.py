"""Stored values to the values of a Volume: Modality LUT or rescale (PS3.3 C.11.1), palette to RGB; no window, no inversion."""

import numpy as np
from pydicom.pixels import apply_color_lut, apply_modality_lut

from medcore.errors import UnreadableFile
from medcore.reading.dicom_planes import Plane
from medcore.volume import Photometric

_INT16, _INT32 = np.iinfo(np.int16), np.iinfo(np.int32)


def plane_values(stored: np.ndarray, plane: Plane) -> np.ndarray:
    """A frame's values as int16, int32 or float32, or RGB uint8, from its stored ones."""
    photometric = str(plane.file.get("PhotometricInterpretation"))
    if photometric == "PALETTE COLOR":
        return _palette_rgb(stored, plane)
    if stored.ndim == 3:
        return _eight_bit(stored, int(plane.file.get("BitsStored") or 8))
    if plane.file.get("ModalityLUTSequence"):
        return rescaled(apply_modality_lut(stored, plane.file.dataset), 1, 0)
    slope, intercept = slope_and_intercept(plane) or (1.0, 0.0)
    return rescaled(stored, slope, intercept)


def slope_and_intercept(plane: Plane) -> tuple[float, float] | None:
    """The rescale of this frame, or None where the file has none."""
    slope, intercept = (
        plane.get(keyword, "PixelValueTransformationSequence") for keyword in ("RescaleSlope", "RescaleIntercept")
    )
    if slope is None and intercept is None:
        return None
    found = (1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept))
    if not np.isfinite(found).all():
        raise UnreadableFile(f"{plane.file.name} has the rescale {found}, which isn't a number; export it again.")
    return found


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


def photometric_of(plane: Plane, values: np.ndarray) -> Photometric:
    """How the values are shown: MONOCHROME1 is white at its lowest value, and isn't inverted here."""
    if values.ndim == 3:
        return "RGB"
    return "MONOCHROME1" if plane.file.get("PhotometricInterpretation") == "MONOCHROME1" else "MONOCHROME2"


def _palette_rgb(stored: np.ndarray, plane: Plane) -> np.ndarray:
    rgb = apply_color_lut(stored, plane.file.dataset)[..., :3]
    deep = rgb.dtype != np.uint8 and int(rgb.max()) > 255
    return _eight_bit(rgb, 16 if deep else 8)


def _eight_bit(colours: np.ndarray, bits: int) -> np.ndarray:
    return (colours >> max(bits - 8, 0)).astype(np.uint8)


def unit_of(plane: Plane) -> str:
    """ "HU" for a CT with a rescale (PS3.3 C.8.2.1.1.2), a PET's own unit, else "stored value"."""
    modality, units = plane.file.get("Modality"), plane.file.get("Units")
    kind = plane.get("RescaleType", "PixelValueTransformationSequence")
    if modality == "CT" and slope_and_intercept(plane) and kind in (None, "HU"):
        return "HU"
    return str(units) if modality == "PT" and str(units).isalnum() and units is not None else "stored value"
