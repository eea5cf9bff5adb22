"""A recogniser's limits, from upright validation films and the same ones in every other posture."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from medcore.recognition.postures import POSTURES
from medcore.recognition.recogniser import Recogniser, nearest

QUANTILE, MARGIN = 0.995, 1.2
"""The distance limit is this quantile of the validation films' distances, times the margin for films from elsewhere."""
ENOUGH = 200
"""Fewer validation films than this don't show such a quantile: the references' own distances, each to those of other patients,
stand beside theirs then, so that one odd film isn't the limit."""
FALSE_ALARMS, LEAST_CAUGHT, LEAST_FILMS = 0.005, 0.95, 20
"""Of upright films at most so many may be suspected; a posture is checked where so many are caught, of 20 films or more."""
MOST_UPRIGHT = 0.5
"""A picture for which "upright" has half of the score isn't called otherwise, whatever validation films say."""


def limited(bare: Recogniser, validation: np.ndarray, patients: Sequence[str]) -> Recogniser:
    """The recogniser with limits from embeddings (8, n, 1280) of n ≥ 1 films in every posture.

    `patients` says whose film each reference is.
    """
    distances = nearest(bare.references, validation[0])
    if len(distances) < ENOUGH:
        distances = np.concatenate([distances, among_themselves(bare.references, patients)])
    limit = round(float(np.quantile(distances, QUANTILE)) * MARGIN, 4)
    return _with_postures(replace(bare, distance_limit=limit), validation)


def among_themselves(references: np.ndarray, patients: Sequence[str]) -> np.ndarray:
    """The cosine distance of each reference to the nearest one of another patient, (k,); none where there is one patient."""
    whose = np.unique(patients, return_inverse=True)[1]
    likeness = np.where(whose[:, None] == whose, -np.inf, references @ references.T).max(axis=1)
    return 1 - likeness[np.isfinite(likeness)]


def seen_as(recogniser: Recogniser, lying: np.ndarray) -> np.ndarray:
    """Which posture (8, n) the recogniser sees in each of n films (8, n, 1280) in every posture, as `recognise` does.

    Undoing one posture of a film that lies in another gives it in a third one, which is there already.
    """
    distances = np.stack([nearest(recogniser.references, each) for each in lying])
    found = np.zeros(lying.shape[:2], int)
    for number, posture in enumerate(POSTURES):
        undone = np.stack([distances[POSTURES.index(other.undoing.after(posture))] for other in POSTURES])
        undone[~recogniser.checked] = np.inf
        is_suspect = recogniser.upright_scores(lying[number]) < recogniser.upright_limit
        found[number] = np.where(is_suspect, undone.argmin(axis=0), 0)
    return found


def _with_postures(bare: Recogniser, validation: np.ndarray) -> Recogniser:
    """Takes the worst posture out until each that is left is caught; what is given to those taken out counts as upright."""
    checked = np.full(len(POSTURES), validation.shape[1] >= LEAST_FILMS)
    checked[0] = True
    while True:
        recogniser = replace(bare, checked=checked)
        recogniser = replace(recogniser, upright_limit=_upright_limit(recogniser.upright_scores(validation[0])))
        caught = np.where(checked, (seen_as(recogniser, validation) != 0).mean(axis=1), 1.0)
        worst = 1 + int(caught[1:].argmin())
        if caught[worst] >= LEAST_CAUGHT:
            return recogniser
        checked = checked & (np.arange(len(POSTURES)) != worst)


def _upright_limit(scores: np.ndarray) -> float:
    """The score under which a film is suspected, so that hardly an upright one is; rounded down."""
    spare = int(FALSE_ALARMS * len(scores))
    return min(MOST_UPRIGHT, float(np.floor(float(np.sort(scores)[spare]) * 1e4) / 1e4))
