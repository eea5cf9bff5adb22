"""The lesson of the demo: drawn films with one round spot, and a small net that learns to find it while somebody looks on.

LIGHTBOX_HOME/lessons/
    films-<digest>/     the drawn films that every lesson trains on, with films.csv
    <number>/           a lesson's run folder: none of the researcher's runs, and in no queue
    .lock               held by whoever begins a lesson
"""

import csv
import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from medcore import jobs, models, phantoms
from medcore.errors import RunError
from medcore.jobs import Launcher, LocalLauncher, Stage, Status, TrainingSpec
from medcore.phantoms import Place
from medcore.preprocessing import InputSpec
from medcore.settings import settings
from medcore.volume import Acquisition, Series, Volume

MODEL_ID = "drawn-spot"
NO_SPOT, SPOT = LABELS = ("no spot", "spot")
SIZE = (256, 256)
SPOT_RADIUS = phantoms.spot_radius(SIZE)
ACQUISITION = Acquisition("OT", "PHANTOM")
"""What a drawn film says of itself: no film of a patient says so."""
FILMS = {"train": 400, "val": 100}
FIRST_TRAINING_SEED = 10**9
"""Films from this seed on are for training; a film of any seed below was never learnt from."""
INPUT = InputSpec((64, 64), "percentile")
LOCAL = LocalLauncher()
KEPT = 4
"""How many ended lessons stay, so that nobody's is taken away while it is looked at."""


def film(seed: int) -> tuple[Series, Place]:
    """The drawn film of that seed with one spot in a lung, and the spot's middle (row, column); `SPOT_RADIUS` is its radius."""
    volume, place = phantoms.chest_film_with_spot(seed, SIZE)
    return _series(volume, seed, "with"), place


def empty_film(seed: int) -> Series:
    """The drawn film of that seed as it is without the spot."""
    return _series(phantoms.chest_film(seed, SIZE), seed, "without")


def _series(volume: Volume, seed: int, kind: str) -> Series:
    return Series(f"drawn-{kind}-{seed}", f"Drawn chest film {seed}", volume, ACQUISITION)


def start(launcher: Launcher = LOCAL) -> Path:
    """Begins a lesson, or finds the one that is under way, and gives its run folder; older ones are removed, but for a few.

    Where it is, `jobs.look` and `jobs.history` tell. The first lesson draws the films first, which takes seconds.
    Raises RunError where the lesson can't be begun.
    """
    try:
        with _lessons() as home:
            live = [run for run in _runs(home) if jobs.look(run).state in jobs.LIVE]
            return live[-1] if live else _begun(home, launcher)
    except OSError as error:
        raise RunError(f"The lesson can't begin ({error}); free some space and try again.") from error


def cancel(run: Path) -> Status:
    """Ends a lesson and comes back when its process is gone; raises RunError where it has ended."""
    return jobs.cancel(run)


def learnt(run: Path) -> models.Model:
    """The net of a lesson that is done, hash-checked and ready, in about a second; it isn't kept.

    Raises RunError where the lesson isn't done, ModelError where its files aren't whole.
    """
    state = jobs.look(run).state
    if state != "done":
        raise RunError(f"The lesson is {state}; wait until it is done, or begin another one.")
    return models.load_folder(run / "model", MODEL_ID)


def spec(films: Path, seed: int) -> TrainingSpec:
    """How the net learns from the films that `draw` put there."""
    return TrainingSpec(
        model_id=MODEL_ID,
        architecture="spot_net",
        start="random",
        labels=LABELS,
        data=str((films / "films.csv").absolute()),
        input_spec=INPUT.to_json(),
        stages=(Stage(epochs=12, learning_rate=1e-2),),
        films_per_epoch=0,
        batch=8,
        augment=0.0,
        seed=seed,
        operating_label=SPOT,
        operating_sensitivity=0.98,
        balance="none",
        gate_films=0,
        card={
            "version": "1",
            "title": "A round spot on a drawn chest film",
            "contract": {"modality": [ACQUISITION.modality], "body_part": [ACQUISITION.body_part]},
            "limits": ["It learnt from drawn films only, and means nothing on a real film."],
        },
    )


def draw(folder: Path, films: dict[str, int] = FILMS) -> Path:
    """Draws so many films a split into `folder`, every other one with a spot, lists them in films.csv and gives the folder.

    Raises OSError where the folder can't be written.
    """
    rows, seed = [], FIRST_TRAINING_SEED
    for split, count in films.items():
        for number in range(count):
            label = LABELS[number % 2]
            name = f"{split}_{number:04d}.png"
            Image.fromarray(_drawn(seed, label)).save(folder / name)
            rows.append((name, label, f"drawn {seed}", split))
            seed += 1
    with (folder / "films.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("image_path", "label", "patient_id", "split"), *rows])
    return folder


def _drawn(seed: int, label: str) -> np.ndarray:
    series = film(seed)[0] if label == SPOT else empty_film(seed)
    return series.volume.voxels[0].astype(np.uint8)


@contextmanager
def _lessons() -> Iterator[Path]:
    """The lessons' folder for one beginning at a time."""
    home = settings().home.absolute() / "lessons"
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield home


def _runs(home: Path) -> list[Path]:
    """Every lesson, the oldest first."""
    return sorted((path for path in home.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))


def _begun(home: Path, launcher: Launcher) -> Path:
    earlier = _runs(home)
    for run in earlier[:-KEPT]:
        shutil.rmtree(run)
    number = int(earlier[-1].name) + 1 if earlier else 1
    films, run = _films(home), home / str(number)
    run.mkdir()
    jobs.write_spec(run, spec(films, number))
    launcher.launch(run, lambda: None)
    return run


def _films(home: Path) -> Path:
    """The folder of the drawn films, put there whole, once; another way of drawing has another folder."""
    digest = hashlib.sha256(_drawn(FIRST_TRAINING_SEED, SPOT).tobytes() + repr(FILMS).encode()).hexdigest()
    folder = home / f"films-{digest[:12]}"
    if not folder.is_dir():
        for other in home.glob("films-*"):
            shutil.rmtree(other)
        with tempfile.TemporaryDirectory(dir=home, prefix=".") as beside:
            draw(Path(beside)).rename(folder)
            Path(beside).mkdir()  # for the one who takes it away
    return folder
