"""One DICOM file to its header, with the pixels left on disk; files without readable pixels are refused here, in words."""

import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pydicom
from pydicom import filereader, filewriter
from pydicom.dataelem import RawDataElement
from pydicom.filebase import DicomFileLike
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from medcore.errors import NoImage, ReadingLimit, UnreadableFile
from medcore.reading.desk import Desk, Source, damaged, no_scan
from medcore.reading.dicom_claims import check_claims, cut_off
from medcore.reading.dicom_syntaxes import check_syntax

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

# Larger values stay on disk until they are asked for: in practice the pixels.
_LEFT_ON_DISK_BYTES = 4096
_DEFLATED = b"1.2.840.10008.1.2.1.99"
# What pydicom raises for an element whose bytes don't fit its type.
_NOT_UNDERSTOOD = (ValueError, TypeError, OverflowError, NotImplementedError, AttributeError, LookupError, struct.error)
# What is kept of values once they are understood: short ones whose meaning doesn't hang on the file's character set.
_PLAIN_VRS = frozenset(("AS", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "SL", "SS", "TM", "UI", "UL", "US"))
_SHORT_BYTES = 128
_MOST_UNDERSTOOD = 100_000
_UNDERSTOOD: dict[tuple[Any, ...], Any] = {}
_PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_NO_FRAMES = "The number of frames can't be read: only the first is shown."
_DISC_INDEX = "1.2.840.10008.1.3.10"
_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
# Letters whose names begin with a vowel ("an SR"), and modalities that are said as words ("a SEG").
_NAMED_WITH_A_VOWEL = "AEFHILMNORSX8"
_WORDS = ("FID", "REG", "SEG", "STAIN")


@dataclass
class DicomFile:
    """A parsed file: `pixels` is the element that holds them, its value still on disk where it is large."""

    name: str
    path: Path
    dataset: pydicom.Dataset
    syntax: UID
    frames: int
    pixels: Any = field(repr=False)
    warnings: tuple[str, ...] = ()
    _known: dict[str, Any] = field(default_factory=dict, repr=False)

    def get(self, keyword: str) -> Any:
        """The element's value, or None where it is absent, empty or can't be understood."""
        if keyword not in self._known:
            self._known[keyword] = value_of(self.dataset, keyword)
        return self._known[keyword]


def value_of(dataset: pydicom.Dataset | None, keyword: str) -> Any:
    """The element's value, or None where it is absent, empty or can't be understood (a date that is no date)."""
    if dataset is None:
        return None
    tag = _tag_of(keyword)
    if tag not in dataset.keys():  # noqa: SIM118  a Dataset's own `in` takes ten times as long
        return None
    raw = dataset.get_item(tag, keep_deferred=True)
    if isinstance(raw, RawDataElement) and raw.VR in _PLAIN_VRS and raw.value is not None and len(raw.value) <= _SHORT_BYTES:
        return _understood(dataset, keyword, raw)
    return _converted(dataset, keyword)


@cache
def _tag_of(keyword: str) -> BaseTag:
    return Tag(keyword)


def _understood(dataset: pydicom.Dataset, keyword: str, raw: RawDataElement) -> Any:
    """The value as it was understood for the same bytes before: the slices of a series share nearly all of theirs."""
    same = (raw.tag, raw.VR, raw.value, raw.is_little_endian)
    if same not in _UNDERSTOOD:
        if len(_UNDERSTOOD) >= _MOST_UNDERSTOOD:
            _UNDERSTOOD.clear()
        _UNDERSTOOD[same] = _converted(dataset, keyword)
    return _UNDERSTOOD[same]


def _converted(dataset: pydicom.Dataset, keyword: str) -> Any:
    try:
        value = dataset.get(keyword)
    except _NOT_UNDERSTOOD:
        return None
    return None if value in ("", None) else value


def code_of(dataset: pydicom.Dataset, keyword: str) -> str | None:
    """The element as a code string (PS3.5 table 6.2-1: 16 capitals, digits, _ and spaces), or None where it isn't one."""
    text = str(value_of(dataset, keyword) or "").strip().upper()
    return text if re.fullmatch(r"[A-Z0-9_ ]{1,16}", text) else None


def numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """`count` finite numbers, or None where the value isn't that."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) != count:
        return None
    try:
        found = tuple(float(part) for part in value)
    except (TypeError, ValueError):
        return None
    return found if all(abs(part) < float("inf") for part in found) else None


def parse(source: Source, desk: Desk) -> DicomFile:
    """The header of a file; raises NoImage for an object without pixels and UnreadableFile for a damaged one."""
    desk.advance(source.name)
    plain = _inflated(source, desk) if _DEFLATED in source.head else source
    dataset = _header(plain)
    pixels = _pixel_element(source.name, dataset)
    for keyword in ("Rows", "Columns", "BitsAllocated"):
        stated = value_of(dataset, keyword)
        if not stated:
            says = f"doesn't say its {keyword}" if stated is None else f"says 0 for its {keyword}"
            raise UnreadableFile(f"{source.name} {says}, so its pixels can't be read; export it again.")
    frames, warnings = _frames(dataset)
    file = DicomFile(source.name, plain.path, dataset, _syntax(dataset), frames, pixels, warnings)
    check_syntax(file.name, file.syntax)
    check_claims(file, desk)
    return file


def _header(source: Source) -> pydicom.Dataset:
    try:
        return pydicom.dcmread(source.path, force=True, defer_size=_LEFT_ON_DISK_BYTES)
    except RecursionError as error:
        raise UnreadableFile(
            f"{source.name} nests its elements hundreds of levels deep, as no scanner does; export it again."
        ) from error


def _pixel_element(name: str, dataset: pydicom.Dataset) -> Any:
    for keyword in _PIXEL_KEYWORDS:
        if keyword in dataset:
            return dataset.get_item(keyword, keep_deferred=True)
    meta_class = dataset.file_meta.get("MediaStorageSOPClassUID")
    # pydicom gives an empty dataset where the file ends inside of compressed pixels.
    if value_of(dataset, "Rows") is not None or (meta_class is not None and not len(dataset)):
        raise cut_off(name)
    if _DISC_INDEX in (meta_class, dataset.get("SOPClassUID")):
        raise NoImage(f"{name} lists a disc's scans and holds none; open the whole folder that it lies in.")
    raise _without_pixels(name, dataset)


def _without_pixels(name: str, dataset: pydicom.Dataset) -> NoImage | UnreadableFile:
    sop_class, modality = dataset.get("SOPClassUID"), code_of(dataset, "Modality")
    if modality is None and not UID(str(sop_class)).is_valid:
        return no_scan(name) if dataset.preamble is None else UnreadableFile(damaged(name))
    if "Image Storage" in UID(str(sop_class)).name:
        return UnreadableFile(damaged(name))
    if sop_class == _PDF:
        return NoImage(f"{name} is an encapsulated PDF document and holds no image; open the images it belongs to.")
    owner = "the CT" if str(modality).startswith("RT") else "the images"
    word = modality or "DICOM"
    said_with_an = word[0] in _NAMED_WITH_A_VOWEL and word not in _WORDS
    return NoImage(f"{name} is {'an' if said_with_an else 'a'} {word} object and holds no image; open {owner} it belongs to.")


def _frames(dataset: pydicom.Dataset) -> tuple[int, tuple[str, ...]]:
    try:
        stated = dataset.get("NumberOfFrames")
        frames = 1 if stated in ("", None) else int(stated)
        whole = stated in ("", None) or frames == float(stated)
    except (ValueError, TypeError):
        return 1, (_NO_FRAMES,)
    if frames < 1:
        return 1, (f"The file says that it holds {frames} frames: only the first is shown.",)
    return (frames, ()) if whole else (1, (_NO_FRAMES,))


def _syntax(dataset: pydicom.Dataset) -> UID:
    stated = dataset.file_meta.get("TransferSyntaxUID")
    if stated is not None:
        return UID(stated)
    implicit, little = dataset.original_encoding
    if not little:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian


def _inflated(source: Source, desk: Desk) -> Source:
    """A deflated file (PS3.5 A.5) as one that isn't, in a stream with a cap: pydicom would inflate all of it at once."""
    plain, most = Source(source.name, desk.new_path()), desk.limits.voxel_bytes
    with source.path.open("rb") as packed, plain.path.open("w+b") as unpacked:
        filereader.read_preamble(packed, force=True)
        meta = filereader._read_file_meta_info(packed)
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        unpacked.write(bytes(128) + b"DICM")
        filewriter.write_file_meta_info(DicomFileLike(unpacked), meta, enforce_standard=False)
        inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
        while not inflater.eof and (chunk := inflater.unconsumed_tail or packed.read(2**16)):
            size += unpacked.write(inflater.decompress(chunk, 2**20))
            if size > most:
                raise ReadingLimit(f"{source.name} inflates to more than {most >> 20} MB; export it again uncompressed.")
    return plain
