"""The folder of a finished run, and what lies in the folder of published models."""

import hashlib
from pathlib import Path

from blob_models import BLOB_SPEC, card_fields
from recognition_films import sure

from medcore import architectures, jobs, models, recognition
from medcore.jobs import Status, write_json, write_status
from medcore.models.weights import write_weights

INTERVAL = {"value": 0.9, "low": 0.8, "high": 0.95}
REPORT = {
    "test": {"films": 40, "patients": 20, "accuracy": INTERVAL, "roc_auc": INTERVAL},
    "baseline": {"films": 40, "patients": 20, "accuracy": INTERVAL, "roc_auc": INTERVAL},
    "beats_baseline": {"value": True, "words": "Better than 16 × 16 pixels."},
    "validation": {"films": 30},
}


def write_run(run: Path, seed: int, state: str = "done", report: object = REPORT) -> Path:
    """A run's folder as a training leaves it, with a small net's random weights and a gate of three films that aren't any."""
    import keras

    keras.utils.set_random_seed(seed)
    (run / "model").mkdir(parents=True)
    (run / "result").mkdir()
    sha256 = write_weights(architectures.build("small_cnn", 2, BLOB_SPEC.size), run / "model" / "weights.npz")
    fields = card_fields("trained", sha256) | {"title": run.name, "split_sha256": "5" * 64, "limits": ["Two answers only."]}
    fields["gate"] = {"sha256": recognition.write(sure(distance_limit=seed / 100), run / "model" / "gate.npz")}
    write_json(run / "model" / "card.json", fields | {"metrics": {"validation": {"films": 30}}})
    write_json(run / "result" / "report.json", report)
    write_json(run / "spec.json", {"schema": jobs.SCHEMA, "seed": seed})
    write_status(run, Status(state))
    return run


def weights_of(run: Path) -> str:
    """The SHA-256 of a run's weights."""
    return hashlib.sha256((run / "model" / "weights.npz").read_bytes()).hexdigest()


def found(model_id: str = "blobs") -> tuple[str, str]:
    """The version in use and its weights' SHA-256, as they lie there, which are the ones that its card names."""
    card = models.find_card(model_id)
    sha256 = hashlib.sha256(card.weights_path.read_bytes()).hexdigest()
    assert sha256 == card.weights_sha256
    assert hashlib.sha256(card.gate_path.read_bytes()).hexdigest() == card.gate_sha256
    return card.version, sha256


def litter(home: Path, numbers: range) -> set[str]:
    """What lies in the folder of published models beside these versions of "blobs"."""
    whole = {".versions", ".versions/.lock", ".versions/blobs", "blobs"}
    for number in numbers:
        whole |= {f".versions/blobs/{number}{file}" for file in ("", "/card.json", "/weights.npz", "/gate.npz")}
    lying = {path.relative_to(home / "models").as_posix() for path in (home / "models").rglob("*")}
    return {path for path in lying ^ whole if not path.startswith("blobs/")}
