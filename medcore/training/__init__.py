"""The one place that fits: `train(run)` trains, or goes on, as the folder's spec.json says; `forecast(run)` foretells it."""

from medcore.training.fit import train
from medcore.training.forecasting import forecast

__all__ = ["forecast", "train"]
