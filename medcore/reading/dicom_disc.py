"""A lone DICOMDIR to the files that it names."""

from collections.abc import Sequence
from pathlib import Path

import pydicom

from medcore.reading.desk import Desk, Source
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
    found = {}
    for record in index.get("DirectoryRecordSequence", []):
        parts = record.get("ReferencedFileID") or ()
        parts = [parts] if isinstance(parts, str) else [str(part) for part in parts]
        path = inside(disc, parts) if parts else None
        if path is not None:
            found[path] = Source("/".join(parts), path)
        elif parts:
            desk.refuse("/".join(parts), f"{'/'.join(parts)} is named by {source.name} but isn't there; open the whole disc.")
    return list(found.values()) or [source]


def inside(root: Path, parts: Sequence[str]) -> Path | None:
    """The existing file that a DICOMDIR names below `root`, or None: it may not lead out of the folder."""
    path = root.joinpath(*parts).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None
