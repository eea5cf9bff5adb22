"""The whole gate: what the tags leave open, the picture itself says; without a gate of the model's own, the tags alone do."""

from dataclasses import replace

from medcore import recognition
from medcore.models.card import ModelCard
from medcore.models.contract import Gate, joined
from medcore.models.runtime import Model
from medcore.recognition import Recognition
from medcore.volume import Volume


def recognised(model: Model, by_tags: Gate, volume: Volume, slice_index: int) -> Gate:
    """The gate's verdict on one slice; the tags' where they decline, or the model can't recognise pictures.

    Raises InvalidValue for a slice past the ends.
    """
    if by_tags.accepted is False or model.recogniser is None:
        return by_tags
    tensor = recognition.tensor_of(volume, slice_index, model.recogniser.channels)
    return _verdict(model.card, by_tags, model.recogniser.recognise(tensor))


def _verdict(card: ModelCard, by_tags: Gate, found: Recognition) -> Gate:
    figures = f"(distance {found.distance:.3f}, limit {found.distance_limit:.3f})"
    if not found.is_known:
        reason = f"Declined because it doesn't look like the {_pictures(card)} the model was trained on {figures}."
        return replace(by_tags, accepted=False, reason=reason, declined_by="distance", recognition=found)
    if not found.is_upright:
        looks, button = found.posture.name, found.posture.correction
        undo = button[0].lower() + button[1:]
        reason = f"Declined because it looks {looks}: {undo} and try again."
        return Gate(False, reason, by_tags.fits, by_tags.unknown, "posture", found.posture, found)
    looks = f"It looks like the {_pictures(card)} the model was trained on {figures}."
    return replace(by_tags, accepted=True, reason=_with_tags(by_tags, looks), recognition=found)


def _with_tags(by_tags: Gate, looks: str) -> str:
    """What the tags say beside what the picture looks like."""
    if by_tags.accepted:
        return f"{by_tags.reason} {looks}"
    return f"{looks} The file doesn't say its {joined(by_tags.unknown)}." if by_tags.unknown else looks


def _pictures(card: ModelCard) -> str:
    """What the model's pictures are called."""
    if card.contract.pictures == "slices":
        return "slices"
    return "pictures" if card.input_spec.channels == 3 else "films"
