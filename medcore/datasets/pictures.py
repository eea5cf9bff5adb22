"""Films to their resized values, read as an upload is."""

from collections.abc import Callable, Sequence

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
    for chunk in chunks([bytes_of(film.path) for film in films]):
        tell = told(progress, chunk, len(films))
        for index, piece in zip(chunk, _read([films[index] for index in chunk], tell), strict=True):
            volume = piece.series.volume
            pixels = preprocessing.to_values(volume, piece.index, spec)
            values[index] = preprocessing.resize(pixels, volume.photometric, spec)
            photometrics.append(volume.photometric)
        tell(1, 1)
    return values, photometrics


def _read(films: Sequence[Film], progress: Callable[[float, float], None]) -> list[Slice]:
    slices: list[Slice] = []
    for film, piece in zip(films, read_slices([(film.name, film.path) for film in films], progress), strict=True):
        if isinstance(piece, str):
            raise DatasetError(f"{film.name} can't be used: {piece}")
        slices.append(piece)
    return slices
