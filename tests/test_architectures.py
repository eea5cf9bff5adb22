"""Every net is flat, takes pictures of any size to logits, and has its last feature map where heat maps are read."""

from itertools import pairwise

import numpy as np
import pytest

from medcore.architectures import ARCHITECTURES, TARGET_LAYER, build, create_model, embedding_layer, lite0_blocks, weight_shapes
from medcore.errors import InvalidValue, UnknownName

every_net = pytest.mark.parametrize("name", ARCHITECTURES)


@every_net
@pytest.mark.parametrize(("labels", "size"), [(2, (64, 64)), (5, (96, 64)), (7, (11, 10)), (3, (28, 28))])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_net_takes_pictures_to_a_logit_for_each_label(name, labels, size, channels):
    graph = build(name, labels, size, channels)
    assert graph.input.shape == (None, *size, channels)
    logits = np.asarray(graph(np.random.default_rng(0).random((3, *size, channels), np.float32)))
    assert logits.shape == (3, labels)
    assert np.isfinite(logits).all()


@every_net
@pytest.mark.parametrize("labels", [2, 7])
@pytest.mark.parametrize("size", [(10, 10), (11, 10), (13, 64), (96, 67), (224, 224)])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_shapes_of_a_nets_weights_are_known_without_building_it(name, labels, size, channels):
    graph = build(name, labels, size, channels)
    built = {weight.path: tuple(weight.shape) for weight in graph.weights}
    assert weight_shapes(name, labels, size, channels) == built
    assert list(built) == [weight.path for weight in graph.trainable_variables]


@pytest.mark.parametrize("make", [build, weight_shapes])
def test_a_picture_that_would_need_too_many_weights_is_refused_before_any_is_made(make):
    with pytest.raises(InvalidValue, match="1024 × 1024 is too large for textbook_cnn; give fewer pixels"):
        make("textbook_cnn", 2, (1024, 1024))


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
    assert later[-1].name == "logits"
    assert not [layer.name for layer in later if len(layer.output.shape) == 4]


@every_net
def test_the_embedding_layer_gives_what_the_last_layer_makes_logits_of(name):
    import keras

    graph = build(name, 3, (40, 32))
    pictures = np.random.default_rng(0).random((4, 40, 32, 1), np.float32)
    embeddings = keras.Model(graph.input, graph.get_layer(embedding_layer(graph)).output)(pictures)
    assert len(embeddings.shape) == 2
    assert np.asarray(graph.get_layer("logits")(embeddings)) == pytest.approx(np.asarray(graph(pictures)), abs=1e-5)


def test_most_nets_embed_by_pooling_their_maps_and_the_textbooks_by_its_dense_layer():
    names = {name: embedding_layer(build(name, 2, (40, 32))) for name in ARCHITECTURES}
    assert names == {"efficientnet_lite0": "pool", "small_cnn": "pool", "spot_net": "pool", "textbook_cnn": "dense"}
    assert embedding_layer(create_model((40, 32, 3), 4)) == "dense"


@pytest.mark.parametrize(("name", "stride"), [("small_cnn", 4), ("spot_net", 1), ("efficientnet_lite0", 32)])
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
    choices = "efficientnet_lite0, small_cnn, spot_net, textbook_cnn"
    with pytest.raises(UnknownName, match=f"no architecture 'resnet'; choose {choices}"):
        build("resnet", 2, (64, 64))


def test_the_textbooks_net_is_what_the_textbooks_draw():
    import keras

    net = create_model()
    assert (net.input.shape, net.output.shape) == ((None, 224, 224, 3), (None, 10))
    kinds = [type(layer).__name__ for layer in net.layers[1:]]
    assert kinds == ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense", "Softmax"]
    drawn = keras.Sequential(
        [
            keras.Input((224, 224, 3)),
            keras.layers.Conv2D(32, (3, 3), activation="relu"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Conv2D(64, (3, 3), activation="relu"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    drawn.set_weights(net.get_weights())
    pictures = np.random.default_rng(0).random((2, 224, 224, 3), np.float32)
    assert np.asarray(net(pictures)) == pytest.approx(np.asarray(drawn(pictures)), abs=1e-6)


@pytest.mark.parametrize(("shape", "classes"), [((28, 28, 1), 2), ((10, 40, 3), 7), ((65, 33, 1), 3)])
def test_the_textbooks_net_gives_scores_that_add_up_for_any_size_and_number_of_classes(shape, classes):
    net = create_model(shape, classes)
    scores = np.asarray(net(np.random.default_rng(0).random((4, *shape), np.float32)))
    assert scores.shape == (4, classes)
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)
    trained = build("textbook_cnn", classes, shape[:2], shape[2])
    assert [each.path for each in trained.trainable_variables] == [each.path for each in net.trainable_variables]


@pytest.mark.parametrize("size", [(9, 64), (64, 8), (2, 2)])
def test_a_picture_too_small_for_two_pools_is_refused_in_words(size):
    with pytest.raises(InvalidValue, match=f"{size[0]} × {size[1]} is too small for textbook_cnn; give 10 × 10 pixels"):
        create_model((*size, 3), 2)
