"""The card of a model: everything that is true of it, as `models/<id>/card.json` says, checked when it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medcore.errors import InvalidCard
from medcore.models.checking import read_fields
from medcore.preprocessing import InputSpec

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
class Group:
    """Films that have a temperature and operating points of their own, and the ages (completed years) that belong to them."""

    name: str
    ages_years: tuple[tuple[float, float], ...]
    temperature: float
    operating_points: Mapping[str, float]


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
    groups: tuple[Group, ...] = ()
    details: Mapping[str, Any] = field(repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        settings: list[ModelCard | Group] = [self, *self.groups]
        for each in settings:
            if set(each.operating_points) != set(self.labels) or len(self.labels) < 2:
                raise InvalidCard(f"The card of {self.id} needs two labels or more and an operating point for each.")
            if not each.temperature > 0 or not all(0 <= point <= 1 for point in each.operating_points.values()):
                raise InvalidCard(f"The card of {self.id} has a temperature or operating point out of range.")
        if len({group.name for group in self.groups}) != len(self.groups):
            raise InvalidCard(f"The card of {self.id} has two groups of one name.")

    @property
    def weights_path(self) -> Path:
        """Where the weights lie."""
        return self.folder / "weights.npz"

    @property
    def gate_path(self) -> Path:
        """Where the gate lies that the model has where `gate_sha256` is there."""
        return self.folder / "gate.npz"

    @property
    def gate_sha256(self) -> str | None:
        """The SHA-256 (hex) of the model's gate; None where it has none, and only tags can be checked."""
        return self.details["gate"]["sha256"] if "gate" in self.details else None


def read_card(folder: Path, model_id: str | None = None) -> ModelCard:
    """The card in the folder of the model of that id (the folder's name without); raises InvalidCard with what is wrong."""
    name = model_id or folder.name
    fields = read_fields(folder, name)
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
        groups=tuple(_group(each) for each in fields.get("groups", ())),
        details=fields,
    )


def _contract(fields: Mapping[str, Any]) -> Contract:
    words = {key: tuple(word.upper() for word in fields.get(key, ())) for key in ("modality", "body_part", "view")}
    ages = _ages(fields)
    return Contract(**words, ages_years=ages, pictures=fields.get("pictures", "single"))


def _group(fields: Mapping[str, Any]) -> Group:
    points = {label: float(point) for label, point in fields["operating_points"].items()}
    return Group(str(fields["name"]), _ages(fields), float(fields["temperature"]), points)


def _ages(fields: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    return tuple((float(low), float(high)) for low, high in fields.get("ages_years", ()))
