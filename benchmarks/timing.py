"""How figures are taken and judged: medians of repeats that take turns, so that a slow moment is shared by all."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


def medians(
    calls: Mapping[str, Callable[[], object]],
    repeats: int,
    before: Callable[[], object] = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """The median seconds of each call over `repeats` rounds a, b, a, b …, after one round that doesn't count.

    `before` runs untimed ahead of every call; what a call returns is let go, untimed, before anything else begins.
    """
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(1 + repeats):
        for name, call in calls.items():
            before()
            took[name].append(_seconds(call, clock))
    return {name: statistics.median(seconds[1:]) for name, seconds in took.items()}


def _seconds(call: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    result = call()
    end = clock()
    del result
    return end - start


@dataclass(frozen=True)
class Figure:
    """One row: our median, the peer's where there is one, and the target that the ratio, or else our median, should meet.

    With `at_most` the ratio is ours / peer, with `at_least` it is peer / ours: how many times faster we are.
    """

    bench: str
    what: str
    ours: float
    unit: str
    peer: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's, or how many times faster; None without a peer."""
        if self.peer is None:
            return None
        return self.ours / self.peer if self.at_least is None else self.peer / self.ours

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        value = self.ours if self.ratio is None else self.ratio
        if self.at_most is not None:
            return value <= self.at_most
        return None if self.at_least is None else value >= self.at_least
