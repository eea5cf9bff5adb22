"""A finished run becomes a model at one instant, and a published model goes back to the version before.

LIGHTBOX_HOME/models/
    <id>                    a link to the version in use, replaced as a whole: that is the instant
    .versions/<id>/<n>/     card.json, weights.npz and gate.npz of version n, which no later version changes
    .versions/.lock         held by whoever changes something here

Until a version is in use for the first time it is marked; the next change removes marked ones, which a killed one left.
"""

import datetime
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from medcore import jobs, models
from medcore.errors import InvalidCard, ModelError, PublishingError
from medcore.models import ModelCard, published_folder
from medcore.models.inspecting import check_files
from medcore.settings import settings

_ID = re.compile(r"[a-z0-9-]{2,64}")
_NEVER_USED = "never-used"
FIGURES = ("test", "baseline", "beats_baseline")
"""What the card takes from the run's report, among its metrics."""


def publish(run: Path, model_id: str, title: str | None = None) -> ModelCard:
    """Makes the run's model the version in use of `model_id`, and gives its card; `title` without is the run's own.

    Raises PublishingError where the run isn't done or isn't whole, the id can't be had, or the disk doesn't take it.
    """
    check_id(model_id)
    fields, files = _trained(run.absolute())
    if title and title.strip():
        fields["title"] = title.strip()
    with _changing():
        before = _in_use(model_id)
        number = max(_numbers(model_id), default=0) + 1
        fields |= {"id": model_id, "version": str(number), "replaces": str(before) if before else None}
        _write_version(model_id, number, fields, files)
        _use(model_id, number)
        return _whole(model_id, number)


def unpublish(model_id: str) -> None:
    """Takes a published model out of use; its versions stay on disk, so that no number stands for two models.

    Raises PublishingError where there is none of that id.
    """
    with _changing():
        _published(model_id)
        (published_folder() / model_id).unlink()
        _sync(published_folder())


def versions(model_id: str) -> list[ModelCard]:
    """The readable cards of every version that was ever in use, oldest first; empty where nothing was published so."""
    cards = []
    for number in _numbers(model_id) if _ID.fullmatch(model_id) else []:
        try:
            cards.append(models.read_card(_folder(model_id, number), model_id))
        except InvalidCard:  # a version that can't be used is none to choose
            continue
    return cards


def roll_back(model_id: str) -> ModelCard:
    """Puts the version that the one in use replaced back in its place, and gives its card; the newer one stays on disk.

    Raises PublishingError where there is none, InvalidCard where a card is garbled.
    """
    with _changing():
        before = models.read_card(_folder(model_id, _published(model_id)), model_id).details.get("replaces")
        if not before:
            raise PublishingError(f"{model_id} has no version before the one in use; unpublish it, or publish another run.")
        card = _whole(model_id, int(before))
        _use(model_id, int(before))
        return card


def check_id(model_id: str) -> None:
    """Raises PublishingError where a model can't be published as `model_id`, with what can be done."""
    if not _ID.fullmatch(model_id):
        raise PublishingError(
            f"{model_id!r} can't be a model's id; give 2 to 64 small letters, digits and hyphens, such as brain-mri-tumour."
        )
    if (settings().models / model_id).exists():
        raise PublishingError(f"{model_id} is a model that comes with Lightbox and can't be replaced; choose another id.")
    place = published_folder() / model_id
    if os.path.lexists(place) and _in_use(model_id) is None:
        raise PublishingError(f"{place} was put there by hand; move it away, or choose another id.")


def _published(model_id: str) -> int:
    """The number of the version in use; raises PublishingError where there is none."""
    number = _in_use(model_id) if _ID.fullmatch(model_id) else None
    if number is None:
        raise PublishingError(f"{model_id!r} isn't a published model, so it can't be changed; choose one that is.")
    return number


