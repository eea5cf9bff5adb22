"""Logits to scores, and the temperature that makes scores of validation films as likely as they can be."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from scipy.special import softmax as _softmax

from medcore.errors import DatasetError, InvalidValue

TEMPERATURES = (0.05, 20.0)


def fit_temperature(logits: ArrayLike, truth: ArrayLike) -> float:
    """The temperature that makes `logits` (n, labels) likeliest given `truth` (n,), the index of the true label of each film.

    It minimises the negative log-likelihood (Guo et al., ICML 2017, section 4.2) between 0.05 and 20. Where every film is
    right there is no minimum (the colder, the likelier), and it is 1: no change. A sigmoid's logit z is the pair (0, z).
    """
    logits, truth = _checked_logits(logits, truth)
    rows = np.arange(len(truth))
    if (logits[rows, truth] == logits.max(axis=1)).all():
        return 1.0

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, truth].mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(TEMPERATURES)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def softmax(logits: ArrayLike, temperature: float) -> np.ndarray:
    """Scores (n, labels) float64 that sum to 1 for each film, from `logits` over `temperature` (above 0; 1 changes nothing)."""
    if not (np.isfinite(temperature) and temperature > 0):
        raise InvalidValue(f"A temperature of {temperature} can't divide logits; give one above 0.")
    return _softmax(np.asarray(logits, np.float64) / temperature, axis=-1)


def _checked_logits(logits: ArrayLike, truth: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The logits as float64 (n, labels) and the truth as integers (n,) within the labels."""
    logits, truth = np.asarray(logits, np.float64), np.asarray(truth)
    if logits.ndim != 2 or truth.shape != logits.shape[:1] or not len(truth):
        raise DatasetError(f"Logits {logits.shape} and truth {truth.shape} don't match; give a row and a label for every film.")
    if not np.isfinite(logits).all():
        raise DatasetError("Some logits are no finite numbers; leave those films out.")
    if not np.isin(truth, np.arange(logits.shape[1])).all():
        raise DatasetError(f"The truth names labels that aren't there; give indices from 0 to {logits.shape[1] - 1}.")
    return logits, truth.astype(np.intp)
