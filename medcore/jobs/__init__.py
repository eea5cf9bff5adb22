"""A training's spec and its run folder: spec.json in, status.json, log.csv and checkpoints out; the truth is on disk."""

from medcore.jobs.holding import hold
from medcore.jobs.spec import SCHEMA, Stage, TrainingSpec, read_spec, spec_hash
from medcore.jobs.status import ENDED, LIVE, STATES, Status, read_status, write_json, write_status

__all__ = [
    "ENDED",
    "LIVE",
    "SCHEMA",
    "STATES",
    "Stage",
    "Status",
    "TrainingSpec",
    "hold",
    "read_spec",
    "read_status",
    "spec_hash",
    "write_json",
    "write_status",
]
