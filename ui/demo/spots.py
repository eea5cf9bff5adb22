"""A drawn film with its answer: where the spot is, what the model's score was, and where it looked."""

import html
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from medcore import explaining, lessons, models, rendering
from medcore.models import Model, Prediction
from medcore.volume import Series
from ui.demo.drawings import svg_address
from ui.demo.picker import Area
from ui.demo.pictures import address
from ui.texts import number, say

_OPACITY = 0.75
_RING_RADII = 1.8
_NEAR_RADII = 2.0  # so far off the spot's middle still counts as found


@dataclass(frozen=True, eq=False)
class Spot:
    """A drawn film and the middle of its spot, (row, column) in parts of its height and width; `radius` in parts of a side."""

    series: Series
    place: tuple[float, float]
    radius: float

    def is_at(self, area: Area) -> bool:
        """Whether the area that was pointed at is on the spot, or close to it."""
        return area.distance(*self.place) <= _NEAR_RADII * self.radius


@dataclass(frozen=True, eq=False)
class Look:
    """What a model says of such a film: its prediction, the film under its heat map, and where that is hottest."""

    prediction: Prediction
    image: np.ndarray
    hottest: tuple[float, float]

    @property
    def score(self) -> float:
        """For a spot, 0..1."""
        return (self.prediction.scores or {}).get(lessons.SPOT, 0.0)

    @property
    def has_flag(self) -> bool:
        """Whether it is at the operating point or above."""
        return lessons.SPOT in self.prediction.above_point


def spot(seed: int) -> Spot:
    """The drawn film of that seed."""
    series, (row, column) = lessons.film(seed)
    _, rows, columns = series.volume.shape
    return Spot(series, (row / rows, column / columns), lessons.SPOT_RADIUS / rows)


def plain_image(series: Series) -> np.ndarray:
    """The film as it is."""
    return rendering.to_rgb(series.volume, 0, series.volume.window_or_range())


def look(model: Model, series: Series) -> Look:
    """Asks the model of the film."""
    heat = explaining.explain(model, series.volume, 0, lessons.SPOT)
    row, column = np.unravel_index(int(heat.values.argmax()), heat.values.shape)
    hottest = float(row) / heat.values.shape[0], float(column) / heat.values.shape[1]
    image = rendering.overlay(plain_image(series), heat, _OPACITY)
    return Look(models.predict(model, series, 0), image, hottest)


def marked(image: np.ndarray, alt: str, of: Spot, guess: Area | None = None) -> str:
    """HTML: the film with a ring around the spot, and a cross where the visitor pointed."""
    row, column = of.place
    marks = f'<circle cx="{100 * column:.1f}" cy="{100 * row:.1f}" r="{100 * _RING_RADII * of.radius:.1f}"/>'
    if guess is not None:
        row, column = guess.centre
        marks += f'<path d="M{100 * column:.1f} {100 * row:.1f}m-2-2l4 4m0-4l-4 4"/>'
    dark_edge = f'<g stroke="#000" stroke-width="1.6">{marks}</g>'  # white alone isn't seen on bone
    above = svg_address("100 100", dark_edge + marks, "#fff", 0.8)
    return (
        f'<div class="lb-square"><img src="{address(image)}" alt="{html.escape(alt)}" decoding="sync">'
        f'<img class="lb-marks" src="{above}" alt=""></div>'
    )


def contact_sheet(seeds: Iterable[int]) -> str:
    """HTML: of each seed the film with its spot and the same one without, each with its name."""
    shown = []
    for seed in seeds:
        shown += [_named(lessons.film(seed)[0], say("spot")), _named(lessons.empty_film(seed), say("no spot"))]
    return f'<div class="lb-sheet">{"".join(shown)}</div>'


def _named(series: Series, name: str) -> str:
    small = plain_image(series)[::2, ::2]
    return f'<figure><img src="{address(small)}" alt="" decoding="sync"><figcaption>{html.escape(name)}</figcaption></figure>'


def drawn_note() -> str:
    """HTML: what stands below every drawn film."""
    return f'<p class="lb-note">{html.escape(say("Drawn by a computer"))}</p>'


def said_of(found: Look, of: Spot) -> list[str]:
    """The model's score and where it looked, in words."""
    score = number(found.score, 2)
    if found.has_flag:
        scored = say("The model's score is {score}, and 1 is the most. It says: there is a spot.", score=score)
    else:
        scored = say("The model's score is {score}, and 1 is the most. It did not see the spot.", score=score)
    here = of.is_at(Area(*found.hottest, *found.hottest))
    if here:
        return [scored, say("The glow shows where it looked most: at the spot.")]
    return [scored, say("The glow shows where it looked most: not at the spot.")]
