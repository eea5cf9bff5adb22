"""A model in memory: loaded once while its card and weights' hash stay the same; run under one lock by one traced function."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medcore import architectures, recognition
from medcore.errors import ModelError, WeightsMismatch
from medcore.models.card import ModelCard
from medcore.models.inspecting import inspect, remember_failure
from medcore.models.registry import default_id, find_card
from medcore.models.weights import read_weights
from medcore.recognition import Recogniser

_run_lock = threading.RLock()
"""One model runs at a time: Keras inference isn't promised to be thread-safe."""
_load_lock = threading.Lock()
"""A model is opened once; who asks for one that is there doesn't wait for another's run."""
_loaded: dict[str, "Model"] = {}
"""By model id; another card (other weights, temperature or points) is another model."""


@dataclass(frozen=True, eq=False)
class Model:
    """A card with its Keras graph (pictures (n, rows, columns, channels) → logits) and the traced function.

    `recogniser` tells pictures that aren't like the training films; None where the model has no gate.
    """

    card: ModelCard
    graph: Any
    _traced: Any
    recogniser: Recogniser | None = None

    def run(self, tensor: np.ndarray, label: str, temperature: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Scores (labels,) and the Grad-CAM (rows, columns of the last feature map, ≥ 0) for one label, of one tensor.

        The scores are at `temperature`, which without is that of all the model's films.

        Grad-CAM (Selvaraju et al. 2017): the feature maps weighted by the mean gradient of the label's logit, then ReLU.
        """
        with _run_lock:
            scores, cam = self._traced(tensor[None], self.card.labels.index(label), temperature or self.card.temperature)
        if not (np.isfinite(scores).all() and np.isfinite(cam).all()):
            raise WeightsMismatch(f"The weights of {self.card.id} give no score for this picture; use another model.")
        return scores.numpy(), cam.numpy()

    @property
    def target_layer(self) -> str:
        """The layer where heat maps are read."""
        return architectures.TARGET_LAYER

    def locked(self) -> threading.RLock:
        """The lock to hold while the graph is used by other means."""
        return _run_lock


def load(model_id: str | None = None) -> Model:
    """The model of that id (the first one without), hash-checked, traced and ready.

    Raises UnknownName, InvalidCard or WeightsMismatch.
    """
    card = find_card(model_id or default_id())
    if not _is_loaded(card):
        with _load_lock:
            if not _is_loaded(card):
                _loaded[card.id] = _opened(card)
    return _loaded[card.id]


def load_folder(folder: Path, model_id: str) -> Model:
    """The model in a folder that isn't listed, a run's for instance, whose card says `model_id`; it isn't kept.

    Raises InvalidCard or WeightsMismatch.
    """
    return _open(inspect(folder, model_id))


def is_warm(model_id: str) -> bool:
    """Whether `load` would answer at once."""
    return _is_loaded(find_card(model_id))


def _is_loaded(card: ModelCard) -> bool:
    return card.id in _loaded and _loaded[card.id].card == card


def warm() -> None:
    """Imports TensorFlow and loads the first model, and comes back when that is done: seconds, so in a thread of its own.

    Raises as `load` does.
    """
    load()


def _opened(card: ModelCard) -> Model:
    """The model; where it can't be opened the list says so from then on."""
    try:
        return _open(card)
    except ModelError as error:
        remember_failure(card, error)
        raise


def _open(card: ModelCard) -> Model:
    graph = architectures.build(card.architecture, len(card.labels), card.input_spec.size, card.input_spec.channels)
    read_weights(graph, card.weights_path, card.weights_sha256, card.id)
    model = Model(card, graph, trace(graph), _recogniser(card))
    model.run(np.zeros(card.input_spec.tensor_shape, np.float32), card.labels[0])
    return model


def _recogniser(card: ModelCard) -> Recogniser | None:
    """The card's, after the eye has looked once, so that it is there when the first picture comes."""
    if card.gate_sha256 is None:
        return None
    recogniser = recognition.read(card.gate_path, card.gate_sha256)
    recogniser.recognise(np.zeros(recognition.spec_of(recogniser.channels).tensor_shape, np.float32))
    return recogniser


def trace(graph: Any) -> Any:
    """A traced function (picture (1, rows, columns, channels), label index, temperature) → (scores, Grad-CAM).

    Scores are (labels,), the map (rows, columns) of the last feature map. The tape watches from there on, so that the
    gradient costs next to nothing beside the forward pass.
    """
    import keras
    import tensorflow as tf

    features = graph.get_layer(architectures.TARGET_LAYER).output
    body, head = keras.Model(graph.input, features), keras.Model(features, graph.output)
    signature = [
        tf.TensorSpec((1, *graph.input.shape[1:]), tf.float32),
        tf.TensorSpec((), tf.int32),
        tf.TensorSpec((), tf.float32),
    ]

    @tf.function(input_signature=signature)
    def scores_and_map(picture: Any, label: Any, temperature: Any) -> tuple[Any, Any]:
        maps = body(picture, training=False)
        with tf.GradientTape() as tape:
            tape.watch(maps)
            logits = head(maps, training=False)[0]
            wanted = tf.gather(logits, label)
        weights = tf.reduce_mean(tape.gradient(wanted, maps), axis=(1, 2), keepdims=True)
        return tf.nn.softmax(logits / temperature), tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1))[0]

    return scores_and_map
