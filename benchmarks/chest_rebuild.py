"""Rebuilds the bundled chest model from public films: one command that goes on where it was stopped.

    python -m benchmarks.chest_rebuild DATA_FOLDER

Trains LIGHTBOX_HOME/runs/chest by models/chest-xray-pneumonia/spec.json and puts weights, gate and card into that folder. No
test film is opened, nor need any be there; `benchmarks.chest_test` measures them once the model is committed.
"""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.chest_manifest import Row, write
from medcore.jobs import look
from medcore.settings import settings

FOLDER = Path("models/chest-xray-pneumonia")


def run_of(name: str) -> Path:
    """A run folder by its name."""
    return settings().home / "runs" / name


def train(run: Path, rows: list[Row], data: Path) -> None:
    """Trains a run of the model's spec on these films, or goes on with it; one that is done is left alone."""
    if not (run / "spec.json").exists():
        run.mkdir(parents=True, exist_ok=True)
        write(rows, run / "manifest.csv")
        spec = json.loads((FOLDER / "spec.json").read_text(encoding="utf-8")) | {"data_root": str(data)}
        (run / "spec.json").write_text(json.dumps(spec, indent=1, ensure_ascii=False), encoding="utf-8")
    if look(run).state != "done":
        subprocess.run([sys.executable, "-m", "medcore.training", str(run)], check=True)


def listed() -> list[Row]:
    """The films of the model's manifest, which `benchmarks.chest_manifest` wrote."""
    return list(csv.DictReader((FOLDER / "manifest.csv").read_text(encoding="utf-8").splitlines()))


def main(data: Path) -> None:
    run = run_of("chest")
    train(run, [row for row in listed() if row["split"] != "test"], data)
    for part in (run / "model").iterdir():
        shutil.copyfile(part, FOLDER / part.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
