"""A 200-slice CT series through medcore.reading, its child process warm, against SimpleITK's series reader."""

import tempfile
import time
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from benchmarks.timing import Figure, medians
from medcore import reading
from medcore.volume import Volume

REPEATS = 9
SLICES, SIDE = 200, 512
TICKS_OF_IMPORTS = 10
"""A child that has used less CPU time than this (in hundredths of a second) hasn't done its imports."""
BITS = {"16-bit int16": (16, 1, 0), "12-bit CT with rescale": (12, 0, -1024)}
"""Each series: bits stored, pixel representation, rescale intercept; both readers give int16 of either."""


def figures() -> list[Figure]:
    return [figure(kind) for kind in BITS]


def figure(kind: str) -> Figure:
    with tempfile.TemporaryDirectory(prefix="lightbox-bench-") as name:
        folder = Path(name)
        draw(folder, header(*BITS[kind]))
        check(folder)
        took = medians({"ours": lambda: ours(folder), "peer": lambda: peers(folder)}, REPEATS, before=settle)
    what = f"{SLICES} slices, {kind}, to SimpleITK"
    return Figure("reading", what, 1000 * took["ours"], "ms", 1000 * took["peer"], at_most=1.5)


def check(folder: Path) -> None:
    """Raises AssertionError where the two readings differ in a voxel."""
    image = peers(folder)  # held: the view doesn't hold it
    expected = SimpleITK.GetArrayViewFromImage(image)
    voxels = ours(folder).voxels
    assert (voxels.dtype, voxels.shape) == (expected.dtype, expected.shape) == (np.int16, (SLICES, SIDE, SIDE))
    np.testing.assert_array_equal(voxels, expected)


def ours(folder: Path) -> Volume:
    """The one series below the folder, each page of its memory touched: a mapped file costs nothing before."""
    (series,) = reading.read([folder]).series
    touch(series.volume.voxels)
    return series.volume


def peers(folder: Path) -> SimpleITK.Image:
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    touch(SimpleITK.GetArrayViewFromImage(image))
    return image


def touch(voxels: np.ndarray) -> None:
    voxels.reshape(-1)[:: 4096 // voxels.itemsize].max()


def settle() -> None:
    """Return once the spare reading child is there and its CPU time stands still: it waits for a request."""
    reading.warm()
    last = -1
    while (now := ticks_of_children()) != last or now < TICKS_OF_IMPORTS:
        last = now
        time.sleep(0.3)


def ticks_of_children() -> int:
    """CPU time of this process's children (proc(5): utime and stime)."""
    lists = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pids in lists for pid in pids]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats)


def draw(folder: Path, shared: pydicom.Dataset) -> None:
    """A body in noise, slice by slice; the files' names are in another order than the slices."""
    generator = np.random.default_rng(3)
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    body = np.where(rows**2 / 0.5 + columns**2 / 0.7 < 1, 1060, 24)
    for index, number in enumerate(generator.permutation(SLICES)):
        stored = body + generator.integers(0, 120, body.shape) + index
        save(shared, index, stored.astype("<i2"), folder / f"{number:03}.dcm")


def header(bits: int, representation: int, intercept: float) -> pydicom.Dataset:
    """What the slices of a CT series share."""
    data = pydicom.Dataset()
    data.SOPClassUID, data.Modality, data.PatientID = CTImageStorage, "CT", "drawn"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = generate_uid(), generate_uid(), generate_uid()
    data.Rows = data.Columns = SIDE
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, bits, bits - 1, representation
    data.RescaleSlope, data.RescaleIntercept, data.RescaleType = 1, intercept, "HU"
    data.PixelSpacing, data.SliceThickness, data.ImageOrientationPatient = [0.7, 0.7], 1, [1, 0, 0, 0, 1, 0]
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return data


def save(data: pydicom.Dataset, index: int, stored: np.ndarray, path: Path) -> None:
    data.SOPInstanceUID, data.InstanceNumber = generate_uid(), index + 1
    data.file_meta.MediaStorageSOPClassUID, data.file_meta.MediaStorageSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    data.ImagePositionPatient = [-180, -180, index]
    data.PixelData = stored.tobytes()
    data.save_as(path, enforce_file_format=True)
