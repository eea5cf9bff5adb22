"""A frame's stored pixel values: straight from the file, through pydicom's decoders, or with SimpleITK as the second try."""

import io
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO

import numpy as np
import pydicom
from pydicom import uid
from pydicom.encaps import encapsulate, generate_fragments, generate_frames, parse_basic_offsets, parse_fragments
from pydicom.pixels import get_decoder

from medcore.errors import UnreadableFile
from medcore.reading.desk import Desk
from medcore.reading.dicom_claims import is_on_disk
from medcore.reading.dicom_parsing import DicomFile
from medcore.reading.dicom_syntaxes import SECOND_TRY
from medcore.reading.jpeg import checked_frames, cut_off, ended

# The fastest plugin for each: 512 × 512, one core, JPEG 2000 gdcm 17 ms, pylibjpeg 29; JPEG-LS pyjpegls 5.4, gdcm 7.1;
# JPEG pillow 1.1, gdcm 2.3; RLE pylibjpeg 0.3, pydicom's own 17.
_PLUGINS = {
    uid.RLELossless: "pylibjpeg",
    uid.JPEG2000Lossless: "gdcm",
    uid.JPEG2000: "gdcm",
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEGLSNearLossless: "pyjpegls",
    uid.JPEGBaseline8Bit: "pillow",
}
# gdcm's 17 ms are 36 of CPU, in threads; where two processes have a core each, pylibjpeg's 29 are fewer.
_WITHOUT_THREADS = {uid.JPEG2000Lossless: "pylibjpeg", uid.JPEG2000: "pylibjpeg"}
# JPEG with a Huffman coder: baseline, extended, progressive, lossless.
_JPEGS = {uid.UID(f"1.2.840.10008.1.2.4.{number}") for number in (50, 51, 53, 55, 57, 70)}
_DESCRIPTION = {
    "rows": "Rows",
    "columns": "Columns",
    "samples_per_pixel": "SamplesPerPixel",
    "photometric_interpretation": "PhotometricInterpretation",
    "planar_configuration": "PlanarConfiguration",
    "bits_allocated": "BitsAllocated",
    "bits_stored": "BitsStored",
    "pixel_representation": "PixelRepresentation",
}
_PLAIN = {uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian}
_CARRIED = ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "NumberOfFrames")
# What pydicom raises for pixels that its plugins can't decode or whose description is broken.
_UNDECODED = (RuntimeError, ValueError, AttributeError, NotImplementedError, TypeError)


def stored_frames(file: DicomFile, frames: Sequence[int], desk: Desk) -> Iterator[np.ndarray]:
    """The given frames: (rows, columns) or (rows, columns, 3), before any rescale; YBR is already RGB."""
    if _is_plain(file):
        return _from_file(file, frames)
    if file.syntax.is_encapsulated and file.frames > 1 and _fragments(file) < file.frames:
        raise cut_off(file.name)
    decoded = _compressed(file, frames, desk)
    if file.syntax not in _JPEGS:
        return decoded
    return checked_frames(file.name, _streams(file, frames), decoded, lambda stream: _alone(file, stream, desk))


def _compressed(file: DicomFile, frames: Sequence[int], desk: Desk) -> Iterator[np.ndarray]:
    try:
        decoded = _decoded(file, frames, desk)
    except _UNDECODED as error:
        if file.syntax not in SECOND_TRY:
            raise _undecoded(file) from error
        decoded = iter(_by_simpleitk(file, desk)[list(frames)])
    yield from decoded


def _undecoded(file: DicomFile) -> UnreadableFile:
    return UnreadableFile(f"{file.name} holds pixels that can't be decoded; export it again uncompressed.")


def _fragments(file: DicomFile) -> int:
    """How many compressed pieces the file holds; where that can't be said, as many as it needs."""
    try:
        with _opened(file) as pixels:
            parse_basic_offsets(pixels)
            return parse_fragments(pixels)[0]
    except ValueError:
        return file.frames


