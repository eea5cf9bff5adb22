"""A case: a run is hurt, the truth is asked for, the run goes on, and what comes out is held against an unbroken run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from benchmarks.torture import runs
from benchmarks.torture.life import MODEL
from benchmarks.torture.plans import Life, Plan, plans, recipe_of
from medcore import jobs, models, publishing
from medcore.jobs import LocalLauncher, Status
from medcore.settings import ROOT, settings

TRUTH_SECONDS = 5.0
_END_SECONDS = 180.0
_MOST_DRAWS = 5
_LOOKS, _LOOK_SECONDS = 4, 0.03
_FULL = "The disk is full"


@dataclass
class Case:
    """What came of one: `misses` are sentences, none where all is well."""

    name: str
    plan: str = ""
    was_at: str = ""
    told: str = ""
    told_after: float = 0.0
    seconds: float = 0.0
    misses: list[str] = field(default_factory=list)


class Torture:
    """The cases of one LIGHTBOX_HOME and one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._home = settings().home.absolute()
        self._runs = runs.drawn(self._home / "data" / "drawn")
        self._note = Path(f"{self._home}.json")  # beside it, where no disk is full
        self._seconds = 0.0  # a life's, as the last whole one took
        self._unbroken = cache(self._live_unbroken)

    def case(self, kind: str, number: int) -> Case:
        """Hurts a run, and says what came of it; one that ends before its moment comes is drawn anew, a few times."""
        case, start = Case(f"{kind} {number + 1}"), time.monotonic()
        recipe = recipe_of(number)
        unbroken, life = self._unbroken(recipe)
        for plan in islice(plans(self._seed, kind, number, life), _MOST_DRAWS):
            run, case.plan = self._runs.new(recipe), plan.words
            if self._hurt(run, plan, case):
                case.misses += self._misses(run, unbroken, plan, case)
                break
            runs.forget(run)
        else:
            case.misses.append("it always ended before its moment came")
        if not case.misses:
            runs.forget(run)
        case.seconds = time.monotonic() - start
        return case

    def _live_unbroken(self, recipe: str) -> tuple[Path, Life]:
        """A run that nothing happened to, and how it lived."""
        run, start = self._runs.new(recipe), time.monotonic()
        self._begin(run, {"kind": "none"})
        if runs.until(lambda: _is_gone(run), _END_SECONDS) is None or not self._note.is_file():
            raise RuntimeError(f"A run that nothing was done to didn't end well: {' '.join(jobs.tail(run, 5))}")
        self._seconds = time.monotonic() - start
        return run, Life(**json.loads(self._note.read_text()))

    def _begin(self, run: Path, fault: Mapping[str, Any]) -> None:
        """Starts a life, which leaves the note if it comes to its end unhurt."""
        self._note.unlink(missing_ok=True)
        plan = json.dumps({**fault, "note": str(self._note)})
        jobs.submit(run, LocalLauncher((sys.executable, "-m", "benchmarks.torture.life", plan)))

    def _hurt(self, run: Path, plan: Plan, case: Case) -> bool:
        """Whether it was hurt before its end; then what was to end has ended, or the case has a miss."""
        if plan.fault["kind"] == "server":
            return _server_killed(run, (plan.part or 0) * self._seconds)
        self._begin(run, plan.fault)
        if plan.part is not None:
            ended_after = runs.until(self._note.is_file, plan.part * self._seconds)
            self._seconds = ended_after or self._seconds  # less busy a machine than it was
            _kill(_main(run))
        if runs.until(lambda: _is_gone(run), _END_SECONDS) is None:
            case.misses.append("its process doesn't end")
            _kill(runs.processes(run))
        return not self._note.is_file()

    def _misses(self, run: Path, unbroken: Path, plan: Plan, case: Case) -> Iterator[str]:
        case.was_at = _place(runs.said(run))
        status = yield from _told(run, case)
        if plan.fault["kind"] != "server" and status.state in jobs.LIVE:  # what it had started outlived it for a moment
            runs.until(lambda: jobs.look(run).state in jobs.ENDED, TRUTH_SECONDS)
            status = jobs.look(run)
        if plan.fault["kind"] == "full" and status.state != "done":
            yield from _wrong_reason(status, plan)
        if models.list_unusable():
            yield f"a model that is listed can't be used: {models.list_unusable()}"
        if status.state not in jobs.LIVE and runs.until(lambda: not runs.processes(run), TRUTH_SECONDS) is None:
            yield f"orphans: {runs.processes(run)}"
        if status.state in ("interrupted", "failed"):
            runs.wait_for_launcher(run)  # it would start the run that waits as it was started before: to be hurt
            jobs.resume(run)
        jobs.advance()
        runs.until(lambda: jobs.look(run).state in jobs.ENDED, _END_SECONDS)
        if (state := jobs.look(run).state) != "done":
            yield f"it ended as {state}: {jobs.look(run).reason} {' '.join(jobs.tail(run, 3))}"
            return
        yield from runs.differences(run, unbroken)
        yield from self._published_wrongly(run, unbroken)
        if runs.until(lambda: not runs.processes(run), TRUTH_SECONDS) is None:
            yield f"orphans at the end: {runs.processes(run)}"

    def _published_wrongly(self, run: Path, unbroken: Path) -> Iterator[str]:
        if self._published() != run.name:
            publishing.publish(run, MODEL)
        card = next(card for card in models.list_cards() if card.id == MODEL)
        expected = json.loads((unbroken / "model" / "card.json").read_text())["weights_sha256"]
        if (card.details["run"], card.weights_sha256) != (run.name, expected):
            yield f"published is {card.details['run']} with weights {card.weights_sha256}"
        models.load(MODEL)

    def _published(self) -> str:
        """Whose model is in use; raises LightboxError where that isn't whole."""
        cards = [card for card in models.list_cards() if card.id == MODEL]
        return str(cards[0].details["run"]) if cards else ""


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _server_killed(run: Path, moment: float) -> bool:
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.torture.server", str(run)], cwd=ROOT)
    time.sleep(moment)
    server.kill()
    server.wait()
    return True


