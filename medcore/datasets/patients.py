"""Whose picture a film is: by the manifest, by a DICOM PatientID, which leaves here only as a salted hash, or by its name."""

import hashlib
import os
import re
import secrets
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


def hashed(patient_id: str) -> str:
    """A DICOM PatientID as 16 hexadecimal digits of SHA-256 with this home's salt; "" for an empty one."""
    stripped = patient_id.strip()
    return hashlib.sha256(_salt() + stripped.encode()).hexdigest()[:_HASH_DIGITS] if stripped else ""


def _salt() -> bytes:
    """This home's salt: a file that only its owner may read, made once, whoever else makes it at the same moment."""
    path = settings().home / "salt"
    if not path.exists():
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
    return path.read_bytes()


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

    What the manifest says (`film.patient`) comes first, then a given pattern, the DICOM hash, and the usual names; a film of
    which nothing is known is its own patient.
    """
    known: list[tuple[PatientSource, str]] = [
        _patient(film, digest, pattern) for film, digest in zip(films, hashes, strict=True)
    ]
    named = [replace(film, patient=patient or film.name) for film, (_, patient) in zip(films, known, strict=True)]
    sources = [source for source, _ in known]
    unknown = sources.count("unknown")
    usual: PatientSource = max(sources, key=lambda source: (source != "unknown", sources.count(source)), default="unknown")
    examples = _examples(films, pattern)
    count = len({film.patient for film in named})
    return named, Patients(count, usual, unknown, pattern.pattern if pattern else "", examples)


def _patient(film: Film, digest: str, pattern: re.Pattern[str] | None) -> tuple[PatientSource, str]:
    if film.patient:
        return "manifest", film.patient
    if digest and not pattern:
        return "DICOM PatientID", digest
    said = _said(film.name, pattern)
    return ("file names", said) if said else ("unknown", "")


def _said(name: str, pattern: re.Pattern[str] | None) -> str:
    """The patient that the name says: the pattern's first group, or all that it matches."""
    if pattern is None:
        return named_patient(name)
    found = pattern.search(Path(name).as_posix())
    return (found.group(1 if pattern.groups else 0) or "") if found else ""


def _examples(films: Sequence[Film], pattern: re.Pattern[str] | None) -> tuple[tuple[str, str | None], ...]:
    """Some names from all over the set, each with its patient."""
    step = max(1, len(films) // _EXAMPLES)
    return tuple((film.name, _said(film.name, pattern) or None) for film in films[::step][:_EXAMPLES])
