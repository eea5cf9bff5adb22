"""The steps of the tour, in their order."""

from collections.abc import Callable
from dataclasses import dataclass

from ui.demo import deciding_step, failing_step, finding_step, learning_step, score_step, window_step


@dataclass(frozen=True)
class Step:
    """One idea: what it is about, in the session's language, and what draws it."""

    title: Callable[[], str]
    show: Callable[[], None]


STEPS: tuple[Step, ...] = tuple(
    Step(module.title, module.show)
    for module in (window_step, finding_step, score_step, learning_step, failing_step, deciding_step)
)
