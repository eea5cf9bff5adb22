"""What the command line does: each command is the library's own calls and gives what is printed and how it went."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from medcore import datasets, evaluation, explaining, models, preprocessing, reading, reporting
from medcore.errors import LightboxError, UnknownName
from medcore.models import Gate, Model, Prediction
from medcore.volume import Series, Volume

Answer = tuple[Any, int]
"""What is printed, and the exit code: 0 all handled, 1 some input refused or an image declined."""


def say(words: str) -> None:
    """Words for a person, on standard error."""
    print(words, file=sys.stderr)


def _uploads(paths: list[str]) -> Iterator[tuple[str, Series | None, str]]:
    """(path as given, series or None, error) of each upload; every PATH is one."""
    for path in paths:
        try:
            result = reading.read([Path(path)])
        except LightboxError as error:
            yield path, None, str(error)
            continue
        yield from ((path, series, "") for series in result.series)
        yield from ((path, None, refusal.error) for refusal in result.refusals)


def read(arguments: Namespace) -> Answer:
    """Every series of every PATH with its geometry, unit, window and grey values."""
    rows = [
        _series_row(path, series) if series else {"path": path, "error": error}
        for path, series, error in _uploads(arguments.paths)
    ]
    return rows, int(any("error" in row for row in rows))


def _series_row(path: str, series: Series) -> dict[str, Any]:
    volume = series.volume
    window = None if volume.is_colour else volume.window_or_range()
    row = {
        "series": series.uid,
        "path": path,
        "modality": volume.modality,
        "shape": list(volume.shape),
        "unit": volume.unit,
        "spacing_mm": list(volume.spacing_mm),
        "window": window and {"center": window.center, "width": window.width},
        **_statistics(volume),
        "warnings": list(volume.warnings),
    }
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


def list_models(arguments: Namespace) -> Answer:
    """Every usable model's card; what can't be used is said on standard error."""
    for name, reason in models.list_unusable().items():
        say(f"{name} can't be used: {reason}")
    return [dict(card.details) for card in models.list_cards()], int(bool(models.list_unusable()))


def predict(arguments: Namespace) -> Answer:
    """Every chosen series' scores, or why the image was declined."""
    model, rows, failed = models.load(arguments.model), [], False
    for path, series, error in _chosen(arguments):
        if series is None:
            rows.append({"path": path, "error": error})
            failed = True
            continue
        prediction = _asked(model, series, arguments)
        failed = failed or prediction.gate.accepted is False
        rows.append(_prediction_row(path, series, prediction))
    return rows, int(failed)


def _chosen(arguments: Namespace) -> list[tuple[str, Series | None, str]]:
    """The uploads' series, or the one that --series names; raises UnknownName where it isn't there."""
    found = list(_uploads(arguments.paths))
    if arguments.series is None:
        return found
    chosen = [each for each in found if each[1] is not None and each[1].uid == arguments.series]
    if not chosen:
        there = ", ".join(series.uid for _, series, _ in found if series) or "none"
        raise UnknownName(f"There is no series {arguments.series!r} in what was opened; the series are: {there}.")
    return chosen


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
        "gate": _gate_row(prediction.gate),
        "milliseconds": prediction.milliseconds,
    }


def _gate_row(gate: Gate) -> dict[str, Any]:
    return {"accepted": gate.accepted, "reason": gate.reason}


def explain(arguments: Namespace) -> Answer:
    """Writes the picture of the first series' score and heat map; a declined image writes no file."""
    arguments.paths = [arguments.path]
    model = models.load(arguments.model)
    label = arguments.label or str(model.card.details.get("operating_label", model.card.labels[-1]))
    path, series, error = _chosen(arguments)[0]
    if series is None:
        return {"path": path, "error": error}, 1
    prediction = _asked(model, series, arguments)
    row = _prediction_row(path, series, prediction)
    if prediction.scores is None:
        return row, 1
    heatmap = explaining.explain(model, series.volume, prediction.slice_index, label, arguments.method)
    window = series.volume.window_or_range()
    Path(arguments.out).write_bytes(reporting.picture(series, prediction, window, heatmap, 0.5))
    code = int(prediction.gate.accepted is False)
    return {**row, "label": label, "method": arguments.method, "empty": heatmap.is_empty, "picture": arguments.out}, code


def evaluate(arguments: Namespace) -> Answer:
    """Metrics with 95 % intervals of one model on a labelled folder (one folder a class) or manifest."""
    model = models.load(arguments.model)
    card = model.card
    films = datasets.open_labelled(Path(arguments.folder), card.labels, card.label_aliases).films
    say(f"Measuring {len(films)} films …")
    label = str(card.details.get("operating_label", card.labels[-1]))
    scores, truth = _film_scores(model, films, label), np.array([film.label == label for film in films])
    report = evaluation.report(scores, truth, card.operating_points[label], groups=[film.patient for film in films])
    counts = {each: sum(film.label == each for film in films) for each in card.labels}
    return {"model": card.id, "version": card.version, "label": label, "labels": counts, **report}, 0


def _film_scores(model: Model, films: tuple[datasets.Film, ...], label: str) -> np.ndarray:
    """Each film's score for one label, as predict gives it."""
    spec, index = model.card.input_spec, model.card.labels.index(label)
    values, photometrics = datasets.pictures(films, spec)
    tensors = (preprocessing.scale(film, photometric, spec) for film, photometric in zip(values, photometrics, strict=True))
    return np.array([model.run(tensor, label)[0][index] for tensor in tensors])


def in_words(answer: Any) -> str:
    """An answer for a person: a line a row, its fields by name."""
    rows = answer if isinstance(answer, list) else [answer]
    return "\n".join("\n".join(f"{name}: {_short(value)}" for name, value in row.items()) + "\n" for row in rows)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_short(each) for each in value) or "none"
    return "unknown" if value is None else str(value)
