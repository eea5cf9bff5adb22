"""Whose picture a film is: by the manifest or a DICOM PatientID, which leave here only as salted hashes, or by its name."""

import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from medcore.datasets.films import Film, named_patient
from medcore.datasets.findings import Patients, PatientSource
from medcore.errors import DatasetError
from medcore.settings import settings

_SALT_BYTES = 32
_HASH_DIGITS = 16
_LONGEST_PATTERN = 200
_EXAMPLES = 12
_MATCHING_SECONDS = 10
# In a process of its own: some expressions never come to an end on some names, and Python lets nothing else run meanwhile.
_MATCHING = """
import json, re, sys
pattern, names = json.load(sys.stdin)
pattern = re.compile(pattern)
found = [pattern.search(name) for name in names]
json.dump([(each.group(1 if pattern.groups else 0) or "") if each else "" for each in found], sys.stdout)
"""


def hashed(patient_id: str) -> str:
    """A patient's id as 16 hexadecimal digits of SHA-256 with this home's salt; "" for an empty one. Raises DatasetError."""
    stripped = patient_id.strip()
    return hashlib.sha256(_salt() + stripped.encode()).hexdigest()[:_HASH_DIGITS] if stripped else ""


def _salt() -> bytes:
    """This home's salt: a file that only its owner may read, made once, whoever else makes it at the same moment."""
    path = settings().home / "salt"
    try:
        if not path.exists():
            _make_salt(path)
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} can't be made or read ({error.strerror}), which patients' ids are hashed with.") from error


def _make_salt(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"salt.{secrets.token_hex(8)}.part")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_SALT_BYTES))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def compiled(pattern: str | None) -> re.Pattern[str] | None:
    """The expression that finds a patient in a file's name; raises DatasetError where it can't be one."""
    if not pattern:
        return None
    if len(pattern) > _LONGEST_PATTERN:
        raise DatasetError(f"The file-name pattern has {len(pattern)} characters; {_LONGEST_PATTERN} at most can be tried.")
    try:
        return re.compile(pattern)
    except re.error as error:
        raise DatasetError(f"The file-name pattern {pattern!r} isn't a regular expression ({error}); mend it.") from error


def with_patients(films: Sequence[Film], hashes: Sequence[str], pattern: re.Pattern[str] | None) -> tuple[list[Film], Patients]:
    """The films with their patients, and how these are known.

    What the manifest says (`film.patient`) comes first, then a given pattern; without one the DICOM hash, then the usual names.
    A film of which nothing is known is its own patient. Raises DatasetError where the pattern takes too long.
    """
    names = [film.name for film in films]
    said = _matched(pattern, names) if pattern else [named_patient(name) for name in names]
    known = [_patient(film, "" if pattern else digest, word) for film, digest, word in zip(films, hashes, said, strict=True)]
    named = [replace(film, patient=patient or film.name) for film, (_, patient) in zip(films, known, strict=True)]
    sources = [source for source, _ in known]
    unknown = sources.count("unknown")
    usual: PatientSource = max(sources, key=lambda source: (source != "unknown", sources.count(source)), default="unknown")
    examples = _examples(names, said)
    count = len({film.patient for film in named})
    return named, Patients(count, usual, unknown, pattern.pattern if pattern else "", examples)


def _patient(film: Film, digest: str, said: str) -> tuple[PatientSource, str]:
    if film.patient:
        return "manifest", hashed(film.patient)
    if digest:
        return "DICOM PatientID", digest
    return ("file names", said) if said else ("unknown", "")


def _matched(pattern: re.Pattern[str], names: Sequence[str]) -> list[str]:
    """The patient that each name says: the pattern's first group, or all that it matches; "" where it doesn't."""
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _MATCHING],
            input=json.dumps([pattern.pattern, names]),
            capture_output=True,
            text=True,
            timeout=_MATCHING_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise DatasetError(
            f"The file-name pattern {pattern.pattern!r} takes too long on these names; leave out repeats within repeats."
        ) from error
    return [str(word) for word in json.loads(answer.stdout)]


def _examples(names: Sequence[str], said: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    """Some names from all over the set, each with its patient."""
    step = max(1, len(names) // _EXAMPLES)
    return tuple((name, word or None) for name, word in list(zip(names, said, strict=True))[::step][:_EXAMPLES])