def _opened(file: DicomFile) -> BinaryIO:
    """The pixel element's value."""
    if not is_on_disk(file.pixels):
        return io.BytesIO(file.pixels.value)
    opened = file.path.open("rb")
    opened.seek(file.pixels.value_tell)
    return opened


def _streams(file: DicomFile, frames: Sequence[int]) -> Iterator[bytes]:
    """The given frames as they are compressed; of one piece each, wherever the offset table says that they lie."""
    wanted, each = set(frames), _fragments(file) == file.frames
    tables = file.get("ExtendedOffsetTable"), file.get("ExtendedOffsetTableLengths")
    with _opened(file) as pixels:
        if each:
            parse_basic_offsets(pixels)
        streams = (
            generate_fragments(pixels)
            if each
            else generate_frames(pixels, number_of_frames=file.frames, extended_offsets=tables if all(tables) else None)
        )
        yield from (stream for frame, stream in enumerate(streams) if frame in wanted)


def _is_plain(file: DicomFile) -> bool:
    """Whether the pixels are uncompressed little-endian grey, so that they needn't pass through a decoder."""
    grey = str(file.get("PhotometricInterpretation")).startswith("MONO") and (file.get("SamplesPerPixel") or 1) == 1
    return file.syntax in _PLAIN and grey and file.get("BitsAllocated") in (8, 16, 32) and file.pixels.tag == 0x7FE00010


def _from_file(file: DicomFile, frames: Sequence[int]) -> Iterator[np.ndarray]:
    rows, columns, dtype = int(file.get("Rows")), int(file.get("Columns")), _dtype(file)
    pixels, count = file.pixels, rows * columns
    for frame in frames:
        offset = frame * count * dtype.itemsize
        if is_on_disk(pixels):
            values = np.fromfile(file.path, dtype, count, offset=pixels.value_tell + offset)
        else:
            values = np.frombuffer(pixels.value, dtype, count, offset)
        yield _of_stored_bits(values.reshape(rows, columns), file)


def _dtype(file: DicomFile) -> np.dtype:
    sign = "i" if file.get("PixelRepresentation") == 1 else "u"
    return np.dtype(f"<{sign}{int(file.get('BitsAllocated')) // 8}")


def _of_stored_bits(values: np.ndarray, file: DicomFile) -> np.ndarray:
    """The values of the bits from HighBit down (PS3.5 8.1.1); the others may hold anything and are replaced by the sign."""
    allocated = int(file.get("BitsAllocated"))
    stored = int(file.get("BitsStored") or allocated)
    above = allocated - 1 - _high_bit(file, stored)
    if stored == allocated:
        return values
    own = values if values.flags.writeable else values.copy()
    own <<= above
    own >>= allocated - stored
    return own


def _high_bit(file: DicomFile, stored: int) -> int:
    """HighBit where it can be one; else the lowest that holds all stored bits, as nearly all files have it."""
    high = file.get("HighBit")
    return int(high) if high is not None and stored - 1 <= int(high) < int(file.get("BitsAllocated")) else stored - 1


def _decoded(file: DicomFile, frames: Sequence[int], desk: Desk) -> Iterator[np.ndarray]:
    """Frames by pydicom; the first is decoded before this returns, so that the caller sees what can't be decoded."""
    values = _iterated(file, frames, desk)
    first = next(values)
    return chain((first,), values)


def _iterated(file: DicomFile, frames: Sequence[int], desk: Desk) -> Iterator[np.ndarray]:
    """Frames by the fastest plugin; compressed ones are read from the file one by one, as all may be more than memory."""
    decoder = get_decoder(file.syntax)
    plugins = _PLUGINS | _WITHOUT_THREADS if desk.shares_cores else _PLUGINS
    how: dict[str, Any] = {"decoding_plugin": plugins.get(file.syntax, "")}
    how["indices"] = None if _are_all(frames, file) else frames
    if not (file.syntax.is_encapsulated and is_on_disk(file.pixels)):
        yield from islice((values for values, _ in decoder.iter_array(_with_syntax(file), **how)), len(frames))
        return
    with file.path.open("rb") as opened:
        opened.seek(file.pixels.value_tell)
        yield from islice((values for values, _ in decoder.iter_array(opened, **how, **_description(file))), len(frames))


