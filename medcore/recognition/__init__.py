"""Recognition: whether a picture looks like the films that a model learnt from, and lies as they do."""

from medcore.recognition.eye import embed, spec_of, tensor_of
from medcore.recognition.files import read, write
from medcore.recognition.postures import POSTURES, UPRIGHT, Posture, corrected, posed
from medcore.recognition.recogniser import Recogniser
from medcore.recognition.verdict import Recognition

__all__ = [
    "POSTURES",
    "UPRIGHT",
    "Posture",
    "Recogniser",
    "Recognition",
    "corrected",
    "embed",
    "posed",
    "read",
    "spec_of",
    "tensor_of",
    "write",
]
