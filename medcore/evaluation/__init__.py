"""How good scores are, of one finding or of several classes: metrics with 95 % intervals, calibration, a baseline."""

from medcore.evaluation.baseline import SIDE, across_folds, area_means, pixel_baseline
from medcore.evaluation.calibration import reliability
from medcore.evaluation.classes import class_report
from medcore.evaluation.frequencies import Count, Frequencies, Measured, measured_in, natural_frequencies
from medcore.evaluation.intervals import RESAMPLES, Interval, proportion
from medcore.evaluation.one_finding import (
    auc,
    balanced_accuracy,
    operating_point_at_sensitivity,
    report,
    sensitivity,
    specificity,
)
from medcore.evaluation.patients import share
from medcore.evaluation.shortcuts import shortcut_table, statistics_baseline
from medcore.evaluation.subgroups import age_band, members, subgroup_reports
from medcore.evaluation.temperature import TEMPERATURES, fit_temperature, softmax

__all__ = [
    "RESAMPLES",
    "SIDE",
    "TEMPERATURES",
    "Count",
    "Frequencies",
    "Interval",
    "Measured",
    "across_folds",
    "age_band",
    "area_means",
    "auc",
    "balanced_accuracy",
    "class_report",
    "fit_temperature",
    "measured_in",
    "members",
    "natural_frequencies",
    "operating_point_at_sensitivity",
    "pixel_baseline",
    "proportion",
    "reliability",
    "report",
    "sensitivity",
    "share",
    "shortcut_table",
    "softmax",
    "specificity",
    "statistics_baseline",
    "subgroup_reports",
]
