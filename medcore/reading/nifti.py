"""NIfTI 1 and 2, plain or behind gzip: one volume, turned to the axial order that radiologists read."""

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import nibabel
import numpy as np
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform

from medcore.errors import NoImage, ReadingLimit, UnreadableFile
from medcore.reading.desk import Desk, Source
from medcore.reading.dicom_values import rescaled
from medcore.reading.pictures import content_hash
from medcore.volume import Acquisition, Series, Volume, Window

# What a damaged header or a short file makes nibabel, gzip and zlib raise.
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    nibabel.spatialimages.HeaderDataError,
    nibabel.filebasedimages.ImageFileError,
)
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read(sources: Sequence[Source], desk: Desk) -> Iterator[Series]:
    """One series a file."""
    for source in sources:
        desk.advance(source.name)
        series = desk.attempt(source.name, volume_file, source, desk)
        desk.advance(source.name)
        if series is not None:
            yield series


def volume_file(source: Source, desk: Desk) -> Series:
    """The file's first volume; raises UnreadableFile where it is damaged or ends early."""
    try:
        values, header, affine = _loaded(source, desk)
    except _DAMAGED as error:
        raise UnreadableFile(
            f"{source.name} is damaged or cut off; export or copy it again from where it came from."
        ) from error
    volume = _volume(values, header, affine)
    return Series(f"nifti-{content_hash(source.path)}", "NIfTI volume", volume, Acquisition(), {}, (source.name,))


def _loaded(source: Source, desk: Desk) -> tuple[np.ndarray, nibabel.Nifti1Header, np.ndarray | None]:
    """(i, j, k[, …]) stored values with their rescale applied, the header, and the RAS affine or None."""
    with _opened(source.path) as file:
        kind = nibabel.Nifti1Image if _header_size(file) == 348 else nibabel.Nifti2Image
        header = kind.header_class.from_fileobj(file)
        _check(source, header, desk)
        holder = nibabel.FileHolder(fileobj=cast(io.IOBase, file))
        image = kind.from_file_map({"image": holder, "header": holder})
        stored = image.dataobj.get_unscaled()
    placed = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
    return _scaled(np.asarray(stored), header), header, image.affine if placed else None


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as plain:
        zipped = plain.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb")


def _header_size(file: BinaryIO) -> int:
    size = int.from_bytes(file.read(4), "little")
    file.seek(0)
    return 348 if size in (348, int.from_bytes((348).to_bytes(4, "big"), "little")) else 540


def _check(source: Source, header: nibabel.Nifti1Header, desk: Desk) -> None:
    if bytes(header["magic"].item())[:3] not in (b"n+1", b"n+2"):
        raise NoImage(f"{source.name} is half of a NIfTI pair; save it as one .nii file and open that.")
    size = int(np.prod(header.get_data_shape(), dtype=object)) * header.get_data_dtype().itemsize
    if size > desk.limits.voxel_bytes:
        raise ReadingLimit(f"{source.name} holds {size >> 20} MB of voxels, more than can be held; open a part of it.")


def _scaled(stored: np.ndarray, header: nibabel.Nifti1Header) -> np.ndarray:
    if stored.dtype.fields is not None:  # RGB24, RGBA32
        return np.stack([stored[channel] for channel in "RGB"], axis=-1)
    if stored.dtype.kind == "c":
        raise ValueError("complex voxels have no grey value")
    slope, intercept = header.get_slope_inter()
    return rescaled(stored, 1.0 if slope is None else slope, intercept or 0.0)


def _volume(values: np.ndarray, header: nibabel.Nifti1Header, ras: np.ndarray | None) -> Volume:
    spatial, warnings = _first_volume(values, header)
    affine = None
    if ras is None:
        warnings += ("The file doesn't say how it lies in the patient: left and right are unknown.",)
    else:
        spatial, ras = _axial(spatial, ras)
        affine = _RAS_TO_LPS @ ras @ np.eye(4)[[2, 1, 0, 3]]
    slices = np.ascontiguousarray(np.swapaxes(spatial, 0, 2))
    if slices.dtype.kind == "f" and not np.isfinite(slices).all():
        slices = np.nan_to_num(slices, nan=0.0, posinf=0.0, neginf=0.0)
        warnings += ("Voxels without a value (NaN or infinite) are shown as 0.",)
    colour = slices.ndim == 4
    return Volume(
        voxels=slices,
        affine=affine,
        unit="grey",
        modality=None,
        photometric="RGB" if colour else "MONOCHROME2",
        kind="slices" if slices.shape[0] > 1 else "image",
        row_column_mm=_row_column_mm(header) if affine is None else None,
        suggested_window=_window(header, colour),
        warnings=warnings,
    )


def _first_volume(values: np.ndarray, header: nibabel.Nifti1Header) -> tuple[np.ndarray, tuple[str, ...]]:
    """(i, j, k[, 3]) of the first volume, and a warning where there are more."""
    shape = header.get_data_shape()
    colour = (3,) if values.ndim > len(shape) else ()
    spatial = (*shape, 1, 1, 1)[:3]
    volumes = values.reshape(*spatial, -1, *colour, order="A") if len(shape) != 3 else values[:, :, :, None]
    count = volumes.shape[3]
    warning = f"The file holds {count} volumes, one after another: the first is shown."
    return volumes[:, :, :, 0], (warning,) if count > 1 else ()


def _axial(spatial: np.ndarray, ras: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The voxels with axes nearest to left, posterior, superior: flips and a permutation, no interpolation."""
    turn = ornt_transform(io_orientation(ras), axcodes2ornt("LPS"))
    turned = apply_orientation(spatial, turn)
    return turned, ras @ inv_ornt_aff(turn, spatial.shape[:3])


def _row_column_mm(header: nibabel.Nifti1Header) -> tuple[float, float] | None:
    column, row = (float(zoom) for zoom in (*header.get_zooms(), 0, 0)[:2])
    return (row, column) if row > 0 and column > 0 else None


def _window(header: nibabel.Nifti1Header, colour: bool) -> Window | None:
    low, high = float(header["cal_min"]), float(header["cal_max"])
    stated = not colour and np.isfinite((low, high)).all() and high > low
    return Window((low + high) / 2, high - low, "LINEAR_EXACT") if stated else None
