"""Evidence for one label as a heat map in slice pixels; the methods are one table."""

from collections.abc import Callable

import numpy as np

from medcore import preprocessing
from medcore.errors import UnknownName
from medcore.models import Model
from medcore.volume import Heatmap, Volume

SCORECAM_MAPS = 100
"""Score-CAM masks the picture with this many of the strongest feature maps, or all if fewer: seconds, not minutes."""


def explain(model: Model, volume: Volume, slice_index: int, label: str, method: str = "gradcam") -> Heatmap:
    """The heat map (rows, columns of the slice) of one label, 0..1 by its own maximum; empty where nothing speaks for it.

    Raises UnknownName for a label or method that isn't there, InvalidValue for a slice past the ends.
    """
    if method not in METHODS:
        raise UnknownName(f"There is no heat map method {method!r}; choose {', '.join(METHODS)}.")
    if label not in model.card.labels:
        raise UnknownName(f"{model.card.id} has no label {label!r}; choose {', '.join(model.card.labels)}.")
    tensor = preprocessing.prepare(volume, slice_index, model.card.input_spec)
    levels = METHODS[method](model, tensor, label)
    spread = np.clip(preprocessing.to_slice(_normalised(levels), volume.shape[1:], model.card.input_spec), 0, 1)
    return Heatmap(_normalised(spread), label, method, model.card.id, slice_index)


def _normalised(levels: np.ndarray) -> np.ndarray:
    """Divided by its own maximum; all zero stays all zero."""
    top = float(levels.max())
    return np.maximum(levels / top, 0).astype(np.float32) if top > 0 else np.zeros(levels.shape, np.float32)


def gradcam(model: Model, tensor: np.ndarray, label: str) -> np.ndarray:
    """Grad-CAM (Selvaraju et al. 2017) from the traced function that also predicts."""
    return model.run(tensor, label)[1]


def gradcam_plus_plus(model: Model, tensor: np.ndarray, label: str) -> np.ndarray:
    """Grad-CAM++ (Chattopadhay et al. 2018) by tf-keras-vis."""
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus

    return _by_tf_keras_vis(GradcamPlusPlus, model, tensor, label)


def scorecam(model: Model, tensor: np.ndarray, label: str) -> np.ndarray:
    """Score-CAM (Wang et al. 2020) by tf-keras-vis, over the strongest feature maps.

    It weighs each map by a score, never below 0: empty only where no map is on, and much alike for all labels.
    """
    from tf_keras_vis.scorecam import Scorecam

    maps = model.graph.get_layer(model.target_layer).output.shape[-1]
    return _by_tf_keras_vis(Scorecam, model, tensor, label, max_N=min(SCORECAM_MAPS, maps))


def _by_tf_keras_vis(method: Callable, model: Model, tensor: np.ndarray, label: str, **options: int) -> np.ndarray:
    """The layer is named and no other sought: the library's own search walks past it (all-zero maps on Lite0)."""
    import keras
    from tf_keras_vis.utils.scores import CategoricalScore

    keras.utils.disable_interactive_logging()  # it holds for the thread alone, and Score-CAM draws progress bars
    with model.locked():
        levels = method(model.graph, clone=False)(
            CategoricalScore(model.card.labels.index(label)),
            tensor[None],
            penultimate_layer=model.target_layer,
            seek_penultimate_conv_layer=False,
            expand_cam=False,
            normalize_cam=False,
            **options,
        )
    return np.asarray(levels)[0]


METHODS: dict[str, Callable[[Model, np.ndarray, str], np.ndarray]] = {
    "gradcam": gradcam,
    "gradcam++": gradcam_plus_plus,
    "scorecam": scorecam,
}
