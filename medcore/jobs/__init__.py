"""A training's spec and its run folder: spec.json in, status.json, log.csv and checkpoints out; the truth is on disk."""

from medcore.jobs.spec import SCHEMA, Stage, TrainingSpec, read_spec, spec_hash
from medcore.jobs.status import Status, write_json, write_status

__all__ = ["SCHEMA", "Stage", "Status", "TrainingSpec", "read_spec", "spec_hash", "write_json", "write_status"]
