"""Whether a series is what a model was made for, from its tags alone: a contradiction declines, silence is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from medcore.models.card import Contract, ModelCard
from medcore.recognition import Posture, Recognition
from medcore.volume import Acquisition, Series


@dataclass(frozen=True)
class Gate:
    """accepted: True, False (declined), or None where nothing could be checked. `unknown` names what the tags don't say.

    `declined_by` says which check declined, `correction` the posture that can be undone, `recognition` what the picture looked
    like; None where the model has no gate of its own, or the tags already declined.
    """

    accepted: bool | None
    reason: str
    fits: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    declined_by: Literal["", "tags", "distance", "posture"] = ""
    correction: Posture | None = None
    recognition: Recognition | None = None


def check_contract(card: ModelCard, series: Series) -> Gate:
    """The card's contract against the series' modality, body part, view and age, and whether it's one picture and in grey."""
    checks = _checks(card.contract, series.acquisition)
    contradictions = [*_picture_contradictions(card, series), *(text for verdict, text in checks if verdict is False)]
    fits = tuple(text for verdict, text in checks if verdict is True)
    unknown = tuple(text for verdict, text in checks if verdict is None)
    if contradictions:
        return Gate(False, f"Declined because {'; '.join(contradictions)}.", fits, unknown, "tags")
    if not checks:
        return Gate(None, "Nothing could be checked: the model's card doesn't say what kind of picture it was made for.")
    if not fits:
        return Gate(None, f"Nothing could be checked: the file doesn't say its {joined(unknown)}.", fits, unknown)
    rest = f" The file doesn't say its {joined(unknown)}." if unknown else ""
    return Gate(True, f"Fits what the model was made for: {', '.join(fits)}.{rest}", fits, unknown)


def _picture_contradictions(card: ModelCard, series: Series) -> list[str]:
    """A model with three channels reads a colour picture, one whose contract says "slices" the slice on the screen."""
    contradictions, volume = [], series.volume
    if card.contract.pictures == "single" and volume.kind != "image" and volume.shape[0] > 1:
        contradictions.append(f"this is a series of {volume.shape[0]} pictures and the model reads single films")
    if volume.is_colour and card.input_spec.channels == 1:
        contradictions.append("this is a colour picture and the model reads grey films")
    return contradictions


def _checks(contract: Contract, acquisition: Acquisition) -> list[tuple[bool | None, str]]:
    """(fits, contradicts or unknown; what to say) for each thing that the contract asks."""
    asked = [
        ("modality", contract.modality, acquisition.modality),
        ("body part", contract.body_part, acquisition.body_part),
        ("view", contract.view, acquisition.view),
    ]
    checks = [_check_word(word, wanted, found) for word, wanted, found in asked if wanted]
    return [*checks, _check_age(contract.ages_years, acquisition.age_years)] if contract.ages_years else checks


def _check_word(word: str, wanted: Sequence[str], found: str | None) -> tuple[bool | None, str]:
    if not found:
        return None, word
    if found.upper() in wanted:
        return True, f"{word} {found}"
    return False, f"the {word} is {found} and the model was made for {_either(wanted)}"


def _check_age(ranges: Sequence[tuple[float, float]], age: float | None) -> tuple[bool | None, str]:
    if age is None:
        return None, "age"
    years = int(age)
    if any(low <= years <= high for low, high in ranges):
        return True, f"age {years}"
    spans = _either([f"{low:g} to {high:g}" for low, high in ranges])
    return False, f"the age is {years} years and the model was made for {spans} years"


def _either(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def joined(words: Sequence[str]) -> str:
    """Words as a sentence lists them: "age", "view and age"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
