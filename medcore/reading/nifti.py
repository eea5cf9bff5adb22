"""NIfTI 1 and 2, plain or behind gzip: each volume is a series, turned to the axial order that radiologists read."""

from collections.abc import Iterator, Sequence

import numpy as np
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform

from medcore.errors import ReadingLimit
from medcore.reading.desk import Desk, Source
from medcore.reading.held import Written, held
from medcore.reading.nifti_file import NiftiFile, unpacked
from medcore.reading.nifti_header import Promise
from medcore.reading.pictures import content_hash
from medcore.reading.voxel_file import VoxelFile
from medcore.volume import Acquisition, Part, Series, Volume, Window

_BLOCK_BYTES = 2**25
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read(sources: Sequence[Source], desk: Desk) -> Iterator[Series]:
    """One series a volume: a file of several gives parts of one whole."""
    for source in sources:
        desk.advance(source.name)
        found = desk.attempt(source.name, _volumes, source, desk)
        desk.advance(source.name)
        if found is not None:
            yield from _series(source, *found)


def _volumes(source: Source, desk: Desk) -> tuple[NiftiFile, list[Written]]:
    """All volumes written out: a file of which one fails gives none."""
    file = unpacked(source, desk)
    written: list[Written] = []
    try:
        for index in range(file.promise.volumes):
            written.append(_written(source.name, file, index, desk))
            _check_all(source.name, written, desk)
    finally:
        file.forget()
    return file, written


def _check_all(name: str, written: list[Written], desk: Desk) -> None:
    if sum(each.path.stat().st_size for each in written) > desk.limits.voxel_bytes:
        held = desk.limits.voxel_bytes >> 20
        raise ReadingLimit(f"{name} holds more than the {held} MB of voxels that can be held; open a part of it.")


def _written(name: str, file: NiftiFile, index: int, desk: Desk) -> Written:
    """Volume `index`, rescaled and in axial order, slice by slice."""
    promised = file.promise
    stored = file.volume(index) if promised.ras is None else apply_orientation(file.volume(index), _turn(promised.ras))
    voxels, warnings = VoxelFile(desk.new_path(), desk.limits.voxel_bytes), dict.fromkeys(file.warnings)
    for number, plane in enumerate(_planes(stored)):
        colours = promised.channels > 1
        values, said = (plane[..., :3], ()) if colours else held(name, plane, promised.slope, promised.intercept)
        voxels.put(number, values)
        warnings |= dict.fromkeys(said)
    done = voxels.finish(stored.shape[2])
    return Written(voxels.path, done.dtype, done.shape, tuple(warnings))


def _planes(stored: np.ndarray) -> Iterator[np.ndarray]:
    """The slices (rows, columns[, channels]) in order, copied in blocks: where a row runs through the file from end to end,
    each slice alone would go through all of it.
    """
    slices = np.swapaxes(stored, 0, 2)
    step = max(1, _BLOCK_BYTES // slices[0].nbytes)
    for start in range(0, len(slices), step):
        yield from np.ascontiguousarray(slices[start : start + step])


def _turn(ras: np.ndarray) -> np.ndarray:
    """Flips and a permutation that bring the axes nearest to left, posterior, superior; no interpolation."""
    turn: np.ndarray = ornt_transform(io_orientation(ras), axcodes2ornt("LPS"))
    return turn


def _series(source: Source, file: NiftiFile, written: list[Written]) -> Iterator[Series]:
    whole, count = f"nifti-{content_hash(source.path)}", len(written)
    for index, one in enumerate(written):
        part = Part(whole, index, count, "volume") if count > 1 else None
        uid, name = (
            (whole, "NIfTI volume") if part is None else (f"{whole}.{index + 1}", f"NIfTI volume {index + 1} of {count}")
        )
        yield Series(uid, name, _volume(one, file.promise), Acquisition(), {}, (source.name,), part)


def _volume(written: Written, promise: Promise) -> Volume:
    voxels, colour = written.mapped(), promise.channels > 1
    column_mm, row_mm = promise.steps_mm[:2]
    return Volume(
        voxels=voxels,
        affine=None if promise.ras is None else _lps(promise.ras, promise),
        unit="grey",
        modality=None,
        photometric="RGB" if colour else "MONOCHROME2",
        kind="slices" if voxels.shape[0] > 1 else "image",
        row_column_mm=(row_mm, column_mm) if promise.ras is None and row_mm > 0 and column_mm > 0 else None,
        suggested_window=None if colour else _window(*promise.display),
        warnings=promise.warnings + written.warnings,
    )


def _lps(ras: np.ndarray, promise: Promise) -> np.ndarray:
    """(slice, row, column, 1) of the turned voxels to millimetres, LPS; a lone slice of thickness 0 has no depth."""
    known = ras.copy()
    for axis, (count, step) in enumerate(zip(promise.shape, promise.steps_mm, strict=True)):
        if count == 1 and step == 0:
            known[:3, axis] = 0
    turned: np.ndarray = known @ inv_ornt_aff(_turn(ras), promise.shape)
    return _RAS_TO_LPS @ turned @ np.eye(4)[[2, 1, 0, 3]]


def _window(low: float, high: float) -> Window | None:
    """The display range that a file states, if it is one."""
    stated = bool(np.isfinite((low, high)).all()) and high > low
    return Window((low + high) / 2, high - low, "LINEAR_EXACT") if stated else None
