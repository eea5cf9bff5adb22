"""What the command line does: each command is the library's own calls and gives what is printed and how it went."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from medcore import converting, datasets, explaining, models, reading, reporting, scoring
from medcore.datasets.opening import manifest_rows
from medcore.errors import DatasetError, InvalidValue, LightboxError, UnknownName
from medcore.models import Gate, Model, ModelCard, Prediction
from medcore.settings import settings
from medcore.volume import Series, Volume

Answer = tuple[Any, int]
"""What is printed, and the exit code: 0 all handled, 1 some input refused or an image declined."""
_PATIENCE_SECONDS = 2.0


def say(words: str) -> None:
    """Words for a person, on standard error."""
    print(words, file=sys.stderr)


def progress_of(name: str) -> Callable[[float, float], None]:
    """Says how far it is, every two seconds; so nothing where all is done sooner."""
    said = time.monotonic()

    def progress(done: float, total: float) -> None:
        nonlocal said
        if time.monotonic() - said > _PATIENCE_SECONDS:
            said = time.monotonic()
            say(f"{name}: {done / total:.0%} …")

    return progress


@contextmanager
def _native_notes_hidden() -> Iterator[None]:
    """Nothing reaches file descriptor 2: TensorFlow 2.21 writes start-up notes there before any log level counts.

    Exceptions pass through and are said afterwards.
    """
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _load(model_id: str | None) -> Model:
    """The model, loaded without TensorFlow's notes; raises as models.load does.

    Where none is named and another one than the settings' must do, that is said.
    """
    usual = settings().model
    if model_id is None and usual in (unusable := models.list_unusable()):
        say(f"{usual} can't be used, so another model is asked: {unusable[usual]}")
    say("Loading the model …")
    with _native_notes_hidden():
        return models.load(model_id)


def _uploads(paths: list[str]) -> Iterator[tuple[str, Series | None, str]]:
    """(path as given, series or None, error) of each upload; every PATH is one."""
    if len(paths) > 1:
        reading.warm()  # the next child starts while this one reads
    for path in paths:
        try:
            for found in reading.read_each([Path(path)], progress_of(f"Reading {path}")):
                yield (path, found, "") if isinstance(found, Series) else (path, None, found.error)
        except LightboxError as error:
            yield path, None, str(error)
        except OSError as error:
            yield path, None, f"{path} can't be opened: {error.strerror}."


def read(arguments: Namespace) -> Iterator[dict[str, Any]]:
    """Every series of every PATH with its geometry, unit, window and grey values, as soon as each is read."""
    for path, series, error in _uploads(arguments.paths):
        yield _series_row(path, series) if series else {"path": path, "error": error}


def _series_row(path: str, series: Series) -> dict[str, Any]:
    volume = series.volume
    window = volume.window_or_range()
    row: dict[str, Any] = {
        "series": series.uid,
        "path": path,
        "modality": volume.modality,
        "shape": list(volume.shape),
        "unit": volume.unit,
        "spacing_mm": list(volume.spacing_mm),
        "window": {"center": window.center, "width": window.width},
        **_statistics(volume),
        "warnings": list(volume.warnings),
    }
    if series.part is not None:
        row["part"] = {"word": series.part.word, "number": series.part.index + 1, "of": series.part.count}
    lone = Path(path).is_file() and list(series.files) == [Path(path).name]
    return row if lone else {**row, "files": list(series.files)}


def _statistics(volume: Volume) -> dict[str, float]:
    """Minimum, maximum and mean of all voxels, slice by slice so that a big series isn't copied whole."""
    slices = [volume.voxels[index] for index in range(volume.shape[0])]
    return {
        "minimum": float(min(each.min() for each in slices)),
        "maximum": float(max(each.max() for each in slices)),
        "mean": float(sum(each.sum(dtype=np.float64) for each in slices) / volume.voxels.size),
    }


def convert(arguments: Namespace) -> Answer:
    """Writes one series of PATH as NIfTI or NumPy's npz; what was refused is said."""
    out = Path(arguments.out)
    _check_folder(out)
    converting.check_name(out)
    if not arguments.force:
        converting.check_free(out)
    found = list(_uploads([arguments.path]))
    refused = [{"path": path, "error": error} for path, series, error in found if series is None]
    series = [one for _, one, _ in found if one]
    if not series:
        return refused, 1
    volumes = converting.chosen(series, arguments.series)
    say(f"Writing {out} …")
    converting.write(volumes, out)
    return [_conversion_row(arguments, volumes), *refused], int(bool(refused))


def _conversion_row(arguments: Namespace, volumes: list[Series]) -> dict[str, Any]:
    first = volumes[0]
    return {
        "series": first.part.whole if first.part and len(volumes) > 1 else first.uid,
        "path": arguments.path,
        "out": arguments.out,
        "shape": list(converting.shape_of(volumes)),
        "type": converting.held_type(volumes).name,
        "spacing_mm": list(first.volume.spacing_mm),
        "warnings": converting.notes(volumes),
    }


def list_models(arguments: Namespace) -> Answer:
    """Every usable model's card; what can't be used is said on standard error."""
    for name, reason in models.list_unusable().items():
        say(f"{name} can't be used: {reason}")
    return [dict(card.details) for card in models.list_cards()], int(bool(models.list_unusable()))


