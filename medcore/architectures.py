"""The nets that our code builds, by name: flat functional graphs from pictures to logits; weights go into them.

BatchNorm is folded into the convolutions before training, so a net is convolutions with bias and activations only.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from medcore.errors import InvalidValue, UnknownName

TARGET_LAYER = "features"
"""The last feature map of every net, where heat maps are read."""
MOST_WEIGHTS = 10**8
"""How many values a net's weights may have: with float32 400 MB of memory."""
_TEXTBOOK_PIXELS = 10
_SPOT_SIDES = (3, 7, 15)
"""The sides, in pixels, of the squares over which `spot_net` takes means."""
Shapes = dict[str, tuple[int, ...]]


def build(name: str, labels: int, size: tuple[int, int], channels: int = 1) -> Any:
    """A Keras model: (n, rows, columns, channels) in 0..1 → logits (n, labels).

    Raises UnknownName, and InvalidValue for a picture that is too small or too large for the net.
    """
    weight_shapes(name, labels, size, channels)
    return ARCHITECTURES[name](labels, size, channels)


def weight_shapes(name: str, labels: int, size: tuple[int, int], channels: int = 1) -> Shapes:
    """Path → shape of every weight that `build` makes, known without TensorFlow; raises as `build` does."""
    if name not in _SHAPES:
        raise UnknownName(f"There is no architecture {name!r}; choose {', '.join(sorted(ARCHITECTURES))}.")
    shapes = _SHAPES[name](labels, size, channels)
    if sum(map(math.prod, shapes.values())) > MOST_WEIGHTS:
        raise InvalidValue(f"A picture of {size[0]} × {size[1]} is too large for {name}; give fewer pixels.")
    return shapes


def create_model(input_shape: tuple[int, int, int] = (224, 224, 3), num_classes: int = 10) -> Any:
    """`textbook_cnn` with its scores at the end: (n, *input_shape) in 0..1 → softmax (n, num_classes).

    Its weights are those of the net without the softmax. Raises InvalidValue for a picture under 10 × 10.
    """
    import keras

    net = build("textbook_cnn", num_classes, input_shape[:2], input_shape[2])
    return keras.Model(net.input, keras.layers.Softmax(name="scores")(net.output))


def embedding_layer(graph: Any) -> str:
    """The name of the layer whose vector (n, features) the last layer, "logits", turns into logits, but for dropout."""
    before = graph.layers[: graph.layers.index(graph.get_layer("logits"))]
    return [layer.name for layer in before if not layer.name.startswith("dropout")][-1]


def efficientnet_lite0(labels: int, size: tuple[int, int], channels: int = 1) -> Any:
    """EfficientNet-Lite0 (Tan & Le 2019; Google's lite variant: ReLU6, no squeeze-and-excitation), BatchNorm folded.

    For grey the ImageNet stem's three input channels are summed, which is the same net for a grey picture.
    """
    import keras

    picture = keras.Input((*size, channels), name="picture")
    x = keras.layers.Rescaling(255 / 128, offset=-127 / 128, name="rescaling")(picture)
    x = _convolve(x, "stem", 32, kernel=3, stride=2)
    for name, inputs, outputs, kernel, stride, expand in lite0_blocks():
        x = _inverted_bottleneck(x, name, inputs, outputs, kernel, stride, expand)
    x = _convolve(x, "head", 1280, kernel=1)
    return _classify(picture, x, labels)


def lite0_blocks() -> list[tuple[str, int, int, int, int, int]]:
    """Each block of EfficientNet-Lite0: name, input and output channels, kernel, stride, expansion (Tan & Le, table 1)."""
    stages = [(1, 16, 3, 1, 1), (2, 24, 3, 2, 6), (2, 40, 5, 2, 6), (3, 80, 3, 2, 6), (3, 112, 5, 1, 6), (4, 192, 5, 2, 6)]
    blocks: list[tuple[str, int, int, int, int, int]] = []
    inputs = 32
    for repeats, outputs, kernel, stride, expand in [*stages, (1, 320, 3, 1, 6)]:
        for repeat in range(repeats):
            blocks.append((f"block{len(blocks)}", inputs, outputs, kernel, 1 if repeat else stride, expand))
            inputs = outputs
    return blocks


def small_cnn(labels: int, size: tuple[int, int], channels: int = 1) -> Any:
    """Three convolutions for small pictures: for tests, and to see a training work in a minute."""
    import keras

    picture = keras.Input((*size, channels), name="picture")
    x = _convolve(picture, "conv1", 16, kernel=3, stride=2)
    x = _convolve(x, "conv2", 32, kernel=3, stride=2)
    x = _convolve(x, "conv3", 32, kernel=3)
    return _classify(picture, x, labels)


def spot_net(labels: int, size: tuple[int, int], channels: int = 1) -> Any:
    """A net for small spots: how a place differs from what is around it, near and far, weighed twice; the best place counts.

    As the eye's retina does, it starts from differences; they are clipped, so that the edge of a lung doesn't outshine a spot.
    Both weighings count: the first learns at once, the second better. A place is weighed by itself, so heat maps are as fine
    as the picture, and a spot's evidence has its peak in its middle.
    """
    import keras

    picture = keras.Input((*size, channels), name="picture")
    views = [picture, *(_blurred(picture, side) for side in _SPOT_SIDES)]
    pairs = list(pairwise(views))
    steps = [keras.layers.Subtract(name=f"difference{number}")(pair) for number, pair in enumerate(pairs)]
    x = keras.layers.Rescaling(8.0, offset=1.0, name="brought_up")(keras.layers.Concatenate(name="differences")(steps))
    x = keras.layers.Concatenate(name="views")([keras.layers.ReLU(2.0, name="clipped")(x), views[-1]])
    first = _weighed(x, "weigh1")
    x = keras.layers.Concatenate(name=TARGET_LAYER)([first, _weighed(first, "weigh2")])
    x = keras.layers.GlobalMaxPooling2D(name="pool")(x)
    return keras.Model(picture, keras.layers.Dense(labels, name="logits")(x))


