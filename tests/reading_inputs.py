"""DICOM series that the tests draw themselves: known values at known places."""

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEGLSLossless, generate_uid

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def slice_dataset(pixels: np.ndarray, **elements: object) -> pydicom.Dataset:
    """A CT slice of int16 stored values with the given elements on top."""
    dataset = pydicom.Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
    dataset.PatientID, dataset.PatientName, dataset.Modality = "P1", "Phantom^One", "CT"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = (
        pixels.itemsize * 8,
        pixels.itemsize * 8,
        pixels.itemsize * 8 - 1,
    )
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelSpacing, dataset.ImageOrientationPatient = [0.5, 0.25], list(AXIAL)
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW"
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def write(dataset: pydicom.Dataset, path: Path) -> Path:
    """Write the dataset as a DICOM file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_series(
    folder: Path, count: int = 5, size: int = 16, step: tuple[float, float, float] = (0.0, 0.0, 5.0), **elements: object
) -> list[Path]:
    """`count` slices, slice n holding 1024 + 10 n except for its row and column ramp, at n × `step`, under shuffled names."""
    names = np.random.default_rng(1).permutation(count)
    ramp = np.arange(size * size, dtype=np.int16).reshape(size, size) % 100
    paths = []
    for index in range(count):
        position = [index * part for part in step]
        own = {"ImagePositionPatient": position, "InstanceNumber": index + 1} | elements
        paths.append(write(slice_dataset((ramp + 1024 + 1000 * index).astype(np.int16), **own), folder / f"{names[index]:04}"))
    return paths


def write_compressed(folder: Path, count: int) -> list[Path]:
    """`count` slices as `write_series` draws them, but of 512 × 512, by JPEG-LS, and named in their order: 0000, 0001, …

    Slice n's first value is 1000 n, modulo 30,000.
    """
    folder.mkdir(exist_ok=True)
    ramp = np.arange(512 * 512, dtype=np.int16).reshape(512, 512) % 100
    paths = []
    for index in range(count):
        place = {"ImagePositionPatient": [0, 0, index], "InstanceNumber": index + 1}
        dataset = slice_dataset((ramp + 1024 + 1000 * index % 30000).astype(np.uint16), **place)
        dataset.compress(JPEGLSLossless, generate_instance_uid=False)
        paths.append(write(dataset, folder / f"{index:04}"))
    return paths
