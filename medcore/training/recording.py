"""What each epoch measured: log.csv, TensorBoard's events, and MLflow where its address is set; all follow the checkpoint."""

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from medcore.jobs import TrainingSpec
from medcore.training.mlflow_run import opened

COLUMNS = (
    "epoch",
    "stage",
    "loss",
    "validation_score",
    "validation_loss",
    "validation_accuracy",
    "learning_rate",
    "seconds",
)
_NO_METRICS = ("epoch", "seconds")
Row = Mapping[str, float]


class Records:
    """The run's rows, written anew from the checkpoint's history, so that each epoch is there once whatever ended the run."""

    def __init__(self, run: Path, spec: TrainingSpec, history: Sequence[Row]) -> None:
        """Raises SpecError where MLflow is asked for and isn't there."""
        self._run, self._mlflow = run, opened(run, spec)
        _write_log(run, history)
        self._events = _events(run, history)

    def __enter__(self) -> "Records":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._events.close()
        if self._mlflow:
            self._mlflow.end(error is None)

    def add(self, history: Sequence[Row]) -> None:
        """The history with its last row, which is new."""
        _write_log(self._run, history)
        _add_events(self._events, history[-1])
        self._events.flush()
        if self._mlflow:
            self._mlflow.log(_metrics(history[-1]), int(history[-1]["epoch"]))


def _metrics(row: Row) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if name not in _NO_METRICS}


def _write_log(run: Path, history: Sequence[Row]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    beside = run / "log.csv.part"
    try:
        beside.write_text(text.getvalue(), encoding="utf-8")
        beside.replace(run / "log.csv")
    finally:
        beside.unlink(missing_ok=True)


def _events(run: Path, history: Sequence[Row]) -> Any:
    """A writer of TensorBoard's events, which holds the history already."""
    from tensorboardX import SummaryWriter

    shutil.rmtree(run / "tensorboard", ignore_errors=True)
    events = SummaryWriter(str(run / "tensorboard"))
    for row in history:
        _add_events(events, row)
    return events


def _add_events(events: Any, row: Row) -> None:
    for name, value in _metrics(row).items():
        events.add_scalar(name, value, int(row["epoch"]))
