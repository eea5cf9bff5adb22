"""A finished run's test: the figures with their intervals beside the baseline's, curves, and a confusion table to click."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from medcore import charts
from ui.plain import plain

_METRICS = {
    "accuracy": "Accuracy",
    "f1": "F1",
    "precision": "Precision",
    "recall": "Recall (sensitivity)",
    "specificity": "Specificity",
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
}


@dataclass(frozen=True)
class Result:
    """What the run left in `result/`: the report, and the test films' truth and scores."""

    report: Mapping[str, Any]
    labels: tuple[str, ...]
    truth: np.ndarray
    scores: np.ndarray


@st.cache_data(show_spinner=False, max_entries=32)
def _load(folder: str, changed: float) -> Result:
    report = json.loads((Path(folder) / "report.json").read_text())
    with (Path(folder) / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    labels = tuple(report["test"]["classes"])
    truth = np.array([labels.index(row["label"]) for row in rows])
    return Result(report, labels, truth, np.array([[float(row[f"score {label}"]) for label in labels] for row in rows]))


def load_result(run: Path) -> Result | None:
    """The result of a run that is done; None where its test films stayed closed."""
    report = run / "result" / "report.json"
    return _load(str(report.parent), report.stat().st_mtime) if report.is_file() else None


def result_view(result: Result) -> tuple[str, str] | None:
    """Draws the result; gives (truth, what the model said) of the confusion table's cell that was chosen, if any."""
    test = result.report["test"]
    patients = f" of {test['patients']} patients" if "patients" in test else ", patients unknown"
    st.markdown(f"## Test: {test['films']} pictures{patients}, measured only once")
    _against_baseline(result.report)
    st.dataframe(_summary(result.report), hide_index=True)
    with st.expander("By class", icon=":material/category:"):
        st.dataframe(_by_class(test, result.labels), hide_index=True)
    chosen = _confusion(test["confusion"], result.labels)
    _curves(result)
    return chosen


def _against_baseline(report: Mapping[str, Any]) -> None:
    words = report["beats_baseline"]["words"]
    (st.success if report["beats_baseline"]["value"] else st.warning)(plain(words))


def interval_words(interval: Mapping[str, float] | None) -> str:
    """ "0.912 (0.88–0.94)", or a dash where it couldn't be measured."""
    if not interval or interval.get("value") is None:
        return "–"
    return f"{interval['value']:.3f} ({interval['low']:.2f}–{interval['high']:.2f})"


def _figure(report: Mapping[str, Any], name: str) -> Mapping[str, float] | None:
    return report["accuracy"] if name == "accuracy" else report["macro"].get(name)


def _summary(report: Mapping[str, Any]) -> pd.DataFrame:
    names = [*_METRICS]
    calibration = report["test"]["calibration"]
    rows = [
        {
            "metric (mean over classes)": _METRICS[name],
            "this model": interval_words(_figure(report["test"], name)),
            "16 × 16 pixels": interval_words(_figure(report["baseline"], name)),
        }
        for name in names
    ]
    other = report["baseline"]["calibration"]
    for name, words in (("ece", "Calibration error"), ("brier", "Brier score")):
        rows.append(dict(zip(rows[0], (words, interval_words(calibration[name]), interval_words(other[name])), strict=True)))
    loss = ("Loss", interval_words(report["test"]["loss"]), interval_words(report["baseline"]["loss"]))
    return pd.DataFrame([*rows, dict(zip(rows[0], loss, strict=True))])


def _by_class(test: Mapping[str, Any], labels: Sequence[str]) -> pd.DataFrame:
    names = [name for name in _METRICS if name != "accuracy"]
    return pd.DataFrame(
        [
            {"class": label, "pictures": test["classes"][label]["films"]}
            | {_METRICS[name]: interval_words(test["classes"][label].get(name)) for name in names}
            for label in labels
        ]
    )


def _confusion(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> tuple[str, str] | None:
    st.markdown("**What was what** (rows: the truth; columns: what the model says). Choose a cell to see its mistakes below.")
    table = pd.DataFrame(confusion, index=[f"is {label}" for label in labels], columns=[f"says {label}" for label in labels])
    event = st.dataframe(table, on_select="rerun", selection_mode="single-cell", key="confusion")
    cells = event.selection.cells
    if not cells:
        return None
    row, column = cells[0]
    return labels[row], column.removeprefix("says ")


def _curves(result: Result) -> None:
    with st.expander("Pictures of the result", icon=":material/show_chart:"):
        names = ["ROC", "Precision and recall", "How often a score comes true", "What was what"]
        roc, precision, calibration, confusion = st.tabs(names)
        truth, scores, labels = result.truth, result.scores, result.labels
        roc.image(_chart("roc", truth, scores, labels), alt="ROC curve of each class against the others")
        precision.image(_chart("pr", truth, scores, labels), alt="Precision against recall of each class")
        bins = result.report["test"]["calibration"]["bins"]
        calibration.image(_reliability(bins), alt="How often pictures with such a top score are called rightly")
        confusion.image(
            _confusion_picture(result.report["test"]["confusion"], labels), alt="Pictures by class and by what they are called"
        )


@st.cache_data(show_spinner=False, max_entries=64)
def _chart(kind: str, truth: np.ndarray, scores: np.ndarray, labels: tuple[str, ...]) -> bytes:
    draw = {"roc": charts.roc_chart, "pr": charts.pr_chart}[kind]
    return draw(scores, truth, labels)


@st.cache_data(show_spinner=False, max_entries=32)
def _reliability(bins: Sequence[dict[str, Any]]) -> bytes:
    return charts.reliability_chart(bins)


@st.cache_data(show_spinner=False, max_entries=32)
def _confusion_picture(confusion: Sequence[Sequence[int]], labels: tuple[str, ...]) -> bytes:
    return charts.confusion_chart(confusion, labels)
