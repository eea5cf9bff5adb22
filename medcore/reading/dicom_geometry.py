"""Where a series' voxels lie in the patient (PS3.3 C.7.6.2.1.1), and what isn't known about it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.multival import MultiValue

from medcore.reading.dicom_grouping import STACKED
from medcore.reading.dicom_parsing import DicomFile
from medcore.reading.dicom_planes import MOST_SPACING_MM, Plane, has_repeated_positions, is_nuclear_volume, normal
from medcore.reading.dicom_private import number
from medcore.reading.dicom_spacing import spacing_of
from medcore.reading.dicom_words import shown
from medcore.volume import Kind

# A gap is uneven when it differs from the usual one by more than this part of it.
_UNEVEN = 0.05
# Slices whose next one lies beside their normal by more than this angle are sheared against each other.
_SHEARED_DEGREES = 0.5


@dataclass(frozen=True)
class Geometry:
    """The affine from (slice, row, column) to patient millimetres, or the pixel spacing alone, or neither."""

    affine: np.ndarray | None
    row_column_mm: tuple[float, float] | None
    kind: Kind
    warnings: tuple[str, ...]


def geometry_of(planes: list[Plane]) -> Geometry:
    """The geometry of a series whose planes are in slice order."""
    spacing, warnings = spacing_of(planes[0])
    kind = _kind(planes)
    if has_repeated_positions(planes):
        repeated = "Several images lie at the same place: they are shown one after another, not as a stack."
        return Geometry(None, spacing, kind, (*warnings, repeated))
    if not planes[0].is_placed:
        return Geometry(None, spacing, kind, (*warnings, *_senseless(planes), *_unplaced(planes)))
    if spacing is None:
        return Geometry(None, None, kind, (*warnings, *_uneven(planes)))
    beside = _shifted(planes, spacing) or _sheared(planes)
    words = (*warnings, *_unknown_thickness(planes), *_uneven(planes), *beside)
    return Geometry(_affine(planes, spacing), spacing, kind, words)


def _kind(planes: list[Plane]) -> Kind:
    if len(planes) == 1:
        return "image"
    placed = planes[0].is_placed and not has_repeated_positions(planes)
    return "slices" if placed else "frames"


def _affine(planes: list[Plane], spacing: tuple[float, float]) -> np.ndarray:
    """Columns: step to the next slice, to the next row, to the next column; true positions, so a tilted series stays tilted."""
    orientation = np.array(planes[0].orientation)
    affine = np.eye(4)
    affine[:3, 0] = _step(planes)
    affine[:3, 1] = orientation[3:] * spacing[0]
    affine[:3, 2] = orientation[:3] * spacing[1]
    affine[:3, 3] = planes[0].position
    return affine


def _step(planes: list[Plane]) -> np.ndarray:
    first, last = np.array(planes[0].position), np.array(planes[-1].position)
    if len(planes) > 1:
        return (last - first) / (len(planes) - 1)
    return normal(planes[0].orientation or ()) * (_thickness(planes[0]) or 0.0)


def _stated_thickness(plane: Plane) -> Any:
    return plane.get("SliceThickness", "PixelMeasuresSequence")


def _thickness(plane: Plane) -> float | None:
    """The slice's thickness in mm; 0 where the file doesn't say it, None where what it says can't be one."""
    stated = _stated_thickness(plane)
    if stated is None:
        return 0.0
    found = None if isinstance(stated, MultiValue) else number(stated)
    return found if found is not None and 0 <= found <= MOST_SPACING_MM else None


def _unknown_thickness(planes: list[Plane]) -> tuple[str, ...]:
    """A warning where a single slice's thickness, which stands in its affine, can't be; a stack's isn't needed."""
    if len(planes) > 1 or _thickness(planes[0]) is not None:
        return ()
    return (f"The file's slice thickness makes no sense ({shown(_stated_thickness(planes[0]))}): it is taken as unknown.",)


def _uneven(planes: list[Plane]) -> tuple[str, ...]:
    if len(planes) < 3:
        return ()
    gaps = np.diff([plane.along for plane in planes])
    usual = float(np.median(gaps))
    missing = int(np.round(gaps / usual - 1).clip(0).sum())
    if missing and np.allclose(gaps / usual, np.round(gaps / usual), atol=_UNEVEN):
        return (f"{missing} slice{'s' * (missing > 1)} seem{'s' * (missing == 1)} to be missing: distances are averages.",)
    if np.abs(gaps - usual).max() > _UNEVEN * usual:
        return (f"Slices are {gaps.min():.1f} to {gaps.max():.1f} mm apart: distances across them are averages.",)
    return ()


def _shifted(planes: list[Plane], spacing: tuple[float, float]) -> tuple[str, ...]:
    """A warning where slices lie beside the straight line from the first to the last by more than half a pixel."""
    if len(planes) < 3:
        return ()
    positions, along = np.array([plane.position for plane in planes]), np.array([plane.along for plane in planes])
    part = (along - along[0]) / (along[-1] - along[0])
    off = np.linalg.norm(positions - positions[0] - part[:, None] * (positions[-1] - positions[0]), axis=1).max()
    if off <= min(spacing) / 2:
        return ()
    return (f"Slices are shifted sideways by up to {off:.1f} mm: places and distances across them are that far off.",)


def _sheared(planes: list[Plane]) -> tuple[str, ...]:
    """A note where the step from slice to slice leans against their normal: all by the same angle, as none is shifted."""
    if len(planes) < 3:
        return ()
    step, across = _step(planes), normal(planes[0].orientation or ())
    cosine = abs(step @ across) / (np.linalg.norm(step) * np.linalg.norm(across))
    degrees = float(np.degrees(np.arccos(min(cosine, 1.0))))
    if degrees <= _SHEARED_DEGREES:
        return ()
    cause = "The gantry was tilted" if planes[0].file.get("Modality") == "CT" else "The stack leans"
    return (f"{cause} by {round(degrees, 1):g}°: slices are sheared against each other; places are true.",)


def _senseless(planes: list[Plane]) -> tuple[str, ...]:
    words = dict.fromkeys(word for plane in planes for word in plane.senseless)
    return tuple(f"The file's {word} makes no sense: where it lies in the patient is unknown." for word in words)


def _unplaced(planes: list[Plane]) -> tuple[str, ...]:
    file = planes[0].file
    projections = file.get("Modality") == "NM" and file.frames > 1 and not is_nuclear_volume(file)
    if len(planes) > 1 and file.get("Modality") in STACKED and not projections:
        return ("The slices' positions are unknown: they are shown by their number, without distances between them.",)
    return ()


def runs_to_of(file: DicomFile) -> tuple[str, str] | None:
    """The patient's sides that a row and a column run to (Patient Orientation, PS3.3 C.7.6.1.1.1); None where not said."""
    sides = file.get("PatientOrientation")
    letters = [str(side).strip().upper()[:1] for side in sides] if sides is not None and len(sides) == 2 else []
    return (letters[0], letters[1]) if letters and all(letter in "LRAPHF" and letter for letter in letters) else None


def mirrored(file: DicomFile, runs_to: tuple[str, str] | None) -> tuple[str, ...]:
    """A warning where a frontal film is stored the other way round than films are hung; it is shown as stored."""
    frontal = str(file.get("ViewPosition") or "").strip().upper() in ("AP", "PA")
    if frontal and runs_to is not None and runs_to[0] == "R":
        return ("This film is stored mirrored: the patient's right is on the image's right.",)
    return ()
