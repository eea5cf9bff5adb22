"""Whether an image fits a model, in words: from its tags before it is asked, from the picture too once it was."""

from medcore import models
from medcore.models import Gate, ModelCard, Prediction
from medcore.models.contract import joined
from medcore.volume import Series
from ui.models.reading import any_of
from ui.models.reading import joined as in_a_row
from ui.plain import plain
from ui.tags import body_part
from ui.texts import listed, say, translated

_ICONS = {True: ":material/check_circle:", False: ":material/block:", None: ":material/help:"}
_OLDEST = 120  # the end of a range of ages that has none


def fits_line(card: ModelCard, gate: Gate, series: Series) -> str:
    """What the tags say, Markdown: in short where they fit, with the group and the ages trained on; else the gate's reason."""
    if gate.accepted is None and card.gate_sha256:
        return f"{_ICONS[None]} {plain(_to_be_seen(gate))}"
    if gate.accepted is not True:
        return f"{_ICONS[gate.accepted]} {plain(translated(gate.reason))}"
    group, what = models.group_at(card, series.acquisition.age_years), plain(in_a_row(map(_short, gate.fits)))
    if group is None:
        fits = say("**Fits** {what}", what=what)
    else:
        fits = say("**Fits** {what}: {group}", what=what, group=plain(translated(group.name)))
    return f"{_ICONS[True]} {fits}{_rest(card, gate)}"


def _to_be_seen(gate: Gate) -> str:
    """Where the tags leave it open and the picture will tell."""
    if not gate.unknown:
        return say("Whether the picture looks right is checked when you run the model.")
    return say(
        "The file doesn't say its {what}. Whether the picture looks right is checked when you run the model.",
        what=translated(joined(gate.unknown)),
    )


def _short(text: str) -> str:
    """ "modality CR" → "CR", "body part CHEST" → "chest"; an age keeps its word."""
    if text.startswith("body part "):
        return body_part(text.removeprefix("body part ").lower())
    return translated(text.removeprefix("modality ").removeprefix("view "))


def _rest(card: ModelCard, gate: Gate) -> str:
    """The ages of the training, and what the file doesn't say, in one small line."""
    ages, unknown = listed([_ages(*span) for span in card.contract.ages_years]), translated(joined(gate.unknown))
    if ages and unknown:
        words = say("Trained on {ages} years; the file doesn't say its {what}.", ages=ages, what=unknown)
    elif ages:
        words = say("Trained on {ages} years.", ages=ages)
    else:
        words = say("The file doesn't say its {what}.", what=unknown) if unknown else ""
    return f"  \n:small[{plain(words)}]" if words else ""


def _ages(low: float, high: float) -> str:
    return say("{age}+", age=f"{low:g}") if high >= _OLDEST else say("{low}–{high}", low=f"{low:g}", high=f"{high:g}")


def verdict_line(by_tags: Gate, gate: Gate) -> str:
    """What the gate says beyond the tags, Markdown; empty where that is nothing."""
    more = gate.reason.removeprefix(by_tags.reason).strip()
    return f"{_ICONS[gate.accepted]} {plain(translated(more))}" if more else ""


def point_line(card: ModelCard, prediction: Prediction) -> str:
    """Whose operating point was used and how that was told, Markdown; empty for a model without groups."""
    group = next((each for each in card.groups if each.name == prediction.group), None)
    if group is None:
        untold = say("Operating point of all its films together: which group this is can't be told.")
        return untold if card.groups else ""
    name, ages = translated(group.name), any_of(_years(*span) for span in group.ages_years)
    whose = say("{group} ({ages})", group=name, ages=ages) if ages else name
    return plain(_told(whose, prediction.group_by))


def _told(whose: str, by: str) -> str:
    if by == "age":
        return say("Operating point for {group}: by the age tag.", group=whose)
    if by == "picture":
        return say("Operating point for {group}: by the picture, which looks like those films.", group=whose)
    return say("Operating point for {group}: as asked.", group=whose)


def _years(low: float, high: float) -> str:
    if high >= _OLDEST:
        return say("{age} years and over", age=f"{low:g}")
    return say("{low} to {high} years", low=f"{low:g}", high=f"{high:g}")
