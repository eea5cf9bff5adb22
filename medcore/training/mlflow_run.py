"""A run's figures for MLflow, where its address is set; MLflow itself is the user's to install."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medcore.errors import SpecError
from medcore.jobs import TrainingSpec

_ADDRESS = "MLFLOW_TRACKING_URI"
_TOLD = ("model_id", "architecture", "start", "batch", "optimizer", "schedule", "loss", "balance", "augment", "seed")


class MlflowRun:
    """MLflow's own run of a training, begun or gone on with. Where MLflow fails later on, the training goes on without it."""

    def __init__(self, mlflow: Any) -> None:
        self._mlflow = mlflow

    def log(self, metrics: Mapping[str, float], epoch: int) -> None:
        """An epoch's figures."""
        try:
            self._mlflow.log_metrics(dict(metrics), step=epoch)
        except self._mlflow.exceptions.MlflowException as error:
            print(f"MLflow wasn't told of epoch {epoch}: {error}", file=sys.stderr)

    def end(self, finished: bool) -> None:
        """The training has ended, at its end or before."""
        try:
            self._mlflow.end_run("FINISHED" if finished else "FAILED")
        except self._mlflow.exceptions.MlflowException as error:
            print(f"MLflow wasn't told of the run's end: {error}", file=sys.stderr)


def opened(run: Path, spec: TrainingSpec) -> MlflowRun | None:
    """The run at MLflow; None where no address is set. Raises SpecError where MLflow isn't there or doesn't take it."""
    if not os.environ.get(_ADDRESS):
        return None
    try:
        import mlflow  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise SpecError(f"{_ADDRESS} is set but mlflow isn't installed; pip install mlflow, or unset it.") from error
    try:
        _begin(mlflow, run, spec)
    except mlflow.exceptions.MlflowException as error:
        raise SpecError(f"MLflow at {_ADDRESS} can't be used ({error}); mend the address, or unset it.") from error
    return MlflowRun(mlflow)


def _begin(mlflow: Any, run: Path, spec: TrainingSpec) -> None:
    note = run / "mlflow.txt"
    begun = note.read_text().strip() if note.is_file() else None
    mlflow.set_experiment("lightbox")
    active = mlflow.start_run(run_id=begun, run_name=None if begun else run.name)
    note.write_text(active.info.run_id)
    if not begun:
        mlflow.log_params({name: getattr(spec, name) for name in _TOLD})
