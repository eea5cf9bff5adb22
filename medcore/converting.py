"""A series as a file that other tools open, NIfTI or NumPy: every voxel and its place, nothing about the patient.

Whatever is written is written slice by slice to a temporary name beside the file, and renamed: a kill leaves no half file.
"""

import gzip
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from medcore.errors import InvalidValue, UnknownName
from medcore.volume import Series, Volume

NOTICE = "Research and education, not for diagnosis"
SUFFIXES = (".nii.gz", ".nii", ".npz")
_GZIP_LEVEL = 4
_NIFTI1_MOST = np.iinfo(np.int16).max
_NARROW_TO_WIDE = ("uint8", "int16", "int32", "float32")
_RGB24 = np.dtype([(channel, np.uint8) for channel in "RGB"])
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
# NIfTI codes: coordinates of the scanner (nifti1.h, NIFTI_XFORM_SCANNER_ANAT), and none.
_SCANNER, _UNKNOWN = 1, 0
# Axes further from a right angle than this can't be a rotation: 0.005 mm at half a metre.
_SQUARE = 1e-5


def check_name(out: Path) -> None:
    """Raise InvalidValue unless the name of `out` says what it shall be."""
    if not out.name.endswith(SUFFIXES):
        raise InvalidValue(f"{out} has a name that says no format; let it end in {' or '.join(SUFFIXES)}.")


def check_free(out: Path) -> None:
    """Raise InvalidValue where there is a file already."""
    if out.exists():
        raise InvalidValue(f"{out} is there already; give another name, or --force to replace it.")


def chosen(series: Sequence[Series], uid: str | None) -> list[Series]:
    """The series, or the volumes of one whole in their order, that `uid` names; without it the only one that there is.

    Raises UnknownName where nothing has that name, and InvalidValue where there are several and none is named.
    """
    wholes: dict[str, list[Series]] = {}
    for one in series:
        wholes.setdefault(one.part.whole if one.part else one.uid, []).append(one)
    if uid is None and len(wholes) == 1:
        return _in_order(*wholes.values())
    names = ", ".join(wholes) or "none"
    if uid is None:
        raise InvalidValue(f"There are {len(wholes)} series in what was opened; name one with --series: {names}.")
    found = _in_order(wholes.get(uid, [])) or [one for one in series if one.uid == uid][:1]
    if not found:
        raise UnknownName(f"There is no series {uid!r} in what was opened; the series are: {names}.")
    return found


def _in_order(parts: list[Series]) -> list[Series]:
    """By their number, each once: the same file may have been opened twice."""
    numbered = {one.part.index if one.part else 0: one for one in parts}
    return [numbered[number] for number in sorted(numbered)]


def notes(volumes: Sequence[Series]) -> list[str]:
    """What reading warned of, and what the written file can't say."""
    said = dict.fromkeys(warning for one in volumes for warning in one.volume.warnings)
    if volumes[0].volume.photometric == "MONOCHROME1":
        said["The lowest value is white (MONOCHROME1), which the written file can't say: values are as they were stored."] = (
            None
        )
    if volumes[0].part and 1 < len(volumes) < volumes[0].part.count:
        said[f"Of {volumes[0].part.count} volumes that belong together, {len(volumes)} were read."] = None
    return list(said)


def write(volumes: Sequence[Series], out: Path) -> None:
    """Write one series, or several volumes of one whole as one more axis, in the format that the name of `out` says.

    Raises InvalidValue where the volumes don't lie at the same place.
    """
    _check_alike(volumes)
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            _WRITERS[next(suffix for suffix in SUFFIXES if out.name.endswith(suffix))](volumes, file)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


def _check_alike(volumes: Sequence[Series]) -> None:
    first = volumes[0].volume
    for one in volumes[1:]:
        same = one.volume.voxels.shape == first.voxels.shape and _same(one.volume.affine, first.affine)
        if not same:
            raise InvalidValue(
                f"The volumes differ in shape or place; convert them one by one, --series {one.uid} for instance."
            )


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.allclose(one, other, rtol=0, atol=1e-3))


def held_type(volumes: Sequence[Series]) -> np.dtype:
    """The type that takes the voxels of all volumes."""
    return max((one.volume.voxels.dtype for one in volumes), key=lambda dtype: _NARROW_TO_WIDE.index(dtype.name))


