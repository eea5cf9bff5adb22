"""A recogniser from training films, with limits and figures from the validation films alone: no stranger has a say in it."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medcore.preprocessing import Channels
from medcore.recognition.eye import FEATURES, embed
from medcore.recognition.limits import limited
from medcore.recognition.measuring import measured
from medcore.recognition.postures import POSTURES, Posture, posed
from medcore.recognition.recogniser import Recogniser

MOST_REFERENCES, MOST_POSED, MOST_HELD = 1000, 300, 400
"""How many training films are remembered, how many of them are shown in every posture, and how many validation films are."""
_SHARPNESS = 30.0  # scikit-learn's C, as features are of length 1; ten times more tells films of other hospitals worse
_ROUNDS, _EXACT = 300, 1e-3
_BATCH = 32
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Films:
    """Films to fit on: `tensors` gives some by index (n, 224, 224, channels), upright, as `eye.tensor_of` makes them.

    `groups` and `patients` say of each which part of the set it is of and whose it is.
    """

    tensors: Callable[[Sequence[int]], np.ndarray]
    groups: Sequence[str]
    patients: Sequence[str]


def choose(strata: Sequence[Hashable], most: int, seed: int) -> list[int]:
    """At most so many indices, in order, spread over the strata as evenly as these allow; the same each time."""
    seen: dict[Hashable, int] = {}
    ranks: dict[int, int] = {}
    for index in np.random.default_rng(seed).permutation(len(strata)).tolist():
        ranks[index] = seen[strata[index]] = seen.get(strata[index], 0) + 1
    return sorted(sorted(ranks, key=ranks.__getitem__)[:most])


def passes(train: int, held: int) -> int:
    """How many pictures the eye looks at to fit on so many films, of which it takes some."""
    references, shown, validation = min(train, MOST_REFERENCES), min(train, MOST_POSED), min(held, MOST_HELD)
    return references + len(POSTURES) * (shown + validation)


def fit(train: Films, held: Films, channels: Channels, seed: int, progress: Progress) -> tuple[Recogniser, dict[str, Any]]:
    """The recogniser of these training films, and what was measured on the validation films `held`, for the card.

    Every film is used: `choose` some before. `progress` gets (pictures looked at, pictures in all).
    """
    shown = choose(train.groups, MOST_POSED, seed)
    counted = _Counted(progress, passes(len(train.groups), len(held.groups)))
    references = _rounded(
        counted.embeddings(train, range(len(train.groups)), POSTURES[:1], 0 * np.arange(len(train.groups)))[0]
    )
    lying = counted.embeddings(train, shown, POSTURES, np.random.default_rng(seed).integers(2, size=len(shown)))
    validation = counted.embeddings(held, range(len(held.groups)), POSTURES, 0 * np.arange(len(held.groups)))
    weights, bias = _head(lying)
    names = tuple(sorted(set(train.groups)))
    group_of = np.array([names.index(group) for group in train.groups])
    bare = Recogniser(channels, references, names, group_of, 0.0, weights, bias, np.ones(len(POSTURES), bool), 0.5)
    return limited(bare, validation, train.patients), measured(bare, validation, train.patients, held.patients, seed)


def _rounded(references: np.ndarray) -> np.ndarray:
    """As a gate's file keeps them: limits are those of what will be served."""
    return references.astype(np.float16).astype(np.float32)


def _head(lying: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weights (1280, 8) and bias (8,) of a logistic regression that tells postures, of embeddings (8, n, 1280).

    By one thread: that gives the same bits each time, and two that wait for one another take minutes on a busy machine.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    numbers = np.repeat(np.arange(len(POSTURES)), lying.shape[1])
    with threadpool_limits(1):
        head = LogisticRegression(C=_SHARPNESS, max_iter=_ROUNDS, tol=_EXACT).fit(lying.reshape(-1, FEATURES), numbers)
    return head.coef_.T.astype(np.float32), head.intercept_.astype(np.float32)


class _Counted:
    """The eye, telling how many pictures it has looked at."""

    def __init__(self, progress: Progress, whole: int) -> None:
        self._progress, self._whole, self._done = progress, whole, 0

    def embeddings(self, films: Films, rows: Sequence[int], postures: Sequence[Posture], mirrored: np.ndarray) -> np.ndarray:
        """(postures, rows, 1280) of these films in these postures; those with a 1 in `mirrored` (rows,) are mirrored first."""
        found = np.empty((len(postures), len(rows), FEATURES), np.float32)
        for start in range(0, len(rows), _BATCH):
            place = slice(start, start + _BATCH)
            upright = films.tensors(rows[place])
            mirror = mirrored[place] == 1
            upright[mirror] = upright[mirror][:, :, ::-1]
            for number, posture in enumerate(postures):
                found[number, place] = embed(np.ascontiguousarray(posed(upright, posture)))
                self._told(len(upright))
        return found

    def _told(self, pictures: int) -> None:
        self._done += pictures
        self._progress(self._done, self._whole)
