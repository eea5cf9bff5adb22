"""Slice to the exact tensor that a model was trained on, and a model's map back to slice pixels."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from PIL import Image

from medcore.errors import InvalidCard
from medcore.volume import Photometric, Volume

PIXELS = (8, 1024)
"""The least and the most rows or columns of a tensor."""
Scaling = Literal["rank", "percentile", "range"]
Fitting = Literal["squash", "pad", "crop"]
Channels = Literal[1, 3]
Border = Literal["lowest", "highest"]


@dataclass(frozen=True)
class InputSpec:
    """How a slice becomes a tensor; its hash stands in run, card and prediction.

    The slice, as luma (1 channel) or red, green and blue (3, a grey slice three times over), is brought to `size` (rows,
    columns): squashed; or whole, with black beside it ("pad"); or its largest centred part of that aspect ("crop"). Its values
    become 0..1: by their rank in the picture ("rank": histogram equalisation, so that brightness, contrast and any window
    leave no trace), or straight from `percentiles` ("percentile") or from `limits` in file units ("range"), clipped. Then
    MONOCHROME1 is inverted. In a padded picture the blackest value, border or not, has no say in ranks and percentiles.
    """

    size: tuple[int, int]
    scaling: Scaling = "rank"
    percentiles: tuple[float, float] = (0.5, 99.5)
    limits: tuple[float, float] | None = None
    channels: Channels = 1
    resize: Fitting = "squash"

    def __post_init__(self) -> None:
        low, high = self.percentiles
        known = self.scaling in get_args(Scaling) and self.channels in (1, 3) and self.resize in get_args(Fitting)
        if not known or min(self.size) < PIXELS[0] or max(self.size) > PIXELS[1] or not 0 <= low < high <= 100:
            raise InvalidCard(
                f"The input spec {self} can't be followed; size, scaling, percentiles, channels or resize are out of range."
            )
        if (self.limits is not None) != (self.scaling == "range") or not _are_limits(self.limits):
            raise InvalidCard(
                f"The input spec {self} can't be followed; limits are two values, the lower first, for scaling 'range' alone."
            )

    def to_json(self) -> dict[str, Any]:
        """The spec as JSON-able values, the same for 0 as for 0.0: `hash` is made of them.

        The last three fields are left out where they are what a spec without them means, so that old hashes stay.
        """
        fields: dict[str, Any] = {"size": list(self.size), "scaling": self.scaling}
        fields["percentiles"] = [float(each) for each in self.percentiles]
        if self.limits is not None:
            fields["limits"] = [float(each) for each in self.limits]
        if self.channels != 1:
            fields["channels"] = self.channels
        return fields if self.resize == "squash" else {**fields, "resize": self.resize}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "InputSpec":
        """The spec from what `to_json` gave; raises InvalidCard."""
        try:
            if strange := fields.keys() - {each.name for each in dataclasses.fields(cls)}:
                raise InvalidCard(f"An input spec can't have {' and '.join(sorted(strange))}; take it out or update Lightbox.")
            limits = fields.get("limits")
            return cls(
                size=(int(fields["size"][0]), int(fields["size"][1])),
                scaling=fields["scaling"],
                percentiles=(float(fields["percentiles"][0]), float(fields["percentiles"][1])),
                limits=None if limits is None else (float(limits[0]), float(limits[1])),
                channels=int(fields.get("channels", 1)),  # type: ignore[arg-type]
                resize=fields.get("resize", "squash"),
            )
        except (AttributeError, KeyError, TypeError, IndexError, ValueError) as error:
            raise InvalidCard(f"An input spec lacks or garbles a field ({error}).") from error

    @property
    def tensor_shape(self) -> tuple[int, int, int]:
        """(rows, columns, channels) of the tensor."""
        return (*self.size, self.channels)

    @property
    def values_shape(self) -> tuple[int, ...]:
        """(rows, columns) of the resized values, or (rows, columns, 3)."""
        return self.size if self.channels == 1 else self.tensor_shape

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the spec's JSON."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def _are_limits(limits: tuple[float, float] | None) -> bool:
    return limits is None or (len(limits) == 2 and bool(np.isfinite(limits).all()) and limits[0] < limits[1])


def prepare(volume: Volume, slice_index: int, spec: InputSpec) -> np.ndarray:
    """The tensor `spec.tensor_shape`, float32 in 0..1, that a model with this spec expects of one slice.

    Raises InvalidValue for a slice past the ends.
    """
    values = resize(to_values(volume, slice_index, spec), volume.photometric, spec)
    return scale(values, volume.photometric, spec)


def to_values(volume: Volume, slice_index: int, spec: InputSpec) -> np.ndarray:
    """The slice as float32 values: (rows, columns), colour as luma (ITU-R BT.601); for 3 channels (rows, columns, 3)."""
    pixels = volume.slice(slice_index).astype(np.float32)
    if spec.channels == 3:
        return pixels if volume.is_colour else np.broadcast_to(pixels[..., None], (*pixels.shape, 3))
    return pixels @ np.array([0.299, 0.587, 0.114], np.float32) if volume.is_colour else pixels


def resize(values: np.ndarray, photometric: Photometric, spec: InputSpec) -> np.ndarray:
    """Values (rows, columns[, 3]) brought to the spec's size; every source pixel counts (Pillow's antialiased bilinear).

    Beside a padded picture lies its blackest value, which `photometric` tells.
    """
    if values.shape[:2] == spec.size:
        return values
    if spec.resize == "crop":
        return _resample(values[_largest(values.shape, spec.size)], spec.size)
    if spec.resize == "squash":
        return _resample(values, spec.size)
    place = _largest(spec.size, values.shape)
    picture = _resample(values, (place[0].stop - place[0].start, place[1].stop - place[1].start))
    padded = np.full(spec.values_shape, picture.max() if photometric == "MONOCHROME1" else picture.min(), np.float32)
    padded[place] = picture
    return padded


def _largest(room: tuple[int, ...], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns of the largest centred part of `room` that has the aspect of `shape`, to the nearest pixel."""
    factor = min(room[0] / shape[0], room[1] / shape[1])
    rows, columns = (max(1, round(side * factor)) for side in shape[:2])
    top, left = (room[0] - rows) // 2, (room[1] - columns) // 2
    return slice(top, top + rows), slice(left, left + columns)


