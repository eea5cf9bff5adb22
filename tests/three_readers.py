"""The DICOM files in the installed packages, and what pydicom alone, SimpleITK alone and medcore.reading make of each."""

import hashlib
import importlib.util
import resource
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pydicom

from medcore import reading

PACKAGES = ("pydicom", "data_store", "nibabel")  # data_store is pydicom-data
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
SECONDS_PER_FILE = 30
MEMORY_BYTES = 6 * 2**30
Answer = np.ndarray | str
"""Values (frames, rows, columns[, 3]), or why there are none."""


def by_pydicom(path: str) -> np.ndarray:
    """What pydicom's own functions give, called as its documentation does."""
    dataset = pydicom.dcmread(path, force=True)
    return pydicom.pixels.apply_modality_lut(dataset.pixel_array, dataset)


def by_simpleitk(path: str) -> np.ndarray:
    import SimpleITK as sitk  # noqa: N813

    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    return sitk.GetArrayFromImage(sitk.ReadImage(path, imageIO="GDCMImageIO"))


def _limit() -> None:
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


class Reader:
    """A reader in a process of its own, which is replaced when a file kills it."""

    def __init__(self, read: Callable[[str], np.ndarray]):
        self.read = read
        self.pool: ProcessPoolExecutor | None = None

    def answers(self, paths: list[Path]) -> list[Answer]:
        found = [self.answer(path) for path in paths]
        if self.pool is not None:
            self.pool.shutdown()
        return found

    def answer(self, path: Path) -> Answer:
        self.pool = self.pool or ProcessPoolExecutor(1, get_context("spawn"), _limit)
        try:
            return self.pool.submit(self.read, str(path)).result(SECONDS_PER_FILE)
        except (BrokenProcessPool, TimeoutError):
            for process in self.pool._processes.values():
                process.kill()
            self.pool.shutdown(wait=False)
            self.pool = None
            return "the file killed the reader"
        except Exception as error:  # noqa: BLE001  whatever a reader says to a broken file is its answer
            return f"{type(error).__name__}: {error}"


@dataclass(frozen=True)
class Case:
    """One file and the three answers to it."""

    path: Path
    dataset: pydicom.Dataset
    pydicom: Answer
    simpleitk: Answer
    ours: Answer

    def says(self, keyword: str) -> str:
        try:
            return str(self.dataset.get(keyword, ""))
        except ValueError:
            return "not understood"

    @property
    def syntax(self) -> str:
        return str(self.dataset.file_meta.get("TransferSyntaxUID", ""))


def files() -> Iterator[Path]:
    """Every distinct DICOM file with pixels in the packages."""
    seen: set[bytes] = set()
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        for path in sorted(Path(str(spec and spec.origin)).parent.rglob("*")):
            if path.is_file() and begins_as_dicom(path):
                digest = hashlib.sha256(path.read_bytes()).digest()
                if digest not in seen and any(keyword in header(path) for keyword in PIXELS):
                    seen.add(digest)
                    yield path


def begins_as_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(132)
    return head[128:] == b"DICM" or head[:2] in (b"\x02\0", b"\x08\0", b"\0\x08")


def header(path: Path) -> pydicom.Dataset:
    return pydicom.dcmread(path, force=True)


@lru_cache(maxsize=1)
def cases() -> tuple[Case, ...]:
    paths = list(files())
    with ThreadPoolExecutor(2) as both:
        others = list(both.map(lambda reader: reader.answers(paths), (Reader(by_pydicom), Reader(by_simpleitk))))
    rows = zip(paths, *others, ours_of(paths), strict=True)
    return tuple(Case(path, header(path), framed(path, one), framed(path, two), three) for path, one, two, three in rows)


def framed(path: Path, answer: Answer) -> Answer:
    """The values as (frames, rows, columns[, 3])."""
    if isinstance(answer, str):
        return answer
    dataset = header(path)
    size = int(dataset.Rows) * int(dataset.Columns)
    colours = (3,) if answer.shape[-1] == 3 and answer.size % (3 * size) == 0 else ()
    return answer.reshape(-1, dataset.Rows, dataset.Columns, *colours)


def ours_of(paths: list[Path]) -> list[Answer]:
    """All files as one upload; what joined a stack there, or is a copy, again in uploads with one file of each series."""
    found: dict[str, Answer] = {}
    left = list(range(len(paths)))
    series = [str(header(path).get("SeriesInstanceUID")) for path in paths]
    upload = left
    while upload:
        note(found, reading.read_named([(str(number), paths[number]) for number in upload]))
        left = [number for number in left if str(number) not in found]
        upload = list({series[number]: number for number in left}.values())
    return [found[str(number)] for number in range(len(paths))]


def note(found: dict[str, Answer], result: reading.Reading) -> None:
    found |= {series.files[0]: np.asarray(series.volume.voxels) for series in result.series if len(series.files) == 1}
    found |= {refusal.name: refusal.error for refusal in result.refusals}
