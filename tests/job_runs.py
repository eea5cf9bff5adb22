"""Runs for tests: made, started as a stub of a training, and all ended at the end of a test."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from test_jobs import run_with

from medcore import jobs
from medcore.jobs import LocalLauncher, Status, launching, read_spec
from medcore.settings import ROOT, settings

STUB = ROOT / "tests" / "stub_run.py"


def stub(way: str) -> LocalLauncher:
    return LocalLauncher((sys.executable, str(STUB), way))


def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """For a fixture: an empty LIGHTBOX_HOME; what still runs in it at the end is ended."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    settings.cache_clear()
    yield tmp_path / "home"
    for run in sorted(jobs.runs(), key=lambda run: run.status.state != "queued"):
        if run.status.state == "queued" or run.status.state in jobs.LIVE:
            jobs.cancel(run.folder)
    for thread in threading.enumerate():
        if thread.name.startswith("the end of"):
            thread.join(10)
    settings.cache_clear()


def new(tmp_path: Path, name: str = "m", **changes: object) -> Path:
    folder = tmp_path / "specs" / f"{name}{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    return jobs.create(read_spec(run_with(folder, model_id=name, **changes)))


def until(is_so: Callable[[], object], seconds: float = 20) -> None:
    """Looks again and again; sooner or later it is so."""
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up, "it never came to be so"
        time.sleep(0.01)


def started(run: Path, way: str = "wait") -> Status:
    """The run's status once its stub says that it is at epoch 3."""
    jobs.submit(run, stub(way))
    until(lambda: jobs.look(run).state == "running")
    return jobs.look(run)


def members(run: Path) -> set[psutil.Process]:
    return launching._marked(run.resolve())


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
