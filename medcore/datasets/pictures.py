"""Films to their resized values, read as an upload is."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from medcore import preprocessing
from medcore.datasets.films import Film
from medcore.datasets.slices import Progress, Slice, bytes_of, chunks, read_slices, told
from medcore.errors import DatasetError
from medcore.preprocessing import InputSpec
from medcore.volume import Photometric


def pictures(
    films: Sequence[Film], spec: InputSpec, progress: Progress | None = None, out: np.ndarray | None = None
) -> tuple[np.ndarray, list[Photometric]]:
    """The films' resized values (n, rows, columns[, 3]) float32 in file units, before `preprocessing.scale`, and photometrics.

    Read by `medcore.reading`, as an upload is, and written into `out` where one is given: a memory map, for instance.
    `progress` is called with (films done, films in all), often. Raises DatasetError where a file is refused or `out` has
    another shape.
    """
    shape = (len(films), *spec.values_shape)
    values = np.empty(shape, np.float32) if out is None else out
    if values.shape != shape:
        raise DatasetError(f"{len(films)} films of this input spec don't fit into an array of {values.shape}; give {shape}.")
    photometrics: list[Photometric] = []
    for index, piece in enumerate(read_films(films, progress)):
        volume = piece.series.volume
        values[index] = preprocessing.resize(preprocessing.to_values(volume, piece.index, spec), volume.photometric, spec)
        photometrics.append(volume.photometric)
    return values, photometrics


def read_films(films: Sequence[Film], progress: Progress | None = None) -> Iterator[Slice]:
    """Each film's slice of its series, in order, read as an upload is; progress and errors are those of `pictures`."""
    for chunk in chunks([bytes_of(film.path) for film in films]):
        tell = told(progress, chunk, len(films))
        yield from _read([films[index] for index in chunk], tell)
        tell(1, 1)


def _read(films: Sequence[Film], progress: Callable[[float, float], None]) -> list[Slice]:
    found: list[Slice] = []
    for film, piece in zip(films, read_slices([(film.name, film.path) for film in films], progress), strict=True):
        if isinstance(piece, str):
            raise DatasetError(f"{film.name} can't be used: {piece}")
        found.append(piece)
    return found
