"""What is wrong with the answer to a broken file: the rules for its series, its warnings and its refusals."""

import re
from collections.abc import Sequence

import numpy as np
from broken_files import Broken

from medcore.reading import Reading
from medcore.volume import Series

# What no sentence for a user may hold: a traceback, Python's own words, a patient, a place on the server.
_UNFIT = re.compile(r"Traceback|Error|Exception|Errno|<class|0x[0-9a-f]{6}|\bNone\b|\b(nan|inf) mm|\bnp\.|Secret|/tmp/|\s\s")


def part_of(result: Reading, one: Broken) -> Reading:
    """What an upload's result says about one of its files."""
    series = [found for found in result.series if any(name.partition("/")[0] == one.name for name in found.files)]
    refusals = [said for said in result.refusals if said.name.partition("/")[0] == one.name]
    return Reading(tuple(series), tuple(refusals))


def judged(one: Broken, result: Reading) -> list[str]:
    """What is wrong with what is said about a file."""
    names = [str(path.relative_to(one.path)) for path in one.path.rglob("*")]
    complaints = [fault for said in result.refusals for fault in faults(said.error, [*names, said.name if names else one.name])]
    complaints += [fault for series in result.series for fault in faults_of(series)]
    warnings = [said for series in result.series for said in series.volume.warnings]
    sentences = [*warnings, *(said.error for said in result.refusals)]
    kept = {"read": bool(result.series), "refused": not result.series, "warned": bool(sentences), "either": True}[one.expected]
    if not kept:
        complaints.append(f"expected to be {one.expected}, but {sentences or 'read without a word'}")
    if one.path.is_file() and not one.path.read_bytes().startswith(b"PK") and bool(result.series) + len(result.refusals) != 1:
        complaints.append(f"{len(result.series)} series and {len(result.refusals)} refusals")
    if one.word and not any(one.word in sentence for sentence in sentences):
        complaints.append(f"{one.word!r} isn't in {sentences}")
    return complaints


def faults(sentence: str, names: Sequence[str]) -> list[str]:
    """What is wrong with a refusal: it has to be one sentence that starts with the name of one of the files."""
    shown = [name for name in names if name.isprintable()]
    about = next((name for name in shown if sentence.startswith(name)), "")
    return [
        *([] if about or len(shown) < len(names) or not names else [f"starts with no name: {sentence!r}"]),
        *unfit(sentence.removeprefix(about)),
    ]


def faults_of(series: Series) -> list[str]:
    """What is wrong with a series: its values have to be finite, and its warnings sentences."""
    found = [fault for warning in series.volume.warnings for fault in unfit(warning)]
    if not all(np.isfinite(plane).all() for plane in series.volume.voxels):
        found.append("values that aren't finite")
    window = series.volume.suggested_window
    if window is not None and not np.isfinite([window.center, window.width]).all():
        found.append(f"the window {window}")
    return found


def unfit(sentence: str) -> list[str]:
    """What is wrong with a sentence for a user."""
    strange = _UNFIT.search(sentence)
    return [
        *([] if sentence.endswith(".") else [f"no full stop: {sentence!r}"]),
        *([] if sentence.isprintable() else [f"can't be shown: {sentence!r}"]),
        *([] if len(sentence) < 400 else [f"{len(sentence)} characters: {sentence[:200]!r}"]),
        *([] if strange is None else [f"{strange[0]!r} in {sentence[:300]!r}"]),
    ]
