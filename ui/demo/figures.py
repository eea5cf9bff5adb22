"""The chest model's figures, as its card has them, for the people that the tour's real film is of."""

from medcore import models
from medcore.evaluation import Measured, measured_in
from medcore.models import Group, ModelCard
from ui.demo import films
from ui.models.reading import mapping


def illness(card: ModelCard) -> str:
    """The label that the model's flag is about."""
    return str(card.details.get("operating_label", card.labels[-1]))


def group(card: ModelCard) -> Group | None:
    """The people whose figures are told: those that the real film's person belongs to."""
    return models.group_at(card, films.series(films.CHEST).acquisition.age_years)


def measured(card: ModelCard) -> Measured | None:
    """How often the test's films of these people were told right; None where the card doesn't say."""
    test, people = mapping(mapping(card.details.get("metrics")).get("test")), group(card)
    return measured_in(test, people.name if people else None, illness(card), illness(card))
