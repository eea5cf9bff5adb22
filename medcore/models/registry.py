"""Which models exist: those that come with Lightbox, then the published ones; usable, or listed with the reason why not."""

import os
from collections.abc import Iterator
from pathlib import Path

from medcore.errors import ModelError, UnknownName
from medcore.models.card import ModelCard
from medcore.models.files import printable
from medcore.models.inspecting import inspect
from medcore.settings import settings

MOST_MODELS = 100
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
    bundled = _names(settings().models)
    for number, name in enumerate(bundled):
        yield name, _inspected(settings().models, name, number)
    shadowing = set(bundled)
    for number, name in enumerate(_names(published_folder())):
        yield name, _shadowed(printable(name)) if name in shadowing else _inspected(published_folder(), name, number)


def _inspected(root: Path, name: str, number: int) -> ModelCard | str:
    if number >= MOST_MODELS:
        return f"It isn't looked at because {MOST_MODELS} models lie beside it already; move some of them away."
    try:
        return inspect(_place(root, name), name)
    except ModelError as error:
        return str(error)


def _shadowed(name: str) -> str:
    return f"The published model {name} isn't used because one that comes with Lightbox has its id; publish it under another."


def _place(root: Path, name: str) -> Path:
    """The folder. A link is followed here, once: card and weights then are of one version; one that leads round stays."""
    return Path(os.path.realpath(root / name))


def _names(root: Path) -> list[str]:
    """What lies in `root`, by id, the settings' model first."""
    return sorted(_models_in(root), key=_settings_first)


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
    for root in (settings().models, published_folder()):
        if model_id in _models_in(root):
            return inspect(_place(root, model_id), model_id)
    names = sorted({printable(name) for root in (settings().models, published_folder()) for name in _models_in(root)})
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    said = ", ".join(names[:_MOST_NAMES]) + more or "none"
    raise UnknownName(f"There is no model '{printable(model_id)}'; the models are: {said}.")


def default_id() -> str:
    """The id of the model that the settings name, or of the first one; raises UnknownName where there is none."""
    cards = list_cards()
    if not cards:
        raise UnknownName(f"There is no usable model in {settings().models}; restore the folder from the release.")
    return cards[0].id