def shape_of(volumes: Sequence[Series]) -> tuple[int, ...]:
    """([volumes, ]slices, rows, columns[, 3])."""
    return (*((len(volumes),) if len(volumes) > 1 else ()), *volumes[0].volume.voxels.shape)


def _slices(volumes: Sequence[Series]) -> Iterator[memoryview]:
    """The bytes of every slice, as they follow one another in the file."""
    dtype = held_type(volumes).newbyteorder("<")
    for one in volumes:
        for index in range(one.volume.shape[0]):
            yield np.ascontiguousarray(one.volume.slice(index), dtype).data


def _write_npz(volumes: Sequence[Series], file: IO[bytes]) -> None:
    affine = volumes[0].volume.affine
    with zipfile.ZipFile(file, "w") as archive:
        _add(archive, "voxels", held_type(volumes), shape_of(volumes), _slices(volumes))
        if affine is not None:
            _add(archive, "affine", np.dtype(np.float64), (4, 4), [np.ascontiguousarray(affine, np.float64).data])
        notice = np.array(NOTICE)
        _add(archive, "notice", notice.dtype, (), [notice.tobytes()])


def _add(archive: zipfile.ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...], pieces: Iterable[Any]) -> None:
    """An array in NumPy's own format (NEP 1), piece by piece."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    info = zipfile.ZipInfo(f"{name}.npy")  # of 1980, so that the same series gives the same bytes
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, header)
        for piece in pieces:
            member.write(piece)


def _write_nifti(volumes: Sequence[Series], file: IO[bytes]) -> None:
    """(i, j, k[, t]) with i along columns and j along rows, so that the voxels lie as they lie here."""
    header = _nifti_header(volumes)
    file.write(header.binaryblock)
    file.write(bytes(int(header["vox_offset"]) - len(header.binaryblock)))
    for piece in _slices(volumes):
        file.write(piece)


def _write_zipped_nifti(volumes: Sequence[Series], file: IO[bytes]) -> None:
    """Without a name or a time in it: the same series gives the same bytes."""
    with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as zipped:
        _write_nifti(volumes, zipped)  # type: ignore[arg-type]


def _nifti_header(volumes: Sequence[Series]) -> Any:
    import nibabel  # 0.2 s that the other commands needn't wait

    volume = volumes[0].volume
    shape = (*volume.shape[::-1], *((len(volumes),) if len(volumes) > 1 else ()))
    kind = nibabel.Nifti1Header if max(shape) <= _NIFTI1_MOST else nibabel.Nifti2Header
    header = kind(endianness="<")
    header.set_data_dtype(_RGB24 if volume.is_colour else held_type(volumes))
    header.set_data_shape(shape)
    header["vox_offset"], header["descrip"] = header.single_vox_offset, NOTICE
    header["scl_slope"], header["scl_inter"] = 1, 0
    header.set_xyzt_units("mm")
    _place(header, volume)
    return header


def _place(header: Any, volume: Volume) -> None:
    """Where the voxels lie; a length that isn't known is 0, and without a place both codes are 0."""
    header["pixdim"][1:5] = [*(step or 0.0 for step in volume.spacing_mm[::-1]), 0.0]
    if volume.affine is None:
        return
    ras = _LPS_TO_RAS @ _with_depth(volume.affine) @ np.eye(4)[[2, 1, 0, 3]]
    lengths = header["pixdim"].copy()
    header.set_sform(ras, _SCANNER)
    if _is_square(ras):
        header.set_qform(ras, _SCANNER)
        header["pixdim"][1:5] = lengths[1:5]


def _with_depth(affine: np.ndarray) -> np.ndarray:
    """A single slice of unknown thickness gets 1 mm in the matrix alone, as other tools refuse one without; pixdim says 0."""
    deep = affine.copy()
    if not deep[:3, 0].any():
        normal = np.cross(deep[:3, 2], deep[:3, 1])
        deep[:3, 0] = normal / np.linalg.norm(normal)
    return deep


def _is_square(ras: np.ndarray) -> bool:
    """Whether the axes are at right angles, so that the quaternion of a qform can say how they lie."""
    axes = ras[:3, :3] / np.linalg.norm(ras[:3, :3], axis=0)
    return bool(np.abs(axes.T @ axes - np.eye(3)).max() < _SQUARE)


_WRITERS = {".nii.gz": _write_zipped_nifti, ".nii": _write_nifti, ".npz": _write_npz}
