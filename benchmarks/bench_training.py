"""Training beside the plain Keras loop, on drawn films: milliseconds a step, and an epoch of the head on cached embeddings.

Each side runs in a process of its own, ours as `python -m medcore.training` with all that a run does; they take turns.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.keras_loop import BATCH
from benchmarks.timing import Figure
from medcore import jobs
from medcore.phantoms import film_with_blob, plain_film
from medcore.preprocessing import InputSpec

EPOCHS, ROUNDS = 4, 3
HELD = 8
Epochs = Callable[[], list[float]]


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        small = draw(Path(folder) / "28", 3200, 28)
        yield step("28 px", small, 28, "cached", at_least=1.0)
        middle = draw(Path(folder) / "128", 640, 128)
        yield step("128 px", middle, 128, "cached", at_least=1.0)
        large = draw(Path(folder) / "512", 256, 512)
        for pixels in (28, 128):
            yield step(f"{pixels} px from PNGs of 512 px, epoch two on", large, pixels, "uncached", at_least=3.0)
        yield head(draw(Path(folder) / "224", 128, 224))


def draw(folder: Path, films: int, pixels: int) -> Path:
    """Films with and without a blob as PNGs in `folder`/train/<label>, a few more in val, and a manifest of all."""
    rows = ["image_path,label,split\n"]
    for number in range(films + HELD):
        label, split = ("plain", "blob")[number % 2], "train" if number < films else "val"
        film = film_with_blob(number, (pixels, pixels))[0] if label == "blob" else plain_film(number, (pixels, pixels))
        path = folder / split / label / f"p{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(film.voxels[0].astype("uint8")).save(path)
        rows.append(f"{path.relative_to(folder)},{label},{split}\n")
    (folder / "manifest.csv").write_text("".join(rows))
    return folder


def step(what: str, films: Path, pixels: int, kept: str, at_least: float) -> Figure:
    steps = len(list(films.glob("train/*/*.png"))) / BATCH
    spec = {"architecture": "textbook_cnn", "start": "random", "batch": BATCH, "optimizer": "adam", "schedule": "constant"}
    stages = [{"epochs": EPOCHS, "learning_rate": 1e-3}]
    ours, peer = medians(
        lambda: by_us(films, pixels, stages, **spec),
        lambda: json.loads(
            said("benchmarks.keras_loop", str(films / "train"), str(pixels), str(EPOCHS), kept).splitlines()[-1]
        ),
    )
    what = f"a step of textbook_cnn, {what}, batch {BATCH}, to the {kept} Keras loop"
    return Figure("training", what, 1000 * ours / steps, "ms", 1000 * peer / steps, at_least=at_least)


def head(films: Path) -> Figure:
    spec = {"architecture": "efficientnet_lite0", "start": "imagenet", "batch": 16}
    ours, peer = medians(
        lambda: by_us(films, 224, [{"epochs": 10, "learning_rate": 1e-3, "trainable_from": "logits"}], **spec),
        lambda: by_us(films, 224, [{"epochs": 2, "learning_rate": 1e-4}], **spec),
    )
    what = "an epoch of the head on cached embeddings of 128 films, to one of all layers of Lite0"
    return Figure("training", what, 1000 * ours, "ms", 1000 * peer, at_least=20)


def medians(ours: Epochs, peer: Epochs) -> tuple[float, float]:
    """The median seconds of an epoch of either side; each run's first epoch, in which the net is compiled, doesn't count."""
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for epochs, side in zip((ours, peer), took, strict=True):
            side += epochs()[1:]
    return statistics.median(took[0]), statistics.median(took[1])


def by_us(films: Path, pixels: int, stages: list[dict[str, Any]], **spec: object) -> list[float]:
    """Each epoch's seconds of a whole run, measuring a few validation films after each epoch included."""
    with tempfile.TemporaryDirectory() as folder:
        fields = {
            "schema": jobs.SCHEMA,
            "model_id": "bench",
            "labels": ["blob", "plain"],
            "data": str(films / "manifest.csv"),
            "input_spec": InputSpec((pixels, pixels), "range", limits=(0, 255)).to_json(),
            "stages": stages,
            "films_per_epoch": 0,
            "augment": 0,
            "balance": "none",
            "operating_label": "blob",
            "card": {"version": "1", "title": "Bench", "contract": {}},
        }
        jobs.write_json(Path(folder) / "spec.json", fields | spec)
        said("medcore.training", folder)
        return [row["seconds"] for row in jobs.history(Path(folder))]


def said(module: str, *arguments: str) -> str:
    """What a module's process says; raises RuntimeError with its last words where it fails."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    answer = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    if answer.returncode:
        raise RuntimeError(f"{module} failed: {answer.stderr[-1000:]}")
    return answer.stdout
