"""A run's films: which they are, their values in one file of the run folder, and the tensors that the net takes of them."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from medcore import datasets, models, preprocessing
from medcore.augmentation import augment
from medcore.datasets import Dataset, Film
from medcore.errors import SpecError
from medcore.jobs import TrainingSpec, write_json
from medcore.preprocessing import InputSpec
from medcore.volume import Photometric

VALUES, VALUES_OF = "pictures.npy", "pictures.json"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Part:
    """The films of one split with their resized values (n, rows, columns[, 3]) in file units."""

    films: tuple[Film, ...]
    labels: tuple[str, ...]
    values: np.ndarray
    photometrics: Sequence[Photometric]
    spec: InputSpec

    @cached_property
    def truth(self) -> np.ndarray:
        """Each film's label as its index, (n,)."""
        return np.array([self.labels.index(film.label) for film in self.films])

    def tensors(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Films as they are served, (n, rows, columns, channels): scaled, not augmented."""
        chosen = range(*slice(start, stop).indices(len(self.films)))
        tensors = np.empty((len(chosen), *self.spec.tensor_shape), np.float32)
        for place, index in enumerate(chosen):
            tensors[place] = preprocessing.scale(self.values[index], self.photometrics[index], self.spec)
        return tensors

    def augmented(self, index: int, rng: np.random.Generator, strength: float) -> np.ndarray:
        """Negated for augmenting where low values are white, and back: scaling is what is served, to the bit."""
        sign = -1 if self.photometrics[index] == "MONOCHROME1" else 1
        film = sign * augment(sign * self.values[index], rng, strength)
        return preprocessing.scale(film, self.photometrics[index], self.spec)


def open_films(run: Path, spec: TrainingSpec) -> Dataset:
    """The spec's films, frozen; its `data` is a file of the run folder where there is one of that name.

    A split that the spec names by its hash was frozen before: no file is read for it. Raises DatasetError, and SpecError where
    the films aren't those of that split.
    """
    beside = run / spec.data
    root = Path(spec.data_root) if spec.data_root else None
    source = beside if beside.is_file() else Path(spec.data)
    dataset = datasets.open_labelled(source, spec.labels, spec.label_aliases, root)
    if not spec.split_sha256:
        return datasets.freeze(dataset, spec.validation_fraction, spec.seed)
    if dataset.split_hash != spec.split_sha256:
        raise SpecError(f"{source} isn't the split that the run {run.name} was made for; put that back, or make a new run.")
    return dataset


def read_parts(run: Path, spec: TrainingSpec, dataset: Dataset, progress: Progress) -> tuple[Part, Part]:
    """The films for training and validation; read once, then kept in the run folder until it is done."""
    films = dataset.part("train") + dataset.part("val")
    input_spec, train = InputSpec.from_json(dict(spec.input_spec)), len(dataset.part("train"))
    values, photometrics = _kept(run, dataset, input_spec) or _read(run, dataset, films, input_spec, progress)
    return (
        Part(films[:train], spec.labels, values[:train], photometrics[:train], input_spec),
        Part(films[train:], spec.labels, values[train:], photometrics[train:], input_spec),
    )


def read_test(spec: TrainingSpec, dataset: Dataset) -> Part:
    """The test films, into memory: they are looked at once, at the end."""
    films, input_spec = dataset.part("test"), InputSpec.from_json(dict(spec.input_spec))
    return Part(films, spec.labels, *datasets.pictures(films, input_spec), input_spec)


def patients_of(spec: TrainingSpec, films: Sequence[Film]) -> list[str] | None:
    """Whose each film is; None where that isn't known of every one."""
    unknown = models.PATIENTS_UNKNOWN in spec.card.get("limits", ()) or any(film.patient == film.name for film in films)
    return None if unknown else [film.patient for film in films]


def forget_pictures(run: Path) -> None:
    """Takes the films' values out of the run folder."""
    for name in (VALUES_OF, VALUES):
        (run / name).unlink(missing_ok=True)


def _key(dataset: Dataset, spec: InputSpec) -> str:
    return hashlib.sha256(f"{dataset.split_hash} {spec.hash}".encode()).hexdigest()


def _kept(run: Path, dataset: Dataset, spec: InputSpec) -> tuple[np.ndarray, list[Photometric]] | None:
    """What an earlier attempt read whole; the note is written last, so that it vouches for the values."""
    with suppress(OSError, ValueError, KeyError):
        note = json.loads((run / VALUES_OF).read_text())
        if note["of"] == _key(dataset, spec):
            return np.load(run / VALUES, mmap_mode="r", allow_pickle=False), note["photometrics"]
    return None


def _read(
    run: Path, dataset: Dataset, films: Sequence[Film], spec: InputSpec, progress: Progress
) -> tuple[np.ndarray, list[Photometric]]:
    forget_pictures(run)
    part = run / f"{VALUES}.part"
    try:
        values = _room(part, (len(films), *spec.values_shape))
        _, photometrics = datasets.pictures(films, spec, progress, values)
        values.flush()
        part.rename(run / VALUES)
    finally:
        part.unlink(missing_ok=True)
    write_json(run / VALUES_OF, {"of": _key(dataset, spec), "photometrics": photometrics})
    return np.load(run / VALUES, mmap_mode="r", allow_pickle=False), photometrics


def _room(path: Path, shape: tuple[int, ...]) -> np.memmap:
    """A new array file; its bytes are reserved, as a full disk would end the process when a page of the map is written."""
    values = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return values
