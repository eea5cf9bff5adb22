"""Sources to pictures for the gate's measurement: slices and planes of scans, windows of photos, and what is drawn here."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.strangers import SOURCES, Source, place_of
from medcore import phantoms, reading
from medcore.errors import DatasetError
from medcore.volume import Volume

SLICES, SMALLEST = 10, 32
"""At most so many slices of a scan in each direction; smaller pictures than this are left out."""
PAGES, NOISES, DRAWN = 30, 30, 30
SPECTRA = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf", "DejaVuSerif-Italic.ttf")
ATTENUATION = 0.02
"""Of water, per mm: how a projection turns sums of density into film-like values."""


@dataclass(frozen=True)
class Picture:
    """One picture: of which family and source, a name within it, and a volume with one slice."""

    family: str
    source: str
    name: str
    volume: Volume


def strangers(fetched: Path, data: Path) -> Iterator[Picture]:
    """Every stranger, real ones first; raises DatasetError where a source isn't there."""
    for source in SOURCES:
        yield from of_source(source, place_of(source, fetched, data))
    yield from labelled(data / "brain_mri_tumour_224" / "test", "brain MR", "brain_mri_tumour_224")
    yield from drawn_pages()
    yield from noises()
    yield from plain_pictures()
    yield from drawn_phantoms()


def of_source(source: Source, path: Path) -> Iterator[Picture]:
    """The pictures of one source, those alike once."""
    seen = set()
    for series in reading.read([path]).series:
        for name, volume in CUTS[source.cut](series.volume):
            digest = hashlib.sha256(volume.voxels.tobytes()).digest()
            if min(volume.shape[1:]) >= SMALLEST and digest not in seen:
                seen.add(digest)
                yield Picture(source.family, f"{source.package} {source.file}", name, volume)


def labelled(folder: Path, family: str, name: str) -> Iterator[Picture]:
    """Every picture of a folder of class folders; one source, as nobody knows whose they are."""
    for path in sorted(folder.glob("*/*.jp*g")):
        yield Picture(family, name, str(path.relative_to(folder)), grey(np.asarray(Image.open(path).convert("L"))))


def grey(values: np.ndarray) -> Volume:
    """Values (rows, columns) as a picture of one slice, dark to bright."""
    return Volume(np.ascontiguousarray(values, np.float32)[None], None, "grey", None, "MONOCHROME2", "image")


def _some(count: int) -> list[int]:
    return np.unique(np.linspace(0.1 * (count - 1), 0.9 * (count - 1), min(count, SLICES)).round().astype(int)).tolist()


def slices(volume: Volume) -> Iterator[tuple[str, Volume]]:
    """Evenly spaced slices from the middle four fifths, as stored."""
    for index in _some(volume.shape[0]):
        yield f"slice {index + 1}", _only(volume, volume.voxels[index])


def planes(volume: Volume) -> Iterator[tuple[str, Volume]]:
    """Slices in all three directions of a grey volume, voxel by voxel."""
    for axis, direction in enumerate(("slice", "row", "column")):
        along = np.moveaxis(volume.voxels, axis, 0)
        for index in _some(len(along)):
            if np.ptp(along[index]) > 0:
                yield f"{direction} {index + 1}", _only(volume, along[index])


