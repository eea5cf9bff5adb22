"""Sentences as the library really says them: of broken files, broken cards, films that a model declines, senseless wishes."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import broken_archives
import broken_dicom
import broken_models
import broken_others
import broken_pieces
import numpy as np
from blob_models import card_fields

from medcore import architectures, explaining, rendering, samples, store
from medcore.errors import LightboxError
from medcore.models import checking, contract, registry
from medcore.models.card import Contract, ModelCard
from medcore.models.recognising import _verdict
from medcore.preprocessing import InputSpec
from medcore.reading.child import read_all
from medcore.reading.desk import Desk, Limits, Source
from medcore.recognition import POSTURES, Recognition
from medcore.volume import Acquisition, Heatmap, Series, Volume, Window

_MOST_BYTES = 2**17  # of a draft: what is large is slow, and says nothing else
_DRAFTS: tuple[Callable[[], Iterator[broken_pieces.Draft]], ...] = (
    *(broken_dicom.headers, broken_dicom.functional_groups, broken_dicom.series, broken_dicom.no_images),
    *(broken_archives.archives, broken_others.nifti),
)


def of_files(folder: Path) -> list[str]:
    """Refusals and warnings of broken uploads, read in this process."""
    said: list[str] = []

    def heard(message: dict[str, Any]) -> None:
        said.extend(message.get("refused", [])[1:])
        said.extend(message["series"]["volume"]["warnings"] if "series" in message else [])

    for make in _DRAFTS:
        for draft in make():
            _read(draft, folder / make.__name__ / draft.name, heard)
    return said


def _read(draft: broken_pieces.Draft, path: Path, heard: Callable[[dict[str, Any]], None]) -> None:
    files = {path.name: draft.content} if isinstance(draft.content, bytes) else draft.content
    if sum(map(len, files.values())) > _MOST_BYTES:
        return
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    desk = Desk(path.with_name(f"{path.name} at work"), Limits(900, 60, 64, 64), heard)
    desk.folder.mkdir()
    read_all([Source(name, path / name) for name in files], None, desk)


def of_cards(folder: Path) -> Iterator[str]:
    """Why a card can't be used, for each broken one."""
    folder = folder / "model"
    folder.mkdir()
    sound = card_fields("model", "0" * 64)
    for changes, _ in broken_models.FIELDS.values():
        yield from _failures(lambda changes=changes: checking._check({**sound, **changes}, "model"))
    for content, _ in broken_models.CARDS.values():
        (folder / "card.json").write_bytes(content)
        yield from _failures(lambda: checking.read_fields(folder, "model"))


def _failures(*steps: Callable[[], object]) -> Iterator[str]:
    for step in steps:
        try:
            step()
        except (LightboxError, ValueError) as error:
            yield str(error)


def of_gates(card: ModelCard) -> Iterator[str]:
    """Each reason of the tags' gate and of the picture's own."""
    asked = Contract(("CR", "DX"), ("CHEST", "THORAX", "LUNG"), ("PA",), ((1, 6), (18, 120)))
    tags = product((None, "CR", "MG"), (None, "CHEST", "TIBIA"), (None, "PA"), (None, 4.0, 12.5))
    gates = [contract.check_contract(_with(card, asked), _series(*each)) for each in tags]
    gates += [contract.check_contract(_with(card, Contract()), _series("CR", None, None, None))]
    for gate in gates:
        yield gate.reason
    for gate, posture, distance in product(gates[:8], POSTURES, (0.1, 0.9)):
        found = Recognition(distance, 0.3, posture, 0.2, 0.5)
        yield _verdict(card, gate, found).reason


def _with(card: ModelCard, asked: Contract) -> ModelCard:
    from dataclasses import replace

    return replace(card, contract=asked)


def _series(modality: str | None, part: str | None, view: str | None, age: float | None) -> Series:
    volume = Volume(np.zeros((1, 4, 4), np.int16), None, "grey", modality, "MONOCHROME2", "image")
    return Series("1", "film", volume, Acquisition(modality, part, view, None, age))


def of_wishes() -> Iterator[str]:
    """What can't be shown, found or built."""
    flat = Volume(np.zeros((2, 4, 4), np.int16), None, "grey", None, "MONOCHROME2", "slices")
    heat = Heatmap(np.zeros((4, 4), np.float32), "normal", "gradcam", "model", 0)
    return _failures(
        lambda: Window(1, 0),
        lambda: flat.slice(7),
        lambda: Volume(np.zeros((1, 2, 2), np.float64), None, "grey", None, "RGB", "image"),
        lambda: Heatmap(np.ones((2, 2)) * 2, "normal", "gradcam", "model", 0),
        lambda: rendering.overlay(np.zeros((4, 4, 3), np.uint8), heat, 2),
        lambda: rendering.overlay(np.zeros((5, 4, 3), np.uint8), heat, 1),
        lambda: samples.sample_path("gone"),
        lambda: registry.find_card("gone"),
        lambda: store.open("gone"),
        lambda: architectures.build("gone", 2, (64, 64), 1),
        lambda: architectures.build("textbook_cnn", 2, (8, 8), 1),
        lambda: InputSpec((4, 4)),
        lambda: InputSpec((64, 64), limits=(0, 1)),
        lambda: InputSpec.from_json({"size": [64, 64], "scaling": "rank", "more": 1}),
        lambda: explaining.explain(None, flat, 0, "normal", "gone"),  # type: ignore[arg-type]
    )
