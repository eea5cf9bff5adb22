"""What recognition says of one picture, beside the limits that it was held against."""

from dataclasses import dataclass

from medcore.recognition.postures import Posture


@dataclass(frozen=True)
class Recognition:
    """`distance`: cosine distance to the nearest training film, 0..2. `posture`: the one that fits best, of those checked.

    `upright_score` (0..1) is what the posture head gives "upright"; the picture counts as upright from `upright_limit` on, or
    where upright fits best. `group` is that of most of the nearest training films, "" where the model has none.
    """

    distance: float
    distance_limit: float
    posture: Posture
    upright_score: float
    upright_limit: float
    group: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the picture is as near to a training film as the validation films are."""
        return self.distance <= self.distance_limit

    @property
    def is_upright(self) -> bool:
        """Whether nothing speaks for another posture."""
        return self.posture.is_upright or self.upright_score >= self.upright_limit
