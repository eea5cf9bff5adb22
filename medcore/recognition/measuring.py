"""How often a recogniser is right on validation films: with limits from one half of their patients, measured on the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from medcore import evaluation
from medcore.recognition.limits import limited, seen_as
from medcore.recognition.postures import POSTURES
from medcore.recognition.recogniser import Recogniser, nearest


def measured(
    bare: Recogniser, validation: np.ndarray, references_of: Sequence[str], held_of: Sequence[str], seed: int
) -> dict[str, Any]:
    """{"refused", "too_far", "alarmed", "postures"} with Wilson intervals, of films (8, n, 1280) in every posture.

    `references_of` and `held_of` are the patients of the references and of the films. postures: of each that the recogniser
    with limits from all films checks, how many are "caught", and how many by their right "name".
    """
    parts = [_on_other_half(bare, validation, references_of, half) for half in _halves(held_of, seed)]
    far = np.concatenate([part[0] for part in parts])
    seen = np.concatenate([part[1] for part in parts], axis=1)
    checked = limited(bare, validation, references_of).checked
    return {
        "refused": _rate(far | (seen[0] != 0)),
        "too_far": _rate(far),
        "alarmed": _rate(seen[0] != 0),
        "postures": {
            posture.name: {"caught": _rate(seen[number] != 0), "named": _rate(seen[number] == number)}
            for number, posture in enumerate(POSTURES)
            if checked[number] and number
        },
    }


def _halves(patients: Sequence[str], seed: int) -> list[np.ndarray]:
    """Two masks (n,) that have no patient in common; one of all films where there is one patient."""
    names, whose = np.unique(patients, return_inverse=True)
    if len(names) < 2:
        return [np.ones(len(patients), bool)]
    first = (np.random.default_rng(seed).permutation(len(names)) % 2)[whose] == 0
    return [first, ~first]


def _on_other_half(
    bare: Recogniser, validation: np.ndarray, references_of: Sequence[str], half: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each film of `half` (n,) is too far, and the postures (8, n) seen in it, with limits from the other films."""
    rest = ~half if not half.all() else half
    recogniser = limited(bare, validation[:, rest], references_of)
    films = validation[:, half]
    return nearest(recogniser.references, films[0]) > recogniser.distance_limit, seen_as(recogniser, films)


def _rate(hits: np.ndarray) -> dict[str, Any]:
    interval = evaluation.proportion(int(hits.sum()), len(hits)).to_json()
    return {"films": len(hits), "count": int(hits.sum()), **{key: round(value, 4) for key, value in interval.items()}}
