"""What a model remembers of its training films, and how it tells a picture that is none of them or lies otherwise."""

from dataclasses import dataclass

import numpy as np

from medcore.preprocessing import Channels
from medcore.recognition.eye import embed
from medcore.recognition.postures import POSTURES, UPRIGHT, Posture, posed
from medcore.recognition.verdict import Recognition

NEAREST = 5
"""How many training films say which group a picture is of."""


@dataclass(frozen=True, eq=False)
class Recogniser:
    """`references` (k, 1280) float32 of length 1, rounded to float16: what the eye saw in training films.

    `group_of` (k,) says by number in `groups` which group each is of; "" is none. `weights` (1280, 8) and `bias` (8,) are the
    posture head, `checked` (8,) the postures that it can tell, upright among them; what it gives the others counts as upright.
    """

    channels: Channels
    references: np.ndarray
    groups: tuple[str, ...]
    group_of: np.ndarray
    distance_limit: float
    weights: np.ndarray
    bias: np.ndarray
    checked: np.ndarray
    upright_limit: float

    def recognise(self, tensor: np.ndarray) -> Recognition:
        """What there is to say of a picture (224, 224, channels), as `eye.tensor_of` makes it."""
        seen = embed(tensor[None])
        distances = 1 - self.references @ seen[0]
        distance, score = max(0.0, float(distances.min())), float(self.upright_scores(seen)[0])
        posture, undone = self._second_look(tensor, distance) if score < self.upright_limit else (UPRIGHT, None)
        limits = self.distance_limit, self.upright_limit
        return Recognition(distance, limits[0], posture, score, limits[1], self._group(distances), undone)

    def upright_scores(self, embeddings: np.ndarray) -> np.ndarray:
        """The scores (n,), 0..1, of "upright" and of the postures that aren't checked."""
        logits = embeddings @ self.weights + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        unchecked = ~self.checked | (np.arange(len(POSTURES)) == 0)
        return powers[:, unchecked].sum(axis=1) / powers.sum(axis=1)

    def _second_look(self, tensor: np.ndarray, distance: float) -> tuple[Posture, float | None]:
        """The head tells left from right badly, as its eye learnt from mirrored pictures; the distance tells them well."""
        postures = [posture for posture, checked in zip(POSTURES[1:], self.checked[1:], strict=True) if checked]
        undone = np.concatenate([posed(tensor[None], posture.undoing) for posture in postures])
        distances = nearest(self.references, embed(undone))
        best = int(distances.argmin())
        return (postures[best], max(0.0, float(distances[best]))) if distances[best] < distance else (UPRIGHT, None)

    def _group(self, distances: np.ndarray) -> str:
        """That of most of the nearest references that are of a named one; of the very nearest where two have as many."""
        order = [self.groups[number] for number in self.group_of[np.argsort(distances, kind="stable")]]
        neighbours = [group for group in order if group][:NEAREST]
        return max(neighbours, key=neighbours.count, default="")


def nearest(references: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """The cosine distance of each embedding (n, 1280) to the nearest reference, (n,)."""
    return 1 - (embeddings @ references.T).max(axis=1)
