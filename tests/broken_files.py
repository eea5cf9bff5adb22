"""A seeded set of broken files that the project makes: `make(folder)` writes it, and says what is to be expected of each."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import broken_archives
import broken_codecs
import broken_dicom
import broken_others
import numpy as np
from broken_pieces import Draft, Expected, dicom
from pydicom.data import get_testdata_file

SEED = 20261125
# Families whose files are small and claim much, or have names that can't be shown: each of these is also read alone.
BOMBS = ("bombs", "deflated", "file_names", "jpeg_2000", "nesting", "pictures", "run_lengths", "wrong_sizes")
_REAL = (
    *("CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "no_meta.dcm", "image_dfl.dcm"),
    *("MR_small_RLE.dcm", "JPEG-lossy.dcm", "SC_rgb_small_odd_jpeg.dcm", "JPEG-LL.dcm"),
    *("JPGLosslessP14SV1_1s_1f_8b.dcm", "MR_small_jpeg_ls_lossless.dcm", "JPEGLSNearLossless_16.dcm"),
    *("MR_small_jp2klossless.dcm", "693_J2KI.dcm", "emri_small_jpeg_2k_lossless.dcm", "emri_small_RLE.dcm"),
    *("liver_1frame.dcm", "rtdose.dcm", "SC_rgb_rle_2frame.dcm", "SC_ybr_full_422_uncompressed.dcm", "color-pl.dcm"),
)


@dataclass(frozen=True)
class Broken:
    """A broken file (or folder of files): `word` is in its refusal or in one of its warnings."""

    name: str
    path: Path
    family: str
    expected: Expected
    word: str

    @property
    def is_bomb(self) -> bool:
        """Whether it is to be read alone: it is small and claims much, or its name can't be shown."""
        return self.family in BOMBS


def make(folder: Path, seed: int = SEED) -> list[Broken]:
    """Write the set below `folder`, each family in a folder of its own; the same seed gives the same bytes."""
    return [_write(folder, family, draft) for family, drafts in _families(seed).items() for draft in drafts()]


def _families(seed: int) -> dict[str, Callable[[], Iterator[Draft]]]:
    drawn = {
        broken_dicom: ("headers", "lengths", "nesting", "functional_groups", "series", "no_images", "big_endian"),
        broken_codecs: ("wrong_sizes", "jpeg_2000", "jpeg", "run_lengths", "fragments", "wrong_syntaxes", "deflated"),
        broken_archives: ("archives", "bombs", "names"),
        broken_others: ("pictures", "mislabelled", "nifti", "file_names"),
    }
    families = {name: getattr(module, name) for module, names in drawn.items() for name in names}
    return families | {"truncated": lambda: truncated(seed), "damaged": lambda: damaged(seed)}


def _write(folder: Path, family: str, draft: Draft) -> Broken:
    path = folder / family / draft.name
    for below, content in ({"": draft.content} if isinstance(draft.content, bytes) else draft.content).items():
        place = path / below if below else path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return Broken(draft.name, path, family, draft.expected, draft.word)


@cache
def sound() -> dict[str, bytes]:
    """Whole files of every kind that is read, by name: DICOM in every coding, NIfTI, pictures and a zip."""
    found = {name: Path(get_testdata_file(name, download=False)).read_bytes() for name in _REAL}
    noise = np.random.default_rng(4).integers(0, 1000, 4096).astype(np.int16).tobytes()
    volume = broken_others.nifti_header((16, 16, 16)) + noise
    colours = bytearray(volume[:352] + noise + noise[:4096])
    colours[70:74] = b"\x80\0\x18\0"
    slices: dict[str, bytes] = {f"{number}.dcm": dicom(ImagePositionPatient=f"0\\0\\{number}") for number in range(3)}
    return found | {
        "volume.nii": volume,
        "volume.nii.gz": gzip.compress(volume, mtime=0),
        "colours.nii": bytes(colours),
        "grey.png": broken_others.picture("PNG"),
        "deep.png": broken_others.picture("PNG", "I;16"),
        "colour.png": broken_others.picture("PNG", "RGB"),
        "film.jpg": broken_others.picture("JPEG"),
        "film.tif": broken_others.picture("TIFF"),
        "slices.zip": broken_archives.zipped(slices),
    }


def truncated(seed: int) -> Iterator[Draft]:
    """Each sound file cut off at seeded places: in its first bytes, its header, its pixels, and before its last byte."""
    random = np.random.default_rng(seed)
    for name, content in sound().items():
        size = len(content)
        marks = [0.0, 132 / size, 300 / size, 0.5, 0.98] if size > 1000 else [0.0, 0.2, 0.4, 0.6, 0.9]
        for part, (low, high) in enumerate(pairwise(marks)):
            kept = int(random.integers(max(1, int(low * size)), int(high * size)))
            yield Draft(f"{kept}-bytes-of-{name}", content[:kept], "refused" if part < 3 else "either")
        yield Draft(f"all-but-a-byte-of-{name}", content[:-1])


def damaged(seed: int) -> Iterator[Draft]:
    """Each sound file with a few bytes changed, lost or added at seeded places, half of them in its first kilobyte."""
    random = np.random.default_rng(seed + 1)
    for name, content in sound().items():
        for what, change in _CHANGES.items():
            early = random.random() < 0.5
            at = int(random.integers(0, min(1024, len(content)) if early else len(content)))
            yield Draft(f"{what}-at-{at}-of-{name}", change(content, at, random))


def _flipped(content: bytes, at: int, random: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in (at, *random.integers(0, len(content), 2)):
        changed[place] ^= 1 << int(random.integers(8))
    return bytes(changed)


_CHANGES: dict[str, Callable[[bytes, int, np.random.Generator], bytes]] = {
    "flip": _flipped,
    "zeros": lambda content, at, random: content[:at] + b"\0" * 40 + content[at + 40 :],
    "ones": lambda content, at, random: content[:at] + b"\xff" * 40 + content[at + 40 :],
    "lost": lambda content, at, random: content[:at] + content[at + int(random.integers(1, 40)) :],
    "added": lambda content, at, random: content[:at] + random.bytes(int(random.integers(1, 40))) + content[at:],
}
