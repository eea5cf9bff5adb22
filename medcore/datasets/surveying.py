"""A labelled folder or manifest, read once: what can be used, what can't, and what is wrong with it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from medcore.datasets.copies import alike, same
from medcore.datasets.films import Film
from medcore.datasets.finding import Listing, find
from medcore.datasets.findings import LeftOut, NameGroups, Patients, Survey
from medcore.datasets.measuring import THUMBNAIL_SIZE, Measured, measure
from medcore.datasets.patients import compiled, with_patients
from medcore.datasets.problems import problems
from medcore.datasets.shortcuts import shortcuts
from medcore.datasets.slices import Progress
from medcore.datasets.sorting import Sorting, keep_alike_apart, sort_out


def survey(source: Path, *, name_pattern: str | None = None, progress: Progress | None = None) -> Survey:
    """Reads every file of a set once and says what it is and what is wrong with it.

    source: a folder with one folder a class, in folders train, val and test or not, or a manifest CSV
    (`image_path,label[,patient_id,split,stratum]`, paths from its own folder on). Of a file with several slices the middle one
    is the film. name_pattern: a regular expression that finds the patient in a name, by its first group. `progress` is called
    with (files done, files in all), often, and what it raises ends the survey. No link or path out of the set is followed.

    Raises DatasetError where there is no such set or the pattern is none; everything else is told in the survey's `problems`.
    """
    pattern = compiled(name_pattern)
    listing = find(source)
    read = measure(listing.films, progress)
    usable = [(film, one) for film, one in zip(listing.films, read, strict=True) if isinstance(one, Measured)]
    measured = [one for _, one in usable]
    films, patients = with_patients([film for film, _ in usable], [one.patient for one in measured], pattern)
    copies = same([one.pixels for one in measured])
    sorting = sort_out(films, copies)
    near = _alike(measured, sorted(sorting.kept), lambda: progress and progress(len(read), len(read)))
    keep_alike_apart(sorting, near)
    kept = sorted(sorting.kept)
    return _told(source, listing, _Read(films, measured, kept, patients, copies, near, sorting, _unreadable(listing, read)))


@dataclass(frozen=True)
class _Read:
    """What could be read, which of it is kept, and the groups of indices that are the same or look alike."""

    films: Sequence[Film]
    measured: Sequence[Measured]
    kept: Sequence[int]
    patients: Patients
    copies: Sequence[Sequence[int]]
    near: Sequence[Sequence[int]]
    sorting: Sorting
    unreadable: Sequence[LeftOut]


def _unreadable(listing: Listing, read: Sequence[Measured | str]) -> list[LeftOut]:
    refused = [LeftOut(film.name, one) for film, one in zip(listing.films, read, strict=True) if isinstance(one, str)]
    return [*listing.left_out, *refused]


def _alike(measured: Sequence[Measured], kept: Sequence[int], beat: Callable[[], None]) -> list[list[int]]:
    """The groups of kept indices whose pictures look alike."""
    greys = _greys([measured[index] for index in kept])
    return [[kept[index] for index in group] for group in alike(greys, beat)]


def _greys(measured: Sequence[Measured]) -> np.ndarray:
    """The thumbnails (films, 64, 64), colour as grey."""
    greys = np.zeros((len(measured), *THUMBNAIL_SIZE), np.uint8)
    for index, one in enumerate(measured):
        greys[index] = one.thumbnail.mean(axis=-1) if one.is_colour else one.thumbnail
    return greys


def _colours(measured: Sequence[Measured]) -> np.ndarray:
    """The thumbnails (films, 64, 64, 3), grey in all three."""
    colours = np.zeros((len(measured), *THUMBNAIL_SIZE, 3), np.uint8)
    for index, one in enumerate(measured):
        colours[index] = one.thumbnail if one.is_colour else one.thumbnail[..., None]
    return colours


def _told(source: Path, listing: Listing, read: _Read) -> Survey:
    """The survey of what was read."""
    films = tuple(read.films[index] for index in read.kept)
    measured = [read.measured[index] for index in read.kept]
    groups = [*read.copies, *read.near]
    named = {film.patient for film in films}
    found = Survey(
        source=source,
        root=listing.root,
        films=films,
        labels=tuple(sorted({film.label for film in films})),
        found=len(listing.films) + len(listing.left_out),
        unreadable=tuple(read.unreadable),
        left_out=tuple(read.sorting.left_out),
        conflicts=tuple(read.sorting.conflicts),
        sizes=Counter((one.rows, one.columns) for one in measured),
        copies=_names(read, read.copies),
        near=_names(read, read.near),
        crossing=_names(read, [group for group in groups if len({read.films[index].split for index in group}) > 1]),
        patients=replace(read.patients, count=len(named), unknown=len({film.name for film in films} & named)),
        modalities=Counter(one.modality for one in measured),
        photometrics=Counter(one.photometric for one in measured),
        colour_films=sum(one.is_colour for one in measured),
        value_range=(min((one.low for one in measured), default=0.0), max((one.high for one in measured), default=0.0)),
        shortcuts=shortcuts(films, measured),
        thumbnails=_greys(measured),
    )
    if found.is_colour:
        found = replace(found, thumbnails=_colours(measured))
    several = [film.name for film, one in zip(films, measured, strict=True) if one.of_many]
    return replace(found, problems=problems(found, listing, several))


def _names(read: _Read, groups: Sequence[Sequence[int]]) -> NameGroups:
    return tuple(tuple(read.films[index].name for index in group) for group in groups)
