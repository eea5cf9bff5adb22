"""An upload's files as they will be read: zips unpacked in a stream with caps, clutter left out."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from medcore.errors import NoImage, ReadingLimit, UnreadableFile
from medcore.reading.desk import HEAD_BYTES, Desk, Source, no_scan, nothing, presentable
from medcore.reading.formats import READERS, looks_like_zip

MOST_MEMBERS = 20_000
_CHUNK = 2**20
_CLUTTER = {"thumbs.db", "desktop.ini", "dicomdir"}
# What zipfile raises for a member whose bytes break its compression.
_DAMAGED = (zipfile.BadZipFile, EOFError, OSError, ValueError, zlib.error)


def expanded(sources: Sequence[Source], desk: Desk, *, alone: bool) -> list[Source]:
    """The files of an upload with each zip replaced by its members; `alone` where the upload is one file."""
    files: list[Source] = []
    for source in sources:
        if looks_like_zip(source.head):
            files += desk.attempt(source.name, unpacked, source, desk) or []
        elif alone or not is_clutter(source.name):
            files.append(source)
    return files


def is_clutter(name: str) -> bool:
    """Whether a name in a folder or zip is an operating system's or a disc index's, which nobody meant to open."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts)
    return hidden or not parts or parts[-1].lower() in _CLUTTER


def unpacked(archive: Source, desk: Desk) -> list[Source]:
    """A zip's members, streamed into the private folder.

    Raises UnreadableFile for a damaged or locked zip, NoImage for one with nothing in it, and ReadingLimit for one that
    unpacks to more than it may.
    """
    desk.advance(archive.name, archive.path.stat().st_size, step=0)
    try:
        with zipfile.ZipFile(archive.path) as opened:
            return list(_members(opened, archive, desk))
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise UnreadableFile(f"{archive.name} is a damaged zip; pack it again or open the folder itself.") from error


def _check_sizes(members: Sequence[zipfile.ZipInfo], archive_name: str, desk: Desk) -> None:
    """Raise where the zip itself says that it unpacks to too much, or that its members lie in each other, as bombs do."""
    places = sorted((info.header_offset, info.compress_size) for info in members)
    if any(start + size > after for (start, size), (after, _) in pairwise(places)):
        raise UnreadableFile(f"{archive_name} is a damaged zip; pack it again or open the folder itself.")
    if sum(info.file_size for info in members) > desk.limits.archive_megabytes * 2**20:
        raise _too_large(archive_name, desk)


def _too_large(archive_name: str, desk: Desk) -> ReadingLimit:
    most = desk.limits.archive_megabytes
    return ReadingLimit(f"{archive_name} unpacks to more than {most} MB; open a part of it or raise LIGHTBOX_UPLOAD_MEGABYTES.")


@dataclass
class _Unpacking:
    """A zip that is open, and how many bytes it may still unpack to."""

    zip: zipfile.ZipFile
    name: str
    left: int


def _members(opened: zipfile.ZipFile, archive: Source, desk: Desk) -> Iterator[Source]:
    members = [info for info in opened.infolist() if not info.is_dir() and not is_clutter(info.filename)]
    if any(info.flag_bits & 1 for info in members):
        raise UnreadableFile(f"{archive.name} is locked with a password; unpack it and open the folder itself.")
    if len(members) > MOST_MEMBERS:
        raise ReadingLimit(f"{archive.name} holds {len(members)} files, more than {MOST_MEMBERS}; open a part of it.")
    if not members:
        raise nothing(archive.name)
    _check_sizes(members, archive.name, desk)
    unpacking = _Unpacking(opened, archive.name, desk.limits.archive_megabytes * 2**20)
    names = presentable([f"{archive.name}/{info.filename}" for info in members])
    for name, info in zip(names, members, strict=True):
        if name not in desk.skipped:
            desk.advance(name, max(0, min(info.file_size, unpacking.left)), step=0)
            source = desk.attempt(name, _spooled, unpacking, info, name, desk)
            if unpacking.left < 0:
                raise _too_large(archive.name, desk)
            if source is not None:
                yield source


def _spooled(unpacking: _Unpacking, info: zipfile.ZipInfo, name: str, desk: Desk) -> Source | None:
    """A member in a file of its own; None where the zip may not unpack to so much."""
    try:
        _check_wanted(unpacking.zip, info, name)
        source = Source(name, desk.new_path())
        return source if _spool(unpacking, info, source.path) else None
    except NotImplementedError as error:
        raise UnreadableFile(f"{name} is packed by a method that isn't known here; pack it as an ordinary zip.") from error
    except _DAMAGED as error:
        raise UnreadableFile(f"{name} is damaged inside its zip; pack it again or open the folder itself.") from error


def _check_wanted(opened: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> None:
    with opened.open(info) as member:
        head = member.read(HEAD_BYTES)
    if looks_like_zip(head):
        raise NoImage(f"{name} is a zip inside a zip; unpack it and open the folder itself.")
    if head and not any(format_.matches(head) for format_ in READERS):
        raise no_scan(name)


def _spool(unpacking: _Unpacking, info: zipfile.ZipInfo, to: Path) -> bool:
    with unpacking.zip.open(info) as member, to.open("wb") as spooled:
        while chunk := member.read(_CHUNK):
            unpacking.left -= len(chunk)
            if unpacking.left < 0:
                return False
            spooled.write(chunk)
    return True
