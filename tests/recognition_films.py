"""Films that a recogniser is fitted on in tests, and what it is shown."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from medcore.phantoms import chest_film
from medcore.preprocessing import prepare
from medcore.recognition import POSTURES, Recogniser, spec_of
from medcore.recognition.fitting import Films, fit

GREY = spec_of(1)


def chests(seeds: Sequence[int]) -> np.ndarray:
    """Chest phantoms as the eye takes them."""
    return np.stack([prepare(chest_film(seed, (96, 96)), 0, GREY) for seed in seeds])


def films_of(tensors: np.ndarray, groups: Sequence[str] = ("",)) -> Films:
    """Each film of a patient of its own, groups in turn."""
    patients = [str(index) for index in range(len(tensors))]
    return Films(lambda rows: tensors[list(rows)], [groups[index % len(groups)] for index in range(len(tensors))], patients)


@lru_cache(maxsize=1)
def fitted() -> tuple[Recogniser, dict[str, Any]]:
    """A recogniser of 24 chest phantoms, with limits from 20 others."""
    return fit(films_of(chests(range(24))), films_of(chests(range(100, 120))), 1, 7, lambda done, pictures: None)


def sure(groups: tuple[str, ...] = ("",), group_of: Sequence[int] = (0, 0, 0), **changes: Any) -> Recogniser:
    """A recogniser by hand, of as many films as there are dimensions named, that never suspects a posture."""
    fields: dict[str, Any] = {"references": np.eye(len(group_of), 1280, dtype=np.float32)}
    weights, bias = np.zeros((1280, len(POSTURES)), np.float32), np.zeros(len(POSTURES), np.float32)
    checked = np.ones(len(POSTURES), bool)
    fields |= {"distance_limit": 0.3, "weights": weights, "bias": bias, "checked": checked, "upright_limit": 0.0}
    return Recogniser(channels=1, groups=groups, group_of=np.array(group_of), **(fields | changes))
