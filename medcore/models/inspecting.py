"""A model's folder as a whole, before it is opened: its card, and whether its files are the ones that the card needs.

TensorFlow isn't needed for that, and no array is unpacked. What was found is kept until a file changes, so that a list is made
at once; what came out only when a model was opened is kept too.
"""

from pathlib import Path

from medcore import recognition
from medcore.architectures import weight_shapes
from medcore.errors import InvalidCard, InvalidValue, ModelError, UnknownName
from medcore.models.card import ModelCard, read_card
from medcore.models.files import Stamp, is_settled, printable, stamp
from medcore.models.weights import check_weights

_FILES = ("card.json", "weights.npz", "gate.npz")
_MOST_KEPT = 2000

_found: dict[tuple[Path, str], tuple[tuple[Stamp | None, ...], ModelCard | ModelError]] = {}
"""By folder and id: the state of its files, and what was found in it: a card that can be used, or why not."""
_failed: dict[Path, tuple[ModelCard, ModelError]] = {}
"""By folder: what was wrong with a model that could only be seen when it was opened."""


def inspect(folder: Path, name: str) -> ModelCard:
    """The card of the model in the folder that is called `name`; raises ModelError where it can't be used."""
    states = tuple(stamp(folder, file) for file in _FILES)
    before, found = _found.get((folder, name), (None, None))
    if found is None or before != states:
        found = _look(folder, name)
        if all(map(is_settled, states)):
            _keep(folder, name, states, found)
    if _failed.get(folder, (None,))[0] == found:
        found = _failed[folder][1]
    if isinstance(found, ModelError):
        raise type(found)(str(found))
    return found


def remember_failure(card: ModelCard, error: ModelError) -> None:
    """A model that couldn't be opened is unusable from now on, until its card or weights change."""
    _failed[card.folder] = card, error


def _keep(folder: Path, name: str, states: tuple[Stamp | None, ...], found: ModelCard | ModelError) -> None:
    if len(_found) >= _MOST_KEPT:
        _found.clear()
    _found[folder, name] = states, found


def _look(folder: Path, name: str) -> ModelCard | ModelError:
    try:
        card = read_card(folder, name)
        check_files(card)
    except ModelError as error:
        return error
    return card


def check_files(card: ModelCard) -> None:
    """Raises WeightsMismatch where the card's files aren't the ones that it names, InvalidCard where no net takes its input."""
    try:
        shapes = weight_shapes(card.architecture, len(card.labels), card.input_spec.size, card.input_spec.channels)
    except (UnknownName, InvalidValue) as error:
        words = printable(str(error)).rstrip(".")
        raise InvalidCard(f"The card of {card.id} can't be used ({words}); mend or restore card.json.") from error
    check_weights(card.weights_path, card.weights_sha256, shapes, card.id)
    if card.gate_sha256 is not None:
        _check_gate(card, card.gate_sha256)


def _check_gate(card: ModelCard, sha256: str) -> None:
    try:
        recognition.read(card.gate_path, sha256)
    except ModelError as error:
        raise type(error)(f"The gate of {card.id} can't be used: {printable(str(error))}") from error
