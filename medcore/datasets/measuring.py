"""Each file of a set, read once, to what a survey needs of it: digests, a thumbnail and a few plain figures."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from medcore import preprocessing
from medcore.datasets.films import Film
from medcore.datasets.patients import hashed
from medcore.datasets.plain import plain_figures
from medcore.datasets.slices import Progress, Slice, bytes_of, chunks, read_slices, told
from medcore.preprocessing import InputSpec
from medcore.volume import Photometric

THUMBNAIL_SIZE = (64, 64)
_NAME = "\0"  # stands for the file's name in a reason that holds for all of its copies
_GREY = InputSpec(THUMBNAIL_SIZE, scaling="percentile", resize="pad")
_COLOUR = InputSpec(THUMBNAIL_SIZE, scaling="range", limits=(0, 255), channels=3, resize="pad")
# A grey picture's red, green and blue differ by a few levels where a JPEG was stored with reduced chroma.
_COLOUR_LEVELS = 16


@dataclass(frozen=True, eq=False)
class Measured:
    """One file: SHA-256 (hex) of its bytes and of its pixels, and what its picture is like.

    figures are those of `plain_figures`; low and high are the least and the greatest grey value, in file units.
    patient is the hash of a DICOM PatientID, "" without one. thumbnail is uint8 (64, 64[, 3]).
    """

    digest: str
    pixels: str
    rows: int
    columns: int
    figures: Mapping[str, float]
    low: float
    high: float
    photometric: Photometric
    modality: str
    patient: str
    of_many: bool
    thumbnail: np.ndarray

    @property
    def is_colour(self) -> bool:
        """Whether the picture is in colour, not grey that is stored as red, green and blue."""
        return self.thumbnail.ndim == 3


def measure(films: Sequence[Film], progress: Progress | None = None) -> list[Measured | str]:
    """What each film's file is like, or why it can't be used; `progress` is called with (files done, files in all)."""
    sizes = [bytes_of(film.path) for film in films]
    seen: dict[str, Measured | str] = {}
    measured: list[Measured | str] = []
    for chunk in chunks(sizes):
        measured += _measure_chunk([films[index] for index in chunk], seen, told(progress, chunk, len(films)))
    return measured


def _measure_chunk(
    films: Sequence[Film], seen: dict[str, Measured | str], tell: Callable[[float, float], None]
) -> list[Measured | str]:
    """What the films' files are like; a file whose bytes were `seen` before isn't read again."""
    digests = [_digest(film, tell) for film in films]
    fresh = {
        digest: film
        for digest, film in zip(digests, films, strict=True)
        if isinstance(digest, bytes) and digest.hex() not in seen
    }
    slices = read_slices([(film.name, film.path) for film in fresh.values()], tell)
    for (digest, film), piece in zip(fresh.items(), slices, strict=True):
        seen[digest.hex()] = (
            _measured(piece, digest.hex(), film) if isinstance(piece, Slice) else piece.replace(film.name, _NAME)
        )
    tell(1, 1)
    return [
        _of_this(seen[digest.hex()], film) if isinstance(digest, bytes) else digest
        for digest, film in zip(digests, films, strict=True)
    ]


def _of_this(found: Measured | str, film: Film) -> Measured | str:
    """What a file of these bytes is like, or the reason with this film's own name in it."""
    return found.replace(_NAME, film.name) if isinstance(found, str) else found


def _digest(film: Film, tell: Callable[[float, float], None]) -> bytes | str:
    """SHA-256 of the file, or why it can't be read."""
    tell(0, 1)
    try:
        with film.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        return f"It can't be read ({error.strerror}); mend the path or take it out."


def _measured(piece: Slice, digest: str, film: Film) -> Measured:
    volume = piece.series.volume
    values = preprocessing.to_values(volume, piece.index, _GREY)
    spec = _COLOUR if _is_colour(volume.slice(piece.index)) else _GREY
    pixels = np.ascontiguousarray(preprocessing.to_values(volume, piece.index, spec))
    resized = preprocessing.resize(pixels, volume.photometric, spec)
    thumbnail = preprocessing.scale(resized, volume.photometric, spec) * 255
    return Measured(
        digest=digest,
        pixels=_digest_of_pixels(pixels, volume.photometric),
        rows=values.shape[0],
        columns=values.shape[1],
        figures=plain_figures(film.path, values),
        low=float(values.min()),
        high=float(values.max()),
        photometric=volume.photometric,
        modality=volume.modality or "unknown",
        patient=hashed(piece.series.header.get("PatientID", "")),
        of_many=piece.of_many,
        thumbnail=(thumbnail if spec.channels == 3 else thumbnail[..., 0]).round().astype(np.uint8),
    )


def _digest_of_pixels(pixels: np.ndarray, photometric: Photometric) -> str:
    """SHA-256 (hex) of the pixels, and of which end of them is white."""
    is_inverted = photometric == "MONOCHROME1"
    return hashlib.sha256(repr((pixels.shape, is_inverted)).encode() + pixels.tobytes()).hexdigest()


def _is_colour(pixels: np.ndarray) -> bool:
    """Whether one in a hundred pixels (rows, columns[, 3]) isn't grey."""
    return pixels.ndim == 3 and float(np.percentile(np.ptp(pixels, axis=-1), 99)) > _COLOUR_LEVELS
