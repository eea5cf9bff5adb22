"""Models: cards, the list, verified loading, contract first, then scores. TensorFlow is imported when needed."""

from medcore.models.card import PATIENTS_UNKNOWN, PURPOSE, Contract, Group, ModelCard, read_card
from medcore.models.contract import Gate, check_contract
from medcore.models.predicting import Prediction, group_at, predict, predict_overridden
from medcore.models.registry import default_id, find_card, list_cards, list_unusable, published_folder
from medcore.models.runtime import Model, is_warm, load, load_folder, warm

__all__ = [
    "PATIENTS_UNKNOWN",
    "PURPOSE",
    "Contract",
    "Gate",
    "Group",
    "Model",
    "ModelCard",
    "Prediction",
    "check_contract",
    "default_id",
    "find_card",
    "group_at",
    "is_warm",
    "list_cards",
    "list_unusable",
    "load",
    "load_folder",
    "predict",
    "predict_overridden",
    "published_folder",
    "read_card",
    "warm",
]
