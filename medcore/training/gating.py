"""A model's gate from its training and validation films, read again as the eye that recognises takes them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from medcore import datasets, preprocessing, recognition
from medcore.datasets import Dataset, Film
from medcore.jobs.spec import FilmGroup
from medcore.preprocessing import Channels
from medcore.recognition import fitting

Say = Callable[[str], None]


def fit_gate(
    path: Path,
    dataset: Dataset,
    groups: Mapping[str, FilmGroup],
    channels: Channels,
    seed: int,
    say: Say,
    most: int = fitting.MOST_REFERENCES,
) -> dict[str, Any]:
    """Writes the gate of a model for these films, and gives what its card says of it under "gate"; `say` gets progress words.

    It remembers `most` training films at most, and its limits come from as many validation films at most. Training films of
    strata in no group are remembered as of none; validation films of such strata have no say, where there are groups. Raises
    DatasetError where a film can't be read.
    """
    names = {stratum: name for name, group in groups.items() for stratum in group.strata}
    held = [film for film in dataset.part("val") if not groups or film.stratum in names] or dataset.part("val")
    path.parent.mkdir(exist_ok=True)
    train = _chosen(dataset.part("train"), names, min(most, fitting.MOST_REFERENCES), seed)
    held = _chosen(held, names, min(most, fitting.MOST_HELD), seed)
    tensors = _tensors([*train, *held], channels, say)
    recogniser, measured = fitting.fit(
        _films(train, names, tensors),
        _films(held, names, lambda rows: tensors([len(train) + row for row in rows])),
        channels,
        seed,
        lambda done, pictures: say(f"gate: {done} of {pictures} pictures looked at"),
    )
    return {
        "sha256": recognition.write(recogniser, path),
        "distance_limit": recogniser.distance_limit,
        "upright_limit": recogniser.upright_limit,
        "films": {"train": len(train), "val": len(held)},
        "unchecked": [posture.name for posture, checked in _checked(recogniser) if not checked],
        "measured": measured,
    }


def _checked(recogniser: recognition.Recogniser) -> list[tuple[recognition.Posture, bool]]:
    return list(zip(recognition.POSTURES, recogniser.checked.tolist(), strict=True))


def _chosen(films: Sequence[Film], names: Mapping[str, str], most: int, seed: int) -> list[Film]:
    strata = [(names.get(film.stratum, ""), film.label) for film in films]
    return [films[index] for index in fitting.choose(strata, most, seed)]


def _films(films: Sequence[Film], names: Mapping[str, str], tensors: Callable[[Sequence[int]], np.ndarray]) -> fitting.Films:
    return fitting.Films(tensors, [names.get(film.stratum, "") for film in films], [film.patient for film in films])


def _tensors(films: Sequence[Film], channels: Channels, say: Say) -> Callable[[Sequence[int]], np.ndarray]:
    """The films read, and a function from some of their indices to what serving would make of them."""
    spec = recognition.spec_of(channels)
    values, photometrics = datasets.pictures(films, spec, lambda done, all_: say(f"gate: {done} of {all_} pictures read"))
    return lambda rows: np.stack([preprocessing.scale(values[row], photometrics[row], spec) for row in rows])
