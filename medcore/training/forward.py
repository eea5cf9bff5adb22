"""A graph's answers to many inputs, in batches, by a traced function."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from medcore.training.films import Part

BATCH = 32


def forward_of(graph: Any) -> Callable[[Iterable[np.ndarray]], np.ndarray]:
    """A function from batches (b, …) to the graph's answers (n, …), without dropout; it is traced once."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *graph.input.shape[1:]), tf.float32)]
    traced = tf.function(lambda inputs: graph(inputs, training=False), input_signature=signature)
    return lambda batches: np.concatenate([traced(batch).numpy() for batch in batches])


def in_batches(array: np.ndarray, size: int = BATCH) -> Iterator[np.ndarray]:
    """The rows of an array, `size` at a time."""
    yield from (array[start : start + size] for start in range(0, len(array), size))


def tensors_of(part: Part, size: int = BATCH) -> Iterator[np.ndarray]:
    """A part's tensors, `size` at a time: they needn't fit into memory together."""
    yield from (part.tensors(start, start + size) for start in range(0, len(part.films), size))


def logits_of(model: Any, tensors: np.ndarray, batch: int = BATCH) -> np.ndarray:
    """Logits (n, labels) of tensors (n, rows, columns, channels)."""
    return forward_of(model)(in_batches(tensors, batch))
