"""Batches of augmented, scaled films, drawn so that every label of every stratum is seen equally often."""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from medcore import preprocessing
from medcore.augmentation import augment
from medcore.datasets import Film
from medcore.errors import DatasetError
from medcore.preprocessing import InputSpec
from medcore.volume import Photometric

Batch = tuple[np.ndarray, np.ndarray]


class Feed:
    """The training films in memory and the draws from them; an epoch's draws depend on the seed and its number alone."""

    def __init__(
        self,
        films: Sequence[Film],
        labels: Sequence[str],
        values: np.ndarray,
        photometrics: Sequence[Photometric],
        spec: InputSpec,
    ) -> None:
        self.truth = np.array([labels.index(film.label) for film in films])
        self._values, self._photometrics, self._spec = values, photometrics, spec
        strata = sorted({film.stratum for film in films})
        self._cells = [
            np.array([i for i, film in enumerate(films) if (film.stratum, film.label) == (stratum, label)])
            for stratum in strata
            for label in labels
        ]

    def epoch(self, seed: int, number: int, films: int, batch: int, strength: float) -> Generator[Batch, None, None]:
        """About `films` films in batches of (pictures (n, rows, columns, 1), truth (n,)), prepared one thread ahead."""
        rng = np.random.default_rng([seed, number])
        chosen = self._draw(rng, films)
        starts = range(0, len(chosen) - batch + 1, batch)
        return _ahead(self._batch(chosen[start : start + batch], rng, strength) for start in starts)

    def batches(self, films: int, batch: int) -> int:
        """How many batches an epoch of about `films` films has; raises DatasetError for none."""
        drawn = sum(self._shares(films))
        if drawn < batch:
            raise DatasetError(
                f"An epoch draws {drawn} training films, less than a batch of {batch}; add films or change films_per_epoch."
            )
        return drawn // batch

    def tensors(self) -> np.ndarray:
        """Every film as it is served, (n, rows, columns, 1): scaled, not augmented."""
        pairs = zip(self._values, self._photometrics, strict=True)
        return np.stack([preprocessing.scale(values, photometric, self._spec) for values, photometric in pairs])

    def _draw(self, rng: np.random.Generator, films: int) -> np.ndarray:
        drawn = [
            rng.choice(cell, count, replace=len(cell) < count)
            for cell, count in zip(self._cells, self._shares(films), strict=True)
            if len(cell)
        ]
        return rng.permutation(np.concatenate(drawn))

    def _shares(self, films: int) -> list[int]:
        """How many films each cell gives: equally many, but at most four times over, so that it isn't learnt by heart."""
        return [min(films // len(self._cells), 4 * len(cell)) for cell in self._cells]

    def _batch(self, chosen: np.ndarray, rng: np.random.Generator, strength: float) -> Batch:
        return np.stack([self._augmented(index, rng, strength) for index in chosen]), self.truth[chosen]

    def _augmented(self, index: int, rng: np.random.Generator, strength: float) -> np.ndarray:
        """Negated for augmenting where low values are white, and back: scaling is what is served, to the bit."""
        sign = -1 if self._photometrics[index] == "MONOCHROME1" else 1
        film = sign * augment(sign * self._values[index], rng, strength)
        return preprocessing.scale(film, self._photometrics[index], self._spec)


def _ahead(batches: Iterator[Batch], depth: int = 8) -> Generator[Batch, None, None]:
    """The same batches, made by a thread while the net works on the last one; closing it ends the thread."""
    thread = ThreadPoolExecutor(1)
    try:
        line = deque(thread.submit(next, batches, None) for _ in range(depth))
        while (batch := line.popleft().result()) is not None:
            line.append(thread.submit(next, batches, None))
            yield batch
    finally:
        thread.shutdown(cancel_futures=True)
