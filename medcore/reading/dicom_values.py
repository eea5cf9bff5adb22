"""Stored values to the values of a Volume: Modality LUT or rescale (PS3.3 C.11.1), palette to RGB; no window, no inversion."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from pydicom.multival import MultiValue
from pydicom.pixels import apply_color_lut, apply_modality_lut

from medcore.errors import UnreadableFile
from medcore.reading.dicom_claims import promised_bytes, stored_bytes
from medcore.reading.dicom_parsing import DicomFile, code_of
from medcore.reading.dicom_planes import Plane, items_of
from medcore.reading.dicom_private import number
from medcore.reading.dicom_words import shown
from medcore.reading.held import held
from medcore.volume import Photometric

# PS3.3 C.7.6.3.1.2, until it was retired there.
_RGB_TO_PARTIAL = ((0.2568, 0.5041, 0.0979), (-0.1482, -0.2910, 0.4392), (0.4392, -0.3678, -0.0714))
_PARTIAL_ZERO = (16, 128, 128)
_PIXEL_DATA = 0x7FE00010


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
    if _has_lut(plane):
        return held(plane.file.name, _through_lut(stored, plane))
    slope, intercept = slope_and_intercept(plane) or (1.0, 0.0)
    return held(plane.file.name, stored, slope, intercept)


def _through_lut(stored: np.ndarray, plane: Plane) -> np.ndarray:
    """Through the Modality LUT; its first mapped value is signed where the pixels are (PS3.3 C.11.1.1)."""
    descriptor = items_of(plane.file.dataset, "ModalityLUTSequence")[0].LUTDescriptor
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
    return _finite(plane, "slope", 1.0 if slope is None else slope), _finite(
        plane, "intercept", 0.0 if intercept is None else intercept
    )


def _finite(plane: Plane, word: str, value: Any) -> float:
    found = None if isinstance(value, MultiValue) else number(value)
    if found is None:
        raise UnreadableFile(
            f"{plane.file.name} has the rescale {word} {shown(value)}, which is no finite number; export it again."
        )
    return found


def odd_pixels(file: DicomFile) -> Iterator[str]:
    """What a file says of its pixels that can't be, and what is taken instead."""
    samples, photometric = file.get("SamplesPerPixel"), str(file.get("PhotometricInterpretation"))
    if samples == 0:
        yield "The file says that a pixel has 0 samples: it is read as having one."
    if (samples or 1) == 1 and photometric.startswith(("RGB", "YBR")):
        yield f"The file calls its pixels {shown(photometric)}, and each has one sample: they are shown in grey."
    if file.pixels.tag == _PIXEL_DATA:
        yield from _odd_bits(file)
    if not file.syntax.is_encapsulated and stored_bytes(file) >= promised_bytes(file) + _row_bytes(file):
        yield "The file holds more pixels than it says: those after the last row of the last frame aren't shown."


def _odd_bits(file: DicomFile) -> Iterator[str]:
    signed, stored, high = (file.get(keyword) for keyword in ("PixelRepresentation", "BitsStored", "HighBit"))
    if signed not in (0, 1):
        yield "The file doesn't say whether its pixels are signed: they are read as unsigned."
    bits = int(file.get("BitsAllocated"))
    if stored == 0:
        yield f"The file says that 0 bits of a pixel are used: all {bits} are read."
    used = int(stored or bits)
    if high is not None and not used - 1 <= int(high) < bits:
        yield f"The file's highest bit ({int(high)}) doesn't fit its {used} bits stored: the lowest bits are read."


def _row_bytes(file: DicomFile) -> int:
    return max(promised_bytes(file) // (int(file.get("Rows")) * file.frames), 2)


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
    modality, units = plane.file.get("Modality"), code_of(plane.file.dataset, "Units")
    kind = plane.get("RescaleType", "PixelValueTransformationSequence")
    if plane.suv_factor is not None:
        return "SUV"
    if modality == "CT" and slope_and_intercept(plane) and kind in (None, "HU"):
        return "HU"
    return units if modality == "PT" and units is not None and units.isalnum() else "stored value"


def value_words(planes: Sequence[Plane]) -> tuple[str, ...]:
    """What a viewer must know about how the values were made; a PET's slices have a rescale each, and that is no news."""
    file = planes[0].file
    if file.get("Modality") == "RTDOSE":
        return _dose_words(planes[0])
    grey = str(file.get("PhotometricInterpretation")).startswith("MONO")
    supplemental = grey and file.get("RedPaletteColorLookupTableDescriptor")  # PS3.3 C.7.6.19
    colours = ("The file gives some of its values colours: they are shown in grey.",) if supplemental else ()
    words = (*colours, *_flat_words(planes))
    return words if file.get("Modality") == "PT" else (*words, *_rescale_words(planes))


def _dose_words(plane: Plane) -> tuple[str, ...]:
    """What a value is worth: stored value × Dose Grid Scaling is the dose in Dose Units (PS3.3 C.8.8.3)."""
    scaling, units = number(plane.file.get("DoseGridScaling")), str(plane.file.get("DoseUnits"))
    if scaling is None or scaling <= 0 or units not in ("GY", "RELATIVE"):
        return ("What a value is as a dose is unknown: the file doesn't give its scaling and unit.",)
    return (f"A value of 1 is {scaling:.6g} {'Gy of dose' if units == 'GY' else 'of the reference dose'}.",)


def _flat_words(planes: Sequence[Plane]) -> tuple[str, ...]:
    """A warning where a slope of 0 makes all values one; it is applied, as scanners write it for slices that hold nothing."""
    count = sum(1 for plane in planes if not _has_lut(plane) and (slope_and_intercept(plane) or (1.0,))[0] == 0)
    if count == 0:
        return ()
    if count == len(planes):
        return ("The file's rescale slope is 0: all values are the same.",)
    some = f"{count} of {len(planes)} slices {'has' if count == 1 else 'have'}"
    return (f"{some} the rescale slope 0: all values there are the same.",)


def _has_lut(plane: Plane) -> bool:
    return bool(items_of(plane.file.dataset, "ModalityLUTSequence"))


def _rescale_words(planes: Sequence[Plane]) -> tuple[str, ...]:
    if any(map(_has_lut, planes)):
        return ()
    found = [slope_and_intercept(plane) for plane in planes]
    without = found.count(None)
    if 0 < without < len(found):
        some = f"{without} of {len(found)} slices {'has' if without == 1 else 'have'}"
        return (f"{some} no rescale: stored values stand among rescaled ones.",)
    return ("Slices differ in their rescale: each slice's own was applied.",) if len(set(found)) > 1 else ()
