"""The net that a spec asks for, with the weights that it starts from, and which of them a stage fits."""

from dataclasses import dataclass
from typing import Any

from medcore import architectures, models, pretrained
from medcore.errors import SpecError
from medcore.jobs import TrainingSpec
from medcore.models.weights import read_weights
from medcore.preprocessing import InputSpec

HEAD = "logits"


def start_model(spec: TrainingSpec) -> Any:
    """The net with the spec's starting weights; chance is seeded, and every operation gives the same to the bit each time.

    Raises SpecError where `start` can't be followed, and UnknownName, InvalidValue or ModelError.
    """
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(spec.seed)
    input_spec = InputSpec.from_json(dict(spec.input_spec))
    model = architectures.build(spec.architecture, len(spec.labels), input_spec.size, input_spec.channels)
    if spec.start == "imagenet":
        _take_imagenet(spec, model, input_spec.channels)
    elif spec.start != "random":
        _take_model(spec, model)
    return model


def _take_imagenet(spec: TrainingSpec, model: Any, channels: int) -> None:
    if spec.architecture != "efficientnet_lite0":
        raise SpecError(f"There are no ImageNet weights for {spec.architecture}; choose efficientnet_lite0, or start random.")
    for name, weights in pretrained.imagenet_lite0(channels).items():
        if name != HEAD:
            model.get_layer(name).set_weights(weights)


def _take_model(spec: TrainingSpec, model: Any) -> None:
    """Every layer but the last of the model that the spec names."""
    card = models.find_card(spec.start)
    if spec.start_sha256 not in ("", card.weights_sha256):
        raise SpecError(f"The model {card.id} isn't the one that the run was made to start from; make a new run.")
    if card.architecture != spec.architecture:
        raise SpecError(f"The model {card.id} is a {card.architecture}, not a {spec.architecture}; change the architecture.")
    size, channels = card.input_spec.size, card.input_spec.channels
    source = architectures.build(card.architecture, len(card.labels), size, channels)
    read_weights(source, card.weights_path, card.weights_sha256, card.id)
    for layer in source.layers:
        if layer.weights and layer.name != HEAD:
            _copy(layer, model.get_layer(layer.name), card.id)


def _copy(source: Any, target: Any, model_id: str) -> None:
    if [weight.shape for weight in source.weights] != [weight.shape for weight in target.weights]:
        raise SpecError(f"The layer {source.name} of {model_id} doesn't fit; give its size and channels as input_spec.")
    target.set_weights(source.get_weights())


def trainable(model: Any, trainable_from: str) -> list:
    """The variables of the layers from the named one on ("" is all); raises SpecError with the layers there are."""
    names = [layer.name for layer in model.layers]
    if trainable_from and trainable_from not in names:
        raise SpecError(f"trainable_from {trainable_from!r} is no layer of the net; choose one of {', '.join(names)}.")
    layers = model.layers[names.index(trainable_from) if trainable_from else 0 :]
    return [variable for layer in layers for variable in layer.trainable_variables]


@dataclass(frozen=True)
class Cut:
    """A net in two that share its weights: `body` from pictures to what `end` makes logits of."""

    body: Any
    end: Any


def cut_before(model: Any, trainable_from: str) -> Cut | None:
    """The net cut before the layer and the dropout ahead of it.

    None where more than one tensor leads past that place, or nothing before it was ever learnt.
    """
    import keras

    names = [layer.name for layer in model.layers]
    place = names.index(trainable_from) if trainable_from else 0
    while isinstance(model.layers[place - 1], keras.layers.Dropout):
        place -= 1
    middle = model.layers[place].input
    if not any(layer.weights for layer in model.layers[:place]) or isinstance(middle, list):
        return None
    try:
        return Cut(keras.Model(model.input, middle), keras.Model(middle, model.output))
    except ValueError:  # Keras says so where the end also needs something from before the cut
        return None
