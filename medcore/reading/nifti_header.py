"""What a NIfTI 1 or 2 header promises (nifti1.h, nifti2.h), checked before anything is allocated; units turned to mm."""

import math
from dataclasses import dataclass

import nibabel
import numpy as np

from medcore.errors import NoImage, ReadingLimit, UnreadableFile
from medcore.reading.desk import damaged

MOST_VOLUMES = 1000
"""The volumes of one file; each becomes a series with a file of its own."""
LARGEST_HEADER_BYTES = 540
# NIfTI's datatype codes (nifti1.h) that have a grey value or a colour.
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_COLOURS = {128: 3, 2304: 4}
_REFUSED = {
    1: "of one bit each",
    32: "that are complex numbers",
    1536: "of 128-bit floating point",
    1792: "that are complex numbers",
    2048: "that are complex numbers",
}
_LONGEST_STEP = 1e6  # in the header's own unit, of which the smallest is a micron
_MM = {1: (1000.0, 1.0), 3: (1.0, 1000.0)}  # metres and microns, as numerator and denominator


@dataclass(frozen=True)
class Promise:
    """A header in plain words.

    `shape` is (i, j, k) and `volumes` the product of the further dimensions. `stored` is a voxel's type, of `channels` bytes
    where it is a colour. `ras` takes (i, j, k, 1) to millimetres; None where the header doesn't say or says no place at all.
    """

    shape: tuple[int, int, int]
    volumes: int
    stored: np.dtype
    channels: int
    offset: int
    slope: float
    intercept: float
    ras: np.ndarray | None
    steps_mm: tuple[float, float, float]
    display: tuple[float, float]
    warnings: tuple[str, ...]

    @property
    def volume_bytes(self) -> int:
        """The bytes of one volume as it is stored."""
        return math.prod(self.shape) * self.channels * self.stored.itemsize

    @property
    def file_bytes(self) -> int:
        """How long the file must be."""
        return self.offset + self.volumes * self.volume_bytes


def promise(name: str, head: bytes) -> Promise:
    """What the first bytes of the file `name` promise.

    Raises UnreadableFile where they break the format and NoImage for half of a pair or voxels that have no grey value.
    """
    header = _header(name, head)
    shape = _shape(name, header)
    stored, channels = _type(name, header)
    slope, intercept, said = _rescale(header, channels)
    ras, unplaced = _ras(header)
    return Promise(
        shape=(shape[0], shape[1], shape[2]),
        volumes=math.prod(shape[3:]),
        stored=stored,
        channels=channels,
        offset=_offset(name, header),
        slope=slope,
        intercept=intercept,
        ras=ras,
        steps_mm=_steps_mm(header),
        display=(float(header["cal_min"]), float(header["cal_max"])),
        warnings=said + unplaced,
    )


def _header(name: str, head: bytes) -> nibabel.Nifti1Header:
    version = nibabel.Nifti2Header if 540 in _sizes(head) else nibabel.Nifti1Header
    magic = head[4:7] if version is nibabel.Nifti2Header else head[344:347]
    if magic == b"ni2" or (348 in _sizes(head) and magic != b"n+1"):
        raise NoImage(f"{name} is half of a NIfTI or Analyze pair; save it as one .nii file and open that.")
    if len(head) < version.template_dtype.itemsize or magic not in (b"n+1", b"n+2"):
        raise UnreadableFile(damaged(name))
    return version(head[: version.template_dtype.itemsize], check=False)


def _sizes(head: bytes) -> tuple[int, int]:
    return int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big")


def _shape(name: str, header: nibabel.Nifti1Header) -> list[int]:
    count, sizes = int(header["dim"][0]), [int(size) for size in header["dim"][1:]]
    if not 1 <= count <= 7 or min(sizes[:count]) < 1:
        raise UnreadableFile(damaged(name))
    shape = [*sizes[:count], 1, 1, 1][: max(count, 3)]
    volumes = math.prod(shape[3:])
    if volumes > MOST_VOLUMES:
        raise ReadingLimit(f"{name} claims more than {MOST_VOLUMES} volumes; save a part of them and open that.")
    return shape


def _type(name: str, header: nibabel.Nifti1Header) -> tuple[np.dtype, int]:
    code = int(header["datatype"])
    if code in _COLOURS:
        return np.dtype(np.uint8), _COLOURS[code]
    if code not in _TYPES:
        kind = _REFUSED.get(code, f"of the type {code}")
        raise NoImage(
            f"{name} holds voxels {kind}, which Lightbox can't show as grey values; save it as 32-bit floating point."
        )
    return np.dtype(header.endianness + _TYPES[code]), 1


def _offset(name: str, header: nibabel.Nifti1Header) -> int:
    """Where the voxels begin; 0 means right behind the header."""
    offset = float(header["vox_offset"]) or float(header.single_vox_offset)
    if not (math.isfinite(offset) and offset.is_integer() and offset >= header.single_vox_offset):
        raise UnreadableFile(damaged(name))
    return int(offset)


def _rescale(header: nibabel.Nifti1Header, channels: int) -> tuple[float, float, tuple[str, ...]]:
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or channels > 1:
        return 1.0, 0.0, ()
    if not (math.isfinite(slope) and math.isfinite(intercept)):
        return 1.0, 0.0, (f"The file's rescale (slope {slope:g}, intercept {intercept:g}) is no number: it is ignored.",)
    return slope, intercept, ()


def _ras(header: nibabel.Nifti1Header) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The sform, or else the qform, in millimetres; None, and why, where neither gives every voxel its own place."""
    if header["sform_code"] <= 0 and header["qform_code"] <= 0:
        return None, ("The file doesn't say how it lies in the patient: left and right are unknown.",)
    found = header.get_sform() if header["sform_code"] > 0 else _qform(header)
    if found is None or not _places(found[:3, :3]) or not np.isfinite(found).all():
        return None, ("The file's place in the patient (its affine) makes no sense: left and right are unknown.",)
    return np.vstack([_in_mm(found[:3], header), [0, 0, 0, 1]]), ()


def _qform(header: nibabel.Nifti1Header) -> np.ndarray | None:
    fixed = header.copy()
    fixed["pixdim"][1:4] = np.abs(fixed["pixdim"][1:4])
    if fixed["pixdim"][0] not in (-1, 1):
        fixed["pixdim"][0] = 1  # as nifti1.h says
    try:
        return fixed.get_qform()
    except ValueError:  # a quaternion longer than 1
        return None


def _places(axes: np.ndarray) -> bool:
    steps = np.linalg.norm(axes, axis=0)
    return bool(steps.min() > 0 and steps.max() < _LONGEST_STEP and abs(np.linalg.det(axes / steps)) > 1e-6)


def _steps_mm(header: nibabel.Nifti1Header) -> tuple[float, float, float]:
    """The distances along i, j and k; 0 where the header doesn't say."""
    steps = np.abs(_in_mm(np.asarray(header["pixdim"][1:4], np.float64), header))
    known = [float(step) if math.isfinite(step) else 0.0 for step in steps]
    return known[0], known[1], known[2]


def _in_mm(lengths: np.ndarray, header: nibabel.Nifti1Header) -> np.ndarray:
    numerator, denominator = _MM.get(int(header["xyzt_units"]) & 7, (1.0, 1.0))
    in_mm: np.ndarray = lengths * numerator / denominator
    return in_mm
