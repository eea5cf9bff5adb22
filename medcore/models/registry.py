"""Which models exist: those that come with Lightbox, then the published ones; usable, or listed with the reason why not."""

from collections.abc import Iterator
from pathlib import Path

from medcore.errors import InvalidCard, UnknownName
from medcore.models.card import ModelCard, read_card
from medcore.settings import settings


def published_folder() -> Path:
    """Where published models lie, each a link to its version in use; `medcore.publishing` alone writes there."""
    return settings().home / "models"


def list_cards() -> list[ModelCard]:
    """Every usable card: the one of the settings, then by id, those that come with Lightbox first."""
    return sorted((card for card, _ in _all() if card), key=lambda card: card.id != settings().model)


def list_unusable() -> dict[str, str]:
    """Folder name → why its card can't be used."""
    return dict(reason for _, reason in _all() if reason)


def _all() -> list[tuple[ModelCard | None, tuple[str, str] | None]]:
    found: list[tuple[ModelCard | None, tuple[str, str] | None]] = []
    bundled = _folders(settings().models)
    for name, folder in bundled.items():
        found.append(_read(name, folder))
    for name, folder in _folders(published_folder()).items():
        found.append((None, (name, _shadowed(name))) if name in bundled else _read(name, folder))
    return found


def _read(name: str, folder: Path) -> tuple[ModelCard | None, tuple[str, str] | None]:
    try:
        return read_card(folder, name), None
    except InvalidCard as error:
        return None, (name, str(error))


def _shadowed(name: str) -> str:
    return f"The published model {name} isn't used because one that comes with Lightbox has its id; publish it under another."


def _folders(root: Path) -> dict[str, Path]:
    """Id → folder of what lies in `root`, by id. A link is followed here, once: card and weights then are of one version."""
    return {path.name: path.resolve() for path in sorted(_models_in(root))}


def _models_in(root: Path) -> Iterator[Path]:
    """The links in `root`, also those that lead nowhere, and its folders with a card; no hidden ones."""
    for path in root.glob("[!.]*"):
        if path.is_symlink() or (path / "card.json").is_file():
            yield path


def find_card(model_id: str) -> ModelCard:
    """The card of that id; raises UnknownName, or InvalidCard where it is there and garbled."""
    folders = _folders(published_folder()) | _folders(settings().models)
    if model_id not in folders:
        raise UnknownName(f"There is no model {model_id!r}; the models are: {', '.join(sorted(folders)) or 'none'}.")
    return read_card(folders[model_id], model_id)


def default_id() -> str:
    """The id of the model that the settings name, or of the first one; raises UnknownName where there is none."""
    cards = list_cards()
    if not cards:
        raise UnknownName(f"There is no usable model in {settings().models}; restore the folder from the release.")
    return cards[0].id
