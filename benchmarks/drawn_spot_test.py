"""Whether a net of the lesson finds the spots of fresh drawn films: called right, and the heat map's peak on the spot.

    python -m benchmarks.drawn_spot_test [FIRST_FILM [FILMS]]                 the bundled net
    python -m benchmarks.drawn_spot_test FIRST_FILM FILMS SEED [SEED …]       nets trained anew from these seeds, as lessons are

Half of the films have a spot; each seed from FIRST_FILM on draws one with it and one without. The peak is on the spot where it
lies within the spot's radius of its middle.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medcore import explaining, jobs, lessons, models
from medcore.training import train
from medcore.volume import Series

FIRST, FILMS = 20_000, 400


@dataclass(frozen=True)
class Found:
    """Of so many films with a spot and as many without: how many were called right, and how many peaks lay on the spot.

    `on_the_spot` counts films with a spot that were called right and have the peak on it; `farthest` in pixels, of all peaks.
    """

    films: int
    right_with: int
    right_without: int
    on_the_spot: int
    farthest: float

    def __str__(self) -> str:
        return (
            f"of {self.films} films with a spot {self.right_with} called right, {self.on_the_spot} of them with the peak on "
            f"the spot (farthest peak {self.farthest:.1f} pixels); of {self.films} without {self.right_without} called right"
        )


def found(model: models.Model, seeds: Sequence[int]) -> Found:
    """What the net says of the films of these seeds, with the spot and without."""
    drawn = [lessons.film(seed) for seed in seeds]
    called = np.array([_is_called(model, series) for series, _ in drawn])
    away = np.array([_away(model, series, place) for series, place in drawn])
    right_without = sum(not _is_called(model, lessons.empty_film(seed)) for seed in seeds)
    on_the_spot = int((called & (away <= lessons.SPOT_RADIUS)).sum())
    return Found(len(drawn), int(called.sum()), right_without, on_the_spot, float(away.max()))


def _is_called(model: models.Model, series: Series) -> bool:
    return lessons.SPOT in models.predict(model, series, 0).above_point


def _away(model: models.Model, series: Series, place: tuple[int, int]) -> float:
    """How far from the spot's middle the heat map's peak lies, in pixels."""
    heat = explaining.explain(model, series.volume, 0, lessons.SPOT).values
    return float(np.hypot(*np.subtract(np.unravel_index(heat.argmax(), heat.shape), place)))


def trained(folder: Path, seeds: Sequence[int]) -> Iterator[tuple[int, models.Model, float]]:
    """Each seed's net, trained in this process on the lesson's films, and the CPU seconds that its training took."""
    films = lessons.draw(folder)
    for seed in seeds:
        run = folder / str(seed)
        run.mkdir()
        jobs.write_spec(run, lessons.spec(films, seed))
        start = time.process_time()
        train(run)
        yield seed, lessons.learnt(run), time.process_time() - start


def main(first: int = FIRST, films: int = FILMS, *seeds: int) -> None:
    fresh = range(first, first + films // 2)
    if not seeds:
        print(f"{lessons.MODEL_ID}: {found(models.load(lessons.MODEL_ID), fresh)}")
    with tempfile.TemporaryDirectory() as folder:
        for seed, model, seconds in trained(Path(folder), seeds):
            print(f"seed {seed}: {found(model, fresh)}; training took {seconds:.1f} s of CPU", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