def _main(run: Path) -> list[psutil.Process]:
    """The run's own process, which this one started."""
    return [process for process in runs.processes(run) if process.ppid() == os.getpid()]


def _is_gone(run: Path) -> bool:
    """Whether that has ended; while a process becomes another program its environment can't be read for a moment."""
    for _ in range(_LOOKS):
        if _main(run):
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _told(run: Path, case: Case) -> Iterator[str]:
    """The status, once what is told is so; a miss where that takes too long."""
    start = time.monotonic()
    after = runs.until(lambda: _is_so(run, jobs.look(run)), TRUTH_SECONDS)
    status = jobs.look(run)
    case.told, case.told_after = status.state, time.monotonic() - start
    if after is None or case.told_after > TRUTH_SECONDS:
        yield f"told {status.state} after {case.told_after:.1f} s, with {len(runs.processes(run))} processes"
    return status


def _is_so(run: Path, told: Status) -> bool:
    lives, last = bool(runs.processes(run)), runs.said(run).get("state")
    if told.state in jobs.LIVE:
        return lives
    if told.state == "queued":
        return last == "queued" and not lives
    return told.state == last if last in jobs.ENDED else not lives and told.state == "interrupted"


def _wrong_reason(status: Status, plan: Plan) -> Iterator[str]:
    if status.state == "failed" and not status.reason.startswith(_FULL):
        yield f"it says that it failed as: {status.reason}"
    if status.state != "failed" and plan.fault["small"]:
        yield f"it says {status.state}, though there was room to say that the disk is full"


def _place(last: dict[str, Any]) -> str:
    """Where the run was by its own last words."""
    if not last:
        return "not in the queue"
    epoch = f" epoch {last['epoch']}" if last["state"] == "running" else ""
    return f"{last['state']}{epoch}"
