"""What a run will take, asked of training in a process of its own, so that its TensorFlow stays out of this one."""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from medcore.errors import RunError
from medcore.jobs.launching import limited
from medcore.jobs.spec import TrainingSpec
from medcore.jobs.status import write_spec
from medcore.settings import ROOT

_PATIENCE_SECONDS = 300
_REFUSED = 1  # what training ends with where it says why
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Forecast:
    """About how long a run will take, and how much memory."""

    seconds: float
    megabytes: float


def forecast(spec: TrainingSpec, folder: Path) -> Forecast:
    """Tries a few batches of such a run in `folder`, which holds its split file and nothing that counts.

    Raises RunError with what training said where it can't be tried.
    """
    write_spec(folder, spec)
    command = limited(sys.executable, "-m", "medcore.training", "--forecast", str(folder.resolve()))
    try:
        with _one_at_a_time:
            answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise RunError("Trying a few batches took minutes; make size or batch smaller.") from error
    if answer.returncode == _REFUSED:
        raise RunError(answer.stderr.strip().splitlines()[-1])
    if answer.returncode != 0:
        raise RunError(f"A few batches can't be tried (exit code {answer.returncode}); make size or batch smaller.")
    return Forecast(**json.loads(answer.stdout.strip().splitlines()[-1]))
