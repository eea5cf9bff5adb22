"""Whether an image fits a model, in words: from its tags before it is asked, from the picture too once it was."""

from medcore import models
from medcore.models import Gate, ModelCard, Prediction
from medcore.models.contract import joined
from medcore.volume import Series
from ui.plain import plain

_ICONS = {True: ":material/check_circle:", False: ":material/block:", None: ":material/help:"}
_OLDEST = 120  # the end of a range of ages that has none
_TOLD = {"age": "by the age tag", "picture": "by the picture, which looks like those films"}


def fits_line(card: ModelCard, gate: Gate, series: Series) -> str:
    """What the tags say, Markdown: in short where they fit, with the group and the ages trained on; else the gate's reason."""
    if gate.accepted is None and card.gate_sha256:
        silent = f"The file doesn't say its {joined(gate.unknown)}. " if gate.unknown else ""
        return f"{_ICONS[None]} {plain(silent + 'Whether the picture looks right is checked when you run the model.')}"
    if gate.accepted is not True:
        return f"{_ICONS[gate.accepted]} {plain(gate.reason)}"
    group = models.group_at(card, series.acquisition.age_years)
    of_group = f": {plain(group.name)}" if group else ""
    return f"{_ICONS[True]} **Fits** {plain(', '.join(map(_short, gate.fits)))}{of_group}{_rest(card, gate)}"


def _short(text: str) -> str:
    """ "modality CR" → "CR", "body part CHEST" → "chest"; an age keeps its word."""
    if text.startswith("body part "):
        return text.removeprefix("body part ").lower()
    return text.removeprefix("modality ").removeprefix("view ")


def _rest(card: ModelCard, gate: Gate) -> str:
    """The ages of the training, and what the file doesn't say, in one small line."""
    ages = " and ".join(f"{low:g}+" if high >= _OLDEST else f"{low:g}–{high:g}" for low, high in card.contract.ages_years)
    trained = f"trained on {ages} years" if ages else ""
    silent = f"the file doesn't say its {joined(gate.unknown)}" if gate.unknown else ""
    words = "; ".join(filter(None, (trained, silent)))
    return f"  \n:small[{plain(words[0].upper() + words[1:])}.]" if words else ""


def verdict_line(by_tags: Gate, gate: Gate) -> str:
    """What the gate says beyond the tags, Markdown; empty where that is nothing."""
    more = gate.reason.removeprefix(by_tags.reason).strip()
    return f"{_ICONS[gate.accepted]} {plain(more)}" if more else ""


def point_line(card: ModelCard, prediction: Prediction) -> str:
    """Whose operating point was used and how that was told, Markdown; empty for a model without groups."""
    group = next((each for each in card.groups if each.name == prediction.group), None)
    if group is None:
        return "Operating point of all its films together: which group this is can't be told." if card.groups else ""
    ages = " or ".join(_years(*span) for span in group.ages_years)
    whose = f"{group.name} ({ages})" if ages else group.name
    return plain(f"Operating point for {whose}: {_TOLD.get(prediction.group_by, 'as asked')}.")


def _years(low: float, high: float) -> str:
    return f"{low:g} years and over" if high >= _OLDEST else f"{low:g} to {high:g} years"
