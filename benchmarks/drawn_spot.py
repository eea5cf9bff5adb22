"""Rebuilds the bundled model drawn-spot: one command, the same films each time.

    python -m benchmarks.drawn_spot

Draws the lesson's films and as many again to test on, trains by the lesson's recipe, publishes by the project's own way (in
a home that is thrown away) and puts all of it into models/drawn-spot. words.json holds the card's words.
"""

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from medcore import datasets, jobs, lessons, publishing
from medcore.jobs import write_json
from medcore.settings import ROOT, settings
from medcore.training import train

FOLDER = ROOT / "models" / lessons.MODEL_ID
FILMS = lessons.FILMS | {"test": 400}
SEED, GATE_FILMS = 1, 60


def spec(films: Path) -> jobs.TrainingSpec:
    """The lesson's recipe, with a test, a gate, and the card's whole words."""
    lesson = lessons.spec(films, SEED)
    split = datasets.open_labelled(films / "films.csv", lesson.labels, {}).split_hash
    words = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
    return replace(lesson, data="films.csv", data_root=str(films), split_sha256=split, gate_films=GATE_FILMS, card=words)


def trained(home: Path) -> Path:
    """The folder of the published model."""
    films, run = home / "films", home / "run"
    for folder in (films, run):
        folder.mkdir()
    lessons.draw(films, FILMS)
    shutil.copyfile(films / "films.csv", run / "films.csv")
    jobs.write_spec(run, spec(films))
    train(run)
    return publishing.publish(run, lessons.MODEL_ID).folder


def predictions(run: Path) -> bytes:
    """The run's scores of its test films, as test_predictions.csv."""
    rows = csv.DictReader((run / "result" / "predictions.csv").read_text(encoding="utf-8").splitlines())
    test = [row for row in rows if row["split"] == "test"]
    kept = [{key: value for key, value in row.items() if key not in ("split", "patient")} for row in test]
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(kept[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept)
    return file.getvalue().encode()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ |= {"LIGHTBOX_HOME": name, "LIGHTBOX_MODELS": str(home / "none")}
        settings.cache_clear()
        published = trained(home)
        card, scores = json.loads((published / "card.json").read_text(encoding="utf-8")), predictions(home / "run")
        card["metrics"] |= {"predictions_sha256": hashlib.sha256(scores).hexdigest()}
        for part in ("weights.npz", "gate.npz"):
            shutil.copyfile(published / part, FOLDER / part)
        (FOLDER / "test_predictions.csv").write_bytes(scores)
        write_json(FOLDER / "card.json", {key: value for key, value in card.items() if key != "replaces"})


if __name__ == "__main__":
    main()
