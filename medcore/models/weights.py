"""Weights as plain arrays in weights.npz: float16, by variable path, never pickled, known by their SHA-256."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from medcore.errors import WeightsMismatch


def write_weights(model: Any, path: Path) -> str:
    """Writes a Keras model's weights as float16 and gives the file's SHA-256 (hex)."""
    arrays = {weight.path: np.asarray(weight, np.float16) for weight in model.trainable_variables}
    np.savez_compressed(path, allow_pickle=False, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_weights(model: Any, path: Path, sha256: str) -> None:
    """Puts the weights into the model, after their SHA-256 was checked; raises WeightsMismatch."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsMismatch(f"The weights of {path.parent} are missing; restore {path.name}.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsMismatch(f"The weights of {path.parent} aren't the ones its card names; restore {path.name}.")
    arrays = _arrays(content, path)
    for weight in model.trainable_variables:
        if weight.path not in arrays or arrays[weight.path].shape != tuple(weight.shape):
            raise WeightsMismatch(f"The weights of {path.parent} don't fit its architecture at {weight.path}.")
        weight.assign(arrays[weight.path].astype(np.float32))


def _arrays(content: bytes, path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)), np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise WeightsMismatch(f"The weights of {path.parent} can't be opened ({error}); restore {path.name}.") from error