def predict(arguments: Namespace) -> Answer:
    """Every chosen series' scores, or why the image was declined."""
    model, rows, failed = _load(arguments.model), [], False
    for path, series, error in _chosen(arguments):
        if series is None:
            rows.append({"path": path, "error": error})
            failed = True
            continue
        prediction = _asked(model, series, arguments)
        failed = failed or prediction.gate.accepted is False
        rows.append(_prediction_row(path, series, prediction))
    return rows, int(failed)


def _chosen(arguments: Namespace) -> Iterator[tuple[str, Series | None, str]]:
    """The uploads' series, or those that --series names, and what was refused; raises UnknownName at the end without one."""
    there: list[str] = []
    for path, series, error in _uploads(arguments.paths):
        if arguments.series is None or series is None or series.uid == arguments.series:
            yield path, series, error
        there += [series.uid] if series else []
    if arguments.series is not None and arguments.series not in there:
        names = ", ".join(there) or "none"
        raise UnknownName(f"There is no series {arguments.series!r} in what was opened; the series are: {names}.")


def _asked(model: Model, series: Series, arguments: Namespace) -> Prediction:
    ask = models.predict_overridden if arguments.override else models.predict
    return ask(model, series, _slice_index(series, arguments))


def _slice_index(series: Series, arguments: Namespace) -> int:
    """The slice asked for, counted from 0, or the middle one."""
    return series.volume.shape[0] // 2 if arguments.slice is None else arguments.slice


def _prediction_row(path: str, series: Series, prediction: Prediction) -> dict[str, Any]:
    return {
        "series": series.uid,
        "path": path,
        "model": prediction.model,
        "slice_index": prediction.slice_index,
        "scores": None if prediction.scores is None else dict(prediction.scores),
        "operating_point": dict(prediction.operating_points),
        "above_point": list(prediction.above_point),
        "group": prediction.group,
        "group_by": prediction.group_by,
        "gate": _gate_row(prediction.gate),
        "milliseconds": prediction.milliseconds,
    }


def _gate_row(gate: Gate) -> dict[str, Any]:
    correction = gate.correction.correction if gate.correction else None
    return {"accepted": gate.accepted, "reason": gate.reason, "declined_by": gate.declined_by, "correction": correction}


def explain(arguments: Namespace) -> Answer:
    """Writes the picture of the first series' score and heat map; a declined image writes no file."""
    _check_folder(Path(arguments.out))
    arguments.paths = [arguments.path]
    model = _load(arguments.model)
    label = _known_label(model.card, arguments.label or _operating_label(model.card))
    found = list(_chosen(arguments))
    refused = [{"path": path, "error": error} for path, series, error in found if series is None]
    series = next((series for _, series, _ in found if series), None)
    if series is None:
        return refused, 1
    if len(found) - len(refused) > 1:
        say(f"{arguments.path} holds {len(found) - len(refused)} series; the first one, {series.uid}, is explained.")
    prediction = _asked(model, series, arguments)
    row = _prediction_row(arguments.path, series, prediction)
    if prediction.scores is None:
        return [row, *refused], 1
    with _native_notes_hidden():
        heatmap = explaining.explain(model, series.volume, prediction.slice_index, label, arguments.method)
    window = series.volume.window_or_range()
    Path(arguments.out).write_bytes(reporting.picture(series, prediction, window, heatmap, 0.5))
    row |= {"label": label, "method": arguments.method, "empty": heatmap.is_empty, "picture": arguments.out}
    return [row, *refused], int(prediction.gate.accepted is False or bool(refused))


def _check_folder(out: Path) -> None:
    if not out.parent.is_dir():
        raise InvalidValue(f"{out} can't be written because there is no folder {out.parent}; make it first.")


def _operating_label(card: ModelCard) -> str:
    """The label that the card's figures are of."""
    return str(card.details.get("operating_label", card.labels[-1]))


def _known_label(card: ModelCard, label: str) -> str:
    if label not in card.labels:
        raise UnknownName(f"{card.id} has no label {label!r}; choose {', '.join(card.labels)}.")
    return label


def evaluate(arguments: Namespace) -> Answer:
    """Metrics with 95 % intervals of one model on a labelled folder or manifest, and what needs no net beside them.

    Where the set says which films are its test, those alone are measured.
    """
    source = Path(arguments.folder)
    if not source.exists():
        raise DatasetError(f"There is no folder {source}; give one that holds a folder a class.")
    model = _load(arguments.model)
    card, label = model.card, _operating_label(model.card)
    films = datasets.open_labelled(source, card.labels, card.label_aliases).films
    rows = [row for _, row in manifest_rows(source)] if source.is_file() else [{}] * len(films)
    part = "test" if any(film.split == "test" for film in films) else "all"
    chosen = [index for index, film in enumerate(films) if part == "all" or film.split == part]
    films, rows = tuple(films[index] for index in chosen), [rows[index] for index in chosen]
    say(f"Measuring {len(films)} films …")
    scored, progress = [], progress_of("Scored")
    for one in scoring.score_films(model, films, label, progress_of("Read")):
        scored.append(one)
        progress(len(scored), len(films))
    counts = {each: sum(film.label == each for film in films) for each in card.labels}
    about = {"model": card.id, "version": card.version, "label": label, "part": part, "labels": counts}
    return {**about, **scoring.result(scored, label, rows)}, 0
