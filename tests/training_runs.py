"""Small labelled sets and run folders to train in tests, and what a run left."""

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image

from medcore import datasets
from medcore.phantoms import film_with_blob, plain_film
from medcore.preprocessing import InputSpec
from medcore.training import checkpoints

SPEC = InputSpec((32, 32), "percentile")
FIELDS = {
    "schema": 1,
    "model_id": "model",
    "architecture": "small_cnn",
    "start": "random",
    "labels": ["plain", "blob"],
    "input_spec": SPEC.to_json(),
    "validation_fraction": 0.25,
    "films_per_epoch": 32,
    "batch": 8,
    "seed": 7,
    "operating_label": "blob",
    "operating_sensitivity": 0.9,
    "stages": [{"epochs": 1, "learning_rate": 0.01, "trainable_from": "pool"}, {"epochs": 3, "learning_rate": 0.005}],
    "card": {"version": "1", "title": "Blobs", "contract": {}},
}
HEAD = [{"epochs": 4, "learning_rate": 0.02, "trainable_from": "logits"}]


def draw_films(folder: Path) -> Path:
    """Two class folders of 24 films each, three a patient."""
    for seed in range(24):
        save(film_with_blob(seed, (40, 36))[0], folder / "blob" / f"person{seed // 3}_bacteria_{seed}.png")
        save(plain_film(seed + 500, (40, 36)), folder / "plain" / f"IM-{seed // 3:04}-{seed}.png")
    return folder


def save(film, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(film.voxels[0].astype(np.uint8)).save(path)


def new_run(folder: Path, data: Path, **changes: object) -> Path:
    folder.mkdir()
    (folder / "spec.json").write_text(json.dumps(FIELDS | {"data": str(data)} | changes))
    return folder


def run_to_test(folder: Path, films: Path, **changes: object) -> Path:
    """A run with its split in split.csv: of each label 12 films for training, 6 for validation, 6 for the test."""
    run = new_run(folder, Path("split.csv"), data_root=str(films), films_per_epoch=0, **changes)
    rows = ["image_path,label,patient_id,split,stratum\n"]
    for path in sorted(films.rglob("*.png")):
        number = int(path.stem.replace("-", "_").split("_")[-1])
        part = "test" if number >= 18 else "val" if number >= 12 else "train"
        name = path.relative_to(films)
        rows.append(f"{name},{path.parent.name},{datasets.patient_of(str(name))},{part},\n")
    (run / "split.csv").write_text("".join(rows))
    split = datasets.open_labelled(run / "split.csv", FIELDS["labels"], {}, films).split_hash
    fields = json.loads((run / "spec.json").read_text())
    (run / "spec.json").write_text(json.dumps(fields | {"split_sha256": split}))
    return run


def give_strata(run: Path) -> None:
    """Puts every other patient of the run's split into stratum a, the rest into b."""
    rows = (run / "split.csv").read_text().splitlines()
    patients = sorted({row.split(",")[2] for row in rows[1:]})
    strata = {patient: "ab"[number % 2] for number, patient in enumerate(patients)}
    (run / "split.csv").write_text("\n".join([rows[0], *(row + strata[row.split(",")[2]] for row in rows[1:])]) + "\n")
    fields = json.loads((run / "spec.json").read_text())
    split = datasets.open_labelled(run / "split.csv", FIELDS["labels"], {}, Path(fields["data_root"])).split_hash
    (run / "spec.json").write_text(json.dumps(fields | {"split_sha256": split}))


def log_of(run: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((run / "log.csv").read_text().splitlines()))


def measured(run: Path) -> list[dict[str, str]]:
    """The log without what differs from one run to the next: how long an epoch took."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in log_of(run)]


def last_weights(run: Path) -> dict[str, np.ndarray]:
    with np.load(checkpoints.latest(run) / "weights.npz", allow_pickle=False) as arrays:
        return dict(arrays)


def best_weights(run: Path) -> dict[str, np.ndarray]:
    with np.load(run / "model" / "weights.npz", allow_pickle=False) as arrays:
        return dict(arrays)


def are_equal(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> bool:
    """To the bit."""
    return found.keys() == expected.keys() and all(np.array_equal(found[name], each) for name, each in expected.items())
