"""The test pictures' scores that a model's folder keeps in `test_predictions.csv`, whole or for each group of pictures."""

import csv
import hashlib
from dataclasses import dataclass

import numpy as np

from medcore.models import ModelCard
from medcore.models.files import read_plain
from ui.models.reading import mapping

FILE = "test_predictions.csv"
MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class Scored:
    """Test pictures of one group: scores (n, labels) and truth (n,), indices into the card's labels."""

    group: str
    scores: np.ndarray
    truth: np.ndarray


def scored(card: ModelCard) -> list[Scored]:
    """The test's scores, a group at a time; empty where the folder holds none, or others than those that the card measured."""
    try:
        content = read_plain(card.folder, FILE, MOST_BYTES)
        if hashlib.sha256(content).hexdigest() != mapping(card.details.get("metrics")).get("predictions_sha256"):
            return []
        rows = list(csv.DictReader(content.decode().splitlines()))
        truth = np.array([card.labels.index(_label(row, card)) for row in rows])
        scores = np.array([_scores(row, card) for row in rows]).reshape(len(rows), len(card.labels))
    except (OSError, ValueError, KeyError, TypeError, csv.Error):  # pictures of the test are left out, its figures aren't
        return []
    if not len(rows) or not np.isfinite(scores).all():
        return []
    names = np.array([_group(row) for row in rows])
    return [Scored(name, scores[names == name], truth[names == name]) for name in dict.fromkeys(names.tolist())]


def _label(row: dict[str, str], card: ModelCard) -> str:
    return card.label_aliases.get(row["label"], row["label"])


def _scores(row: dict[str, str], card: ModelCard) -> list[float]:
    """A row's score of each label; of two labels the file may hold one, the other is what that leaves."""
    found = {label: row.get(f"score {label}") or row.get(f"score_{label}") for label in card.labels}
    scores = {label: float(score) for label, score in found.items() if score}
    if len(card.labels) == 2 and len(scores) == 1:
        return [scores.get(label, 1 - sum(scores.values())) for label in card.labels]
    return [scores[label] for label in card.labels]


def _group(row: dict[str, str]) -> str:
    """The first word of the row's stratum, such as adults of "adults PA"."""
    return (row.get("stratum") or "").split(" ")[0]
