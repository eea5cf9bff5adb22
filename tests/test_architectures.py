"""Every net is flat, takes grey pictures of any size to logits, and has its last feature map where heat maps are read."""

from itertools import pairwise

import numpy as np
import pytest

from medcore.architectures import ARCHITECTURES, TARGET_LAYER, build, lite0_blocks
from medcore.errors import UnknownName

every_net = pytest.mark.parametrize("name", ARCHITECTURES)


@every_net
@pytest.mark.parametrize(("labels", "size"), [(2, (64, 64)), (5, (96, 64))])
def test_a_net_takes_grey_pictures_to_a_logit_for_each_label(name, labels, size):
    graph = build(name, labels, size)
    assert graph.input.shape == (None, *size, 1)
    logits = np.asarray(graph(np.random.default_rng(0).random((3, *size, 1), np.float32)))
    assert logits.shape == (3, labels)
    assert np.isfinite(logits).all()


@every_net
def test_a_net_is_flat_and_without_batch_norm(name):
    import keras

    graph = build(name, 2, (64, 64))
    assert not [layer.name for layer in graph.layers if isinstance(layer, keras.Model | keras.layers.BatchNormalization)]
    assert len({layer.name for layer in graph.layers}) == len(graph.layers)


@every_net
def test_the_target_layer_is_the_last_map_with_places(name):
    graph = build(name, 2, (64, 64))
    maps = graph.get_layer(TARGET_LAYER).output
    assert len(maps.shape) == 4
    later = graph.layers[graph.layers.index(graph.get_layer(TARGET_LAYER)) + 1 :]
    assert [layer.name for layer in later] == ["pool", "dropout", "logits"]
    assert not [layer.name for layer in later if len(layer.output.shape) == 4]


@pytest.mark.parametrize(("name", "stride"), [("small_cnn", 4), ("efficientnet_lite0", 32)])
def test_the_last_map_has_a_place_for_each_stride(name, stride):
    maps = build(name, 2, (224, 160)).get_layer(TARGET_LAYER).output
    assert maps.shape[1:3] == (224 // stride, 160 // stride)


@every_net
def test_a_seed_gives_the_same_start_and_weights_have_the_same_names(name):
    import keras

    starts = []
    for _ in range(2):
        keras.utils.set_random_seed(4)
        starts.append({each.path: np.asarray(each) for each in build(name, 2, (64, 64)).trainable_variables})
    assert list(starts[0]) == list(starts[1])
    assert all(np.array_equal(starts[0][path], starts[1][path]) for path in starts[0])


def test_lite0_has_the_blocks_and_parameters_of_the_paper():
    blocks = lite0_blocks()
    assert len(blocks) == 16
    assert [outputs for _, _, outputs, *_ in blocks] == [16] + [24] * 2 + [40] * 2 + [80] * 3 + [112] * 3 + [192] * 4 + [320]
    assert all(before[2] == after[1] for before, after in pairwise(blocks))
    # 4 652 008 in torch; here a grey stem (2 × 288 fewer) and each BatchNorm's gain folded away (21 008 fewer)
    parameters = sum(int(np.prod(each.shape)) for each in build("efficientnet_lite0", 1000, (224, 224)).trainable_variables)
    assert parameters == 4_652_008 - 2 * 288 - 21_008


def test_an_unknown_net_is_told_the_choices():
    with pytest.raises(UnknownName, match="no architecture 'resnet'; choose efficientnet_lite0 or small_cnn"):
        build("resnet", 2, (64, 64))
