"""Heat maps against planted blobs, against a plain reference, and against another implementation of Grad-CAM."""

import numpy as np
import pytest
from blob_models import BLOB_SPEC, library_gradcam

from medcore import architectures, preprocessing, pretrained
from medcore.errors import InvalidValue, UnknownName
from medcore.explaining import METHODS, explain
from medcore.models.runtime import Model, trace
from medcore.phantoms import film_with_blob
from medcore.volume import Volume

SIZE = (200, 150)
CELL = np.array(SIZE) / 16  # slice pixels to a place of the last feature map: four strides of the net's 64 × 64
SEEDS = range(12)
every_method = pytest.mark.parametrize("method", METHODS)


def peak(model: Model, film: Volume, method: str, label: str = "blob") -> np.ndarray:
    values = explain(model, film, 0, label, method).values
    return np.array(np.unravel_index(values.argmax(), values.shape))


def cells_off(model: Model, method: str) -> np.ndarray:
    """How far each film's peak is from its blob, in places of the feature map, the worse of rows and columns."""
    films = [film_with_blob(seed, SIZE) for seed in SEEDS]
    return np.array([np.abs((peak(model, film, method) - place) / CELL).max() for film, place in films])


def with_weights(model: Model, weights: list[np.ndarray]) -> Model:
    graph = architectures.build("small_cnn", 2, BLOB_SPEC.size)
    graph.set_weights(weights)
    return Model(model.card, graph, trace(graph))


def shuffled(model: Model, seed: int) -> Model:
    """The same numbers in each layer in another order."""
    generator = np.random.default_rng(seed)
    return with_weights(model, [generator.permutation(each.ravel()).reshape(each.shape) for each in model.graph.get_weights()])


def with_nothing_for_either_label(model: Model) -> Model:
    *features, kernel, bias = model.graph.get_weights()
    return with_weights(model, [*features, -np.abs(kernel), np.zeros_like(bias)])


def reference(graph: object, tensor: np.ndarray, index: int) -> np.ndarray:
    """Grad-CAM where the head is a mean and one dense layer: that layer's weights are the gradients (Zhou et al. 2016)."""
    maps, kernel = maps_and_kernel(graph, tensor, index)
    return np.maximum(maps @ kernel / (maps.shape[0] * maps.shape[1]), 0)


def positive_reference(graph: object, tensor: np.ndarray, index: int) -> np.ndarray:
    maps, kernel = maps_and_kernel(graph, tensor, index)
    return maps @ np.maximum(kernel, 0)