def _trained(run: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The card that a finished run wrote, with what its spec and test add, and the files that it names."""
    state = jobs.look(run).state
    if state != "done":
        raise PublishingError(f"The run {run.name} is {state}; only a run that is done can be published: wait, or resume it.")
    try:
        fields, report = (json.loads((run / part).read_text("utf-8")) for part in ("model/card.json", "result/report.json"))
        fields |= {"run": run.name, "spec_sha256": jobs.spec_hash(run), "published": _today()}
        fields["metrics"] = fields.get("metrics", {}) | {name: report[name] for name in FIGURES}
        fields["limits"] = _limits(fields.get("limits", []), report["test"])
        expected = {"weights.npz": fields["weights_sha256"]}
        if "gate" in fields:
            expected["gate.npz"] = fields["gate"]["sha256"]
        files = {name: (run / "model" / name).read_bytes() for name in expected}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PublishingError(f"The run {run.name} isn't whole ({error!r}); train it again.") from error
    for name, content in files.items():
        if _sha256(content) != expected[name]:
            raise PublishingError(f"The {name} of the run {run.name} isn't the one that its card names; train it again.")
    return fields, files


def _limits(limits: list[str], test: Mapping[str, Any]) -> list[str]:
    """The card's limits; that patients are unknown comes first where the test didn't count any."""
    if test.get("patients") or models.PATIENTS_UNKNOWN in limits:
        return limits
    return [models.PATIENTS_UNKNOWN, *limits]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


@contextmanager
def _changing() -> Iterator[None]:
    """The published models for one change at a time, swept before and after; a fault of the disk becomes PublishingError."""
    try:
        shelves = published_folder() / ".versions"
        shelves.mkdir(parents=True, exist_ok=True)
        with (shelves / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _sweep()
            try:
                yield
            finally:
                _sweep()
    except OSError as error:
        raise PublishingError(f"{published_folder()} can't be changed ({error}); mend that and try again.") from error


def _sweep() -> None:
    """Removes links that didn't get into their place and versions that didn't come into use; unmarks those that did."""
    for shelf in (published_folder() / ".versions").glob("*/"):
        for path in shelf.iterdir():
            if path.is_symlink():
                path.unlink()
            elif path.name == str(_in_use(shelf.name)):
                (path / _NEVER_USED).unlink(missing_ok=True)
            elif not _was_in_use(path):
                (path / "card.json").unlink(missing_ok=True)  # first, so that what a kill leaves here isn't taken for a version
                shutil.rmtree(path)
        if not any(shelf.iterdir()):
            shelf.rmdir()


def _was_in_use(version: Path) -> bool:
    return (version / "card.json").exists() and not (version / _NEVER_USED).exists()


def _shelf(model_id: str) -> Path:
    """Where the versions of a model lie."""
    return published_folder() / ".versions" / model_id


def _folder(model_id: str, number: int) -> Path:
    return (_shelf(model_id) / str(number)).resolve()


def _in_use(model_id: str) -> int | None:
    """The number of the version in use; None where nothing is, or what is there wasn't published."""
    place = published_folder() / model_id
    target = place.readlink() if place.is_symlink() else Path()
    return int(target.name) if target.parent == Path(".versions", model_id) and target.name.isdecimal() else None


def _numbers(model_id: str) -> list[int]:
    """The versions that were ever in use, in order."""
    found = [path for path in _shelf(model_id).glob("[0-9]*") if path.name.isdecimal()]
    return sorted(int(path.name) for path in found if path.name == str(_in_use(model_id)) or _was_in_use(path))


def _write_version(model_id: str, number: int, fields: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """A version on disk down to the medium, not in use yet; raises InvalidCard where its card wouldn't do."""
    folder = _folder(model_id, number)
    folder.mkdir(parents=True)
    _write(folder / _NEVER_USED, b"")
    for name, content in files.items():
        _write(folder / name, content)
    _write(folder / "card.json", (json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode())
    _sync(folder)
    _sync(folder.parent)
    _whole(model_id, number)


def _whole(model_id: str, number: int) -> ModelCard:
    """The card of a version whose files, as the disk gives them, are the ones that it needs."""
    card = models.read_card(_folder(model_id, number), model_id)
    try:
        check_files(card)
    except ModelError as error:
        raise PublishingError(f"Version {number} of {model_id} can't be used: {error}") from error
    return card


def _use(model_id: str, number: int) -> None:
    """Makes a version the one in use: a fresh link takes the place of the one that was there."""
    fresh = _shelf(model_id) / "link"
    fresh.symlink_to(Path(".versions", model_id, str(number)))
    fresh.replace(published_folder() / model_id)
    _sync(published_folder())


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Makes what was made or renamed in the folder outlast a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