def _weighed(x: Any, name: str) -> Any:
    """A layer that sees one place at a time; it leaks, as one that is off everywhere would never learn again."""
    import keras

    x = keras.layers.Conv2D(24, 1, name=f"{name}_conv")(x)
    return keras.layers.ReLU(6.0, negative_slope=0.1, name=name)(x)


def _blurred(picture: Any, side: int) -> Any:
    import keras

    return keras.layers.AveragePooling2D(side, 1, padding="same", name=f"mean{side}")(picture)


def textbook_cnn(labels: int, size: tuple[int, int], channels: int = 1) -> Any:
    """The net of the textbooks (Chollet 2017, 5.1): two convolutions, each with a pool, then a dense layer of 64."""
    import keras

    picture = keras.Input((*size, channels), name="picture")
    x = keras.layers.Conv2D(32, 3, activation="relu", name="conv1")(picture)
    x = keras.layers.MaxPooling2D(name="pool1")(x)
    x = keras.layers.Conv2D(64, 3, activation="relu", name="conv2")(x)
    x = keras.layers.MaxPooling2D(name=TARGET_LAYER)(x)
    x = keras.layers.Dense(64, activation="relu", name="dense")(keras.layers.Flatten(name="flatten")(x))
    return keras.Model(picture, keras.layers.Dense(labels, name="logits")(x))


def _convolve(x: Any, name: str, filters: int, kernel: int, stride: int = 1) -> Any:
    import keras

    x = keras.layers.Conv2D(filters, kernel, strides=stride, padding="same", name=f"{name}_conv")(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x)


def _inverted_bottleneck(x: Any, name: str, inputs: int, outputs: int, kernel: int, stride: int, expand: int) -> Any:
    import keras

    y = x if expand == 1 else _convolve(x, f"{name}_expand", inputs * expand, kernel=1)
    y = keras.layers.DepthwiseConv2D(kernel, strides=stride, padding="same", name=f"{name}_depthwise_conv")(y)
    y = keras.layers.ReLU(6.0, name=f"{name}_depthwise_relu")(y)
    y = keras.layers.Conv2D(outputs, 1, padding="same", name=f"{name}_project_conv")(y)
    return keras.layers.Add(name=f"{name}_add")([x, y]) if stride == 1 and inputs == outputs else y


def _classify(picture: Any, x: Any, labels: int) -> Any:
    import keras

    x = keras.layers.Activation("linear", name=TARGET_LAYER)(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(0.2, name="dropout")(x)
    return keras.Model(picture, keras.layers.Dense(labels, name="logits")(x))


ARCHITECTURES: dict[str, Callable[[int, tuple[int, int], int], Any]] = {
    "efficientnet_lite0": efficientnet_lite0,
    "small_cnn": small_cnn,
    "spot_net": spot_net,
    "textbook_cnn": textbook_cnn,
}


def _lite0_shapes(labels: int, size: tuple[int, int], channels: int) -> Shapes:
    shapes = _layer("stem_conv", 3, 3, channels, 32)
    for name, inputs, outputs, kernel, _, expand in lite0_blocks():
        wide = inputs * expand
        shapes |= _layer(f"{name}_expand_conv", 1, 1, inputs, wide) if expand != 1 else {}
        shapes |= {f"{name}_depthwise_conv/kernel": (kernel, kernel, wide, 1), f"{name}_depthwise_conv/bias": (wide,)}
        shapes |= _layer(f"{name}_project_conv", 1, 1, wide, outputs)
    return shapes | _layer("head_conv", 1, 1, 320, 1280) | _layer("logits", 1280, labels)


def _small_shapes(labels: int, size: tuple[int, int], channels: int) -> Shapes:
    first, second = _layer("conv1_conv", 3, 3, channels, 16), _layer("conv2_conv", 3, 3, 16, 32)
    return first | second | _layer("conv3_conv", 3, 3, 32, 32) | _layer("logits", 32, labels)


def _spot_shapes(labels: int, size: tuple[int, int], channels: int) -> Shapes:
    first = _layer("weigh1_conv", 1, 1, (1 + len(_SPOT_SIDES)) * channels, 24)
    return first | _layer("weigh2_conv", 1, 1, 24, 24) | _layer("logits", 48, labels)


def _textbook_shapes(labels: int, size: tuple[int, int], channels: int) -> Shapes:
    """Each convolution takes a pixel from every border, each pool halves what is left; under 10 × 10 nothing would be."""
    if min(size) < _TEXTBOOK_PIXELS:
        raise InvalidValue(
            f"A picture of {size[0]} × {size[1]} is too small for textbook_cnn; "
            f"give {_TEXTBOOK_PIXELS} × {_TEXTBOOK_PIXELS} pixels or more."
        )
    rows, columns = (((side - 2) // 2 - 2) // 2 for side in size)
    convolutions = _layer("conv1", 3, 3, channels, 32) | _layer("conv2", 3, 3, 32, 64)
    return convolutions | _layer("dense", rows * columns * 64, 64) | _layer("logits", 64, labels)


def _layer(name: str, *kernel: int) -> Shapes:
    return {f"{name}/kernel": kernel, f"{name}/bias": kernel[-1:]}


_SHAPES: dict[str, Callable[[int, tuple[int, int], int], Shapes]] = {
    "efficientnet_lite0": _lite0_shapes,
    "small_cnn": _small_shapes,
    "spot_net": _spot_shapes,
    "textbook_cnn": _textbook_shapes,
}
