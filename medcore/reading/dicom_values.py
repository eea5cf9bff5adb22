"""Stored values to the values of a Volume: Modality LUT or rescale (PS3.3 C.11.1), palette to RGB; no window, no inversion."""

from collections.abc import Sequence

import numpy as np
from pydicom.pixels import apply_color_lut, apply_modality_lut

from medcore.errors import UnreadableFile
from medcore.reading.dicom_planes import Plane
from medcore.reading.dicom_private import number
from medcore.reading.held import held
from medcore.volume import Photometric

# PS3.3 C.7.6.3.1.2, until it was retired there.
_RGB_TO_PARTIAL = ((0.2568, 0.5041, 0.0979), (-0.1482, -0.2910, 0.4392), (0.4392, -0.3678, -0.0714))
_PARTIAL_ZERO = (16, 128, 128)


def plane_values(stored: np.ndarray, plane: Plane) -> np.ndarray:
    """A frame's values as int16, int32 or float32, or RGB uint8, from its stored ones.

    What has no value (NaN, infinite) becomes 0, and the file's warnings say so. Raises UnreadableFile for values beyond
    32-bit floating point.
    """
    photometric = str(plane.file.get("PhotometricInterpretation"))
    if photometric == "PALETTE COLOR":
        return _palette_rgb(stored, plane)
    if stored.ndim == 3 and photometric.startswith("YBR_PARTIAL"):
        return _from_partial(stored)
    if stored.ndim == 3:
        return _eight_bit(stored, int(plane.file.get("BitsStored") or 8))
    values, words = _rescaled_plane(stored, plane)
    if words:
        plane.file.warnings = tuple(dict.fromkeys((*plane.file.warnings, *words)))
    return values if plane.suv_factor is None else (values * np.float64(plane.suv_factor)).astype(np.float32)


def _rescaled_plane(stored: np.ndarray, plane: Plane) -> tuple[np.ndarray, tuple[str, ...]]:
    if plane.file.get("ModalityLUTSequence"):
        return held(plane.file.name, _through_lut(stored, plane))
    slope, intercept = slope_and_intercept(plane) or (1.0, 0.0)
    return held(plane.file.name, stored, slope, intercept)


def _through_lut(stored: np.ndarray, plane: Plane) -> np.ndarray:
    """Through the Modality LUT; its first mapped value is signed where the pixels are (PS3.3 C.11.1.1)."""
    descriptor = plane.file.get("ModalityLUTSequence")[0].LUTDescriptor
    if plane.file.get("PixelRepresentation") == 1 and descriptor[1] >= 2**15:
        descriptor[1] -= 2**16
    return apply_modality_lut(stored.astype(np.int64), plane.file.dataset)


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


def photometric_of(plane: Plane, values: np.ndarray) -> Photometric:
    """How the values are shown: MONOCHROME1 is white at its lowest value, and isn't inverted here."""
    if values.ndim == 3:
        return "RGB"
    return "MONOCHROME1" if plane.file.get("PhotometricInterpretation") == "MONOCHROME1" else "MONOCHROME2"


def _palette_rgb(stored: np.ndarray, plane: Plane) -> np.ndarray:
    rgb = _coloured(stored, plane)
    deep = rgb.dtype != np.uint8 and _brightest(plane) > 255
    return _eight_bit(rgb, 16 if deep else 8)


def _coloured(stored: np.ndarray, plane: Plane) -> np.ndarray:
    """RGB through the palette; pydicom takes its 16-bit entries as little-endian in a big-endian file too."""
    rgb = apply_color_lut(stored, plane.file.dataset)[..., :3]
    little = plane.file.dataset.original_encoding[1]
    return rgb if little or rgb.dtype == np.uint8 else rgb.byteswap()


def _brightest(plane: Plane) -> int:
    """The palette's largest entry: some palettes that claim 16 bits hold 8."""
    count, first, _ = plane.file.get("RedPaletteColorLookupTableDescriptor")
    return int(_coloured(np.arange(first, first + (count or 2**16)), plane).max())


def _from_partial(stored: np.ndarray) -> np.ndarray:
    """RGB from the retired YBR_PARTIAL, which no decoder converts: luminance 16 to 235, colour differences around 128."""
    return np.rint((stored - _PARTIAL_ZERO) @ np.linalg.inv(_RGB_TO_PARTIAL).T).clip(0, 255).astype(np.uint8)


def _eight_bit(colours: np.ndarray, bits: int) -> np.ndarray:
    return (colours >> max(bits - 8, 0)).astype(np.uint8)


def unit_of(planes: Sequence[Plane]) -> str:
    """ "HU" for a CT with a rescale (PS3.3 C.8.2.1.1.2), "SUV" or a PET's own unit, else "stored value"; one for all planes."""
    units = {_unit(plane) for plane in planes}
    return units.pop() if len(units) == 1 else "stored value"


def _unit(plane: Plane) -> str:
    modality, units = plane.file.get("Modality"), plane.file.get("Units")
    kind = plane.get("RescaleType", "PixelValueTransformationSequence")
    if plane.suv_factor is not None:
        return "SUV"
    if modality == "CT" and slope_and_intercept(plane) and kind in (None, "HU"):
        return "HU"
    return str(units) if modality == "PT" and str(units).isalnum() and units is not None else "stored value"


def value_words(planes: Sequence[Plane]) -> tuple[str, ...]:
    """What a viewer must know about how the values were made; a PET's slices have a rescale each, and that is no news."""
    file = planes[0].file
    if file.get("Modality") == "RTDOSE":
        return _dose_words(planes[0])
    grey = str(file.get("PhotometricInterpretation")).startswith("MONO")
    supplemental = grey and file.get("RedPaletteColorLookupTableDescriptor")  # PS3.3 C.7.6.19
    colours = ("The file gives some of its values colours: they are shown in grey.",) if supplemental else ()
    return colours if file.get("Modality") == "PT" else (*colours, *_rescale_words(planes))


def _dose_words(plane: Plane) -> tuple[str, ...]:
    """What a value is worth: stored value × Dose Grid Scaling is the dose in Dose Units (PS3.3 C.8.8.3)."""
    scaling, units = number(plane.file.get("DoseGridScaling")), str(plane.file.get("DoseUnits"))
    if scaling is None or scaling <= 0 or units not in ("GY", "RELATIVE"):
        return ("What a value is as a dose is unknown: the file doesn't give its scaling and unit.",)
    return (f"A value of 1 is {scaling:.6g} {'Gy of dose' if units == 'GY' else 'of the reference dose'}.",)


def _rescale_words(planes: Sequence[Plane]) -> tuple[str, ...]:
    if any(plane.file.get("ModalityLUTSequence") for plane in planes):
        return ()
    found = [slope_and_intercept(plane) for plane in planes]
    without = found.count(None)
    if 0 < without < len(found):
        some = f"{without} of {len(found)} slices {'has' if without == 1 else 'have'}"
        return (f"{some} no rescale: stored values stand among rescaled ones.",)
    return ("Slices differ in their rescale: each slice's own was applied.",) if len(set(found)) > 1 else ()
