"""Which films of a set may be used beside which others: each picture once, under one label, nobody in two splits."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from medcore.datasets.films import Film
from medcore.datasets.findings import LeftOut

# A picture or a patient that is in several splits stays in the first of these: a test that is measured on must stay whole.
ORDER = {"test": 0, "val": 1, "train": 2, "": 3}
_HELD = ("test", "val")


@dataclass
class Sorting:
    """The films' indices that are kept, and why the others aren't."""

    films: Sequence[Film]
    kept: set[int]
    left_out: list[LeftOut] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    def drop(self, index: int, why: str) -> None:
        """Leave one film out."""
        if index in self.kept:
            self.kept.discard(index)
            self.left_out.append(LeftOut(self.films[index].name, why))


def sort_out(films: Sequence[Film], copies: Sequence[Sequence[int]]) -> Sorting:
    """The films without copies, and without those that share a picture under two labels or a patient with a later split."""
    sorting = Sorting(films, set(range(len(films))))
    for group in copies:
        _keep_one(sorting, sorted(group, key=lambda index: (ORDER[films[index].split], films[index].name)))
    _keep_patients_apart(sorting)
    return sorting


def _keep_one(sorting: Sorting, group: list[int]) -> None:
    films = sorting.films
    first = films[group[0]]
    if len({films[index].label for index in group}) > 1:
        sorting.conflicts += [films[index].name for index in group]
        for index in group:
            other = next(films[each] for each in group if films[each].label != films[index].label)
            sorting.drop(index, f"The same picture is labelled {other.label} as {other.name}; both are left out.")
        return
    for index in group[1:]:
        sorting.drop(index, f"A copy of {first.name}, which is kept.")


def _keep_patients_apart(sorting: Sorting) -> None:
    films = sorting.films
    first: dict[str, str] = {}
    for index in sorted(sorting.kept, key=lambda index: ORDER[films[index].split]):
        split = first.setdefault(films[index].patient, films[index].split)
        if split in _HELD and split != films[index].split:
            sorting.drop(index, f"Its patient is in {split} too, and a patient may be in one split only.")


def keep_alike_apart(sorting: Sorting, alike: Sequence[Sequence[int]]) -> None:
    """Leave out what looks like a picture of a later split."""
    films = sorting.films
    for group in alike:
        first = min((films[index] for index in group), key=lambda film: ORDER[film.split])
        for index in group:
            if first.split in _HELD and films[index].split != first.split:
                sorting.drop(index, f"It looks like {first.name}, which is in {first.split}.")


def groups_of(films: Sequence[Film], near: Sequence[Sequence[str]]) -> list[str]:
    """Each film's group, by the name of one patient in it: a patient, or several whose pictures look alike."""
    above: dict[str, str] = {film.patient: film.patient for film in films}
    patient_of = {film.name: film.patient for film in films}

    def top(patient: str) -> str:
        while above[patient] != patient:
            above[patient] = above[above[patient]]
            patient = above[patient]
        return patient

    for names in near:
        tops = [top(patient_of[name]) for name in names if name in patient_of]
        for other in tops[1:]:
            above[top(other)] = top(tops[0])
    return [top(film.patient) for film in films]
