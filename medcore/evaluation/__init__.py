"""How good scores are: metrics with 95 % intervals, operating points, temperature and calibration."""

from medcore.evaluation.one_finding import (
    RESAMPLES,
    TEMPERATURES,
    Interval,
    auc,
    balanced_accuracy,
    fit_temperature,
    operating_point_at_sensitivity,
    proportion,
    report,
    sensitivity,
    softmax,
    specificity,
)

__all__ = [
    "RESAMPLES",
    "TEMPERATURES",
    "Interval",
    "auc",
    "balanced_accuracy",
    "fit_temperature",
    "operating_point_at_sensitivity",
    "proportion",
    "report",
    "sensitivity",
    "softmax",
    "specificity",
]