def _description(file: DicomFile) -> dict[str, Any]:
    """What a decoder must know of the pixels (PS3.3 C.7.6.3)."""
    described = {option: file.get(keyword) for option, keyword in _DESCRIPTION.items()}
    offsets = file.get("ExtendedOffsetTable"), file.get("ExtendedOffsetTableLengths")
    described |= {"number_of_frames": file.frames, "pixel_keyword": "PixelData", "pixel_vr": "OB"}
    described["extended_offsets"] = None if None in offsets else offsets
    return {option: value for option, value in described.items() if value is not None}


def _are_all(frames: Sequence[int], file: DicomFile) -> bool:
    return list(frames) == list(range(file.frames))


def _with_syntax(file: DicomFile) -> pydicom.Dataset:
    if "TransferSyntaxUID" not in file.dataset.file_meta:
        file.dataset.file_meta.TransferSyntaxUID = file.syntax
    return file.dataset


def _alone(file: DicomFile, stream: bytes, desk: Desk) -> np.ndarray:
    """A frame whose compressed stream is given, decoded as the file's own are."""
    copy = _pixels_alone(file, [stream])
    try:
        return next(get_decoder(file.syntax).iter_array(copy, decoding_plugin=_PLUGINS.get(file.syntax, "")))[0]
    except _UNDECODED:
        return _saved_and_read(file, copy, desk)[0]


def _by_simpleitk(file: DicomFile, desk: Desk) -> np.ndarray:
    """All frames by SimpleITK; a JPEG may lack its end marker."""
    every = [ended(one) for one in _streams(file, range(file.frames))] if file.syntax in _JPEGS else None
    return _saved_and_read(file, _pixels_alone(file, every), desk)


def _saved_and_read(file: DicomFile, copy: pydicom.Dataset, desk: Desk) -> np.ndarray:
    import SimpleITK as sitk  # noqa: N813  0.1 s and 300 MB of address space that few files need

    path = desk.new_path().with_suffix(".dcm")
    copy.save_as(path, enforce_file_format=True)
    try:
        image = sitk.ReadImage(str(path), imageIO="GDCMImageIO")
    except RuntimeError as error:
        raise _undecoded(file) from error
    finally:
        path.unlink()
    frames = sitk.GetArrayFromImage(image)
    shape = (int(copy.NumberOfFrames or 1), int(file.get("Rows")), int(file.get("Columns")))
    return frames.reshape(*shape, 3) if frames.size == 3 * np.prod(shape) else frames.reshape(shape)


def _pixels_alone(file: DicomFile, streams: list[bytes] | None) -> pydicom.Dataset:
    """A copy that holds the compressed pixels alone, of the file or of `streams`.

    It has no rescale and isn't MONOCHROME1: SimpleITK would apply the one and invert the other. It has no patient.
    """
    copy = pydicom.Dataset()
    for keyword in (*_CARRIED, "SamplesPerPixel", "PlanarConfiguration", "PhotometricInterpretation"):
        if file.get(keyword) is not None:
            setattr(copy, keyword, file.get(keyword))
    if str(file.get("PhotometricInterpretation")) == "MONOCHROME1":
        copy.PhotometricInterpretation = "MONOCHROME2"
    copy.SOPClassUID, copy.SOPInstanceUID = uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage, uid.generate_uid()
    copy.NumberOfFrames = file.frames if streams is None else len(streams)
    copy.PixelData = file.dataset.PixelData if streams is None else encapsulate(streams)
    copy["PixelData"].VR = "OB"
    copy["PixelData"].is_undefined_length = True
    copy.file_meta = pydicom.dataset.FileMetaDataset()
    copy.file_meta.TransferSyntaxUID = file.syntax
    return copy
