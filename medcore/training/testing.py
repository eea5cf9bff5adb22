"""The one look at the test films, after the weights are written: figures, a baseline's on the same films, and mistakes."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from medcore import evaluation, preprocessing
from medcore.datasets import Dataset
from medcore.jobs import TrainingSpec, write_json
from medcore.models.runtime import trace
from medcore.training.films import Part, patients_of, read_test
from medcore.training.finishing import Temperatures
from medcore.training.forward import forward_of, tensors_of

MOST_MISTAKES = 24


def measure_once(
    run: Path, spec: TrainingSpec, dataset: Dataset, model: Any, parts: tuple[Part, Part], temperatures: Temperatures
) -> None:
    """Writes `run/result/{predictions.csv,mistakes.npz,report.json}`, the report last; `parts` are train and validation.

    report: test, validation and baseline (of the test films) as `evaluation.class_report` gives them, and beats_baseline,
    {"value", "words"}. Raises DatasetError where a test film can't be read.
    """
    train, held = parts
    test, forward, labels = read_test(spec, dataset), forward_of(model), list(spec.labels)
    scores = {
        name: temperatures.scores(forward(tensors_of(part)), part.films) for name, part in (("val", held), ("test", test))
    }
    pixels = evaluation.pixel_baseline(_lazily(train), train.truth, _lazily(test))
    report: dict[str, Any] = {
        "test": evaluation.class_report(scores["test"], test.truth, labels, patients_of(spec, test.films)),
        "validation": evaluation.class_report(scores["val"], held.truth, labels, patients_of(spec, held.films)),
        "baseline": evaluation.class_report(pixels, test.truth, labels, patients_of(spec, test.films)),
    }
    report["beats_baseline"] = beats_baseline(report["test"]["roc_auc"], report["baseline"]["roc_auc"])
    folder = run / "result"
    folder.mkdir(exist_ok=True)
    _write_predictions(folder / "predictions.csv", [(held, scores["val"]), (test, scores["test"])])
    np.savez_compressed(folder / "mistakes.npz", allow_pickle=False, **_mistakes(test, scores["test"], trace(model)))
    write_json(folder / "report.json", report)


def beats_baseline(net: Mapping[str, Any], pixels: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the net's macro ROC AUC is above that of 16 × 16 pixels, with words; its whole interval must be, to count."""
    if net["value"] is None or pixels["value"] is None:
        return {"value": None, "words": f"Whether the net beats 16 × 16 pixels can't be said: {net.get('reason', 'no figure')}"}
    figures = f"macro ROC AUC {net['value']:.3f} ({net['low']:.3f} to {net['high']:.3f}) against {pixels['value']:.3f}"
    if net["low"] > pixels["value"]:
        return {"value": True, "words": f"The net beats a logistic regression on 16 × 16 pixels: {figures}."}
    if net["value"] > pixels["value"]:
        return {"value": False, "words": f"It isn't shown that the net beats 16 × 16 pixels: {figures}."}
    return {
        "value": False,
        "words": f"The net doesn't beat 16 × 16 pixels, so it has learnt nothing that needed it: {figures}.",
    }


class _Lazily:
    """A part's tensors, of which a slice is made when it is asked for."""

    def __init__(self, part: Part) -> None:
        self.shape, self._part = (len(part.films), *part.spec.tensor_shape), part

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> np.ndarray:
        return self._part.tensors(rows.start, rows.stop)


def _lazily(part: Part) -> Any:
    return _Lazily(part)


def _write_predictions(path: Path, parts: Sequence[tuple[Part, np.ndarray]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "label", "split", "patient", *(f"score {label}" for label in parts[0][0].labels)])
        for part, scores in parts:
            for film, row in zip(part.films, scores, strict=True):
                writer.writerow([film.name, film.label, film.split, film.patient, *(f"{score:.6f}" for score in row)])


def _mistakes(test: Part, scores: np.ndarray, traced: Any) -> dict[str, np.ndarray]:
    """The most certain wrong answers first: names, truth, predicted (labels), scores; pictures as the net saw them and heats.

    pictures (n, rows, columns[, 3]) uint8; heats (n, rows, columns) float32 in 0..1, of the predicted label by Grad-CAM.
    """
    predicted = scores.argmax(axis=1)
    wrong = np.flatnonzero(predicted != test.truth)
    wrong = wrong[np.argsort(-scores[wrong, predicted[wrong]], kind="stable")][:MOST_MISTAKES]
    labels, spec = np.array(test.labels), test.spec
    tensors = [test.tensors(index, index + 1)[0] for index in wrong.tolist()]
    heats = [_heat(test, tensor, traced, predicted[index]) for index, tensor in zip(wrong, tensors, strict=True)]
    return {
        "names": np.array([test.films[index].name for index in wrong], np.str_),
        "truth": labels[test.truth[wrong]],
        "predicted": labels[predicted[wrong]],
        "scores": scores[wrong, predicted[wrong]].astype(np.float32),
        "pictures": np.array([_picture(tensor) for tensor in tensors], np.uint8).reshape(-1, *spec.values_shape),
        "heats": np.array(heats, np.float32).reshape(-1, *spec.size),
    }


def _picture(tensor: np.ndarray) -> np.ndarray:
    levels = (tensor * 255).round().astype(np.uint8)
    return levels if levels.shape[2] == 3 else levels[..., 0]


def _heat(test: Part, tensor: np.ndarray, traced: Any, label: int) -> np.ndarray:
    levels = traced(tensor[None], int(label), 1.0)[1].numpy()
    spread = preprocessing.to_slice(levels / max(float(levels.max()), 1e-12), test.spec.size, test.spec)
    return np.clip(spread, 0, 1)
