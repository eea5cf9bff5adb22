"""A frame's stored pixel values: straight from the file, through pydicom's decoders, or with SimpleITK as the second try."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np
import pydicom
from pydicom import uid
from pydicom.dataelem import DataElement
from pydicom.pixels import get_decoder

from medcore.errors import UnreadableFile
from medcore.reading.desk import Desk
from medcore.reading.dicom_claims import is_on_disk
from medcore.reading.dicom_parsing import DicomFile
from medcore.reading.dicom_syntaxes import SECOND_TRY

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
_PLAIN = {uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian}
_CARRIED = ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "NumberOfFrames")
# What pydicom raises for pixels that its plugins can't decode or whose description is broken.
_UNDECODED = (RuntimeError, ValueError, AttributeError, NotImplementedError, TypeError)


def stored_frames(file: DicomFile, frames: Sequence[int], desk: Desk) -> Iterator[np.ndarray]:
    """The given frames: (rows, columns) or (rows, columns, 3), before any rescale; YBR is already RGB."""
    if _is_plain(file):
        return _from_file(file, frames)
    try:
        return _decoded(file, frames)
    except _UNDECODED as error:
        if file.syntax not in SECOND_TRY:
            raise UnreadableFile(f"{file.name} holds pixels that can't be decoded; export it again uncompressed.") from error
        return iter(_by_simpleitk(file, desk)[list(frames)])


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


def _decoded(file: DicomFile, frames: Sequence[int]) -> Iterator[np.ndarray]:
    """Frames by pydicom; the first is decoded before this returns, so that the caller sees what can't be decoded."""
    values = _iterated(file, frames)
    first = next(values)
    return chain((first,), values)


def _iterated(file: DicomFile, frames: Sequence[int]) -> Iterator[np.ndarray]:
    """Frames by the fastest plugin; compressed ones are read from the file one by one, as all may be more than memory."""
    if not (file.syntax.is_encapsulated and is_on_disk(file.pixels)):
        yield from _by_pydicom(file, frames)
        return
    with file.path.open("rb") as opened:
        opened.seek(file.pixels.value_tell)
        file.dataset["PixelData"] = DataElement("PixelData", "OB", opened)
        try:
            yield from _by_pydicom(file, frames)
        finally:
            file.dataset["PixelData"] = file.pixels


def _by_pydicom(file: DicomFile, frames: Sequence[int]) -> Iterator[np.ndarray]:
    plugin, indices = _PLUGINS.get(file.syntax, ""), None if _are_all(frames, file) else frames
    decoded = get_decoder(file.syntax).iter_array(_with_syntax(file), indices=indices, decoding_plugin=plugin)
    return islice((values for values, _ in decoded), len(frames))


def _are_all(frames: Sequence[int], file: DicomFile) -> bool:
    return list(frames) == list(range(file.frames))


def _with_syntax(file: DicomFile) -> pydicom.Dataset:
    if "TransferSyntaxUID" not in file.dataset.file_meta:
        file.dataset.file_meta.TransferSyntaxUID = file.syntax
    return file.dataset


def _by_simpleitk(file: DicomFile, desk: Desk) -> np.ndarray:
    """All frames by SimpleITK, from a copy that holds the pixels alone.

    The copy has no rescale and isn't MONOCHROME1: SimpleITK would apply the one and invert the other. It has no patient.
    """
    import SimpleITK as sitk  # noqa: N813  0.1 s and 300 MB of address space that few files need

    path = desk.new_path().with_suffix(".dcm")
    _pixels_alone(file).save_as(path, enforce_file_format=True)
    try:
        image = sitk.ReadImage(str(path), imageIO="GDCMImageIO")
    except RuntimeError as error:
        raise UnreadableFile(f"{file.name} holds pixels that can't be decoded; export it again uncompressed.") from error
    finally:
        path.unlink()
    frames = sitk.GetArrayFromImage(image)
    shape = (file.frames, int(file.get("Rows")), int(file.get("Columns")))
    return frames.reshape(*shape, 3) if frames.size == 3 * np.prod(shape) else frames.reshape(shape)


def _pixels_alone(file: DicomFile) -> pydicom.Dataset:
    copy = pydicom.Dataset()
    for keyword in (*_CARRIED, "SamplesPerPixel", "PlanarConfiguration", "PhotometricInterpretation"):
        if file.get(keyword) is not None:
            setattr(copy, keyword, file.get(keyword))
    if str(file.get("PhotometricInterpretation")) == "MONOCHROME1":
        copy.PhotometricInterpretation = "MONOCHROME2"
    copy.SOPClassUID, copy.SOPInstanceUID = uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage, uid.generate_uid()
    copy.PixelData = file.dataset.PixelData
    copy["PixelData"].VR = "OB"
    copy["PixelData"].is_undefined_length = True
    copy.file_meta = pydicom.dataset.FileMetaDataset()
    copy.file_meta.TransferSyntaxUID = file.syntax
    return copy
