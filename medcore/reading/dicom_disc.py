"""A lone DICOMDIR to the files that it names."""

from collections.abc import Sequence
from pathlib import Path

import pydicom

from medcore.reading.desk import Desk, Source, presentable
from medcore.reading.formats import looks_like_dicom

_DISC_INDEX = b"1.2.840.10008.1.3.10"


def files_of_disc(source: Source, disc: Path, desk: Desk) -> list[Source]:
    """The files that `source` names below the folder `disc`, if it is a DICOMDIR (PS3.10 chapter 8); else itself."""
    if not looks_like_dicom(source.head) or _DISC_INDEX not in source.head:
        return [source]
    return desk.attempt(source.name, _listed, source, disc, desk) or []


def _listed(source: Source, disc: Path, desk: Desk) -> list[Source]:
    desk.advance(source.name, step=0)
    index = pydicom.dcmread(source.path, force=True, stop_before_pixels=True)
    listed = list(dict.fromkeys(parts for record in index.get("DirectoryRecordSequence", []) if (parts := _parts(record))))
    found = []
    for name, parts in zip(presentable(["/".join(parts) for parts in listed]), listed, strict=True):
        path = inside(disc, parts)
        if path is not None:
            found.append(Source(name, path))
        else:
            desk.refuse(name, f"{name} is named by {source.name} but isn't there; open the whole disc.")
    return found or [source]


def _parts(record: pydicom.Dataset) -> tuple[str, ...]:
    """The folders and the file that a record names; none for a patient, study or series."""
    parts = record.get("ReferencedFileID") or ()
    return (parts,) if isinstance(parts, str) else tuple(str(part) for part in parts)


def inside(root: Path, parts: Sequence[str]) -> Path | None:
    """The existing file that a DICOMDIR names below `root`, or None: it may not lead out of the folder."""
    path = root.joinpath(*parts).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None
