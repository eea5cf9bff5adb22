"""How far apart a DICOM picture's pixels are, where, and how sure that is (PS3.3 10.7)."""

from collections.abc import Sequence

import pydicom

from medcore.reading.dicom_parsing import DicomFile, numbers, value_of
from medcore.reading.dicom_planes import Plane, items_of, plausible_spacing
from medcore.reading.dicom_private import number

Pair = tuple[float, float]
Found = tuple[Pair | None, tuple[str, ...]]
_PROJECTIONS = ("CR", "DX", "MG", "RG", "RF", "XA", "IO", "PX")
_AT_DETECTOR = "Pixel spacing is at the detector: distances in the patient are smaller than measured."
_ON_FILM = "Pixel spacing is on the scanned film: distances in the patient are smaller than measured."
_UNSURE = "Pixel spacing may be at the detector: the file doesn't say whether distances in the patient are smaller."
_UNKNOWN = "Pixel spacing is unknown: measurements are in pixels."
# A detector is at most this much farther from the tube than the patient is; what is more is no magnification.
_MOST_MAGNIFICATION = 100
# How equal two spacings are that were written with different numbers of digits.
_EQUAL = 1e-3
# A plane in the patient, in cm (PS3.3 C.8.5.5.1.1 and 15).
_TISSUE, _CENTIMETRES = 1, 3


def spacing_of(plane: Plane) -> Found:
    """(row, column) spacing in mm or None, and what must be said about it."""
    regions = items_of(plane.file.dataset, "SequenceOfUltrasoundRegions")
    if regions:
        return _ultrasound(plane, regions)
    senseless = _senseless(plane)
    if senseless:
        return None, senseless
    if plane.file.get("Modality") in _PROJECTIONS or plane.spacing is None:
        return _projection(plane)
    return plausible_spacing(plane.spacing), ()


def _senseless(plane: Plane) -> tuple[str, ...]:
    """A warning where the file states a spacing of two numbers that pixels can't be apart."""
    stated = numbers(plane.get("PixelSpacing", "PixelMeasuresSequence"), 2)
    if stated is None or plausible_spacing(stated) is not None:
        return ()
    if 0 in stated:
        return ("Pixel spacing is 0: measurements are in pixels.",)
    return (f"Pixel spacing makes no sense ({stated[0]:.6g} × {stated[1]:.6g} in mm): measurements are in pixels.",)


def _projection(plane: Plane) -> Found:
    """Calibrated or corrected spacing, the detector's by the magnification that the file estimates, or the detector's own."""
    stated = plausible_spacing(plane.spacing)
    detector = plausible_spacing(plane.get("ImagerPixelSpacing", "FramePixelDataPropertiesSequence"))
    film = plausible_spacing(plane.file.get("NominalScannedPixelSpacing"))
    base = detector or film
    if stated and (plane.file.get("PixelSpacingCalibrationType") or (base and not _equal(stated, base))):
        return stated, ()
    factor = number(plane.file.get("EstimatedRadiographicMagnificationFactor")) or 0
    if detector and 1 < factor <= _MOST_MAGNIFICATION:
        estimated = f"Pixel spacing in the patient is an estimate, from a magnification of {factor:.3g}."
        return (detector[0] / factor, detector[1] / factor), (estimated,)
    if base:
        return base, (_AT_DETECTOR if detector else _ON_FILM,)
    return (stated, (_UNSURE,)) if stated else (None, (_UNKNOWN,))


def _equal(one: Pair, other: Pair) -> bool:
    return all(abs(a - b) <= _EQUAL * b for a, b in zip(one, other, strict=True))


def _ultrasound(plane: Plane, described: Sequence[pydicom.Dataset]) -> Found:
    """The spacing of the regions that show tissue, where they share one (PS3.3 C.8.5.5); elsewhere it doesn't hold."""
    regions = [region for region in described if _is_tissue(region)]
    deltas = [tuple(number(value_of(region, f"PhysicalDelta{axis}")) or 0.0 for axis in "YX") for region in regions]
    spacings = [(abs(row) * 10, abs(column) * 10) for row, column in deltas]
    if not spacings or None in map(plausible_spacing, spacings):
        return (plausible_spacing(plane.spacing), ()) if plane.spacing else (None, _senseless(plane) or (_UNKNOWN,))
    if not all(_equal(spacing, spacings[0]) for spacing in spacings):
        return None, ("The picture's parts differ in pixel spacing: measurements are in pixels.",)
    fills = len(regions) == 1 and _fills(regions[0], plane.file)
    return spacings[0], () if fills else ("Distances hold inside the ultrasound image, not in the rest of the picture.",)


def _is_tissue(region: pydicom.Dataset) -> bool:
    units = {value_of(region, f"PhysicalUnits{axis}Direction") for axis in "XY"}
    return value_of(region, "RegionSpatialFormat") == _TISSUE and units == {_CENTIMETRES}


def _fills(region: pydicom.Dataset, file: DicomFile) -> bool:
    """Whether the region leaves no pixel out; some writers count its last one from 0, some from 1."""
    edges = [number(value_of(region, f"RegionLocation{edge}")) for edge in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
    if None in edges:
        return False
    left, top, right, bottom = (edge or 0.0 for edge in edges)
    return left <= 0 and top <= 0 and right >= int(file.get("Columns")) - 1 and bottom >= int(file.get("Rows")) - 1
