"""Which models exist: each folder of `models/` with a card, usable or listed with the reason why not."""

from medcore.errors import InvalidCard, UnknownName
from medcore.models.card import ModelCard, read_card
from medcore.settings import settings


def list_cards() -> list[ModelCard]:
    """Every usable card, by id."""
    return [card for card, _ in _all() if card]


def list_unusable() -> dict[str, str]:
    """Folder name → why its card can't be used."""
    return dict(reason for _, reason in _all() if reason)


def _all() -> list[tuple[ModelCard | None, tuple[str, str] | None]]:
    found: list[tuple[ModelCard | None, tuple[str, str] | None]] = []
    for folder in sorted(path.parent for path in settings().models.glob("*/card.json")):
        try:
            found.append((read_card(folder), None))
        except InvalidCard as error:
            found.append((None, (folder.name, str(error))))
    return found


def find_card(model_id: str) -> ModelCard:
    """The card of that id; raises UnknownName, or InvalidCard where it is there and garbled."""
    ids = {path.parent.name: path.parent for path in settings().models.glob("*/card.json")}
    if model_id not in ids:
        raise UnknownName(f"There is no model {model_id!r}; the models are: {', '.join(sorted(ids)) or 'none'}.")
    return read_card(ids[model_id])


def default_id() -> str:
    """The first model's id; raises UnknownName where there is none."""
    cards = list_cards()
    if not cards:
        raise UnknownName(f"There is no usable model in {settings().models}; restore the folder from the release.")
    return cards[0].id
