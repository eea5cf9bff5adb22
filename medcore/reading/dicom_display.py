"""The window that a file suggests: WindowCenter and WindowWidth, or its VOI LUT (PS3.3 C.11.2)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pydicom

from medcore.errors import InvalidValue
from medcore.reading.dicom_parsing import value_of
from medcore.reading.dicom_planes import Plane
from medcore.reading.dicom_words import shown
from medcore.volume import VoiFunction, Window

# What is beyond 32-bit floating point is no value of a voxel.
_MOST = float(np.finfo(np.float32).max)


def usual_plane(planes: Sequence[Plane]) -> Plane:
    """A plane whose window most planes share: MR scanners give each slice its own, and an odd one would darken all."""
    windows = [
        str([plane.get(keyword, "FrameVOILUTSequence") for keyword in ("WindowCenter", "WindowWidth")]) for plane in planes
    ]
    usual, times = Counter(windows).most_common(1)[0]
    return planes[windows.index(usual) if times > 1 else len(planes) // 2]


def suggested_window(plane: Plane) -> tuple[Window | None, tuple[str, ...]]:
    """The first valid window of the plane's file, else its VOI LUT, else None; and a warning for what isn't valid.

    The file's window is for rescaled values (PS3.3 C.11.2.1.2); where those became SUV, so does the window.
    """
    window, invalid = _stated_window(plane)
    return (window if window is None or plane.suv_factor is None else _in_suv(window, plane.suv_factor)), invalid


def _in_suv(window: Window, factor: float) -> Window | None:
    """The window for values times `factor`; LINEAR's half and whole steps are of the unscaled values."""
    if window.function != "LINEAR":
        return Window(window.center * factor, window.width * factor, window.function, window.curve)
    if window.width == 1 or window.curve is not None:
        return None
    return Window((window.center - 0.5) * factor, (window.width - 1) * factor, "LINEAR_EXACT")


def _stated_window(plane: Plane) -> tuple[Window | None, tuple[str, ...]]:
    stated = [plane.get(keyword, "FrameVOILUTSequence") for keyword in ("WindowCenter", "WindowWidth")]
    pairs = list(zip(*map(_floats, stated), strict=False))
    function, odd = _function(plane)
    for center, width in pairs:
        try:
            if max(abs(center), abs(width)) <= _MOST:
                return Window(center, width, function), odd
        except InvalidValue:
            continue
    return _lut_window(plane), _invalid(stated, pairs)


def _function(plane: Plane) -> tuple[VoiFunction, tuple[str, ...]]:
    """How the window maps values, and a warning where the file names none that there is."""
    name = str(plane.get("VOILUTFunction", "FrameVOILUTSequence") or "LINEAR").strip()
    for function in get_args(VoiFunction):
        if function == name:
            return function, ()
    return "LINEAR", (f"The file's window has a function that there isn't ({shown(name)}): it is shown as a linear one.",)


def _invalid(stated: Sequence[Any], pairs: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    if pairs:
        return ("The file's window (center {:g}, width {:g}) is invalid: it is ignored.".format(*pairs[0]),)
    return () if None in stated else ("The file's window isn't made of numbers: it is ignored.",)


def _floats(value: Any) -> list[float]:
    parts = [] if value is None else value if isinstance(value, pydicom.multival.MultiValue) else [value]
    try:
        return [float(part) for part in parts]
    except (TypeError, ValueError):
        return []


def _lut_window(plane: Plane) -> Window | None:
    items = plane.file.get("VOILUTSequence")
    if not items:
        return None
    descriptor, data = value_of(items[0], "LUTDescriptor"), value_of(items[0], "LUTData")
    if descriptor is None or data is None or len(descriptor) != 3:
        return None
    count, first, bits = (int(part) for part in descriptor)
    count, first = count or 2**16, _signed(first, plane)
    curve = _entries(data, count, plane) / (2**bits - 1)
    return Window(first + count / 2, count, curve=tuple(np.clip(curve, 0, 1).tolist()))


def _signed(first: int, plane: Plane) -> int:
    """The first mapped value, which is signed where what enters the LUT is; pydicom gives some as unsigned."""
    lowest = plane.file.get("PixelRepresentation") == 1 and first >= 2**15
    return first - 2**16 if lowest else first


def _entries(data: Any, count: int, plane: Plane) -> np.ndarray:
    if not isinstance(data, bytes):
        return np.array(data[:count], np.float64)
    if len(data) < 2 * count:
        return np.frombuffer(data, np.uint8)[:count].astype(np.float64)
    order = "<" if plane.file.dataset.original_encoding[1] else ">"
    return np.frombuffer(data, f"{order}u2")[:count].astype(np.float64)
