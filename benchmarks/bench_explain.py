"""Prediction with Grad-CAM on one chest film: against the forward pass alone, and against Keras's predict with tf-keras-vis."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.timing import Figure, medians
from medcore import explaining, models, preprocessing, reading
from medcore.samples import sample_path

REPEATS = 15
MODEL_ID = "chest-xray-pneumonia"
Answer = tuple[np.ndarray, np.ndarray]
"""Scores (labels,) and a map (rows, columns of the last feature map)."""


def figures() -> list[Figure]:
    model, volume = models.load(MODEL_ID), reading.read([sample_path("chest-cr")]).series[0].volume
    tensor = preprocessing.prepare(volume, 0, model.card.input_spec)
    forward, peer = forward_pass(model), by_tf_keras_vis(model)
    check(model, tensor, forward, peer)
    label = model.card.labels[-1]
    forwards, ours = milliseconds(lambda: forward(tensor), lambda: model.run(tensor, label))
    peers, ours_beside = milliseconds(lambda: peer(tensor, label), lambda: model.run(tensor, label))
    (whole,) = milliseconds(lambda: explaining.explain(model, volume, 0, label))
    what = "prediction + Grad-CAM"
    return [
        Figure("explain", f"{what}, to the forward pass alone", ours, "ms", forwards, at_most=1.5),
        Figure("explain", f"{what}, to predict + tf-keras-vis", ours_beside, "ms", peers, at_least=10),
        Figure("explain", "the same from the film's pixels to a map of the film's size", whole, "ms"),
    ]


def milliseconds(*calls: Callable[[], object]) -> list[float]:
    """The medians of calls that take turns; two at a time, as a third one's traces in the caches would favour one of them."""
    took = medians({str(index): call for index, call in enumerate(calls)}, REPEATS)
    return [1000 * seconds for seconds in took.values()]


def forward_pass(model: models.Model) -> Callable[[np.ndarray], np.ndarray]:
    """The model's graph as a traced function: a tensor (rows, columns, 1) to its logits (labels,)."""
    import tensorflow as tf

    signature = [tf.TensorSpec((1, *model.graph.input.shape[1:]), tf.float32)]
    traced = tf.function(lambda picture: model.graph(picture, training=False), input_signature=signature)
    return lambda tensor: traced(tensor[None]).numpy()[0]


def by_tf_keras_vis(model: models.Model) -> Callable[[np.ndarray, str], Answer]:
    """What one writes with the two libraries: `predict` for the scores, `Gradcam` for the map; made once, used often."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    gradcam = Gradcam(model.graph, clone=True)
    options = {"penultimate_layer": model.target_layer, "seek_penultimate_conv_layer": False}

    def answer(tensor: np.ndarray, label: str) -> Answer:
        logits = model.graph.predict(tensor[None], verbose=0)[0]
        wanted = CategoricalScore(model.card.labels.index(label))
        levels = gradcam(wanted, tensor[None], expand_cam=False, normalize_cam=False, **options)
        return scores(logits, model), np.asarray(levels)[0]

    return answer


def check(model: models.Model, tensor: np.ndarray, forward: Callable[..., np.ndarray], peer: Callable[..., Answer]) -> None:
    """Raises AssertionError where the three ways differ for any label."""
    for label in model.card.labels:
        ours, levels = model.run(tensor, label)
        peers, expected = peer(tensor, label)
        np.testing.assert_allclose(ours, peers, atol=1e-4, rtol=0)
        np.testing.assert_allclose(ours, scores(forward(tensor), model), atol=1e-4, rtol=0)
        np.testing.assert_allclose(of_its_maximum(levels), of_its_maximum(expected), atol=1e-4, rtol=0)


def scores(logits: np.ndarray, model: models.Model) -> np.ndarray:
    """Softmax of logits (labels,) at the model's temperature."""
    powers = np.exp((logits - logits.max()) / model.card.temperature)
    return powers / powers.sum()


def of_its_maximum(levels: Any) -> np.ndarray:
    """A map divided by its own maximum; an empty one stays empty."""
    return levels / levels.max() if levels.max() > 0 else levels
