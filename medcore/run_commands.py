"""What the command line does with labelled sets and trainings: check one, train, list, cancel, resume, publish."""

import json
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from medcore import datasets, jobs, publishing, recipes, training
from medcore.commands import Answer, progress_of, say
from medcore.errors import DatasetError, RunError
from medcore.jobs import Status
from medcore.recipes import SPLIT_FILE, Recipe

_PATIENCE_SECONDS = 2.0


def dataset(arguments: Namespace) -> Answer:
    """What is in a labelled folder or manifest, and what is wrong with it; 1 where it can't be trained on as it is."""
    survey = _survey(arguments)
    for problem in survey.problems:
        say(problem.text)
    return survey.to_json(), int(not survey.can_train)


def _survey(arguments: Namespace) -> datasets.Survey:
    source = Path(arguments.folder)
    if not source.exists():
        raise DatasetError(f"There is no folder or manifest {source}; give one that holds a folder for each class.")
    return datasets.survey(source, name_pattern=arguments.patients, progress=progress_of(f"Checking {source}"))


def train(arguments: Namespace) -> Answer:
    """Trains on a labelled folder in a new run folder, in this very process, and measures the test films once."""
    run = _new_run(Path(arguments.out))
    survey = _survey(arguments)
    for problem in survey.problems:
        say(problem.text)
    if not survey.can_train:
        raise DatasetError(f"{arguments.folder} can't be trained on as it is: {_blocking(survey)}")
    facts = recipes.facts_of(survey)
    recipe = _chosen(recipes.suggest(arguments.preset, arguments.start_from, facts), arguments)
    dataset = datasets.split(survey, recipe.seed)
    finding = recipes.likely_finding(facts.labels)
    spec = recipes.spec_of(recipe, facts, Path(arguments.folder).resolve().name, finding, dataset, survey.root)
    jobs.create(spec, run, lambda folder: datasets.write_split(folder / SPLIT_FILE, dataset))
    return _train(run)


def _new_run(run: Path) -> Path:
    if run.exists() and (not run.is_dir() or any(run.iterdir())):
        raise RunError(f"{run} is there already; choose a new folder, or go on with it: python -m medcore resume {run}")
    return run


def _blocking(survey: datasets.Survey) -> str:
    return " ".join(problem.text for problem in survey.problems if problem.blocks)


def _chosen(recipe: Recipe, arguments: Namespace) -> Recipe:
    """The preset's recipe with what the command line says; --epochs is of the longer part."""
    if arguments.epochs:
        recipe = replace(recipe, **{"epochs" if recipe.epochs else "head_epochs": arguments.epochs})
    if arguments.size:
        recipe = replace(recipe, size=(arguments.size, arguments.size))
    return replace(recipe, seed=arguments.seed)


def _train(run: Path) -> Answer:
    try:
        training.train(run, _telling())
    except KeyboardInterrupt:
        raise RunError(f"{run} was stopped; go on with it by: python -m medcore resume {run}") from None
    card = json.loads((run / "model" / "card.json").read_text())
    test = json.loads((run / "result" / "report.json").read_text())["test"]
    return {"run": str(run), "weights_sha256": card["weights_sha256"], "test": test}, 0


def _telling() -> Callable[[Status], None]:
    """Says where the run is when its state changes, and every few seconds."""
    said, last = 0.0, ""

    def tell(status: Status) -> None:
        nonlocal said, last
        if status.state == last and time.monotonic() - said < _PATIENCE_SECONDS:
            return
        said, last = time.monotonic(), status.state
        epoch = f", epoch {status.epoch} of {status.epochs}, step {status.step} of {status.steps}" if status.epochs else ""
        left = f", about {status.seconds_left:.0f} s left" if status.seconds_left else ""
        say(f"{status.words or status.state}{epoch}{left}")

    return tell


def list_runs(arguments: Namespace) -> Answer:
    """Every run, newest first, with its true state."""
    return [{"run": str(run.folder), "title": run.title, **asdict(run.status)} for run in jobs.runs()], 0


def cancel(arguments: Namespace) -> Answer:
    """Stops a run; it can go on later from its last epoch."""
    jobs.cancel(_run(arguments))
    return _state(_run(arguments)), 0


def resume(arguments: Namespace) -> Answer:
    """Goes on with a run in this very process, as `train` does."""
    run = _run(arguments)
    if jobs.look(run).state == "done":
        raise RunError(f"{run} is done; there is nothing to go on with. Publish it, or train in a new folder.")
    return _train(run)


def publish(arguments: Namespace) -> Answer:
    """Makes a finished run a model that the page and `predict` use at once."""
    card = publishing.publish(_run(arguments), arguments.id, arguments.title)
    return {"model": card.id, "version": card.version, "folder": str(card.folder), "weights_sha256": card.weights_sha256}, 0


def unpublish(arguments: Namespace) -> Answer:
    """Takes a published model out of use; its versions stay on disk."""
    publishing.unpublish(arguments.id)
    return {"model": arguments.id, "published": False}, 0


def roll_back(arguments: Namespace) -> Answer:
    """Puts the version before back in use."""
    card = publishing.roll_back(arguments.id)
    return {"model": card.id, "version": card.version}, 0


def _run(arguments: Namespace) -> Path:
    """The run's folder; the name of one that is listed will do."""
    run = Path(arguments.run)
    return run if (run / "spec.json").is_file() else jobs.find(arguments.run)


def _state(run: Path) -> dict[str, Any]:
    return {"run": str(run), "state": jobs.look(run).state}


def in_one_line(answer: Any) -> str:
    """An answer as one line of JSON: a program reads the last line."""
    return json.dumps(answer, ensure_ascii=False, allow_nan=False)