def _resample(values: np.ndarray, size: tuple[int, int], box: tuple[float, float, float, float] | None = None) -> np.ndarray:
    """Values (rows, columns[, channels]) at another size; `box` (left, top, right, bottom) is the part that is wanted."""
    if values.ndim == 3:
        return np.stack([_resample(values[..., channel], size, box) for channel in range(values.shape[2])], axis=-1)
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR, box))


def scale(values: np.ndarray, photometric: Photometric, spec: InputSpec) -> np.ndarray:
    """Resized values (rows, columns[, 3]) to the float32 tensor `spec.tensor_shape` in 0..1, bright where X-rays stopped."""
    levels = _levels(values, photometric, spec)
    tensor = (1 - levels if photometric == "MONOCHROME1" else levels).astype(np.float32)
    return tensor if spec.channels == 3 else tensor[..., None]


def _levels(values: np.ndarray, photometric: Photometric, spec: InputSpec) -> np.ndarray:
    border: Border | None = None
    if spec.resize == "pad":
        border = "highest" if photometric == "MONOCHROME1" else "lowest"
    if spec.limits is not None:
        return _between(values, *spec.limits)
    return by_rank(values, border) if spec.scaling == "rank" else by_percentile(values, spec.percentiles, border)


def by_rank(values: np.ndarray, border: Border | None = None) -> np.ndarray:
    """Each value's mid-rank among all, 0..1: darkest 0, brightest 1; equal values get equal levels; one value gives 0.5.

    Where the lowest or the highest value is a border's it counts as one pixel: how much border there is leaves no trace.
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    if border and len(counts) > 1:
        counts[0 if border == "lowest" else -1] = 1
    below = np.cumsum(counts) - counts
    return ((below + (counts - 1) / 2) / max(counts.sum() - 1, 1))[inverse].reshape(values.shape)


def by_percentile(values: np.ndarray, percentiles: tuple[float, float], border: Border | None = None) -> np.ndarray:
    """Values from the lower percentile (0) to the upper one (1), clipped; a constant picture gives 0.5.

    Where the lowest or the highest value is a border's it isn't among those that the percentiles are of.
    """
    counted = values
    if border:
        counted = values[values != (values.min() if border == "lowest" else values.max())]
    low, high = np.percentile(counted, percentiles) if counted.size else (0.0, 0.0)
    return _between(values, low, high) if high > low else np.full(values.shape, 0.5)


def _between(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip((values - low) / (high - low), 0, 1)


def to_slice(levels: np.ndarray, shape: tuple[int, int], spec: InputSpec) -> np.ndarray:
    """A model's map (any rows, columns) over its tensor, spread over a slice of `shape`, float32: the way back from `resize`.

    What a crop left out is 0.
    """
    if spec.resize == "crop":
        spread, part = np.zeros(shape, np.float32), _largest(shape, spec.size)
        spread[part] = _resample(levels, (part[0].stop - part[0].start, part[1].stop - part[1].start))
        return spread
    if spec.resize == "squash":
        return _resample(levels, shape)
    rows, columns = _largest(spec.size, shape)
    down, across = levels.shape[0] / spec.size[0], levels.shape[1] / spec.size[1]
    return _resample(levels, shape, (columns.start * across, rows.start * down, columns.stop * across, rows.stop * down))
