"""Voxels with geometry, unit and modality: the types that every other module speaks; an object that exists is valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from medcore.errors import InvalidValue

Kind = Literal["slices", "frames", "image"]
Photometric = Literal["MONOCHROME1", "MONOCHROME2", "RGB"]
VoiFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


@dataclass(frozen=True)
class Window:
    """Which values are shown from black to white: center and width in the volume's unit (DICOM PS3.3 C.11.2.1.2).

    `curve` (0..1, evenly spaced from black's value to white's) is a VOI LUT; without one the window is a straight line.
    """

    center: float
    width: float
    function: VoiFunction = "LINEAR"
    curve: tuple[float, ...] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        least = 1 if self.function == "LINEAR" else 0
        if not (np.isfinite(self.center) and np.isfinite(self.width) and self.width >= least and self.width > 0):
            raise InvalidValue(
                f"Window center {self.center} and width {self.width} can't be shown; give a width of at least 1."
            )


@dataclass(frozen=True)
class Acquisition:
    """How a series was made; identifies nobody and may reach models. None: the file doesn't say."""

    modality: str | None = None
    body_part: str | None = None
    view: str | None = None
    laterality: str | None = None
    age_years: float | None = None


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels (slices, rows, columns[, 3]) as int16, int32, float32, or uint8 where `photometric` is RGB.

    `affine` takes (slice, row, column, 1) to patient millimetres, LPS; None where the file doesn't say. `unit` is "HU",
    "stored value", "SUV" or "grey". `row_column_mm` is the pixel spacing where it is known without a position (a projection).
    `runs_to` names the patient's sides that a row and a column run to, "L" or "F" for instance, where there is no affine.
    Values are after the Modality LUT or rescale and before any window or MONOCHROME1 inversion. `overlay` (slices, rows,
    columns), uint8, is 1 where the file lays graphics over the picture (PS3.3 C.9.2); None where it has none.
    """

    voxels: np.ndarray
    affine: np.ndarray | None
    unit: str
    modality: str | None
    photometric: Photometric
    kind: Kind
    row_column_mm: tuple[float, float] | None = None
    runs_to: tuple[str, str] | None = None
    suggested_window: Window | None = None
    overlay: np.ndarray | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        colour = self.photometric == "RGB"
        wanted_types = ("uint8",) if colour else ("int16", "int32", "float32")
        if self.voxels.dtype.name not in wanted_types:
            raise InvalidValue(f"Voxels of type {self.voxels.dtype} can't be held; expected {' or '.join(wanted_types)}.")
        if self.voxels.ndim != (4 if colour else 3) or 0 in self.voxels.shape:
            raise InvalidValue(f"Voxels of shape {self.voxels.shape} are no (slices, rows, columns) volume.")
        if self.affine is not None and (self.affine.shape != (4, 4) or not np.isfinite(self.affine).all()):
            raise InvalidValue(f"An affine of shape {self.affine.shape} is no finite 4×4 matrix.")
        if self.overlay is not None and (self.overlay.dtype != np.uint8 or self.overlay.shape != self.voxels.shape[:3]):
            raise InvalidValue(f"An overlay of {self.overlay.dtype} {self.overlay.shape} doesn't lie on {self.shape} voxels.")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        slices, rows, columns = self.voxels.shape[:3]
        return slices, rows, columns

    @property
    def is_colour(self) -> bool:
        """Whether a voxel is red, green and blue."""
        return self.photometric == "RGB"

    @property
    def spacing_mm(self) -> tuple[float | None, float | None, float | None]:
        """(slice, row, column) distances in mm; None where unknown."""
        if self.affine is not None:
            steps = np.linalg.norm(self.affine[:3, :3], axis=0)
            return tuple(float(step) if step > 0 else None for step in steps)  # type: ignore[return-value]
        return (None, *self.row_column_mm) if self.row_column_mm else (None, None, None)

    def slice(self, index: int) -> np.ndarray:
        """The slice (rows, columns[, 3]) at `index`, read-only where the voxels are; raises InvalidValue past the ends."""
        if not 0 <= index < self.shape[0]:
            raise InvalidValue(f"Slice {index + 1} doesn't exist; this series has {self.shape[0]}.")
        return self.voxels[index]

    def window_or_range(self) -> Window:
        """The suggested window, or one that spans the values from the 0.5th to the 99.5th percentile.

        It spans all values where those two are the same, and it has a width of 1 where all values are. A colour picture's is
        the one that leaves 0..255 as they are.
        """
        if self.is_colour:
            return Window(128, 256)
        if self.suggested_window is not None:
            return self.suggested_window
        step = max(1, self.voxels.size // 2_000_000)
        low, high = np.percentile(self.voxels.reshape(-1)[::step], (0.5, 99.5))
        if low == high:
            low, high = float(self.voxels.min()), float(self.voxels.max())
        return Window(center=float(low + high) / 2, width=float(high - low) or 1.0, function="LINEAR_EXACT")


@dataclass(frozen=True)
class Part:
    """Which one of several volumes of one shape that were taken together, over time for instance: `index` from 0 of `count`.

    `whole` is the same for all of them, and `word` says what differs: "volume", "time", "echo", "b-value".
    """

    whole: str
    index: int
    count: int
    word: str

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise InvalidValue(f"Part {self.index + 1} of {self.count} doesn't exist.")


@dataclass(frozen=True, eq=False)
class Series:
    """One series of one upload.

    `header` (DICOM keyword to text) identifies the patient: it stays in the user's session, is folded away on the page, and
    never reaches a log, a model or an export. `files` are names inside the upload, in slice order. `changes` says, a sentence
    each, what a reader did to the picture since it was read; every export says it too.
    """

    uid: str
    description: str
    volume: Volume
    acquisition: Acquisition
    header: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)
    part: Part | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Heatmap:
    """Where a model found evidence for `label`: values (rows, columns) float32, 0..1, in pixels of slice `slice_index`."""

    values: np.ndarray
    label: str
    method: str
    model: str
    slice_index: int

    def __post_init__(self) -> None:
        low, high = float(self.values.min()), float(self.values.max())
        if self.values.ndim != 2 or not (low >= 0 and high <= 1):
            raise InvalidValue(f"A heat map of shape {self.values.shape}, {low}..{high}, isn't (rows, columns) within 0..1.")

    @property
    def is_empty(self) -> bool:
        """Whether no pixel speaks for the label."""
        return not self.values.any()
