"""A labelled set scored as an upload is: each film's score at its group's operating point, and what needs no net beside it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medcore import datasets, evaluation, models, preprocessing
from medcore.datasets import Film
from medcore.datasets.slices import Progress, Slice
from medcore.errors import DatasetError
from medcore.evaluation.subgroups import COLUMNS
from medcore.models import Model
from medcore.preprocessing import InputSpec

_GREY = InputSpec((evaluation.SIDE, evaluation.SIDE), scaling="percentile")
TOGETHER = "five grey statistics together"


@dataclass(frozen=True, eq=False)
class ScoredFilm:
    """A film's score for one label and the operating point that holds for it, of the group that the model took it for.

    declined_by: the check that declined it ("" where it was accepted); it is scored all the same. pixels: area means
    (16, 16, channels) of what the net saw. figures: those of `datasets.plain_figures`.
    """

    film: Film
    score: float
    point: float
    group: str
    declined_by: str
    pixels: np.ndarray
    figures: Mapping[str, float]


def score_films(model: Model, films: Sequence[Film], label: str, progress: Progress | None = None) -> Iterator[ScoredFilm]:
    """Each film, in order, scored by `models.predict_overridden`, as a reader's upload of it would be.

    `progress` is called with (films read, films in all). Raises DatasetError where a file is refused.
    """
    for film, piece in zip(films, datasets.read_films(films, progress), strict=True):
        yield score_film(model, film, piece, label)


def score_film(model: Model, film: Film, piece: Slice, label: str) -> ScoredFilm:
    """One film whose slice has been read."""
    prediction = models.predict_overridden(model, piece.series, piece.index)
    return ScoredFilm(
        film,
        (prediction.scores or {})[label],
        prediction.operating_points[label],
        prediction.group or "",
        prediction.gate.declined_by,
        *beside(film, piece, model.card.input_spec),
    )


def beside(film: Film, piece: Slice, spec: InputSpec) -> tuple[np.ndarray, dict[str, float]]:
    """Of a film whose slice has been read, the area means (16, 16, channels) of its tensor, and its plain figures."""
    tensor = preprocessing.prepare(piece.series.volume, piece.index, spec)
    values = preprocessing.to_values(piece.series.volume, piece.index, _GREY)
    return evaluation.area_means(tensor[None])[0], datasets.plain_figures(film.path, values)


def result(scored: Sequence[ScoredFilm], label: str, rows: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """What there is to say of scored films, ready for JSON: `evaluation.report` at each film's own point, and beside it

    declined: films, share, and how many by which check; accepted: the report without them; subgroups: a report for each value
    of the columns of `rows` (an index file's, one a film) and of the model's groups; baseline: 16 × 16 pixels, and shortcuts:
    plain figures, on the same films. A figure that can't be measured says why. Raises as `evaluation.report` does.
    """
    scores, truth, points, patients, names = _columns(scored, label)
    report = evaluation.report(scores, truth, points, patients, names)
    about = [{**row, "group": one.group} for row, one in zip(rows or [{}] * len(scored), scored, strict=True)]
    accepted = {"accepted": [not one.declined_by for one in scored]}
    subgroups = evaluation.members(about, (*COLUMNS, "group"))
    return {
        **report,
        "declined": declined([one.declined_by for one in scored], patients),
        **evaluation.subgroup_reports(scores, truth, points, accepted, patients, names),
        "subgroups": evaluation.subgroup_reports(scores, truth, points, subgroups, patients, names),
        "baseline": _baseline(scored, truth, patients),
        "shortcuts": _shortcuts(scored, truth, patients),
    }


def declined(declined_by: Sequence[str], patients: Sequence[str]) -> dict[str, Any]:
    """How many films were declined ("" is accepted), their share with its interval by patient, and how many by which check."""
    by = Counter(check for check in declined_by if check)
    share = evaluation.share([bool(check) for check in declined_by], patients).to_json()
    return {"films": by.total(), "share": share, "by": dict(sorted(by.items()))}


def _columns(
    scored: Sequence[ScoredFilm], label: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str], list[str] | None]:
    """Scores, truth, points, patients and the points' names; no names where all films have one point."""
    names = [one.group or "no group" for one in scored]
    return (
        np.array([one.score for one in scored]),
        np.array([one.film.label == label for one in scored]),
        np.array([one.point for one in scored]),
        [one.film.patient for one in scored],
        names if any(one.group for one in scored) else None,
    )


def _baseline(scored: Sequence[ScoredFilm], truth: np.ndarray, patients: list[str]) -> dict[str, Any]:
    words = "logistic regression on 16 × 16 pixels of these very films, five folds by patient"
    pixels = np.stack([one.pixels for one in scored])
    return {"words": words, "roc_auc": _area_across(_of_pixels, pixels, truth, patients)}


def _shortcuts(scored: Sequence[ScoredFilm], truth: np.ndarray, patients: list[str]) -> dict[str, Any]:
    figures = {name: np.array([one.figures[name] for one in scored]) for name in scored[0].figures}
    statistics = np.stack([figures[name] for name in datasets.GREY_STATISTICS], axis=1)
    together = _area_across(evaluation.statistics_baseline, statistics, truth, patients)
    return {**evaluation.shortcut_table(figures, truth, patients), TOGETHER: together}


def _of_pixels(train: np.ndarray, truth: np.ndarray, held: np.ndarray) -> np.ndarray:
    return evaluation.pixel_baseline(train, truth, held)[:, 1]


def _area_across(
    fitted_scores: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    features: np.ndarray,
    truth: np.ndarray,
    patients: list[str],
) -> dict[str, Any]:
    """The ROC AUC of scores across folds, or why there is none."""
    try:
        return evaluation.auc(evaluation.across_folds(fitted_scores, features, truth, patients), truth, patients).to_json()
    except DatasetError as error:
        return {"value": None, "low": None, "high": None, "reason": str(error)}
