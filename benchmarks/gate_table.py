"""A gate's measurement, picture by picture, to the figures of a card: parts with Wilson's bounds, by picture and by source.

What `benchmarks.gate` writes into gate_predictions.csv is all that these figures need; a test makes them again from it.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from medcore import evaluation
from medcore.recognition import Posture, Recognition

STRANGER, FILM, POSED = "stranger", "film", "posed film"


@dataclass(frozen=True)
class Row:
    """One picture that the gate was shown, tags aside: what it was, what recognition said, and what came of it.

    `kind` is "stranger", "film" (of a trained kind, upright) or "posed film"; `family` a stranger's family or a film's group;
    `source` whose or of what file it is; `posture` how it was brought, `found` what was recognised; `distance` is
    to the nearest training film, as it lies or with that undone. `declined_by` is "",
    "distance" or "posture".
    """

    kind: str
    family: str
    source: str
    name: str
    posture: str
    distance: float
    found: str
    upright_score: float
    declined_by: str

    @property
    def accepted(self) -> bool:
        """Whether a score would be given."""
        return not self.declined_by

    @property
    def offers_the_way_back(self) -> bool:
        """Whether it is declined for its posture, and the posture is the right one."""
        return self.declined_by == "posture" and self.found == self.posture


def row(kind: str, family: str, source: str, name: str, posture: Posture, seen: Recognition) -> Row:
    """The row of one picture that was brought in this posture."""
    declined_by = "" if seen.is_known else "distance"
    if seen.is_known and not seen.is_upright:
        declined_by = "posture"
    nearest = seen.distance if seen.undone_distance is None else min(seen.distance, seen.undone_distance)
    distance, score = round(nearest, 4), round(seen.upright_score, 4)
    return Row(kind, family, source, name, posture.name, distance, seen.posture.name, score, declined_by)


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """The rows as a table; no picture's values are in it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(each) for each in rows)


def read_rows(path: Path) -> list[Row]:
    """The rows that `write_rows` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Row(**{**each, "distance": float(each["distance"]), "upright_score": float(each["upright_score"])})  # type: ignore[arg-type]
            for each in csv.DictReader(file)
        ]


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """What a card says under metrics.gate: strangers by family, films by group, and films in other postures."""
    return {
        "strangers": {family: of_strangers(those) for family, those in grouped(rows, STRANGER, "family").items()},
        "films": {group: of_films(those) for group, those in grouped(rows, FILM, "family").items()},
        "postures": {posture: of_posed(those) for posture, those in grouped(rows, POSED, "posture").items()},
    }


def grouped(rows: Sequence[Row], kind: str, by: str) -> dict[str, list[Row]]:
    """The rows of a kind by one of their fields, in the order in which they come."""
    found: dict[str, list[Row]] = {}
    for each in rows:
        if each.kind == kind:
            found.setdefault(getattr(each, by), []).append(each)
    return found


def of_strangers(rows: Sequence[Row]) -> dict[str, Any]:
    """Pictures and sources that are declined (a source where all its pictures are), by what, and the nearest picture."""
    sources = {each.source for each in rows}
    through = {each.source for each in rows if each.accepted}
    nearest = min(rows, key=lambda each: (not each.accepted, each.distance))
    return {
        "pictures": len(rows),
        "declined": part(len(rows) - sum(each.accepted for each in rows), len(rows)),
        "sources": len(sources),
        "sources_declined": part(len(sources - through), len(sources)),
        "by": {why: sum(each.declined_by == why for each in rows) for why in ("distance", "posture")},
        "nearest": {"picture": f"{nearest.source} {nearest.name}", "distance": nearest.distance, "accepted": nearest.accepted},
    }


def of_films(rows: Sequence[Row]) -> dict[str, Any]:
    """Films of a trained kind that are accepted, by patient where these are known, and by what the others aren't."""
    accepted = evaluation.share([each.accepted for each in rows], [each.source for each in rows]).to_json()
    return {
        "films": len(rows),
        "patients": len({each.source for each in rows}),
        "accepted": {name: round(value, 4) for name, value in accepted.items()},
        "declined_by": {why: sum(each.declined_by == why for each in rows) for why in ("distance", "posture")},
    }


def of_posed(rows: Sequence[Row]) -> dict[str, Any]:
    """Films in one posture: declined by anything, and those among all that are offered the right way back."""
    return {
        "films": len(rows),
        "declined": part(sum(not each.accepted for each in rows), len(rows)),
        "right_way_back": part(sum(each.offers_the_way_back for each in rows), len(rows)),
    }


def part(some: int, whole: int) -> dict[str, float]:
    """A part with Wilson's bounds, to four digits."""
    return {name: round(value, 4) for name, value in evaluation.proportion(some, whole).to_json().items()}
