"""Runs to torture: drawn films, small nets, and what must be the same at the end of any two of them."""

import csv
import itertools
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.torture.plans import RECIPES
from medcore import datasets, jobs, phantoms, recipes
from medcore.jobs import TrainingSpec

_FILMS, _PIXELS, _BATCH = 60, 32, 16
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Runs:
    """Makes runs of one drawn set."""

    survey: datasets.Survey
    split: datasets.Dataset
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def new(self, recipe: str) -> Path:
        """A run that isn't in the queue yet, of a name that no other had."""
        run = jobs.create(replace(self._spec(recipe), model_id=f"run-{next(self.numbers)}"))
        datasets.write_split(run / recipes.SPLIT_FILE, self.split)
        return run

    def _spec(self, recipe: str) -> TrainingSpec:
        facts = recipes.facts_of(self.survey)
        chosen = recipes.suggest("quick", recipes.SCRATCH, facts)
        chosen = replace(chosen, size=(_PIXELS, _PIXELS), batch=_BATCH, **RECIPES[recipe])
        return recipes.spec_of(chosen, facts, "torture", "blob", self.split, self.survey.root)


def drawn(folder: Path) -> Runs:
    """The set is drawn in the folder, checked and split."""
    survey = datasets.survey(phantoms.labelled_set(folder, _FILMS))
    return Runs(survey, datasets.split(survey, 0))


def differences(run: Path, unbroken: Path) -> Iterator[str]:
    """In what a run that is done isn't to the bit as the unbroken one."""
    if _log(run) != _log(unbroken):
        yield f"log.csv differs: epochs {[row['epoch'] for row in _log(run)]}"
    if not _same_arrays(run / "model" / "weights.npz", unbroken / "model" / "weights.npz"):
        yield "weights.npz differs"
    for name in ("result/predictions.csv", "result/report.json"):
        if not (run / name).is_file() or (run / name).read_bytes() != (unbroken / name).read_bytes():
            yield f"{name} differs"
    if litter := [
        path.name for path in run.rglob("*") if path.name.startswith(("pictures", "embeddings")) or ".part" in path.name
    ]:
        yield f"left behind: {', '.join(litter)}"


def _log(run: Path) -> list[dict[str, str]]:
    """Without how long an epoch took; absent: no rows."""
    if not (run / "log.csv").is_file():
        return []
    rows = csv.DictReader((run / "log.csv").read_text().splitlines())
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def _same_arrays(one: Path, other: Path) -> bool:
    if not one.is_file():
        return False
    with np.load(one, allow_pickle=False) as found, np.load(other, allow_pickle=False) as expected:
        same = [np.array_equal(found[name], expected[name]) for name in found.files]
        return found.files == expected.files and all(same)


def processes(run: Path) -> list[psutil.Process]:
    """The living processes that carry the run in their environment, found without Lightbox' help."""
    return [process for process in psutil.process_iter() if _carries(process, str(run))]


def _carries(process: psutil.Process, run: str) -> bool:
    try:
        return process.environ().get("LIGHTBOX_RUN") == run and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False


def said(run: Path) -> dict[str, Any]:
    """What status.json says, read without Lightbox' help; {} where there is none."""
    path = run / "status.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def until(is_so: Callable[[], object], seconds: float) -> float | None:
    """How many seconds it took to come to be so; None where it didn't within that time."""
    start = time.monotonic()
    while not is_so():
        if time.monotonic() - start > seconds:
            return None
        time.sleep(_LOOK_SECONDS)
    return time.monotonic() - start


def wait_for_launcher(run: Path) -> None:
    """Until the launcher's thread, which waited for the run's process here, has nothing to start any more."""
    for thread in threading.enumerate():
        if thread.name == f"the end of {run.name}":
            thread.join()


def forget(run: Path) -> None:
    """Removes the run."""
    wait_for_launcher(run)
    shutil.rmtree(run)
