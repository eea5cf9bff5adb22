"""Series between child and parent: JSON for what describes them, one raw file each for the voxels."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from medcore.reading.desk import Desk
from medcore.volume import Acquisition, Part, Series, Volume, Window


def packed(series: Series, desk: Desk) -> dict[str, Any]:
    """A series as JSON; its voxels lie in the private folder, as a file whose name is in it."""
    volume = series.volume
    names = ("unit", "modality", "photometric", "kind", "row_column_mm", "runs_to", "warnings")
    described = {name: getattr(volume, name) for name in names}
    return {
        "uid": series.uid,
        "description": series.description,
        "acquisition": asdict(series.acquisition),
        "header": dict(series.header),
        "files": series.files,
        "volume": described,
        "affine": None if volume.affine is None else volume.affine.tolist(),
        "window": None if volume.suggested_window is None else asdict(volume.suggested_window),
        "voxels": _voxels_in_file(volume.voxels, desk),
        "overlay": None if volume.overlay is None else _voxels_in_file(volume.overlay, desk),
        "part": None if series.part is None else asdict(series.part),
    }


def _voxels_in_file(voxels: np.ndarray, desk: Desk) -> dict[str, Any]:
    if isinstance(voxels, np.memmap) and voxels.filename is not None:
        path = Path(voxels.filename)
    else:
        path = desk.new_path()
        voxels.tofile(path)
    return {"file": str(path.relative_to(desk.folder)), "type": voxels.dtype.name, "shape": voxels.shape}


def unpacked(packed_series: dict[str, Any], folder: Path) -> Series:
    """The series that a child packed; its voxels are mapped read-only and no longer lie in the folder."""
    window, affine, described = packed_series["window"], packed_series["affine"], packed_series["volume"]
    overlay, part = packed_series["overlay"], packed_series["part"]
    tuples = {name: described[name] and tuple(described[name]) for name in ("row_column_mm", "runs_to")}
    volume = Volume(
        voxels=_mapped(packed_series["voxels"], folder),
        affine=None if affine is None else np.array(affine),
        suggested_window=None if window is None else _window(window),
        overlay=None if overlay is None else _mapped(overlay, folder),
        **described | {"warnings": tuple(described["warnings"]), **tuples},
    )
    acquisition = Acquisition(**packed_series["acquisition"])
    uid, description = packed_series["uid"], packed_series["description"]
    files, whole = tuple(packed_series["files"]), None if part is None else Part(**part)
    return Series(uid, description, volume, acquisition, packed_series["header"], files, whole)


def _window(fields: dict[str, Any]) -> Window:
    curve = fields["curve"]
    return Window(**fields | {"curve": None if curve is None else tuple(curve)})


def _mapped(voxels: dict[str, Any], folder: Path) -> np.ndarray:
    path = folder / voxels["file"]
    mapped = np.memmap(path, dtype=voxels["type"], mode="r", shape=tuple(voxels["shape"]))
    path.unlink()
    return mapped
