"""A whole request of a model with a gate (prepare, gate, predict, map) beside libraries, and its memory over 1,000 of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gate import recogniser_of
from benchmarks.peak_memory import anonymous_kilobytes
from benchmarks.timing import Figure, medians
from medcore import architectures, explaining, models, preprocessing, pretrained, reading, recognition
from medcore.samples import sample_path
from medcore.volume import Series

REPEATS = 15
REQUESTS, SETTLING = 1000, 200
"""The memory's slope is that of the requests after the first few, in which caches fill up."""
MODEL_ID = "chest-xray-pneumonia"


def figures() -> list[Figure]:
    model, series = models.load(MODEL_ID), reading.read([sample_path("chest-cr")]).series[0]
    check(model, series)
    peer = by_libraries(model)
    took = medians({"ours": lambda: request(model, series), "peer": lambda: peer(series)}, REPEATS)
    ours, peers = (1000 * seconds for seconds in took.values())
    grown = growth_per_thousand(lambda: request(model, series))
    return [
        Figure("request", "a film's pixels to verdict, scores and map", ours, "ms", at_most=300),
        Figure("request", "the same, to predict twice + tf-keras-vis", ours, "ms", peers, at_least=5),
        Figure("request", "memory that 1,000 of them leave behind", grown, "MB", at_most=5),
    ]


def request(model: models.Model, series: Series) -> tuple[models.Prediction, np.ndarray]:
    """What the page does when a film is opened: the verdict with the scores, and the map of the last label."""
    prediction = models.predict_overridden(model, series, 0)
    return prediction, explaining.explain(model, series.volume, 0, model.card.labels[-1]).values


def by_libraries(model: models.Model) -> Callable[[Series], tuple[np.ndarray, np.ndarray, float]]:
    """What one writes with Keras and tf-keras-vis: `predict` for scores and for what the eye sees, and `Gradcam`; made once."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    gradcam, eye, spec = Gradcam(model.graph, clone=True), eye_of_keras(), recognition.spec_of(1)
    gate = recogniser_of(model.card)
    options = {"penultimate_layer": model.target_layer, "seek_penultimate_conv_layer": False}

    def answer(series: Series) -> tuple[np.ndarray, np.ndarray, float]:
        seen = eye.predict(preprocessing.prepare(series.volume, 0, spec)[None], verbose=0)[0]
        distance = 1 - (gate.references @ (seen / np.linalg.norm(seen))).max()
        tensor = preprocessing.prepare(series.volume, 0, model.card.input_spec)
        logits = model.graph.predict(tensor[None], verbose=0)[0]
        wanted = CategoricalScore(len(model.card.labels) - 1)
        levels = np.asarray(gradcam(wanted, tensor[None], expand_cam=False, **options))[0]
        return logits, preprocessing.to_slice(levels, series.volume.shape[1:], model.card.input_spec), float(distance)

    return answer


def eye_of_keras() -> Any:
    """The eye that recognises as a plain Keras model: pictures to features."""
    import keras

    net = architectures.build("efficientnet_lite0", 2, recognition.spec_of(1).size, 1)
    for name, weights in pretrained.imagenet_lite0(1).items():
        if name != "logits":
            net.get_layer(name).set_weights(weights)
    return keras.Model(net.input, net.get_layer("pool").output)


def check(model: models.Model, series: Series) -> None:
    """Raises AssertionError where the libraries see, score or point elsewhere."""
    prediction, levels = request(model, series)
    logits, peers, distance = by_libraries(model)(series)
    seen = prediction.gate.recognition
    assert seen is not None
    np.testing.assert_allclose(seen.distance, distance, atol=1e-4)
    assert list(model.card.labels)[int(logits.argmax())] == max(prediction.scores, key=prediction.scores.get)
    np.testing.assert_allclose(levels, peers / max(peers.max(), 1e-9), atol=1e-3)


def growth_per_thousand(call: Callable[[], object]) -> float:
    """MB of anonymous memory that 1,000 calls add, by a straight line through those after the first 200."""
    kilobytes = []
    for _ in range(REQUESTS):
        call()
        kilobytes.append(anonymous_kilobytes(Path("/proc/self")))
    slope, _ = np.polyfit(np.arange(REQUESTS - SETTLING), kilobytes[SETTLING:], 1)
    return float(slope) * 1000 * 1024 / 1e6
