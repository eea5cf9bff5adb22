"""What is wrong with a labelled set, each in a sentence that says what to do, before training finds out."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from medcore.datasets.finding import Listing
from medcore.datasets.findings import Problem, Survey
from medcore.datasets.shortcuts import is_suspicious
from medcore.datasets.sorting import groups_of

LEAST_FILMS = 10
"""Fewer films of a label block: test and validation would hold one each, which measures nothing."""
FEW_FILMS = 50
"""Fewer are warned of: where 7 test films of 7 are right, the 95 % interval of the recall reaches down to 0.59 (binomial)."""
_NAMED = 3


def problems(found: Survey, listing: Listing, several_slices: Sequence[str]) -> tuple[Problem, ...]:
    """All problems of what was found, those that block training first; `several_slices` names the files that hold some."""
    all_of_them = [
        *_of_labels(found, listing),
        *_of_patients(found),
        *_of_splits(found),
        *_of_files(found),
        *_of_slices(several_slices),
        *_of_shortcuts(found),
    ]
    return tuple(sorted(all_of_them, key=lambda problem: not problem.blocks))


def _of_labels(found: Survey, listing: Listing) -> Iterator[Problem]:
    if not found.films:
        yield Problem("nothing", True, f"None of the {_files(found.found)} can be used: {_why_nothing(found, listing)}")
        return
    counts = Counter(film.label for film in found.films)
    yield from _case_twins(counts)
    if listing.empty:
        names = listing.empty
        yield Problem(
            "empty class",
            True,
            f"{_said(names)} {'is' if len(names) == 1 else 'are'} empty; put pictures in or remove the folder.",
            names,
        )
    gone = sorted({film.label for film in listing.films} - set(counts))
    if gone:
        text = f"No picture of {_said(gone)} can be used, each for a reason listed; mend them or remove the label."
        yield Problem("empty class", True, text, tuple(gone))
    if len(counts) == 1:
        yield Problem(
            "one class", True, f"All films are {next(iter(counts))}; add a second label to be told from it.{_hint(listing)}"
        )
    yield from _too_few(listing, counts)
    yield from _imbalance(counts)


def _why_nothing(found: Survey, listing: Listing) -> str:
    if found.conflicts:
        return "each picture stands there under two labels; keep each under one."
    reasons = found.unreadable or found.left_out
    if reasons:
        return f"{reasons[0].name}, for instance: {reasons[0].why}"
    return f"give one folder a class with pictures in it, or a manifest with a row a picture.{_hint(listing)}"


def _hint(listing: Listing) -> str:
    """Where the folders are one level too deep."""
    labels = {film.label for film in listing.films}
    deeper = {film.name.split("/")[1] for film in listing.films if film.name.count("/") > 1}
    if len(labels) == 1 and len(deeper) > 1:
        return f" Perhaps the folder {next(iter(labels))} in it is the one to open, which holds folders itself."
    return ""


def _case_twins(counts: Mapping[str, int]) -> Iterator[Problem]:
    spelt = defaultdict(list)
    for label in sorted(counts):
        spelt[" ".join(label.casefold().split())].append(label)
    for twins in spelt.values():
        if len(twins) > 1:
            text = f"The labels {_said(twins)} differ only by case or spaces; give them one spelling."
            yield Problem("labels differ by case", True, text, tuple(twins))


def _too_few(listing: Listing, counts: Mapping[str, int]) -> Iterator[Problem]:
    readable = Counter(film.label for film in listing.films)
    few = tuple(sorted(label for label, count in counts.items() if count < LEAST_FILMS))
    if len(few) > _NAMED:
        text = f"{_said(few)} have fewer than {LEAST_FILMS} films each, which are needed to train, choose and test by."
        yield Problem("too few films", True, f"{text}{_perhaps_patients(counts)}", few)
    else:
        for label in few:
            yield Problem("too few films", True, _few_words(label, counts[label], readable[label]), (label,))
    small = tuple(sorted(label for label, count in counts.items() if LEAST_FILMS <= count < FEW_FILMS))
    if len(small) > _NAMED:
        text = f"{_said(small)} have fewer than {FEW_FILMS} films each; the test will say little, so add some."
        yield Problem("few films", False, text, small)
    else:
        for label in small:
            text = f"{label} has only {counts[label]} films; the test will say little, so add some up to {FEW_FILMS} or more."
            yield Problem("few films", False, text, (label,))


def _few_words(label: str, count: int, readable: int) -> str:
    if readable == count:
        return f"{label} has {_films(count)}; {LEAST_FILMS} at least are needed to train, choose and test by."
    return (
        f"{label} has {_films(count)} once copies and files that can't be used are left out of {readable}; "
        f"{LEAST_FILMS} at least are needed to train, choose and test by."
    )


def _perhaps_patients(counts: Mapping[str, int]) -> str:
    """What folders of very few films each may be instead of classes."""
    return " Perhaps the folders are patients and not classes." if sum(counts.values()) < LEAST_FILMS * len(counts) else ""


def _imbalance(counts: Mapping[str, int]) -> Iterator[Problem]:
    rarest, commonest = min(counts, key=lambda x: counts[x]), max(counts, key=lambda x: counts[x])
    if counts[commonest] >= 10 * counts[rarest]:
        times = counts[commonest] // counts[rarest]
        text = f"There are {times} times as many films of {commonest} as of {rarest}; leave the balance on."
        yield Problem("imbalance", False, text, (rarest,))


def _of_patients(found: Survey) -> Iterator[Problem]:
    if not found.films:
        return
    if found.patients.unknown:
        text = (
            f"Nothing says whose {found.patients.unknown:,} of {_films(len(found.films))} are: each counts as its own, so that "
            "one patient's films may be in training and test at once, and scores come out too good; "
            "give a file-name pattern or a manifest with patient_id."
        )
        yield Problem("patients unknown", False, text)
    needed = max(2, 3 - len({film.split for film in found.films} - {"", "train"}))
    of_label: dict[str, set[str]] = defaultdict(set)
    for film, group in zip(found.films, groups_of(found.films, found.near), strict=True):
        of_label[film.label] |= {group} if film.split in ("", "train") else set()
    few = {label: len(patients) for label, patients in sorted(of_label.items()) if len(patients) < needed}
    if len(few) > _NAMED:
        text = f"{_said(tuple(few))} have films of fewer than {needed} patients each to train on; add films of others."
        yield Problem("too few patients", True, text, tuple(few))
    else:
        yield from (Problem("too few patients", True, _few_patients(x, n, needed), (x,)) for x, n in few.items())


def _few_patients(label: str, groups: int, needed: int) -> str:
    """What to say of a label whose films are of so few patients, those who look alike counted once."""
    if not groups:
        return f"{label} has no film to train on; add films of {needed} patients at least."
    return (
        f"{label} has films of {groups} patient{'s' * (groups > 1)} only to train on, films that look alike counted as one's, "
        f"and a net would learn the patient; add films of others, {needed} patients at least, or mend the patients' names."
    )


def _of_splits(found: Survey) -> Iterator[Problem]:
    splits = {film.split for film in found.films} - {""}
    for split in sorted(splits - {"train"}):
        lacking = sorted({film.label for film in found.films} - {film.label for film in found.films if film.split == split})
        if lacking:
            text = f"The set's own {split} has no film of {_said(lacking)}, which can't be measured there; add some."
            yield Problem("label missing in a split", False, text, tuple(lacking))
    val = Counter(film.label for film in found.films if film.split == "val")
    if val and min(val.values()) < LEAST_FILMS:
        rarest = min(val, key=lambda label: val[label])
        text = f"The set's own val has {_films(val[rarest])} of {rarest}, too few to choose an epoch by; add some."
        yield Problem("small val", False, text)
    if found.crossing:
        names = tuple(name for group in found.crossing for name in group)
        text = f"{_groups(len(found.crossing))}, the same or alike, stand in two splits; only the later split's are kept."
        yield Problem("crossing", False, text, names)
    both = tuple(one.name for one in found.left_out if one.why.startswith("Its patient"))
    if both:
        text = f"{_films(len(both))} left out, as their patients are in a later split too: {_said(both)}."
        yield Problem("patient in two splits", False, text, both)


def _of_files(found: Survey) -> Iterator[Problem]:
    if found.unreadable:
        names = tuple(one.name for one in found.unreadable)
        yield Problem(
            "unusable files", False, f"{_files(len(names))} can't be used, each for a reason listed: {_said(names)}.", names
        )
    if found.conflicts:
        text = (
            f"{_films(len(found.conflicts))} stand under two labels and are left out, as nobody knows which is right: "
            f"{_said(found.conflicts)}; keep each under one."
        )
        yield Problem("two labels", False, text, tuple(found.conflicts))
    if found.copies:
        spare = sum(map(len, found.copies)) - len(found.copies)
        everything = sum(map(len, found.copies)) == len(found.films) + len(found.left_out)
        text = f"{_films(spare)} are copies of others; each picture is used once."
        text = f"Every picture is there twice or more: {text}" if everything else text
        yield Problem("copies", False, text, tuple(name for group in found.copies for name in group))
    if found.near:
        text = f"{_groups(len(found.near))} look alike without being the same; each group stays in one split."
        yield Problem("near copies", False, text, tuple(name for group in found.near for name in group))


def _of_slices(names: Sequence[str]) -> Iterator[Problem]:
    if names:
        text = f"{_files(len(names))} with several slices: of each the middle one is the film; {_said(names)}."
        yield Problem("several slices", False, text, tuple(names))


def _of_shortcuts(found: Survey) -> Iterator[Problem]:
    counts = Counter(film.label for film in found.films)
    suspicious = [one for one in found.shortcuts if is_suspicious(one, counts[one.label], len(found.films) - counts[one.label])]
    if suspicious:
        told = [(one.name, one.label, one.auc) for one in suspicious]
        figures = ", ".join(f"{figure} ({label} from the rest: AUC {auc:.2f})" for figure, label, auc in told)
        text = f"A plain figure alone tells labels apart, and a net may learn that: {figures}; bring all films to one form."
        yield Problem("shortcut", False, text, tuple(one.name for one in suspicious))


def _said(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _files(count: int) -> str:
    return f"{count:,} file{'s' * (count != 1)}"


def _films(count: int) -> str:
    return f"{count:,} film{'s' * (count != 1)}"


def _groups(count: int) -> str:
    return f"{count:,} group{'s' * (count != 1)} of pictures"
