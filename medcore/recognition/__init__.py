"""Recognition: whether a picture looks like the films that a model learnt from, and lies as they do."""

from medcore.recognition.postures import POSTURES, UPRIGHT, Posture, corrected, posed
from medcore.recognition.verdict import Recognition

__all__ = ["POSTURES", "UPRIGHT", "Posture", "Recognition", "corrected", "posed"]
