"""The eye that recognises: ImageNet's EfficientNet-Lite0 as it comes, the same for every model, never trained on a task."""

import hashlib
import threading
from functools import cache
from typing import Any

import numpy as np

from medcore import architectures, preprocessing, pretrained
from medcore.preprocessing import Channels, InputSpec
from medcore.volume import Volume

FEATURES = 1280
_SIZE, _BATCH = (224, 224), 32
_lock = threading.Lock()
"""Held while the eye is opened and while it looks: Keras inference isn't promised to be thread-safe."""


def spec_of(channels: Channels) -> InputSpec:
    """How a picture goes into the eye, whatever goes into the model: squashed, from its 0.5th to its 99.5th percentile."""
    return InputSpec(_SIZE, "percentile", channels=channels)


def tensor_of(volume: Volume, slice_index: int, channels: Channels) -> np.ndarray:
    """One slice as the eye takes it, (224, 224, channels); raises InvalidValue past the ends."""
    return preprocessing.prepare(volume, slice_index, spec_of(channels))


def embed(tensors: np.ndarray) -> np.ndarray:
    """Pictures (n, 224, 224, channels) to what the eye sees in them, (n, 1280) float32, each of length 1.

    Raises WeightsMismatch where the eye's weights aren't the known ones.
    """
    with _lock:
        look = _eye(tensors.shape[-1])
        features = [look(tensors[start : start + _BATCH]).numpy() for start in range(0, len(tensors), _BATCH)]
    seen = np.concatenate([np.empty((0, FEATURES), np.float32), *features])
    return seen / np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), np.finfo(np.float32).tiny)


def fingerprint(channels: Channels) -> bytes:
    """SHA-256 over the eye's weights' and its input spec's: embeddings are comparable where it is the same."""
    return hashlib.sha256(f"{pretrained.SHA256} {spec_of(channels).hash}".encode()).digest()


@cache
def _eye(channels: Channels) -> Any:
    """A traced function (n, 224, 224, channels) → (n, 1280), opened once for the process."""
    import keras
    import tensorflow as tf

    net = architectures.build("efficientnet_lite0", 2, _SIZE, channels)
    for name, weights in pretrained.imagenet_lite0(channels).items():
        if name != "logits":
            net.get_layer(name).set_weights(weights)
    body = keras.Model(net.input, net.get_layer("pool").output)
    signature = [tf.TensorSpec((None, *_SIZE, channels), tf.float32)]
    return tf.function(lambda pictures: body(pictures, training=False), input_signature=signature)
