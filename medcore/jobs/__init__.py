"""A training's spec and run folder, the queue on disk and the process of a run: the truth is the run folder, with its lock."""

from medcore.jobs.forecasting import Forecast, forecast
from medcore.jobs.holding import hold
from medcore.jobs.launching import Launcher, LocalLauncher
from medcore.jobs.logs import history, tail
from medcore.jobs.looking import Run, find, look, runs
from medcore.jobs.queue import advance, cancel, create, resume, submit
from medcore.jobs.spec import SCHEMA, Stage, TrainingSpec, read_spec, spec_hash
from medcore.jobs.status import ENDED, LIVE, STATES, Status, read_status, write_json, write_spec, write_status

__all__ = [
    "ENDED",
    "LIVE",
    "SCHEMA",
    "STATES",
    "Forecast",
    "Launcher",
    "LocalLauncher",
    "Run",
    "Stage",
    "Status",
    "TrainingSpec",
    "advance",
    "cancel",
    "create",
    "find",
    "forecast",
    "history",
    "hold",
    "look",
    "read_spec",
    "read_status",
    "resume",
    "runs",
    "spec_hash",
    "submit",
    "tail",
    "write_json",
    "write_spec",
    "write_status",
]
