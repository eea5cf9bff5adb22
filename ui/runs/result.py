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
from ui.help.terms import explained
from ui.plain import plain
from ui.texts import language, number, say, translated


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
    st.markdown(f"## {_heading(test)}")
    _against_baseline(result.report)
    st.dataframe(_summary(result.report), hide_index=True)
    explained("auc", "f1", "calibration", "brier-score", "confidence-interval", "plain-pixels", "confusion-table")
    with st.expander(say("By class"), icon=":material/category:"):
        st.dataframe(_by_class(test, result.labels), hide_index=True)
    chosen = _confusion(test["confusion"], result.labels)
    _curves(result)
    return chosen


def _heading(test: Mapping[str, Any]) -> str:
    pictures = number(test["films"])
    if "patients" not in test:
        return say("Test: {pictures} pictures, patients unknown, measured only once", pictures=pictures)
    patients = number(test["patients"])
    return say("Test: {pictures} pictures of {patients} patients, measured only once", pictures=pictures, patients=patients)


def _against_baseline(report: Mapping[str, Any]) -> None:
    words = report["beats_baseline"]["words"]
    (st.success if report["beats_baseline"]["value"] else st.warning)(plain(translated(words)))


def interval_words(interval: Mapping[str, float] | None) -> str:
    """ "0.912 (0.88–0.94)", or a dash where it couldn't be measured."""
    if not interval or interval.get("value") is None:
        return "–"
    return f"{number(interval['value'], 3)} ({number(interval['low'], 2)}–{number(interval['high'], 2)})"


def _metrics() -> dict[str, str]:
    return {
        "accuracy": say("Accuracy"),
        "f1": "F1",
        "precision": say("Precision"),
        "recall": say("Recall (sensitivity)"),
        "specificity": say("Specificity"),
        "roc_auc": "ROC AUC",
        "pr_auc": "PR AUC",
    }


def _figure(report: Mapping[str, Any], name: str) -> Mapping[str, float] | None:
    return report["accuracy"] if name == "accuracy" else report["macro"].get(name)


def _summary(report: Mapping[str, Any]) -> pd.DataFrame:
    sides = report["test"], report["baseline"]
    figures = {words: [_figure(side, name) for side in sides] for name, words in _metrics().items()}
    figures[say("Calibration error")] = [side["calibration"]["ece"] for side in sides]
    figures[say("Brier score")] = [side["calibration"]["brier"] for side in sides]
    figures[say("Loss")] = [side["loss"] for side in sides]
    rows = [(words, *map(interval_words, both)) for words, both in figures.items()]
    return pd.DataFrame(rows, columns=[say("metric (mean over classes)"), say("this model"), say("16 × 16 pixels")])


def _by_class(test: Mapping[str, Any], labels: Sequence[str]) -> pd.DataFrame:
    metrics = {name: words for name, words in _metrics().items() if name != "accuracy"}
    return pd.DataFrame(
        [
            {say("class"): translated(label), say("pictures"): test["classes"][label]["films"]}
            | {words: interval_words(test["classes"][label].get(name)) for name, words in metrics.items()}
            for label in labels
        ]
    )


def _confusion(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> tuple[str, str] | None:
    st.markdown(
        say("**What was what** (rows: the truth; columns: what the model says). Choose a cell to see its mistakes below.")
    )
    table = pd.DataFrame(confusion, [say("is {label}", label=translated(label)) for label in labels], list(labels))
    heads = {label: st.column_config.Column(say("says {label}", label=translated(label))) for label in labels}
    event = st.dataframe(table, column_config=heads, on_select="rerun", selection_mode="single-cell", key="confusion")
    cells = event.selection.cells
    if not cells:
        return None
    row, column = cells[0]
    return labels[row], column


def _curves(result: Result) -> None:
    with st.expander(say("Pictures of the result"), icon=":material/show_chart:"):
        names = ["ROC", say("Precision and recall"), say("How often a score comes true"), say("What was what")]
        roc, precision, calibration, confusion = st.tabs(names)
        truth, scores, labels, spoken = result.truth, result.scores, result.labels, language()
        roc.image(_chart("roc", truth, scores, labels, spoken), alt=say("ROC curve of each class against the others"))
        precision.image(_chart("pr", truth, scores, labels, spoken), alt=say("Precision against recall of each class"))
        bins = _reliability(result.report["test"]["calibration"]["bins"], spoken)
        calibration.image(bins, alt=say("How often pictures with such a top score are called rightly"))
        counts = _confusion_picture(result.report["test"]["confusion"], labels, spoken)
        confusion.image(counts, alt=say("Pictures by class and by what they are called"))


@st.cache_data(show_spinner=False, max_entries=64)
def _chart(kind: str, truth: np.ndarray, scores: np.ndarray, labels: tuple[str, ...], spoken: str) -> bytes:
    draw = {"roc": charts.roc_chart, "pr": charts.pr_chart}[kind]
    return draw(scores, truth, labels, translate=translated)


@st.cache_data(show_spinner=False, max_entries=32)
def _reliability(bins: Sequence[dict[str, Any]], spoken: str) -> bytes:
    return charts.reliability_chart(bins, translate=translated)


@st.cache_data(show_spinner=False, max_entries=32)
def _confusion_picture(confusion: Sequence[Sequence[int]], labels: tuple[str, ...], spoken: str) -> bytes:
    return charts.confusion_chart(confusion, labels, translate=translated)
