"""card.json as a stranger may have written it: read within limits, and every field held against what it may be."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from medcore.errors import InvalidCard
from medcore.models.files import in_words, printable, read_plain
from medcore.models.plain_json import parsed
from medcore.preprocessing import InputSpec

SCHEMA = 1
MOST_BYTES = 2**19
MOST_LABELS = 1000
TEMPERATURES = (0.01, 100.0)
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_LONGEST_LINE, _LONGEST_TEXT, _LONGEST_LIST = 200, 10_000, 100
_FIELDS = {"schema", "id", "version", "title", "architecture", "labels", "label_aliases", "contract", "input_spec"}
_FIELDS |= {"weights_sha256", "temperature", "operating_points"}
_CONTRACT = {"modality", "body_part", "view", "ages_years", "pictures"}


def read_fields(folder: Path, name: str) -> dict[str, Any]:
    """What card.json says, checked, of the model that its folder calls `name`; raises InvalidCard with what to mend."""
    try:
        fields = parsed(read_plain(folder, "card.json", MOST_BYTES))
        _check(fields, name)
    except (OSError, ValueError, InvalidCard) as error:
        raise InvalidCard(_refusal(name, in_words(error))) from error
    return fields


def _refusal(name: str, words: str) -> str:
    return f"The card of {printable(name)} can't be used ({words.rstrip('.')}); mend or restore card.json."


def _need(holds: object, words: str) -> None:
    if not holds:
        raise ValueError(words)


def _check(fields: Any, name: str) -> None:
    _need(isinstance(fields, dict), "it is no JSON object")
    _need(fields.keys() >= _FIELDS, f"it lacks {' and '.join(sorted(_FIELDS - fields.keys()))}")
    _need(type(fields["schema"]) is int and fields["schema"] == SCHEMA, f"it must have schema {SCHEMA}")
    _need(fields["id"] == name, "it must have its folder's name as id")
    _need(ID.fullmatch(name), "an id is 1 to 64 letters, digits, dots, hyphens and underscores")
    _check_words(fields)
    _check_labels(fields)
    _check_contract(fields["contract"])
    _check_input(fields["input_spec"])
    _check_hashes(fields)
    _check_points(fields, fields["labels"])
    _check_groups(fields.get("groups", []), fields["labels"])
    _check_details(fields)


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_LINE and value.strip() == value and "\n" not in value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT


def _is_between(value: Any, low: float, high: float) -> bool:
    return type(value) in (int, float) and low <= value <= high


def _is_list(value: Any, each: Callable[[Any], bool], most: int = _LONGEST_LIST) -> bool:
    return isinstance(value, list) and len(value) <= most and all(map(each, value))


def _check_words(fields: Mapping[str, Any]) -> None:
    version = fields["version"]
    _need(_is_line(version) or _is_between(version, 0, 1e9), "its version must be a short line or a number")
    for key in ("title", "architecture"):
        _need(_is_line(fields[key]), f"its {key} must be a line of up to {_LONGEST_LINE} characters")


def _check_labels(fields: Mapping[str, Any]) -> None:
    labels, aliases = fields["labels"], fields["label_aliases"]
    _need(
        _is_list(labels, _is_line, MOST_LABELS) and 2 <= len(labels) == len(set(labels)),
        f"its labels must be two labels or more, up to {MOST_LABELS}, each another line of up to {_LONGEST_LINE} characters",
    )
    named = isinstance(aliases, dict) and all(label in labels for label in aliases.values() if isinstance(label, str))
    _need(named and all(isinstance(label, str) for label in aliases.values()), "its label_aliases must name its labels")


def _check_contract(contract: Any) -> None:
    _need(isinstance(contract, dict), "its contract must be an object")
    strange = ", ".join(sorted(contract.keys() - _CONTRACT))
    _need(not strange, f"its contract can't ask for {printable(strange)[:80]}; it asks for {', '.join(sorted(_CONTRACT))}")
    for key in ("modality", "body_part", "view"):
        _need(_is_list(contract.get(key, []), _is_line), f"its contract's {key} must be a list of words")
    _check_ages(contract.get("ages_years", []), "contract")
    _need(contract.get("pictures", "single") in ("single", "slices"), "its contract's pictures must be single or slices")


def _check_ages(ages: Any, where: str) -> None:
    _need(_is_list(ages, _is_ages), f"the ages_years of its {where} must be pairs of years, the lower first")


def _is_ages(value: Any) -> bool:
    return _is_list(value, lambda age: _is_between(age, 0, 200)) and len(value) == 2 and value[0] <= value[1]


def _check_input(spec: Any) -> None:
    """The types of its values here; what they may be, `InputSpec` knows."""
    _need(isinstance(spec, dict), "its input_spec must be an object")
    size = spec.get("size")
    whole = isinstance(size, list) and [type(side) for side in size] == [int, int]
    _need(whole, "the size in its input_spec must be two whole numbers")
    _need(type(spec.get("channels", 1)) is int, "its input_spec's channels must be 1 or 3")
    for key, value in spec.items():
        plain = value is None or _is_line(value) or _is_list([value], _is_number) or _is_list(value, _is_number)
        _need(plain, f"its input_spec's {printable(key)[:40]} must be a word or numbers")
    InputSpec.from_json(spec)


def _is_number(value: Any) -> bool:
    return _is_between(value, -1e12, 1e12)


def _check_hashes(fields: Mapping[str, Any]) -> None:
    hashed = [("weights_sha256", fields["weights_sha256"])]
    if "gate" in fields:
        _need(isinstance(fields["gate"], dict), "its gate must be an object")
        hashed.append(("gate's sha256", fields["gate"].get("sha256")))
    for key, value in hashed:
        _need(isinstance(value, str) and _SHA256.fullmatch(value), f"its {key} must be a SHA-256 in 64 small hex digits")


def _check_points(fields: Any, labels: list[str], where: str = "") -> None:
    points = fields.get("operating_points")
    there = isinstance(points, dict) and points.keys() == set(labels)
    _need(there, f"it needs an operating point for each of its labels{where} and for nothing else")
    _need(all(_is_between(point, 0, 1) for point in points.values()), f"an operating point{where} is out of range, 0 to 1")
    low, high = TEMPERATURES
    _need(_is_between(fields.get("temperature"), low, high), f"the temperature{where} is out of range, {low:g} to {high:g}")


def _check_groups(groups: Any, labels: list[str]) -> None:
    _need(_is_list(groups, _is_named), "its groups must be objects with a name")
    _need(len({group["name"] for group in groups}) == len(groups), "it has two groups of one name")
    for group in groups:
        _check_ages(group.get("ages_years", []), "group")
        _check_points(group, labels, " in each group")


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and _is_line(value.get("name"))


def _check_details(fields: Mapping[str, Any]) -> None:
    """What pages and commands show or follow besides."""
    _need(_is_text(fields.get("intended_use", "")), "its intended_use must be text")
    _need(_is_list(fields.get("limits", []), _is_text), "its limits must be a list of sentences")
    _need(_is_list(fields.get("data", []), lambda each: isinstance(each, dict)), "its data must be a list of objects")
    _need(fields.get("operating_label", fields["labels"][-1]) in fields["labels"], "its operating_label is none of its labels")
    before = fields.get("replaces")
    known = before is None or (isinstance(before, str) and _NUMBER.fullmatch(before))
    _need(known, "what it replaces must be a version's number")
    _need(isinstance(fields.get("metrics", {}), dict), "its metrics must be an object")
    for part in ("validation", "test", "baseline", "beats_baseline"):
        _need(isinstance(fields.get("metrics", {}).get(part, {}), dict), f"its metrics' {part} must be an object")
