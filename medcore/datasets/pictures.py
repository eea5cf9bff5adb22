"""Films to their resized grey values, read as an upload is."""

from collections.abc import Callable, Sequence

import numpy as np

from medcore import preprocessing, reading
from medcore.datasets.films import Film
from medcore.errors import DatasetError
from medcore.preprocessing import InputSpec
from medcore.volume import Photometric


def pictures(
    films: Sequence[Film], spec: InputSpec, progress: Callable[[int, int], None] | None = None
) -> tuple[np.ndarray, list[Photometric]]:
    """The films' resized values (n, rows, columns) float32 in file units, before `preprocessing.scale`, and photometrics.

    Read by `medcore.reading`, as an upload is; raises DatasetError where a file is refused.
    """
    values = np.empty((len(films), *spec.size), np.float32)
    photometrics: list[Photometric] = []
    for start in range(0, len(films), 500):
        for offset, series in enumerate(_read(films[start : start + 500])):
            middle = series.volume.shape[0] // 2
            pixels = preprocessing.to_values(series.volume, middle, spec)
            values[start + offset] = preprocessing.resize(pixels, series.volume.photometric, spec)
            photometrics.append(series.volume.photometric)
        if progress:
            progress(min(start + 500, len(films)), len(films))
    return values, photometrics


def _read(films: Sequence[Film]) -> list:
    result = reading.read_named([(str(index), film.path) for index, film in enumerate(films)])
    if result.refusals:
        refusal = result.refusals[0]
        raise DatasetError(f"{films[int(refusal.name)].name} can't be used: {refusal.error}")
    by_index = {int(series.files[0]): series for series in result.series}
    if len(by_index) != len(films):
        raise DatasetError("Some files of the set belong to one DICOM series; give one file a film.")
    return [by_index[index] for index in range(len(films))]
