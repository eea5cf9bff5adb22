"""Heat maps of padded, cropped and colour pictures and of the textbook net, against planted blobs and plain references."""

from pathlib import Path

import numpy as np
import pytest
from blob_models import library_gradcam, write_model

from medcore import architectures, models, preprocessing
from medcore.explaining import METHODS, explain
from medcore.models.runtime import Model
from medcore.phantoms import film_with_blob, plain_film
from medcore.preprocessing import InputSpec
from medcore.volume import Volume

SHAPES = [(200, 110), (110, 200)]
SPEC = InputSpec((64, 64), "percentile")
every_method = pytest.mark.parametrize("method", METHODS)


def model_in(folder: Path, graph: object, architecture: str, spec: InputSpec) -> Model:
    changes = {"architecture": architecture, "input_spec": spec.to_json()}
    return models.load(write_model(folder / "fitted", graph, **changes).name)


def in_colour(film: Volume) -> Volume:
    """The same picture in shades of one colour."""
    grey = np.clip(film.voxels, 0, 255)[..., None]
    return Volume((grey * [0.9, 0.6, 0.3]).astype(np.uint8), None, "grey", None, "RGB", "image")


def reading_the_mean_colour(graph: object) -> object:
    """The net for three channels whose first layer sees their mean as the grey net sees its one channel."""
    other = architectures.build("small_cnn", 2, SPEC.size, channels=3)
    kernel, *rest = graph.get_weights()
    other.set_weights([np.repeat(kernel, 3, axis=2) / 3, *rest])
    return other


@every_method
@pytest.mark.parametrize("fitting", ["pad", "crop"])
def test_the_peak_lies_on_the_planted_blob_of_a_fitted_picture(blob_model, models_folder, fitting, method):
    spec = InputSpec(SPEC.size, SPEC.scaling, resize=fitting)
    model = model_in(models_folder, blob_model.graph, "small_cnn", spec)
    off = []
    for seed in range(10):
        film, place = film_with_blob(seed, SHAPES[seed % 2])
        if is_kept(place, film.shape[1:], spec):
            values = explain(model, film, 0, "blob", method).values
            cell = (max if fitting == "pad" else min)(film.shape[1:]) / 16
            off.append(np.abs(np.array(np.unravel_index(values.argmax(), values.shape)) - place).max() / cell)
    assert len(off) >= 4
    assert np.median(off) <= 1.5


def is_kept(place: tuple[int, int], shape: tuple[int, int], spec: InputSpec) -> bool:
    """Whether a blob lies in the part of the slice that the model sees."""
    seen = preprocessing.to_slice(np.ones((16, 16), np.float32), shape, spec) > 0
    return bool(seen[place[0] - 10 : place[0] + 10, place[1] - 10 : place[1] + 10].all())


def test_what_a_crop_leaves_out_is_cold(blob_model, models_folder):
    model = model_in(models_folder, blob_model.graph, "small_cnn", InputSpec(SPEC.size, SPEC.scaling, resize="crop"))
    values = explain(model, film_with_blob(4, (200, 110))[0], 0, "blob").values
    assert values.shape == (200, 110)
    assert not values[:45].any()
    assert not values[155:].any()
    assert values[45:155].max() == 1


@every_method
def test_the_peak_lies_on_the_blob_of_a_colour_picture_and_of_a_grey_one_in_three_channels(blob_model, models_folder, method):
    spec = InputSpec(SPEC.size, SPEC.scaling, channels=3)
    model = model_in(models_folder, reading_the_mean_colour(blob_model.graph), "small_cnn", spec)
    for volume in (film_with_blob(3, (128, 128))[0], in_colour(film_with_blob(3, (128, 128))[0])):
        values = explain(model, volume, 0, "blob", method).values
        assert values.shape == (128, 128)
        place = np.array(np.unravel_index(values.argmax(), values.shape))
        assert np.abs(place - film_with_blob(3, (128, 128))[1]).max() <= 12


@pytest.fixture(scope="module")
def textbook() -> object:
    """The textbook net after a few epochs with blobs on films of 48 × 40."""
    import keras

    keras.utils.set_random_seed(1)
    spec = InputSpec((48, 40), "percentile")
    films = [film_with_blob(seed, (96, 80))[0] for seed in range(10_000, 10_150)]
    films += [plain_film(seed, (96, 80)) for seed in range(10_500, 10_650)]
    tensors = np.stack([preprocessing.prepare(film, 0, spec) for film in films])
    graph = architectures.build("textbook_cnn", 2, spec.size)
    graph.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    graph.fit(tensors, np.repeat([1, 0], 150), batch_size=16, epochs=6, verbose=0)
    return graph


@pytest.mark.parametrize("label", ["plain", "blob"])
@pytest.mark.parametrize("seed", range(3))
def test_on_the_textbook_net_gradcam_is_that_of_tf_keras_vis(textbook, models_folder, seed, label):
    spec = InputSpec((48, 40), "percentile")
    model = model_in(models_folder, textbook, "textbook_cnn", spec)
    tensor = preprocessing.prepare(film_with_blob(seed, (96, 80))[0], 0, spec)
    expected = library_gradcam(model, tensor, label)
    assert METHODS["gradcam"](model, tensor, label) == pytest.approx(expected, abs=1e-5 * float(expected.max() + 1e-6))


@every_method
def test_the_textbook_net_gives_maps_of_the_slices_shape(textbook, models_folder, method):
    model = model_in(models_folder, textbook, "textbook_cnn", InputSpec((48, 40), "percentile", resize="pad"))
    heatmap = explain(model, film_with_blob(3, (120, 60))[0], 0, "blob", method)
    assert heatmap.values.shape == (120, 60)
    assert not heatmap.is_empty
    assert heatmap.values.max() == 1
