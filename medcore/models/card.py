"""The card of a model: everything that is true of it, as `models/<id>/card.json` says, checked when it is read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medcore.errors import InvalidCard
from medcore.preprocessing import InputSpec

SCHEMA = 1
PURPOSE = "research and education, not for diagnosis"
PATIENTS_UNKNOWN = "Patients unknown: pictures of one patient may be in training and test at once."
"""The limit that the card of a model has whose films weren't split by patient."""


@dataclass(frozen=True)
class Contract:
    """What a picture must be for the model: DICOM's words, any of which will do; ages in completed years, ends included.

    pictures: "single" films, or "slices": any slice of a series by itself.
    """

    modality: tuple[str, ...] = ()
    body_part: tuple[str, ...] = ()
    view: tuple[str, ...] = ()
    ages_years: tuple[tuple[float, float], ...] = ()
    pictures: str = "single"


@dataclass(frozen=True)
class ModelCard:
    """A model's identity, input, weights, operating point and figures. `details` is the whole card.json."""

    id: str
    version: str
    title: str
    architecture: str
    labels: tuple[str, ...]
    label_aliases: Mapping[str, str]
    contract: Contract
    input_spec: InputSpec
    weights_sha256: str
    temperature: float
    operating_points: Mapping[str, float]
    folder: Path
    details: Mapping[str, Any] = field(repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        if set(self.operating_points) != set(self.labels) or len(self.labels) < 2:
            raise InvalidCard(f"The card of {self.id} needs two labels or more and an operating point for each.")
        if not self.temperature > 0 or not all(0 <= point <= 1 for point in self.operating_points.values()):
            raise InvalidCard(f"The card of {self.id} has a temperature or operating point out of range.")

    @property
    def weights_path(self) -> Path:
        """Where the weights lie."""
        return self.folder / "weights.npz"


def read_card(folder: Path, model_id: str | None = None) -> ModelCard:
    """The card in the folder of the model of that id (the folder's name without); raises InvalidCard with what is wrong."""
    name = model_id or folder.name
    try:
        fields = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        if fields["schema"] != SCHEMA or fields["id"] != name:
            raise InvalidCard(f"The card in {name} must have schema {SCHEMA} and its folder's name as id.")
        return ModelCard(
            id=fields["id"],
            version=str(fields["version"]),
            title=fields["title"],
            architecture=fields["architecture"],
            labels=tuple(fields["labels"]),
            label_aliases=dict(fields["label_aliases"]),
            contract=_contract(fields["contract"]),
            input_spec=InputSpec.from_json(fields["input_spec"]),
            weights_sha256=fields["weights_sha256"],
            temperature=float(fields["temperature"]),
            operating_points={label: float(point) for label, point in fields["operating_points"].items()},
            folder=folder,
            details=fields,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidCard(f"The card of the model in {name} can't be read ({error!r}); restore card.json.") from error


def _contract(fields: Mapping[str, Any]) -> Contract:
    words = {key: tuple(word.upper() for word in fields.get(key, ())) for key in ("modality", "body_part", "view")}
    ages = tuple((float(low), float(high)) for low, high in fields.get("ages_years", ()))
    if fields.get("pictures", "single") not in ("single", "slices"):
        raise ValueError(f"pictures {fields['pictures']!r}")
    return Contract(**words, ages_years=ages, pictures=fields.get("pictures", "single"))
