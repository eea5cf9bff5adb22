"""Every public DICOM file in the reference table, read and compared with what other readers found in it."""

import csv
import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from medcore import reading
from medcore.volume import Series

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "data" / "reference.csv"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REFERENCE.is_file(), reason="../shared/data/reference.csv isn't beside this checkout"),
]
LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91", "")
SHALLOW = 255


def rows() -> list[dict[str, str]]:
    if not REFERENCE.is_file():
        return []
    with REFERENCE.open(newline="") as table:
        return list(csv.DictReader(table))


def path_of(row: dict[str, str]) -> Path:
    spec = importlib.util.find_spec(row["package"])
    return Path(str(spec.origin)).parent / row["path"]


@lru_cache(maxsize=1)
def everything() -> tuple[dict[str, Series], dict[str, str]]:
    """All files as one upload, and what joined a stack or is a copy there once more alone: series and refusals by name."""
    together = reading.read_named([(row["path"], path_of(row)) for row in rows()])
    series = {one.files[0]: one for one in together.series if len(one.files) == 1}
    refusals = {refused.name: refused.error for refused in together.refusals}
    for row in rows():
        if row["path"] not in series | refusals:
            alone = reading.read_named([(row["path"], path_of(row))])
            series |= dict(zip([row["path"]], alone.series, strict=False))
            refusals |= {refused.name: refused.error for refused in alone.refusals}
    return series, refusals


def expected(row: dict[str, str], colour: bool) -> np.ndarray:
    """Minimum, maximum, mean and five voxels; colours at 8 bit, as they are held."""
    values = np.array([*(float(row[name]) for name in ("minimum", "maximum", "mean")), *map(float, row["voxels"].split())])
    deep = colour and values[1] > SHALLOW
    return values / 2.0 ** ((24 if values[1] > 2**16 else 8) if deep else 0)


def found(voxels: np.ndarray) -> np.ndarray:
    flat = np.asarray(voxels).reshape(-1)
    places = [0, flat.size // 4, flat.size // 2, 3 * flat.size // 4, flat.size - 1]
    return np.array([flat.min(), flat.max(), flat.mean(dtype=float), *flat[places]], dtype=float)


@pytest.mark.parametrize("row", [row for row in rows() if row["reader"] != "none"], ids=lambda row: row["path"])
def test_a_public_file_holds_what_the_other_readers_found(row):
    voxels = everything()[0][row["path"]].volume.voxels
    shape = tuple(map(int, row["shape"].split("x")))
    assert voxels.shape == shape or voxels.shape == (1, *shape)
    tolerance = 1 if voxels.ndim == 4 or row["transfer_syntax"] in LOSSY else 1e-2
    assert np.allclose(found(voxels), expected(row, voxels.ndim == 4), atol=tolerance, rtol=1e-5)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("JPEG2000-embedded-sequence-delimiter.dcm", "says 256 × 1024 pixels in its header and"),
        ("MR_truncated.dcm", "is cut off"),
        ("meta_missing_tsyntax.dcm", "doesn't say its Rows"),
        ("nested_priv_SQ.dcm", "doesn't say its Rows"),
    ],
)
def test_a_file_that_no_reader_decodes_is_refused_in_words(path, words):
    assert words in everything()[1][f"data/test_files/{path}"]
