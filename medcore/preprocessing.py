"""Slice to the exact tensor that a model was trained on, and a model's map back to slice pixels."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from medcore.errors import InvalidCard
from medcore.volume import Photometric, Volume

Scaling = Literal["rank", "percentile"]


@dataclass(frozen=True)
class InputSpec:
    """How a slice becomes a tensor; its hash stands in run, card and prediction.

    The slice is squashed to `size` (rows, columns), MONOCHROME1 is inverted, and the grey values become 0..1: by their rank
    in the picture ("rank": histogram equalisation, so that brightness, contrast and any window leave no trace), or straight
    from `percentiles` to 0 and 1 ("percentile").
    """

    size: tuple[int, int]
    scaling: Scaling = "rank"
    percentiles: tuple[float, float] = (0.5, 99.5)

    def __post_init__(self) -> None:
        low, high = self.percentiles
        if min(self.size) < 8 or self.scaling not in ("rank", "percentile") or not 0 <= low < high <= 100:
            raise InvalidCard(f"The input spec {self} can't be followed; size, scaling or percentiles are out of range.")

    def to_json(self) -> dict[str, Any]:
        """The spec as JSON-able values, the same for 0 as for 0.0: `hash` is made of them."""
        return {"size": list(self.size), "scaling": self.scaling, "percentiles": [float(each) for each in self.percentiles]}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "InputSpec":
        """The spec from what `to_json` gave; raises InvalidCard."""
        try:
            return cls(
                size=(int(fields["size"][0]), int(fields["size"][1])),
                scaling=fields["scaling"],
                percentiles=(float(fields["percentiles"][0]), float(fields["percentiles"][1])),
            )
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise InvalidCard(f"An input spec lacks or garbles a field ({error}).") from error

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the spec's JSON."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def prepare(volume: Volume, slice_index: int, spec: InputSpec) -> np.ndarray:
    """The tensor (rows, columns, 1), float32 in 0..1, that a model with this spec expects of one slice."""
    return scale(resize(to_values(volume, slice_index), spec), volume.photometric, spec)


def to_values(volume: Volume, slice_index: int) -> np.ndarray:
    """The slice as (rows, columns) float32 values; colour becomes luma (ITU-R BT.601)."""
    pixels = volume.slice(slice_index).astype(np.float32)
    return pixels @ np.array([0.299, 0.587, 0.114], np.float32) if volume.is_colour else pixels


def resize(values: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Values (rows, columns) squashed to the spec's size; every source pixel counts (Pillow's antialiased bilinear)."""
    rows, columns = spec.size
    if values.shape == (rows, columns):
        return values
    return np.asarray(Image.fromarray(values).resize((columns, rows), Image.Resampling.BILINEAR))


def scale(values: np.ndarray, photometric: Photometric, spec: InputSpec) -> np.ndarray:
    """Resized values (rows, columns) to float32 (rows, columns, 1) in 0..1, bright where X-rays were stopped."""
    levels = by_rank(values) if spec.scaling == "rank" else by_percentile(values, spec.percentiles)
    return (1 - levels if photometric == "MONOCHROME1" else levels)[..., None].astype(np.float32)


def by_rank(values: np.ndarray) -> np.ndarray:
    """Each value's mid-rank among all, 0..1: darkest 0, brightest 1; equal values get equal levels; one value gives 0.5."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    below = np.cumsum(counts) - counts
    return ((below + (counts - 1) / 2) / max(values.size - 1, 1))[inverse].reshape(values.shape)


def by_percentile(values: np.ndarray, percentiles: tuple[float, float]) -> np.ndarray:
    """Values from the lower percentile (0) to the upper one (1), clipped; a constant picture gives 0.5."""
    low, high = np.percentile(values, percentiles)
    if high <= low:
        return np.full(values.shape, 0.5)
    return np.clip((values - low) / (high - low), 0, 1)


def to_slice(levels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A model's map (any rows, columns) spread over a slice of `shape`, float32; the way back from `resize`."""
    picture = Image.fromarray(np.ascontiguousarray(levels, dtype=np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))