def windows(volume: Volume) -> Iterator[tuple[str, Volume]]:
    """Each slice whole, and its four corners and middle, two thirds of its sides each."""
    for name, whole in slices(volume):
        yield name, whole
        rows, columns = (side // 3 for side in whole.shape[1:])
        for place, (top, left) in enumerate(((0, 0), (0, columns), (rows, 0), (rows, columns), (rows // 2, columns // 2))):
            part = whole.voxels[0, top : top + 2 * rows, left : left + 2 * columns]
            yield f"{name} window {place + 1}", _only(volume, part)


def projections(volume: Volume) -> Iterator[tuple[str, Volume]]:
    """A CT seen from the front and from the side, as mean density, as film-like values and as its densest voxels, head up."""
    hounsfield, (down, *along) = _standing(volume)
    density = np.clip((hounsfield + 1000) / 1000, 0, 3)
    for axis, side in ((1, "front"), (2, "side")):
        seen = {
            "mean density": density.mean(axis=axis),
            "as on film": -np.exp(-ATTENUATION * along[axis - 1] * density.sum(axis=axis)),
            "densest": hounsfield.max(axis=axis),
        }
        for name, values in seen.items():
            yield f"{side}, {name}", grey(np.repeat(values, max(1, round(down / along[2 - axis])), axis=0))


def _standing(volume: Volume) -> tuple[np.ndarray, np.ndarray]:
    """Voxels (z from the head down, y to the back, x to the left), and their sides in mm in that order."""
    if volume.affine is None:
        raise DatasetError("A series without positions can't be projected; take another source.")
    order = np.abs(volume.affine[:3, :3]).argmax(axis=1)[::-1]  # which voxel axis runs along z, y, x
    steps = volume.affine[[2, 1, 0], order] * (-1, 1, 1)
    turned = volume.voxels.transpose(order)[tuple(slice(None, None, int(np.sign(step))) for step in steps)]
    return turned.astype(np.float32), np.abs(steps)


def _only(volume: Volume, voxels: np.ndarray) -> Volume:
    """One picture of the volume without what its tags or its place say."""
    return replace(
        volume,
        voxels=np.ascontiguousarray(voxels)[None],
        affine=None,
        modality=None,
        kind="image",
        runs_to=None,
        row_column_mm=None,
        suggested_window=None,
        overlay=None,
    )


CUTS: dict[str, Callable[[Volume], Iterator[tuple[str, Volume]]]] = {
    "slices": slices,
    "planes": planes,
    "windows": windows,
    "projections": projections,
}


def drawn_pages() -> Iterator[Picture]:
    """Pages of this file's own text in five fonts, dark on bright or bright on dark, in three shapes."""
    words = " ".join(Path(__file__).read_text(encoding="utf-8").split())
    for font in FONTS:
        for page in range(PAGES):
            name = f"{page + 1}"
            yield Picture("text page", f"drawn, {font}", name, grey(_page(words[37 * page :], font, page)))


def _page(words: str, font: str, seed: int) -> np.ndarray:
    import matplotlib

    height, width = ((1000, 800), (700, 1000), (600, 600))[seed % 3]
    size = 10 + 31 * seed % 30
    letters = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf" / font), size)
    picture = Image.new("L", (width, height), 255 if seed % 4 else 0)
    pen, line = ImageDraw.Draw(picture), width // (size // 2 + 1)
    for number, top in enumerate(range(20, height - 30, int(1.3 * size))):
        pen.text((20, top), words[number * line : (number + 1) * line], 0 if seed % 4 else 230, font=letters)
    return np.asarray(picture)


def noises() -> Iterator[Picture]:
    """Noise whose amplitude falls with frequency to a power: from white to clouds."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    frequency[0, 0] = 1
    for power in SPECTRA:
        for seed in range(NOISES):
            white = np.fft.fft2(np.random.default_rng(seed).normal(size=frequency.shape))
            values = np.fft.ifft2(white / frequency**power).real
            yield Picture("noise", f"drawn, 1/f^{power:g}", f"{seed + 1}", grey(values))


def plain_pictures() -> Iterator[Picture]:
    """Pictures with nothing in them: one value, a slope, a bright or dark disc or box, an edge, stripes."""
    down, across = np.mgrid[-1:1:256j, -1:1:256j]
    for number in range(DRAWN):
        turn = 2 * np.pi * number / DRAWN
        slope, radius = np.cos(turn) * down + np.sin(turn) * across, 0.2 + 0.6 * number / DRAWN
        disc, box = np.hypot(down, across) < radius, np.maximum(abs(down), abs(across)) < radius
        drawn = {"one value": np.full_like(down, number), "slope": slope, "edge": slope > 0, "stripes": np.sin(9 * slope)}
        drawn |= {
            "bright disc": disc,
            "dark disc": ~disc,
            "bright box": box,
            "dark box": ~box,
            "vignette": -(slope**2) - down**2,
        }
        for name, values in drawn.items():
            if name != "one value" or number == 0:  # every blank picture is the same one to the eye
                yield Picture("blank, slopes and shapes", f"drawn, {name}", f"{number + 1}", grey(values))


def drawn_phantoms() -> Iterator[Picture]:
    """Films and a CT of `medcore.phantoms`."""
    films: Sequence[tuple[str, Callable[[int], Volume]]] = (
        ("chest film", phantoms.chest_film),
        ("plain film", phantoms.plain_film),
        ("film with a blob", lambda seed: phantoms.film_with_blob(seed)[0]),
    )
    for (name, draw), seed in ((each, seed) for each in films for seed in range(DRAWN)):
        yield Picture("drawn phantom", f"drawn, {name}", f"{seed + 1}", draw(seed))
    for name, volume in planes(phantoms.ct_series().volume):
        yield Picture("drawn phantom", "drawn, CT", name, volume)
