"""The voxels of a series: its planes decoded into one file, in slice order, by two processes where that is worth it."""

import os
from collections.abc import Sequence

import numpy as np
from pydicom.uid import RLELossless

from medcore.reading.desk import Desk
from medcore.reading.dicom_claims import decoded_bytes, is_on_disk
from medcore.reading.dicom_decoding import stored_frames
from medcore.reading.dicom_planes import Plane
from medcore.reading.dicom_values import plane_values
from medcore.reading.second_process import SecondProcess
from medcore.reading.voxel_file import VoxelFile

_WORTH_TWO_BYTES = 16 * 2**20
# Run lengths are decoded in less time than it takes to bring two processes' planes together.
_CHEAP = {RLELossless}
Group = list[Plane]


def decoded(planes: Sequence[Plane], desk: Desk) -> tuple[list[Plane], np.ndarray | None]:
    """The planes that could be decoded, and their voxels; a file that couldn't is refused and leaves no gap in the array."""
    groups = _by_file(planes)
    out = VoxelFile(desk.new_path(), desk.limits.voxel_bytes, len(planes))
    if _is_worth_two(groups):
        kept = _by_two(groups, out, desk)
    else:
        kept = [plane for place in _write_all(groups, out, desk) for plane in groups[place]]
    return kept, out.finish(len(kept)) if kept else None


def _by_file(planes: Sequence[Plane]) -> list[Group]:
    """Runs of planes that are decoded together: a multi-frame file's planes all, a single-frame file's one."""
    groups: dict[int, Group] = {}
    for plane in planes:
        groups.setdefault(id(plane.file), []).append(plane)
    return list(groups.values())


def _is_worth_two(groups: Sequence[Group]) -> bool:
    """Whether a series is large and compressed, and there is a second core."""
    files = [group[0].file for group in groups]
    slow = all(file.syntax.is_encapsulated and file.syntax not in _CHEAP for file in files)
    several = sum(map(len, groups)) > 1
    return slow and several and len(os.sched_getaffinity(0)) > 1 and sum(map(decoded_bytes, files)) >= _WORTH_TWO_BYTES


def _by_two(groups: list[Group], out: VoxelFile, desk: Desk) -> list[Plane]:
    """The second half is decoded in a second process meanwhile."""
    first, others = _halves(groups)
    second = SecondProcess(lambda beside: _half(others, beside), desk)
    desk.shares_cores = True
    kept = _write_all(first, out, desk, step=2)
    desk.shares_cores = False
    (kept_too, words, written), refused = second.result(lambda begun: _advance(others[max(begun - 1, 0)], desk, step=0))
    if len(groups) == 1 and not (kept and kept_too):  # halves of one file: it is refused once, and none of it is kept
        for name, error in refused if kept else ():
            desk.refuse(name, error)
        return []
    for name, error in refused:
        desk.refuse(name, error)
    file = others[0][0].file
    file.warnings = tuple(dict.fromkeys((*file.warnings, *words)))
    planes = [plane for place in kept for plane in first[place]]
    if written is not None:
        path, dtype, shape = written
        for index, values in enumerate(np.memmap(path, dtype, "r", shape=tuple(shape)), len(planes)):
            out.put(index, values)
    return planes + [plane for place in kept_too for plane in others[place]]


def _halves(groups: list[Group]) -> tuple[list[Group], list[Group]]:
    """The files, or the frames of the only one, in two parts."""
    if len(groups) > 1:
        return groups[: len(groups) // 2], groups[len(groups) // 2 :]
    (planes,) = groups
    return [planes[: len(planes) // 2]], [planes[len(planes) // 2 :]]


def _half(groups: list[Group], desk: Desk) -> tuple[list[int], list[str], tuple[str, str, tuple[int, ...]] | None]:
    """Which groups could be decoded, and what must be said of them; path, type and shape of their voxels."""
    out = VoxelFile(desk.new_path(), desk.limits.voxel_bytes, sum(map(len, groups)))
    kept = _write_all(groups, out, desk)
    if not kept:
        return [], [], None
    voxels = out.finish(sum(len(groups[place]) for place in kept))
    words = [word for group in groups for word in group[0].file.warnings]
    return kept, words, (str(out.path), voxels.dtype.name, voxels.shape)


def _write_all(groups: Sequence[Group], out: VoxelFile, desk: Desk, step: float = 1) -> list[int]:
    """Which groups could be decoded; their planes are in `out`, one after another."""
    kept: list[int] = []
    count = 0
    for place, group in enumerate(groups):
        _advance(group, desk, step)
        if desk.attempt(group[0].file.name, _write, group, count, out, desk):
            kept.append(place)
            count += len(group)
    return kept


def _advance(group: Group, desk: Desk, step: float) -> None:
    desk.advance(group[0].file.name, decoded_bytes(group[0].file), step * desk.decoding_step)


def _write(planes: Group, start: int, out: VoxelFile, desk: Desk) -> bool:
    file = planes[0].file
    wanted = {plane.frame: (index, plane) for index, plane in enumerate(planes, start)}
    for frame, stored in zip(sorted(wanted), stored_frames(file, sorted(wanted), desk), strict=True):
        index, plane = wanted[frame]
        out.put(index, plane_values(stored, plane))
    if is_on_disk(file.pixels):
        file.dataset[file.pixels.tag] = file.pixels  # a decoder has read it: leave it on disk again
    return True
