"""Models: cards, the list, verified loading, contract first, then scores. TensorFlow is imported when needed."""

from medcore.models.card import PURPOSE, Contract, ModelCard, read_card
from medcore.models.contract import Gate, check_contract
from medcore.models.predicting import Prediction, predict, predict_overridden
from medcore.models.registry import default_id, list_cards, list_unusable
from medcore.models.runtime import Model, is_warm, load, warm

__all__ = [
    "PURPOSE",
    "Contract",
    "Gate",
    "Model",
    "ModelCard",
    "Prediction",
    "check_contract",
    "default_id",
    "is_warm",
    "list_cards",
    "list_unusable",
    "load",
    "predict",
    "predict_overridden",
    "read_card",
    "warm",
]
