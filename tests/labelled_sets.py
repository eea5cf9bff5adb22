"""Labelled sets that tests of the survey and of the split write: folders of small films."""

from pathlib import Path

import numpy as np
from PIL import Image

from medcore.datasets import Survey
from medcore.phantoms import film_with_blob, plain_film


def film(path: Path, seed: int, size: tuple[int, int] = (40, 48), **options: object) -> Path:
    """A PNG or JPEG, by its suffix, of a film of its own for each seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = film_with_blob(seed, size)[0].voxels[0] if seed % 2 else plain_film(seed, size).voxels[0]
    Image.fromarray(values.astype(np.uint8)).save(path, **options)
    return path


def labelled(folder: Path, each: int = 12, labels: tuple[str, ...] = ("plain", "blob"), first: int = 0) -> Path:
    """`each` films of every label, two of a patient; nothing is wrong with the set but that it is small."""
    for place, label in enumerate(labels):
        for number in range(each):
            patient = first + place * each + number // 2
            film(folder / label / f"patient{patient:03d}_{number % 2}.png", 1000 * first + 100 * place + number)
    return folder


def in_layout(folder: Path, each: int = 12, **names: str) -> Path:
    """A set with train, val and test, or as `names` calls them; patients of their own in each."""
    for place, split in enumerate(("train", "val", "test")):
        if names.get(split, split):
            labelled(folder / names.get(split, split), each, first=100 * place)
    return folder


def kinds(found: Survey) -> set[str]:
    """The kinds of a survey's problems."""
    return {problem.kind for problem in found.problems}


def text(found: Survey, kind: str) -> str:
    """What the survey says of one kind of problem, once or more."""
    return " ".join(problem.text for problem in found.problems if problem.kind == kind)


def reason(found: Survey, name: str) -> str:
    """Why a file isn't used."""
    return next(one.why for one in (*found.unreadable, *found.left_out) if one.name == name)


def accounted(found: Survey) -> bool:
    """Whether each file that was found is used or has a reason."""
    return found.found == len(found.films) + len(found.unreadable) + len(found.left_out)
