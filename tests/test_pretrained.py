"""The ImageNet weights fit every layer and name what is on known photographs; a hostile weights file runs nothing."""

import collections
import io
import os
import pickle

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from medcore import architectures, pretrained
from medcore.errors import WeightsMismatch
from medcore.pretrained import imagenet_lite0, read_torch_tensors
from medcore.training.forward import logits_of

SIZE = (224, 224)


@pytest.fixture(scope="module")
def weights() -> dict[str, list[np.ndarray]]:
    return imagenet_lite0()


@pytest.fixture(scope="module")
def imagenet(weights) -> object:
    """EfficientNet-Lite0 with all its ImageNet weights."""
    graph = architectures.build("efficientnet_lite0", 1000, SIZE)
    for name, arrays in weights.items():
        graph.get_layer(name).set_weights(arrays)
    return graph


def grey(name: str) -> np.ndarray:
    """One of scikit-learn's photographs, squashed, grey, 0..1, as a batch of one."""
    photograph = Image.fromarray(load_sample_image(name)).convert("L").resize(SIZE, Image.Resampling.LANCZOS)
    return (np.asarray(photograph, np.float32) / 255)[None, ..., None]


def colour(name: str) -> np.ndarray:
    """One of scikit-learn's photographs, squashed, red, green and blue, 0..1, as a batch of one."""
    photograph = Image.fromarray(load_sample_image(name)).resize(SIZE, Image.Resampling.LANCZOS)
    return (np.asarray(photograph, np.float32) / 255)[None]


def best(graph: object, picture: np.ndarray, count: int) -> list[int]:
    return np.argsort(-logits_of(graph, picture)[0])[:count].tolist()


def test_every_layer_with_weights_gets_its_own_and_none_is_left_over(weights):
    graph = architectures.build("efficientnet_lite0", 1000, SIZE)
    shapes = {layer.name: [tuple(each.shape) for each in layer.weights] for layer in graph.layers if layer.weights}
    shapes.pop("dropout", None)  # its seed
    assert len(shapes) == 50
    assert shapes == {name: [each.shape for each in arrays] for name, arrays in weights.items()}
    assert all(np.isfinite(each).all() for arrays in weights.values() for each in arrays)


def test_the_dome_and_the_palace_are_seen_on_the_chinese_temple(imagenet):
    assert {538, 698, 442} <= set(best(imagenet, grey("china.jpg"), 5))


def test_the_daisy_is_seen_on_the_flower(imagenet):
    assert best(imagenet, grey("flower.jpg"), 1) == [985]


def test_in_colour_the_same_is_seen(weights):
    graph = architectures.build("efficientnet_lite0", 1000, SIZE, channels=3)
    for name, arrays in imagenet_lite0(channels=3).items():
        graph.get_layer(name).set_weights(arrays)
    assert best(graph, colour("flower.jpg"), 1) == [985]
    assert {538, 698, 442} <= set(best(graph, colour("china.jpg"), 6))


def test_the_grey_net_is_the_one_in_colour_on_a_grey_picture(imagenet):
    in_colour = architectures.build("efficientnet_lite0", 1000, SIZE, channels=3)
    for name, arrays in imagenet_lite0(channels=3).items():
        in_colour.get_layer(name).set_weights(arrays)
    picture = grey("china.jpg")
    assert logits_of(in_colour, np.repeat(picture, 3, axis=3)) == pytest.approx(logits_of(imagenet, picture), abs=1e-3)


def test_a_net_with_another_layers_weights_sees_no_daisy(imagenet, weights):
    graph = architectures.build("efficientnet_lite0", 1000, SIZE)
    for name, arrays in weights.items():
        graph.get_layer(name).set_weights(arrays)
    kernel, bias = weights["stem_conv"]
    graph.get_layer("stem_conv").set_weights([kernel[::-1, ..., ::-1], bias])
    assert best(graph, grey("flower.jpg"), 1) != [985]


def test_batch_norm_is_folded_as_it_would_have_been_applied():
    generator = np.random.default_rng(0)
    kernel, x = generator.normal(size=(5, 3, 1, 1)), generator.normal(size=3)
    scale, shift, mean, variance = generator.uniform(0.5, 2, (4, 5))
    tensors = {"c.weight": kernel, "n.weight": scale, "n.bias": shift, "n.running_mean": mean, "n.running_var": variance}
    folded, bias = pretrained._fold(tensors, "c", "n")
    expected = (kernel[:, :, 0, 0] @ x - mean) / np.sqrt(variance + 1e-3) * scale + shift
    assert x @ folded[0, 0] + bias == pytest.approx(expected)


def test_other_weights_than_the_known_ones_are_refused(monkeypatch):
    monkeypatch.setattr(pretrained, "SHA256", "0" * 64)
    with pytest.raises(WeightsMismatch, match="not the known ones; reinstall"):
        imagenet_lite0()


class Named:
    """Pickled as a call of any function by its module and name."""

    def __init__(self, function: object, *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple:
        return self._call


def torch_file(described: object) -> io.BytesIO:
    """A legacy torch file up to its tensors' descriptions."""
    parts = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, described)
    return io.BytesIO(b"".join(pickle.dumps(part) for part in parts))


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        (os.system, ("touch broken-in",), r"(posix|nt)\.system"),
        (eval, ("open('broken-in', 'w')",), r"builtins\.eval"),
        (getattr, ("x", "upper"), r"builtins\.getattr"),
    ],
)
def test_a_hostile_pickle_is_refused_and_runs_nothing(tmp_path, monkeypatch, function, arguments, named):
    monkeypatch.chdir(tmp_path)
    hostile = torch_file(collections.OrderedDict(weight=Named(function, *arguments)))
    with pytest.raises(pickle.UnpicklingError, match=f"{named} may not be unpickled"):
        read_torch_tensors(hostile)
    assert list(tmp_path.iterdir()) == []


def test_a_hostile_header_is_refused_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError, match="may not be unpickled"):
        read_torch_tensors(io.BytesIO(pickle.dumps(Named(os.system, "touch broken-in"))))
    assert list(tmp_path.iterdir()) == []


def test_strides_and_offsets_of_a_shared_storage_are_respected():
    storage = np.arange(20, dtype="<f4")
    assert pretrained._strided(storage, 2, (3, 2), (1, 3)).tolist() == [[2, 5], [3, 6], [4, 7]]
