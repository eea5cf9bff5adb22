"""What a run will take, asked of training in a process of its own, so that its TensorFlow stays out of this one."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from medcore.errors import RunError
from medcore.jobs.spec import SCHEMA, TrainingSpec
from medcore.jobs.status import write_json

_PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Forecast:
    """About how long a run will take, and how much memory."""

    seconds: float
    megabytes: float


def forecast(spec: TrainingSpec, folder: Path) -> Forecast:
    """Tries a few batches of such a run in `folder`, which holds its split file and nothing that counts.

    Raises RunError with what training said where it can't be tried.
    """
    write_json(folder / "spec.json", {"schema": SCHEMA, **asdict(spec)})
    command = [sys.executable, "-m", "medcore.training", "--forecast", str(folder)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise RunError("Trying a few batches took minutes; make size or batch smaller.") from error
    lines = (answer.stdout if answer.returncode == 0 else answer.stderr).strip().splitlines()
    if answer.returncode != 0 or not lines:
        raise RunError(lines[-1] if lines else f"Training can't be tried: its process ended with {answer.returncode}.")
    return Forecast(**json.loads(lines[-1]))
