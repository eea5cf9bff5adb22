"""An epoch's whole state in one folder, renamed into place: weights, optimizer and progress never come from two moments."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from medcore.jobs import write_json


def save(run: Path, model: Any, optimizer: Any, state: dict[str, Any], served: dict[str, np.ndarray] | None = None) -> None:
    """Writes checkpoint `state["epoch"]` and drops all others but the best one.

    `served` are the weights that were measured, where they aren't the model's.

    Raises OSError where the disk doesn't take it; the checkpoints that were there stay, and nothing half-written.
    """
    target = place(run, state["epoch"])
    beside = target.with_suffix(".part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        np.savez(beside / "weights.npz", allow_pickle=False, **weights_of(model))
        if served:
            np.savez(beside / "served.npz", allow_pickle=False, **served)
        np.savez(beside / "optimizer.npz", *[np.asarray(variable) for variable in optimizer.variables])
        write_json(beside / "state.json", state)
        beside.rename(target)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    for other in target.parent.iterdir():
        if other.name not in (target.name, place(run, state["best_epoch"]).name):
            shutil.rmtree(other)


def place(run: Path, epoch: int) -> Path:
    """Where an epoch's checkpoint lies."""
    return run / "checkpoints" / f"{epoch:04d}"


def latest(run: Path) -> Path | None:
    """The newest whole checkpoint, or None."""
    whole = sorted(path for path in (run / "checkpoints").glob("[0-9]*") if not path.suffix)
    return whole[-1] if whole else None


def state_of(checkpoint: Path) -> dict[str, Any]:
    """What `save` was given as state."""
    return json.loads((checkpoint / "state.json").read_text())


def restore_weights(checkpoint: Path, model: Any) -> None:
    """Puts the checkpoint's weights, with which training goes on, into the model."""
    _restore(checkpoint / "weights.npz", model)


def restore_served(checkpoint: Path, model: Any) -> None:
    """Puts the weights that were measured after the checkpoint's epoch into the model."""
    served = checkpoint / "served.npz"
    _restore(served if served.exists() else checkpoint / "weights.npz", model)


def _restore(file: Path, model: Any) -> None:
    with np.load(file, allow_pickle=False) as weights:
        for variable in model.variables:
            variable.assign(weights[_name_of(variable)])


def restore_optimizer(checkpoint: Path, optimizer: Any) -> None:
    """Puts the checkpoint's moments and step count into a built optimizer."""
    with np.load(checkpoint / "optimizer.npz", allow_pickle=False) as arrays:
        for variable, name in zip(optimizer.variables, arrays.files, strict=True):
            variable.assign(arrays[name])


def weights_of(model: Any) -> dict[str, np.ndarray]:
    """A model's variables by path."""
    return {_name_of(variable): np.asarray(variable) for variable in model.variables}


def _name_of(variable: Any) -> str:
    """The variable's path without the number that Keras gives a seed generator: it counts all nets of the process."""
    return re.sub(r"^seed_generator_\d+/", "seed_generator/", variable.path)
