"""The DICOM reader: all files of one upload to series."""

from collections.abc import Iterator, Sequence

import numpy as np

from medcore.reading.desk import Desk, Source
from medcore.reading.dicom_decoding import stored_frames
from medcore.reading.dicom_display import suggested_window, usual_plane
from medcore.reading.dicom_geometry import geometry_of, mirrored, runs_to_of
from medcore.reading.dicom_grouping import Member, grouped, member
from medcore.reading.dicom_parsing import code_of, parse
from medcore.reading.dicom_planes import Plane
from medcore.reading.dicom_values import photometric_of, plane_values, unit_of
from medcore.reading.dicom_words import acquisition_of, description_of, header_of
from medcore.reading.voxel_file import VoxelFile
from medcore.volume import Series, Volume


def read(sources: Sequence[Source], desk: Desk) -> Iterator[Series]:
    """The series in `sources`: header pass, grouping, then one pass over the pixels of each series."""
    tried = [desk.attempt(source.name, _placed, source, desk) for source in sources]
    for planes in grouped(one for one in tried if one is not None):
        series = desk.attempt(planes[0].file.name, series_of, planes, desk)
        if series is not None:
            yield series


def _placed(source: Source, desk: Desk) -> Member:
    return member(parse(source, desk))


def series_of(planes: list[Plane], desk: Desk) -> Series | None:
    """One series from planes in slice order; None if none of its files could be decoded, each of which is then refused."""
    kept, voxels = _decoded(planes, desk)
    if voxels is None:
        return None
    middle = kept[len(kept) // 2]
    acquisition = acquisition_of(middle.file)
    uid = str(middle.file.get("SeriesInstanceUID") or middle.file.get("SOPInstanceUID") or "series")
    names = tuple(dict.fromkeys(plane.file.name for plane in kept))
    return Series(uid, description_of(acquisition), _volume(kept, voxels), acquisition, header_of(middle.file), names)


def _volume(planes: list[Plane], voxels: np.ndarray) -> Volume:
    middle, geometry = planes[len(planes) // 2], geometry_of(planes)
    window, invalid = suggested_window(usual_plane(planes))
    runs_to = runs_to_of(middle.file) if geometry.affine is None else None
    return Volume(
        voxels=voxels,
        affine=geometry.affine,
        unit=unit_of(middle),
        modality=code_of(middle.file.dataset, "Modality"),
        photometric=photometric_of(middle, voxels[0]),
        kind=geometry.kind,
        row_column_mm=geometry.row_column_mm,
        runs_to=runs_to,
        suggested_window=None if voxels.ndim == 4 else window,
        warnings=(
            *planes[0].file.warnings,
            *geometry.warnings,
            *mirrored(middle.file, runs_to),
            *(() if voxels.ndim == 4 else invalid),
        ),
    )


def _decoded(planes: list[Plane], desk: Desk) -> tuple[list[Plane], np.ndarray | None]:
    """The planes that could be decoded, and their voxels; a file that couldn't is refused and leaves no gap in the array."""
    kept: list[Plane] = []
    out = VoxelFile(desk.new_path(), desk.limits.voxel_bytes)
    for group in _by_file(planes):
        desk.advance(group[0].file.name)
        start = len(kept)
        if desk.attempt(group[0].file.name, _write, group, start, out, desk):
            kept += group
    return kept, out.finish(len(kept)) if kept else None


def _by_file(planes: list[Plane]) -> list[list[Plane]]:
    """Runs of planes that are decoded together: a multi-frame file's planes all, a single-frame file's one."""
    groups: dict[int, list[Plane]] = {}
    for plane in planes:
        groups.setdefault(id(plane.file), []).append(plane)
    return list(groups.values())


def _write(planes: list[Plane], start: int, out: VoxelFile, desk: Desk) -> bool:
    file = planes[0].file
    places = {plane.frame: index for index, plane in enumerate(planes, start)}
    frames = {plane.frame: plane for plane in planes}
    for frame, stored in enumerate(stored_frames(file, desk)):
        if frame in places:
            out.put(places[frame], plane_values(stored, frames[frame]))
    file.dataset.pop("PixelData", None)
    return True
