"""Blocks of batches for the net, made by a thread while the net works on the ones before."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from medcore.training.draws import Draws

Serve = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Films' indices (n,) and an epoch's generator to what the net takes, (n, …) float32."""
_BLOCK_BYTES = 2**23
_LONGEST_BLOCK = 32
_AHEAD = 4


class Block(NamedTuple):
    """k batches of b films, for one call into the graph: inputs (k, b, …), truth and weights (k, b)."""

    inputs: np.ndarray
    truth: np.ndarray
    weights: np.ndarray


class Feed:
    """An epoch's blocks; they depend on the seed and the epoch's number alone."""

    def __init__(self, draws: Draws, serve: Serve, shape: tuple[int, ...], films: int, batch: int) -> None:
        """`shape` is that of one film as it is served; `films` an epoch's (0: all), `batch` a batch's."""
        self._draws, self._serve, self._films, self._batch = draws, serve, films, batch
        self.steps = draws.batches(films, batch)
        size = 4 * batch * int(np.prod(shape))
        self._block = min(max(_BLOCK_BYTES // size, 1), _LONGEST_BLOCK)

    def epoch(self, seed: int, number: int) -> Generator[Block, None, None]:
        """The epoch's blocks, prepared ahead; closing the generator ends the thread."""
        rng = np.random.default_rng([seed, number])
        chosen = self._draws.epoch(rng, self._films)
        return _ahead(self._made(indices, rng) for indices in self._split(chosen))

    def _split(self, chosen: np.ndarray) -> Iterator[np.ndarray]:
        """Indices (k, b) block by block; what is left over after the full batches comes last, where all films are wanted."""
        full = len(chosen) // self._batch * self._batch
        batches = chosen[:full].reshape(-1, self._batch)
        for start in range(0, len(batches), self._block):
            yield batches[start : start + self._block]
        if full < len(chosen) and not self._films:
            yield chosen[None, full:]

    def _made(self, indices: np.ndarray, rng: np.random.Generator) -> Block:
        inputs = self._serve(indices.ravel(), rng)
        inputs = inputs.reshape(*indices.shape, *inputs.shape[1:])
        return Block(inputs, self._draws.truth[indices], self._draws.weights[indices])


def _ahead(blocks: Iterator[Block]) -> Generator[Block, None, None]:
    """The same blocks, a few of them ahead."""
    thread = ThreadPoolExecutor(1)
    try:
        line = deque(thread.submit(next, blocks, None) for _ in range(_AHEAD))
        while (block := line.popleft().result()) is not None:
            line.append(thread.submit(next, blocks, None))
            yield block
    finally:
        thread.shutdown(cancel_futures=True)
