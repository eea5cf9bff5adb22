"""An upload's files as they will be read: zips unpacked in a stream with caps, a DICOMDIR followed, clutter left out."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from medcore.errors import NoImage, ReadingLimit, UnreadableFile
from medcore.reading.desk import HEAD_BYTES, Desk, Source, no_scan, nothing
from medcore.reading.formats import READERS, looks_like_zip

MOST_MEMBERS = 20_000
_CHUNK = 2**20
_CLUTTER = {"thumbs.db", "desktop.ini", "dicomdir"}


def expanded(sources: Sequence[Source], desk: Desk) -> list[Source]:
    """The files of an upload with each zip replaced by its members."""
    files: list[Source] = []
    for source in sources:
        if looks_like_zip(source.head):
            files += desk.attempt(source.name, unpacked, source, desk) or []
        elif len(sources) == 1 or not is_clutter(source.name):
            files.append(source)
    return files


def is_clutter(name: str) -> bool:
    """Whether a name in a folder or zip is an operating system's or a disc index's, which nobody meant to open."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts)
    return hidden or parts[-1].lower() in _CLUTTER


def unpacked(archive: Source, desk: Desk) -> list[Source]:
    """A zip's members, streamed into the private folder.

    Raises UnreadableFile for a damaged or locked zip, NoImage for one with nothing in it, and ReadingLimit for one that
    unpacks to more than it may.
    """
    try:
        with zipfile.ZipFile(archive.path) as opened:
            return list(_members(opened, archive.name, desk))
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise UnreadableFile(f"{archive.name} is a damaged zip; pack it again or open the folder itself.") from error


def _members(opened: zipfile.ZipFile, archive_name: str, desk: Desk) -> Iterator[Source]:
    members = [info for info in opened.infolist() if not info.is_dir() and not is_clutter(info.filename)]
    if any(info.flag_bits & 1 for info in members):
        raise UnreadableFile(f"{archive_name} is locked with a password; unpack it and open the folder itself.")
    if len(members) > MOST_MEMBERS:
        raise ReadingLimit(f"{archive_name} holds {len(members)} files, more than {MOST_MEMBERS}; open a part of it.")
    if not members:
        raise nothing(archive_name)
    left = desk.limits.archive_megabytes * 2**20
    for info in members:
        desk.report(archive_name, 0, 1)
        source = desk.attempt(f"{archive_name}/{info.filename}", _wanted, opened, info, archive_name, desk)
        if source is not None:
            left -= _spool(opened, info, source, left, archive_name, desk)
            yield source


def _wanted(opened: zipfile.ZipFile, info: zipfile.ZipInfo, archive_name: str, desk: Desk) -> Source:
    name = f"{archive_name}/{info.filename}"
    with opened.open(info) as member:
        head = member.read(HEAD_BYTES)
    if looks_like_zip(head):
        raise NoImage(f"{name} is a zip inside a zip; unpack it and open the folder itself.")
    if head and not any(format_.matches(head) for format_ in READERS):
        raise no_scan(name)
    return Source(name, desk.new_path())


def _spool(opened: zipfile.ZipFile, info: zipfile.ZipInfo, to: Source, left: int, archive_name: str, desk: Desk) -> int:
    size = 0
    with opened.open(info) as member, to.path.open("wb") as spooled:
        while chunk := member.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise ReadingLimit(
                    f"{archive_name} unpacks to more than {desk.limits.archive_megabytes} MB; open a part of it "
                    "or raise LIGHTBOX_UPLOAD_MEGABYTES."
                )
            spooled.write(chunk)
    return size


def inside(root: Path, parts: Sequence[str]) -> Path | None:
    """The existing file that a DICOMDIR names below `root`, or None: it may not lead out of the folder."""
    path = root.joinpath(*parts).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None
