"""Measures a model's gate on pictures alone, tags aside: strangers by family, films it should know, films lying otherwise.

    python -m benchmarks.gate MODEL_ID DATA_FOLDER [--strangers FOLDER] [--validation] [--write]

FOLDER is what `python -m benchmarks.strangers FOLDER` fetched. The films are those of the model's test, and of the chest model
also adults' films that are in no part of its manifest, of patients who are in none; with --validation its validation films,
which its limits come from, to look at while a recipe is developed. --write puts metrics.gate into the card and every picture's
row into gate_predictions.csv. No stranger had a say in any limit, so every family is one that was left out.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import gate_films
from benchmarks.gate_table import FILM, POSED, STRANGER, Row, figures, row, write_rows
from benchmarks.stranger_pictures import Picture, strangers
from benchmarks.strangers import PACKAGES, SOURCES
from medcore import models, recognition
from medcore.errors import InvalidCard
from medcore.jobs import write_json
from medcore.recognition import POSTURES, UPRIGHT, Posture, Recogniser, posed, tensor_of

MOST_POSED = 400
"""How many films are brought in every posture."""


def main(arguments: Sequence[str]) -> None:
    wanted = parsed(arguments)
    card = models.find_card(wanted.model_id)
    recogniser = recogniser_of(card)
    own = gate_films.own_families(card)
    known = gate_films.films(card, wanted.data, "val" if wanted.validation else "test")
    others = gate_films.chest_films_for_others(card, wanted.data)
    unknown = (each for each in strangers(wanted.strangers, wanted.data) if each.family not in own)
    rows = [*measured(recogniser, STRANGER, (*unknown, *others), (UPRIGHT,)), *measured_films(recogniser, known)]
    found = {"distance_limit": recogniser.distance_limit, **figures(rows), "packages": packages()}
    print(table(found))
    if wanted.write:
        save(card.folder, rows, found)


def recogniser_of(card: models.ModelCard) -> Recogniser:
    """The model's; raises InvalidCard where it has none."""
    if card.gate_sha256 is None:
        raise InvalidCard(f"{card.id} has no gate of its own, its tags alone are checked; train it again to have one.")
    return recognition.read(card.gate_path, card.gate_sha256)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description="Measure a model's gate on pictures.")
    parser.add_argument("model_id")
    parser.add_argument("data", type=Path, help="the folder of labelled sets")
    parser.add_argument("--strangers", type=Path, default=Path("var/strangers"), help="what benchmarks.strangers fetched")
    parser.add_argument("--validation", action="store_true", help="its validation films instead of the test's")
    parser.add_argument("--write", action="store_true", help="into the card and gate_predictions.csv")
    return parser.parse_args(arguments)


def measured_films(recogniser: Recogniser, films: Sequence[Picture]) -> Iterator[Row]:
    """The films as they are, and some of them, evenly spaced, in every other posture that the gate checks."""
    yield from measured(recogniser, FILM, films, (UPRIGHT,))
    some = [films[place] for place in np.unique(np.linspace(0, len(films) - 1, MOST_POSED).astype(int))]
    checked = [posture for posture, told in zip(POSTURES, recogniser.checked, strict=True) if told and not posture.is_upright]
    yield from measured(recogniser, POSED, some, checked)


def measured(recogniser: Recogniser, kind: str, pictures: Iterable[Picture], postures: Sequence[Posture]) -> Iterator[Row]:
    """What the gate says of each picture, brought in each posture."""
    for each in pictures:
        tensor = tensor_of(each.volume, 0, recogniser.channels)
        for posture in postures:
            seen = recogniser.recognise(np.ascontiguousarray(posed(tensor[None], posture)[0]))
            yield row(kind, each.family, each.source, each.name, posture, seen)


def packages() -> dict[str, dict[str, Any]]:
    """Which packages the strangers came from, under which licence, and for which families."""
    return {
        name: {"licence": package.licence, "families": sorted({each.family for each in SOURCES if each.package == name})}
        for name, package in PACKAGES.items()
    }


def table(found: dict[str, Any]) -> str:
    """The figures as text, a line a family, group or posture."""
    lines = [f"distance limit {found['distance_limit']:.4f}", "", "strangers: pictures, declined; sources, declined; nearest"]
    for family, each in found["strangers"].items():
        nearest = f"{each['nearest']['distance']:.3f} {each['nearest']['picture']}"
        lines.append(
            f"{family:<30}{each['pictures']:>6} {told(each['declined'])}{each['sources']:>5} {told(each['sources_declined'])}"
            f"  {nearest}{' ACCEPTED' * each['nearest']['accepted']}"
        )
    lines += ["", "films: of how many patients, accepted, declined by distance and posture"]
    for group, each in found["films"].items():
        by = each["declined_by"]
        lines.append(
            f"{group:<30}{each['films']:>6}{each['patients']:>6} {told(each['accepted'])}{by['distance']:>5}{by['posture']:>5}"
        )
    lines += ["", "postures: films, declined, offered the right way back"]
    for posture, each in found["postures"].items():
        lines.append(f"{posture:<30}{each['films']:>6} {told(each['declined'])} {told(each['right_way_back'])}")
    return "\n".join(lines)


def told(part: dict[str, float]) -> str:
    return f"{part['value']:.4f} ({part['low']:.3f}-{part['high']:.3f})"


def save(folder: Path, rows: Sequence[Row], found: dict[str, Any]) -> None:
    write_rows(folder / "gate_predictions.csv", rows)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["metrics"]["gate"] = found
    write_json(folder / "card.json", card)


if __name__ == "__main__":
    main(sys.argv[1:])
