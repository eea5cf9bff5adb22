"""Practice films: a small labelled set that Lightbox draws, so that a newcomer can train at once."""

import tempfile
from pathlib import Path

from medcore import phantoms
from medcore.errors import DatasetError
from medcore.settings import settings
from ui.texts import say

_NAME = "practice-films"


def draw_practice_films() -> Path:
    """The folder of the practice films, drawn once and put there whole, since another tab may be training on them.

    Raises DatasetError where there is no place for them.
    """
    if not settings().data_roots:
        raise DatasetError(say("There is no folder to draw in: LIGHTBOX_DATA_ROOTS names none; name one."))
    root = settings().data_roots[0]
    try:
        return root / _NAME if (root / _NAME).is_dir() else _drawn(root)
    except OSError as error:
        words = say(
            "Practice films can't be drawn in {root} ({reason}); make room or mend that.", root=root, reason=error.strerror
        )
        raise DatasetError(words) from error


def _drawn(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".") as beside:
        films = phantoms.labelled_set(Path(beside) / _NAME)
        if not (root / _NAME).is_dir():  # another tab may have been quicker
            films.rename(root / _NAME)
    return root / _NAME
