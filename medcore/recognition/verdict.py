"""What recognition says of one picture, beside the limits that it was held against."""

from dataclasses import dataclass

from medcore.recognition.postures import Posture


@dataclass(frozen=True)
class Recognition:
    """`distance`: cosine distance, 0..2, of the picture as it lies to the nearest training film.

    `upright_score` (0..1) is what the posture head gives "upright". Under `upright_limit` every checked posture is undone, and
    `posture` is the one of which that brings the picture nearest to a training film, as near as `undone_distance`; "upright"
    where none brings it nearer. `group` is that of most of the nearest training films, "" where the model has none.
    """

    distance: float
    distance_limit: float
    posture: Posture
    upright_score: float
    upright_limit: float
    group: str = ""
    undone_distance: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether the picture, as it lies or with its posture undone, is as near to a training film as validation films are."""
        nearest = self.distance if self.undone_distance is None else min(self.distance, self.undone_distance)
        return nearest <= self.distance_limit

    @property
    def is_upright(self) -> bool:
        """Whether nothing speaks for another posture."""
        return self.posture.is_upright
