"""A small net that has learnt to tell blobs from plain films, and its model folder."""

import hashlib
import io
import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from medcore import architectures, models
from medcore.models.weights import write_weights
from medcore.phantoms import film_with_blob, plain_film
from medcore.preprocessing import InputSpec, prepare

BLOB_SPEC = InputSpec((64, 64), "percentile")
BLOB_LABELS = ("plain", "blob")
TRAINING_SEEDS = range(10_000, 10_200)  # the tests' own seeds are below 1000

CONTRACT = {
    "modality": ["CR", "DX"],
    "body_part": ["CHEST", "THORAX"],
    "view": ["PA", "AP"],
    "ages_years": [[1, 5], [18, 120]],
}


def card_fields(model_id: str, weights_sha256: str) -> dict:
    """A whole card.json for a net that tells blobs from plain films."""
    return {
        "schema": 1,
        "id": model_id,
        "version": "1",
        "title": "Blobs on films",
        "architecture": "small_cnn",
        "labels": list(BLOB_LABELS),
        "label_aliases": {},
        "contract": CONTRACT,
        "input_spec": BLOB_SPEC.to_json(),
        "weights_sha256": weights_sha256,
        "temperature": 2.0,
        "operating_points": {"plain": 0.6, "blob": 0.4},
    }


def write_model(folder: Path, graph: object, **changes: object) -> Path:
    """A model's folder named `folder.name`, with the graph's weights and these changes to the card."""
    folder.mkdir(parents=True)
    fields = card_fields(folder.name, write_weights(graph, folder / "weights.npz"))
    (folder / "card.json").write_text(json.dumps(fields | changes), encoding="utf-8")
    return folder


def write_blank(folder: Path, **changes: object) -> Path:
    """The folder of a `small_cnn` of zeros: whole, with these changes to the card ("left out" takes a field away)."""
    folder.mkdir(parents=True)
    content = blank_weights()
    (folder / "weights.npz").write_bytes(content)
    fields = card_fields(folder.name, hashlib.sha256(content).hexdigest()) | changes
    (folder / "card.json").write_text(json.dumps({key: value for key, value in fields.items() if value != "left out"}))
    return folder


@lru_cache(maxsize=1)
def blank_weights() -> bytes:
    """weights.npz of a `small_cnn` of zeros for the blobs' card."""
    file = io.BytesIO()
    shapes = architectures.weight_shapes("small_cnn", len(BLOB_LABELS), BLOB_SPEC.size)
    np.savez_compressed(file, **{key: np.zeros(shape, np.float16) for key, shape in shapes.items()})
    return file.getvalue()


def fitted_graph() -> object:
    """`small_cnn` after a few seconds with 200 films of either label, of two shapes.

    Told the label of each film and of each place on it, so that it looks at the blob: from the films' labels alone it learns
    that a film with a blob is darker elsewhere.
    """
    import keras

    keras.utils.set_random_seed(1)
    shapes = [(64, 64), (96, 72)]
    with_blob = [film_with_blob(seed, shapes[seed % 2]) for seed in TRAINING_SEEDS]
    without = [plain_film(seed + 500, shapes[seed % 2]) for seed in TRAINING_SEEDS]
    tensors = np.stack([prepare(film, 0, BLOB_SPEC) for film in [film for film, _ in with_blob] + without])
    graph = architectures.build("small_cnn", 2, BLOB_SPEC.size)
    maps = graph.get_layer(architectures.TARGET_LAYER).output
    places = np.zeros((len(tensors), *maps.shape[1:3]), int)
    for index, (film, place) in enumerate(with_blob):
        row, column = np.array(place) / film.shape[1:] * places.shape[1:] - 0.5
        places[index] = np.hypot(*np.ogrid[-row : 15.5 - row, -column : 15.5 - column]) < 1.5
    fitted = keras.Model(graph.input, [graph.output, graph.get_layer("logits")(maps)])
    losses = [keras.losses.SparseCategoricalCrossentropy(from_logits=True) for _ in range(2)]
    fitted.compile(keras.optimizers.Adam(0.005), losses)
    weights = [np.ones(len(tensors)), 1.0 + 19 * places]  # a blob covers few places
    truth = [places.max(axis=(1, 2)), places]
    fitted.fit(tensors, truth, sample_weight=weights, batch_size=16, epochs=28, verbose=0)
    return graph


def library_gradcam(model: models.Model, tensor: np.ndarray, label: str) -> np.ndarray:
    """The Grad-CAM that tf-keras-vis makes, (rows, columns of the last feature map): the oracle for ours."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    levels = Gradcam(model.graph, clone=True)(
        CategoricalScore(model.card.labels.index(label)),
        tensor[None],
        penultimate_layer=architectures.TARGET_LAYER,
        seek_penultimate_conv_layer=False,
        expand_cam=False,
        normalize_cam=False,
    )
    return np.asarray(levels)[0]
