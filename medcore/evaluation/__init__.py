"""How good scores are, of one finding or of several classes: metrics with 95 % intervals, calibration, a baseline."""

from medcore.evaluation.baseline import pixel_baseline
from medcore.evaluation.calibration import reliability
from medcore.evaluation.classes import class_report
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
    "class_report",
    "fit_temperature",
    "operating_point_at_sensitivity",
    "pixel_baseline",
    "proportion",
    "reliability",
    "report",
    "sensitivity",
    "softmax",
    "specificity",
]
