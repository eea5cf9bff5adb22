"""The embeddings of a run's films by layers that stay as they are: computed once, a stage on the last layers takes seconds."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from medcore.jobs import write_json
from medcore.training.films import Part
from medcore.training.forward import BATCH, forward_of, tensors_of

_FILE, _NOTE = "embeddings.npy", "embeddings.json"


def embeddings_of(run: Path, body: Any, parts: list[Part], begun_with: str, worked: Callable[[int], None]) -> list[np.ndarray]:
    """Each part's embeddings (n, …), kept in the run folder for as long as the layers that `body` ends with stay.

    `begun_with` is the run's spec and split; `worked` is told of so many films after each batch.
    """
    key, lengths = _key(body, begun_with), np.cumsum([len(part.films) for part in parts])[:-1]
    kept = _kept(run, key)
    if kept is None:
        kept = forward_of(body)(_told(parts, worked))
        _keep(run, key, kept)
    return np.split(kept, lengths)


def forget_embeddings(run: Path) -> None:
    """Takes the embeddings out of the run folder."""
    for name in (_NOTE, _FILE):
        (run / name).unlink(missing_ok=True)


def _told(parts: list[Part], worked: Callable[[int], None]) -> Iterator[np.ndarray]:
    """A part's last batch may be short: the bits of an embedding don't depend on what it is computed beside."""
    for part in parts:
        for batch in tensors_of(part, BATCH):
            yield batch
            worked(len(batch))


def _key(body: Any, begun_with: str) -> str:
    digest = hashlib.sha256(f"{begun_with} {body.output.shape}".encode())
    for weights in body.trainable_variables:
        digest.update(np.asarray(weights).tobytes())
    return digest.hexdigest()


def _kept(run: Path, key: str) -> np.ndarray | None:
    """What an earlier attempt computed of the same; the note is written last, so that it vouches for the array."""
    with suppress(OSError, ValueError, KeyError):
        if json.loads((run / _NOTE).read_text())["of"] == key:
            return np.load(run / _FILE, allow_pickle=False)
    return None


def _keep(run: Path, key: str, embeddings: np.ndarray) -> None:
    forget_embeddings(run)
    part = run / f"{_FILE}.part"
    try:
        with part.open("wb") as file:
            np.save(file, embeddings, allow_pickle=False)
        part.rename(run / _FILE)
    finally:
        part.unlink(missing_ok=True)
    write_json(run / _NOTE, {"of": key})
