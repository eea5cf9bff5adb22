"""A CT series of 200 × 512 × 512 for the bench to read: a body in noise, which lossless codecs make about half as large."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pydicom
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

SLICES, SIDE = 200, 512
SHAPE = (SLICES, SIDE, SIDE)


@dataclass(frozen=True)
class Kind:
    """How a series is stored; every reader should give int16 of each."""

    bits: int
    representation: int
    intercept: int
    syntax: UID = ExplicitVRLittleEndian


KINDS = {
    "16-bit int16": Kind(16, 1, 0),
    "12-bit CT": Kind(12, 0, -1024),
    "RLE": Kind(12, 0, -1024, RLELossless),
    "JPEG-LS": Kind(12, 0, -1024, JPEGLSLossless),
    "JPEG 2000": Kind(12, 0, -1024, JPEG2000Lossless),
}


def draw(kind: Kind, folder: Path) -> Path:
    """Slice by slice; the files' names are in another order than the slices. Two processes compress."""
    folder.mkdir()
    generator = np.random.default_rng(3)
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    body = np.where(rows**2 / 0.5 + columns**2 / 0.7 < 1, 1060, 24)
    data, paths = header(kind), []
    for index, number in enumerate(generator.permutation(SLICES)):
        stored = body + generator.integers(0, 120, body.shape) + index
        paths.append(save(data, index, stored.astype("<i2"), folder / f"{number:03}.dcm"))
    if kind.syntax.is_encapsulated:
        compress(paths, kind.syntax)
    return folder


def compress(paths: Sequence[Path], syntax: UID) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as both:
        list(both.map(compress_one, paths, [syntax] * len(paths), chunksize=10))


def compress_one(path: Path, syntax: UID) -> None:
    data = pydicom.dcmread(path)
    data.compress(syntax, generate_instance_uid=False)
    data.save_as(path)


def header(kind: Kind) -> pydicom.Dataset:
    """What the slices of the series share."""
    data = pydicom.Dataset()
    data.SOPClassUID, data.Modality, data.PatientID, data.PatientName = CTImageStorage, "CT", "drawn", "Drawn"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = generate_uid(), generate_uid(), generate_uid()
    data.Rows = data.Columns = SIDE
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, kind.bits, kind.bits - 1
    data.PixelRepresentation = kind.representation
    data.RescaleSlope, data.RescaleIntercept, data.RescaleType = 1, kind.intercept, "HU"
    data.PixelSpacing, data.SliceThickness, data.ImageOrientationPatient = [0.7, 0.7], 1, [1, 0, 0, 0, 1, 0]
    data.PatientBirthDate = data.PatientSex = data.StudyDate = data.StudyTime = data.AccessionNumber = None
    data.ReferringPhysicianName = data.StudyID = data.SeriesNumber = data.Manufacturer = data.PositionReferenceIndicator = None
    data.KVP = data.AcquisitionNumber = data.PatientPosition = None
    data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return data


def save(data: pydicom.Dataset, index: int, stored: np.ndarray, path: Path) -> Path:
    data.SOPInstanceUID, data.InstanceNumber = generate_uid(), index + 1
    data.file_meta.MediaStorageSOPClassUID, data.file_meta.MediaStorageSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    data.ImagePositionPatient = [-180, -180, index]
    data.PixelData = stored.tobytes()
    data.save_as(path, enforce_file_format=True)
    return path
