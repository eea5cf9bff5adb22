"""One DICOM file to its header, with the pixels left on disk; files without readable pixels are refused here, in words."""

import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from medcore.errors import NoImage, ReadingLimit, UnreadableFile
from medcore.reading.desk import Desk, Source, damaged, no_scan
from medcore.reading.dicom_syntaxes import check_syntax

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

# Larger values stay on disk until they are asked for: in practice the pixels.
_LEFT_ON_DISK_BYTES = 4096
_MOST_FRAMES = 100_000
_DEFLATED = b"1.2.840.10008.1.2.1.99"
# What pydicom raises for an element whose bytes don't fit its type.
_NOT_UNDERSTOOD = (ValueError, TypeError, OverflowError, NotImplementedError, AttributeError, LookupError, struct.error)
_PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_DISC_INDEX = "1.2.840.10008.1.3.10"
_PDF = "1.2.840.10008.5.1.4.1.1.104.1"


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

    def get(self, keyword: str) -> Any:
        """The element's value, or None where it is absent, empty or can't be understood."""
        return value_of(self.dataset, keyword)


def value_of(dataset: pydicom.Dataset | None, keyword: str) -> Any:
    """The element's value, or None where it is absent, empty or can't be understood (a date that is no date)."""
    if dataset is None:
        return None
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
    deflated = _DEFLATED in source.head
    if deflated:
        _check_inflated_size(source, desk)
    dataset = pydicom.dcmread(source.path, force=True, defer_size=None if deflated else _LEFT_ON_DISK_BYTES)
    pixels = _pixel_element(source.name, dataset)
    for keyword in ("Rows", "Columns", "BitsAllocated"):
        if not value_of(dataset, keyword):
            raise UnreadableFile(f"{source.name} doesn't say its {keyword}, so its pixels can't be read; export it again.")
    frames, warnings = _frames(dataset)
    file = DicomFile(source.name, source.path, dataset, _syntax(dataset), frames, pixels, warnings)
    check_syntax(file.name, file.syntax)
    _check_claim(file, desk)
    _check_length(file)
    return file


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
    if sop_class is None and modality is None:
        return no_scan(name)
    if "Image Storage" in UID(str(sop_class)).name:
        return UnreadableFile(damaged(name))
    if sop_class == _PDF:
        return NoImage(f"{name} is an encapsulated PDF document and holds no image; open the images it belongs to.")
    owner = "the CT" if str(modality).startswith("RT") else "the images"
    return NoImage(f"{name} is a {modality or 'DICOM'} object and holds no image; open {owner} it belongs to.")


def cut_off(name: str) -> UnreadableFile:
    """The error for a file that ends before its pixels do."""
    return UnreadableFile(f"{name} is cut off: it ends before all of its pixels; export or copy it again.")


def _frames(dataset: pydicom.Dataset) -> tuple[int, tuple[str, ...]]:
    try:
        frames = int(dataset.get("NumberOfFrames") or 1)
    except (ValueError, TypeError):
        return 1, ("The number of frames can't be read: only the first is shown.",)
    return max(frames, 1), ()


def _syntax(dataset: pydicom.Dataset) -> UID:
    stated = dataset.file_meta.get("TransferSyntaxUID")
    if stated is not None:
        return UID(stated)
    implicit, little = dataset.original_encoding
    if not little:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian


def _check_inflated_size(source: Source, desk: Desk) -> None:
    """Raise ReadingLimit where a deflated file would inflate without a limit (pydicom inflates all of it at once)."""
    most = desk.limits.voxel_bytes // 8
    with source.path.open("rb") as file:
        meta = pydicom.filereader.read_preamble(file, force=True)
        pydicom.filereader._read_file_meta_info(file) if meta else None
        inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
        while chunk := inflater.unconsumed_tail or file.read(2**16):
            size += len(inflater.decompress(chunk, 2**20))
            if size > most:
                raise ReadingLimit(f"{source.name} inflates to more than {most >> 20} MB; export it again uncompressed.")


def _check_length(file: DicomFile) -> None:
    """Raise UnreadableFile where fewer pixel bytes are there than the header promises: pixels are never padded."""
    pixels = file.pixels
    deferred = isinstance(pixels, RawDataElement) and pixels.value is None
    stored = pixels.length if deferred else len(pixels.value or b"")
    if file.syntax.is_encapsulated:
        if stored == 0:
            raise cut_off(file.name)
        return
    ends = pixels.value_tell + pixels.length if deferred else 0
    if stored < _promised_bytes(file) or ends > file.path.stat().st_size:
        raise cut_off(file.name)


def _check_claim(file: DicomFile, desk: Desk) -> None:
    """Refuse a file before decoding where its header alone promises more than may be held."""
    pixels = int(file.get("Rows")) * int(file.get("Columns")) * file.frames
    if pixels > desk.limits.voxel_bytes or file.frames > _MOST_FRAMES:
        raise ReadingLimit(
            f"{file.name} claims {file.frames} frames and {pixels >> 20} million pixels, more than can be held; check the file."
        )


def _promised_bytes(file: DicomFile) -> int:
    samples = int(file.get("SamplesPerPixel") or 1)
    values = int(file.get("Rows")) * int(file.get("Columns")) * samples * file.frames
    if file.get("PhotometricInterpretation") == "YBR_FULL_422":
        values = values * 2 // 3
    return (values * int(file.get("BitsAllocated")) + 7) // 8
