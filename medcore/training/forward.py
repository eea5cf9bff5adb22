"""A net's logits of many tensors, in batches, by a traced function."""

from typing import Any

import numpy as np


def logits_of(model: Any, tensors: np.ndarray, batch: int = 32) -> np.ndarray:
    """Logits (n, labels) of tensors (n, rows, columns, 1)."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *tensors.shape[1:]), tf.float32)]
    forward = tf.function(lambda x: model(x, training=False), input_signature=signature)
    return np.concatenate([forward(tensors[start : start + batch]).numpy() for start in range(0, len(tensors), batch)])
