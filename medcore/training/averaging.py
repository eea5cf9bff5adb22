"""The weights' running average over the steps: steadier than the weights of any one step (Polyak & Juditsky 1992)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def averaged(optimizer: Any, variables: list) -> Iterator[None]:
    """The variables at their running averages, where the optimizer keeps some, and back as they were at the end."""
    if not optimizer.use_ema:
        yield
        return
    stepped = [np.asarray(variable) for variable in variables]
    optimizer.finalize_variable_values(variables)
    try:
        yield
    finally:
        for variable, value in zip(variables, stepped, strict=True):
            variable.assign(value)
