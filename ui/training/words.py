"""Words for what is chosen on the train page, by their keys."""

from collections.abc import Mapping

from medcore.recipes import LITE0, SCRATCH, Recipe
from ui.texts import say


def both(first: str, second: str) -> str:
    """Two sentences after each other, of which the second may be empty."""
    return say("{first} {second}", first=first, second=second) if second else first


def split_words(split: str) -> str:
    """A split; "" where the set itself says none."""
    return {"train": say("train"), "val": say("val"), "test": say("test"), "": say("pictures")}[split]


def in_short(recipe: Recipe) -> str:
    """A recipe as the line that its step folds to."""
    preset = {"quick": say("quick"), "best": say("best")}[recipe.preset]
    start = say("scratch") if recipe.start == SCRATCH else recipe.start
    return say("{preset}, from {start}", preset=preset, start=start)


def preset_words(preset: str) -> str:
    """A preset, and what it does."""
    return {
        "quick": say("quick: the last layers of a trained net learn, or a small net from scratch; a minute or two"),
        "best": say("best: all layers learn, on pictures that are changed at random; many minutes"),
    }[preset]


def start_words(start: str) -> str:
    """What a net starts from that no model is."""
    return {LITE0: "ImageNet (EfficientNet-Lite0)", SCRATCH: say("from scratch (a textbook net)")}[start]


def scalings() -> Mapping[str, str]:
    """How grey values become 0 to 1."""
    return {
        "percentile": say("from the picture's 0.5th to its 99.5th percentile"),
        "rank": say("by rank (histogram equalised)"),
        "range": say("from one value to another, the same for all pictures"),
    }


def channels() -> Mapping[int, str]:
    """Colours, by how many channels they take."""
    return {1: say("grey"), 3: say("red, green, blue")}


def resizes() -> Mapping[str, str]:
    """How a picture gets the net's shape."""
    return {
        "squash": say("squash to the net's shape"),
        "pad": say("keep the aspect, pad with black"),
        "crop": say("keep the aspect, crop the middle"),
    }


def optimizers() -> Mapping[str, str]:
    """The optimizers; two are names."""
    return {"adamw": "AdamW", "adam": "Adam", "sgd": say("SGD with momentum")}


def schedules() -> Mapping[str, str]:
    """What the learning rate does over a stage."""
    return {"cosine": say("warm-up, then half a cosine"), "constant": say("constant")}


def losses() -> Mapping[str, str]:
    """What training makes small."""
    return {"cross-entropy": say("cross-entropy"), "focal": say("focal")}


def balances() -> Mapping[str, str]:
    """What is done about rare classes."""
    return {"weight": say("weigh more"), "draw": say("are drawn more often"), "none": say("as they are")}