def maps_and_kernel(graph: object, tensor: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
    """The last feature maps (rows, columns, maps), and each map's weight for one label."""
    import keras

    maps = keras.Model(graph.input, graph.get_layer("features").output)(tensor[None])
    return np.asarray(maps)[0], np.asarray(graph.get_layer("logits").kernel)[:, index]


@every_method
@pytest.mark.parametrize("size", [SIZE, (64, 64), (90, 301)])
def test_a_map_has_the_slices_shape_and_its_own_maximum_is_one(blob_model, method, size):
    film, _ = film_with_blob(3, size)
    heatmap = explain(blob_model, film, 0, "blob", method)
    assert heatmap.values.shape == size
    assert heatmap.values.dtype == np.float32
    assert (heatmap.values.min() >= 0, heatmap.values.max()) == (True, 1)
    assert not heatmap.is_empty
    assert (heatmap.label, heatmap.method, heatmap.model, heatmap.slice_index) == ("blob", method, "blobs", 0)


@every_method
def test_the_peak_lies_on_the_planted_blob(blob_model, method):
    assert cells_off(blob_model, method).max() <= 1.5


@every_method
def test_shuffled_weights_move_the_peak_off_the_blob(blob_model, method):
    strayed = [cells_off(shuffled(blob_model, seed), method).mean() for seed in range(5)]
    assert np.mean(strayed) > 1.5 * cells_off(blob_model, method).mean()


@every_method
def test_another_label_gives_another_map(blob_model, method):
    film, (row, column) = film_with_blob(5, SIZE)
    blob, plain = (explain(blob_model, film, 0, label, method).values for label in ("blob", "plain"))
    assert np.abs(blob - plain).max() > 1e-3
    if method != "scorecam":  # it weighs maps by softmax scores, which differ little between the labels of an unsure net
        assert np.corrcoef(blob.ravel(), plain.ravel())[0, 1] < 0.5
        assert blob[row, column] > plain[row, column] + 0.2


@pytest.mark.parametrize("method", [name for name in METHODS if name != "scorecam"])
def test_where_nothing_speaks_for_the_label_the_map_is_empty(blob_model, method):
    heatmap = explain(with_nothing_for_either_label(blob_model), film_with_blob(1, SIZE)[0], 0, "blob", method)
    assert heatmap.is_empty
    assert heatmap.values.shape == SIZE


def test_score_cam_weighs_by_scores_and_so_is_empty_only_where_no_map_is_on(blob_model):
    film, _ = film_with_blob(1, SIZE)
    assert not explain(with_nothing_for_either_label(blob_model), film, 0, "blob", "scorecam").is_empty
    off = with_weights(blob_model, [np.zeros_like(each) for each in blob_model.graph.get_weights()])
    assert explain(off, film, 0, "blob", "scorecam").is_empty


@pytest.mark.parametrize("label", ["plain", "blob"])
@pytest.mark.parametrize("seed", range(4))
def test_gradcam_is_the_plain_reference(blob_model, seed, label):
    tensor = preprocessing.prepare(film_with_blob(seed, SIZE)[0], 0, BLOB_SPEC)
    expected = reference(blob_model.graph, tensor, blob_model.card.labels.index(label))
    assert expected.max() > 0
    assert METHODS["gradcam"](blob_model, tensor, label) == pytest.approx(expected, abs=1e-5 * float(expected.max()))


@pytest.mark.parametrize("label", ["plain", "blob"])
@pytest.mark.parametrize("seed", range(4))
def test_gradcam_plus_plus_counts_the_maps_that_speak_for_the_label_alone(blob_model, seed, label):
    """With such a head its alphas are the same at each place, and only positive gradients weigh (Chattopadhay 2018)."""
    tensor = preprocessing.prepare(film_with_blob(seed, SIZE)[0], 0, BLOB_SPEC)
    expected = positive_reference(blob_model.graph, tensor, blob_model.card.labels.index(label))
    found = METHODS["gradcam++"](blob_model, tensor, label)
    assert found / found.max() == pytest.approx(expected / expected.max(), abs=1e-4)


@pytest.mark.parametrize("label", ["plain", "blob"])
@pytest.mark.parametrize("seed", range(4))
def test_gradcam_is_that_of_tf_keras_vis(blob_model, seed, label):
    tensor = preprocessing.prepare(film_with_blob(seed, SIZE)[0], 0, BLOB_SPEC)
    expected = library_gradcam(blob_model, tensor, label)
    assert METHODS["gradcam"](blob_model, tensor, label) == pytest.approx(expected, abs=1e-5 * float(expected.max()))


def test_on_efficientnet_lite0_gradcam_is_the_reference_and_no_method_is_empty(blob_model):
    graph = architectures.build("efficientnet_lite0", 1000, (224, 224))
    for name, weights in pretrained.imagenet_lite0().items():
        graph.get_layer(name).set_weights(weights)
    kernel, bias = (np.asarray(each)[..., 980:982] for each in graph.get_layer("logits").get_weights())
    two = architectures.build("efficientnet_lite0", 2, (224, 224))
    two.set_weights([*graph.get_weights()[:-2], kernel, bias])
    model = Model(blob_model.card, two, trace(two))
    tensor = preprocessing.prepare(film_with_blob(2, (300, 260))[0], 0, preprocessing.InputSpec((224, 224)))
    expected = reference(two, tensor, 1)
    maps = {name: method(model, tensor, "blob") for name, method in METHODS.items()}
    assert maps["gradcam"] == pytest.approx(expected, abs=1e-4 * float(expected.max()))
    assert {name: levels.shape for name, levels in maps.items()} == dict.fromkeys(METHODS, (7, 7))
    assert {name: bool(levels.max() > 0) for name, levels in maps.items()} == dict.fromkeys(METHODS, True)


def test_the_picture_itself_stays_as_it_was(blob_model):
    film, _ = film_with_blob(4, SIZE)
    before = film.voxels.copy()
    for method in METHODS:
        explain(blob_model, film, 0, "blob", method)
    assert np.array_equal(film.voxels, before)


def test_an_unknown_method_is_told_the_choices(blob_model):
    with pytest.raises(UnknownName, match=r"no heat map method 'saliency'; choose gradcam, gradcam\+\+, scorecam"):
        explain(blob_model, film_with_blob(0)[0], 0, "blob", "saliency")


def test_an_unknown_label_is_told_the_choices(blob_model):
    with pytest.raises(UnknownName, match="blobs has no label 'nodule'; choose plain, blob"):
        explain(blob_model, film_with_blob(0)[0], 0, "nodule")


def test_a_slice_past_the_end_is_refused(blob_model):
    with pytest.raises(InvalidValue, match="Slice 2 doesn't exist"):
        explain(blob_model, film_with_blob(0)[0], 1, "blob")
