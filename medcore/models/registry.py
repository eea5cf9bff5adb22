"""Which models exist: those that come with Lightbox, then the published ones; usable, or listed with the reason why not."""

import os
from collections.abc import Iterator
from pathlib import Path

from medcore.errors import ModelError, UnknownName
from medcore.models.card import ModelCard
from medcore.models.files import printable
from medcore.models.inspecting import inspect
from medcore.settings import settings

MOST_MODELS = 200
"""How many folders a list looks into, of those that come with Lightbox and of the published ones."""
_MOST_NAMES = 20


def published_folder() -> Path:
    """Where published models lie, each a link to its version in use; `medcore.publishing` alone writes there."""
    return settings().home / "models"


def list_cards() -> list[ModelCard]:
    """Every usable card: the one of the settings, then by id, those that come with Lightbox first."""
    return sorted((found for _, found in _all() if isinstance(found, ModelCard)), key=lambda card: card.id != settings().model)


def list_unusable() -> dict[str, str]:
    """Folder name → why what lies there can't be used."""
    return {printable(name): found for name, found in _all() if isinstance(found, str)}


def _all() -> Iterator[tuple[str, ModelCard | str]]:
    """Each folder's name with its card or why it can't be used."""
    bundled, published = _folders(settings().models), _folders(published_folder())
    for number, (name, folder) in enumerate(bundled.items()):
        yield name, _inspected(name, folder, number)
    for number, (name, folder) in enumerate(published.items()):
        yield name, _shadowed(name) if name in bundled else _inspected(name, folder, number)


def _inspected(name: str, folder: Path, number: int) -> ModelCard | str:
    if number >= MOST_MODELS:
        return f"It isn't looked at because {MOST_MODELS} models lie beside it already; move some of them away."
    try:
        return inspect(folder, name)
    except ModelError as error:
        return str(error)


def _shadowed(name: str) -> str:
    return f"The published model {name} isn't used because one that comes with Lightbox has its id; publish it under another."


def _folders(root: Path) -> dict[str, Path]:
    """Id → folder of what lies in `root`, by id, the settings' model first.

    A link is followed here, once: card and weights then are of one version. One that leads round and round stays as it is.
    """
    return {name: Path(os.path.realpath(root / name)) for name in sorted(_models_in(root), key=_settings_first)}


def _settings_first(name: str) -> tuple[bool, str]:
    return name != settings().model, name


def _models_in(root: Path) -> Iterator[str]:
    """The links in `root`, also those that lead nowhere, and its folders with a card; no hidden ones."""
    try:
        with os.scandir(root) as entries:
            yield from (entry.name for entry in entries if not entry.name.startswith(".") and _is_model(entry))
    except OSError:  # no such folder, or none that may be looked into: no models
        return


def _is_model(entry: os.DirEntry[str]) -> bool:
    """Whether a model is meant there: a folder that can't be looked into is one that can't be used."""
    if entry.is_symlink() or not entry.is_dir(follow_symlinks=False):
        return entry.is_symlink()
    try:
        (Path(entry.path) / "card.json").lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def find_card(model_id: str) -> ModelCard:
    """The card of that id; raises UnknownName, or InvalidCard or WeightsMismatch where it is there and can't be used."""
    folders = _folders(published_folder()) | _folders(settings().models)
    if model_id not in folders:
        names = [printable(name) for name in sorted(folders)]
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        said = ", ".join(names[:_MOST_NAMES]) + more or "none"
        raise UnknownName(f"There is no model {printable(model_id)!r}; the models are: {said}.")
    return inspect(folders[model_id], model_id)


def default_id() -> str:
    """The id of the model that the settings name, or of the first one; raises UnknownName where there is none."""
    cards = list_cards()
    if not cards:
        raise UnknownName(f"There is no usable model in {settings().models}; restore the folder from the release.")
    return cards[0].id
