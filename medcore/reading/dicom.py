"""The DICOM reader: all files of one upload to series."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from medcore.reading import passing
from medcore.reading.desk import Desk, Source
from medcore.reading.dicom_claims import decoded_bytes
from medcore.reading.dicom_display import suggested_window, usual_plane
from medcore.reading.dicom_geometry import geometry_of, mirrored, runs_to_of
from medcore.reading.dicom_grouping import Member, Taken, grouped, member
from medcore.reading.dicom_overlays import overlay_of
from medcore.reading.dicom_parsing import code_of, parse
from medcore.reading.dicom_pixels import decoded
from medcore.reading.dicom_planes import Plane
from medcore.reading.dicom_suv import with_suv
from medcore.reading.dicom_values import odd_pixels, photometric_of, unit_of, value_words
from medcore.reading.dicom_words import acquisition_of, description_of, header_of
from medcore.volume import Part, Series, Volume

# What is smaller is there before a picture of it would be.
_WORTH_A_PREVIEW_BYTES = 8 * 2**20
# Decoding a compressed slice takes many times as long as reading its header.
_COMPRESSED_STEPS = 20


def read(sources: Sequence[Source], desk: Desk) -> Iterator[Series]:
    """The series in `sources`: header pass, grouping, then one pass over the pixels of each series."""
    first = sources[len(sources) // 2]
    tried = [desk.attempt(first.name, _placed, first, desk)]
    if tried[0] is not None and tried[0].planes[0].file.syntax.is_encapsulated:
        desk.weigh(_COMPRESSED_STEPS, len(sources))
    if tried[0] is not None and sum(source.path.stat().st_size for source in sources) > _WORTH_A_PREVIEW_BYTES:
        _preview(tried[0], desk)
    tried += [desk.attempt(source.name, _placed, source, desk) for source in sources if source is not first]
    for taken in grouped(one for one in tried if one is not None):
        yield from _each(taken, desk)


def _preview(one: Member, desk: Desk) -> None:
    """Let the user see one picture of the upload while the others are read; where it can't be decoded, its turn comes."""
    aside = desk.aside()
    desk.expect(decoded_bytes(one.planes[0].file))
    series = aside.attempt(one.name, series_of, one.planes[:1], "preview", (), aside)
    if series is not None:
        desk.deliver("preview", passing.packed(series, desk))


def _placed(source: Source, desk: Desk) -> Member:
    file = parse(source, desk)
    file.warnings = (*file.warnings, *odd_pixels(file))
    return member(file)


def _each(taken: Taken, desk: Desk) -> Iterator[Series]:
    """The series of what was taken together, one for each of its stacks that can be decoded."""
    for name in taken.copies:
        desk.leave_out(name)
    stacks, warnings = with_suv(taken.stacks)
    notes = (*warnings, *_left_out(taken))
    for index, planes in enumerate(stacks):
        uid = taken.uid if len(stacks) == 1 else f"{taken.uid}.{index + 1}"
        series = desk.attempt(planes[0].file.name, series_of, planes, uid, notes, desk)
        if series is not None:
            yield replace(series, part=_part(taken, index, series.volume))


def _left_out(taken: Taken) -> tuple[str, ...]:
    count = len(taken.copies)
    if count == 0:
        return ()
    return ("1 file is a copy of another and was left out." if count == 1 else f"{count} files are copies and were left out.",)


def _part(taken: Taken, index: int, volume: Volume) -> Part | None:
    """Which part of the whole it is, where all parts have one shape; None also where a slice of it couldn't be decoded."""
    counts = {len(planes) for planes in taken.stacks}
    if taken.word is None or counts != {volume.shape[0]}:
        return None
    return Part(taken.uid, index, len(taken.stacks), taken.word)


def series_of(planes: list[Plane], uid: str, notes: tuple[str, ...], desk: Desk) -> Series | None:
    """One series from planes in slice order; None if none of its files could be decoded, each of which is then refused."""
    kept, voxels = decoded(planes, desk)
    if voxels is None:
        return None
    middle = kept[len(kept) // 2]
    acquisition = acquisition_of(middle.file)
    names = tuple(dict.fromkeys(plane.file.name for plane in kept))
    volume = _volume(kept, voxels, notes, desk)
    return Series(uid, description_of(acquisition), volume, acquisition, header_of(middle.file), names)


def _volume(planes: list[Plane], voxels: np.ndarray, notes: tuple[str, ...], desk: Desk) -> Volume:
    middle, geometry = planes[len(planes) // 2], geometry_of(planes)
    window, invalid = suggested_window(usual_plane(planes))
    runs_to = runs_to_of(middle.file) if geometry.affine is None else None
    overlay, undrawn = overlay_of(planes, desk)
    return Volume(
        voxels=voxels,
        affine=geometry.affine,
        unit=unit_of(planes),
        modality=code_of(middle.file.dataset, "Modality"),
        photometric=photometric_of(middle, voxels[0]),
        kind=geometry.kind,
        row_column_mm=geometry.row_column_mm,
        runs_to=runs_to,
        suggested_window=None if voxels.ndim == 4 else window,
        overlay=overlay,
        warnings=(
            *dict.fromkeys(warning for plane in planes for warning in plane.file.warnings),
            *geometry.warnings,
            *mirrored(middle.file, runs_to),
            *(() if voxels.ndim == 4 else (*invalid, *value_words(planes))),
            *undrawn,
            *notes,
        ),
    )
