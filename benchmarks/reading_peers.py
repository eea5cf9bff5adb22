"""What others make of a folder of slices: int16 values (slices, rows, columns), each page of them touched."""

from pathlib import Path

import highdicom
import numpy as np
import pydicom
import SimpleITK
from pydicom.pixels import pixel_array


def by_simpleitk(folder: Path) -> np.ndarray:
    """SimpleITK's series reader, in this process and with its own threads."""
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return touched(HeldArray(reader.Execute()))


class HeldArray(np.ndarray):
    """SimpleITK's own memory as an array that keeps the image: its plain view doesn't."""

    image: SimpleITK.Image

    def __new__(cls, image: SimpleITK.Image) -> "HeldArray":
        """A view of the image's voxels."""
        array = SimpleITK.GetArrayViewFromImage(image).view(cls)
        array.image = image
        return array


def by_pydicom(folder: Path, plugin: str = "") -> np.ndarray:
    """pydicom in one thread, with the decoder that it takes by itself unless one is named."""
    slices = sorted(map(pydicom.dcmread, folder.iterdir()), key=lambda data: data.ImagePositionPatient[2])
    voxels = np.empty((len(slices), slices[0].Rows, slices[0].Columns), np.int16)
    for plane, data in zip(voxels, slices, strict=True):
        plane[:] = pixel_array(data, decoding_plugin=plugin)
        plane *= int(data.RescaleSlope)
        plane += int(data.RescaleIntercept)
    return touched(voxels)


def by_pylibjpeg(folder: Path) -> np.ndarray:
    """pydicom with pylibjpeg as its decoder."""
    return by_pydicom(folder, "pylibjpeg")


def by_highdicom(folder: Path) -> np.ndarray:
    """highdicom's volume of a series, in int16; it puts the slices in the opposite order."""
    slices = [pydicom.dcmread(path) for path in folder.iterdir()]
    return touched(highdicom.get_volume_from_series(slices, dtype=np.int16).array[::-1])


def bare_bytes(folder: Path) -> list[bytes]:
    """The files' bytes and nothing made of them: no reading can be faster."""
    return [path.read_bytes() for path in folder.iterdir()]


def touched(voxels: np.ndarray) -> np.ndarray:
    """The array, each page of its memory touched: a mapped file costs nothing before."""
    voxels.reshape(-1)[:: 4096 // voxels.itemsize].max()
    return voxels
