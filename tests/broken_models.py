"""Folders of models as an attacker, a broken disk or a careless hand would leave them, each with what must be said of it."""

import hashlib
import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blob_models import BLOB_SPEC, CONTRACT, blank_weights, card_fields, write_blank

from medcore import models
from medcore.errors import ModelError

_POINTS = {"plain": 0.6, "blob": 0.4}
_SPEC = BLOB_SPEC.to_json()
_GROUP = {"name": "children", "ages_years": [[1, 5]], "temperature": 1.0, "operating_points": _POINTS}


def _labels(*labels: object) -> dict[str, Any]:
    return {"labels": list(labels), "operating_points": {label: 0.5 for label in labels if isinstance(label, str)}}


FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    **{f"schema-{value!r}": ({"schema": value}, "must have schema 1") for value in (2, 1.0, True, "1", None, [1])},
    "another-id": ({"id": "chest-xray-pneumonia"}, "its folder's name as id"),
    "id-of-a-list": ({"id": ["model"]}, "its folder's name as id"),
    "no-architecture": ({"architecture": "left out"}, "lacks architecture"),
    "unknown-architecture": ({"architecture": "os.system"}, "no architecture 'os.system'"),
    **{
        f"architecture-{type(value).__name__}": ({"architecture": value}, "architecture must be a line")
        for value in (["small_cnn"], 7, {"small_cnn": 1}, None)
    },
    "another-architecture": ({"architecture": "efficientnet_lite0"}, "must hold 100 arrays and holds 8"),
    "title-of-a-novel": ({"title": "x" * 300_000}, "title must be a line"),
    "empty-title": ({"title": ""}, "title must be a line"),
    "title-that-steers-the-terminal": ({"title": "Lungs\x1b[2J\x1b]0;owned\x07"}, "control characters"),
    "title-that-reads-backwards": ({"title": "Lungs \u202egnol"}, "control characters"),
    "half-a-letter": ({"intended_use": "\ud800"}, "control characters"),
    "nul-in-a-key": ({"metrics": {"test\0": 1}}, "control characters"),
    "version-of-a-list": ({"version": [1]}, "version must be"),
    "one-label": (_labels("plain"), "two labels or more"),
    "no-labels": (_labels(), "two labels or more"),
    "same-labels": (_labels("plain", "plain"), "two labels or more"),
    "ten-thousand-labels": (_labels(*(f"label {number}" for number in range(10_000))), "two labels or more"),
    "label-of-a-megabyte": (_labels("plain", "x" * 100_000), "two labels or more"),
    "labels-of-lists": ({"labels": [["plain"], ["blob"]]}, "two labels or more"),
    "labels-of-numbers": ({"labels": [1, 2]}, "two labels or more"),
    "labels-as-one-word": ({"labels": "plain"}, "two labels or more"),
    "label-of-two-lines": (_labels("plain", "blob\nfine"), "two labels or more"),
    "another-number-of-labels": (_labels("plain", "blob", "third"), r"logits/kernel has the shape \(32, 2\) and not \(32, 3\)"),
    "alias-of-no-label": ({"label_aliases": {"fine": "sound"}}, "label_aliases must name its labels"),
    "alias-of-a-list": ({"label_aliases": {"fine": ["plain"]}}, "label_aliases must name its labels"),
    "aliases-as-a-list": ({"label_aliases": ["plain"]}, "label_aliases must name its labels"),
    **{
        f"temperature-{value!r}": ({"temperature": value}, "temperature is out of range")
        for value in (0, -1, 1e308, 1e-308, True, "2", None, [2.0], {})
    },
    **{
        f"point-{value!r}": ({"operating_points": {"plain": 0.5, "blob": value}}, "operating point is out of range")
        for value in (-0.1, 1.1, True, "0.5", None, [0.5])
    },
    "point-missing": ({"operating_points": {"plain": 0.5}}, "operating point for each"),
    "point-too-many": ({"operating_points": {**_POINTS, "third": 0.5}}, "operating point for each"),
    "points-as-a-list": ({"operating_points": [0.5, 0.5]}, "operating point for each"),
    **{
        f"size-{name}": ({"input_spec": {**_SPEC, "size": size}}, said)
        for name, size, said in (
            ("memory-bomb", [10**9, 10**9], "can't be followed"),
            ("one-long-side", [64, 1025], "can't be followed"),
            ("too-small", [7, 64], "can't be followed"),
            ("negative", [-64, -64], "can't be followed"),
            ("fractions", [64.5, 64.0], "two whole numbers"),
            ("words", ["64", "64"], "two whole numbers"),
            ("truths", [True, True], "two whole numbers"),
            ("three", [64, 64, 3], "two whole numbers"),
            ("one-number", 64, "two whole numbers"),
        )
    },
    "spec-of-a-list": ({"input_spec": [64, 64]}, "input_spec must be an object"),
    "spec-with-a-stranger": ({"input_spec": {**_SPEC, "function": "os.system"}}, "can't have function"),
    "spec-nested": ({"input_spec": {**_SPEC, "scaling": {"rank": 1}}}, "scaling must be a word"),
    "spec-of-a-huge-word": ({"input_spec": {**_SPEC, "scaling": "x" * 300_000}}, "scaling must be a word"),
    "channels-true": ({"input_spec": {**_SPEC, "channels": True}}, "channels must be 1 or 3"),
    "channels-many": ({"input_spec": {**_SPEC, "channels": 10**9}}, "can't be followed"),
    "channels-others": ({"input_spec": {**_SPEC, "channels": 3}}, "has the shape"),
    "limits-huge": ({"input_spec": {**_SPEC, "scaling": "range", "limits": [-1e308, 1e308]}}, "word or numbers"),
    "percentiles-reversed": ({"input_spec": {**_SPEC, "percentiles": [99, 1]}}, "can't be followed"),
    "too-small-for-the-net": ({"architecture": "textbook_cnn", "input_spec": {**_SPEC, "size": [8, 8]}}, "too small"),
    "too-large-for-the-net": ({"architecture": "textbook_cnn", "input_spec": {**_SPEC, "size": [1024, 1024]}}, "too large"),
    "contract-of-a-list": ({"contract": ["CR"]}, "contract must be an object"),
    "contract-that-asks-for-more": ({"contract": {**CONTRACT, "modalitys": ["CR"]}}, "can't ask for modalitys"),
    "modality-as-a-word": ({"contract": {"modality": "CR"}}, "modality must be a list"),
    "modality-of-numbers": ({"contract": {"modality": [1]}}, "modality must be a list"),
    "modality-nested": ({"contract": {"modality": [["CR"]]}}, "modality must be a list"),
    "modality-empty": ({"contract": {"modality": [""]}}, "modality must be a list"),
    "many-views": ({"contract": {"view": ["PA"] * 80_000}}, "view must be a list"),
    **{
        f"ages-{name}": ({"contract": {"ages_years": ages}}, "pairs of years")
        for name, ages in (
            ("reversed", [[5, 1]]),
            ("one", [[1]]),
            ("three", [[1, 2, 3]]),
            ("words", [["1", "5"]]),
            ("negative", [[-1, 5]]),
            ("flat", [1, 5]),
            ("true", [[False, True]]),
            ("object", {"1": 5}),
        )
    },
    "pictures-of-a-list": ({"contract": {"pictures": ["single"]}}, "single or slices"),
    "hash-missing": ({"weights_sha256": "left out"}, "lacks weights_sha256"),
    "hash-of-none": ({"weights_sha256": None}, "weights_sha256 must be"),
    "hash-short": ({"weights_sha256": "0" * 63}, "weights_sha256 must be"),
    "hash-of-another-file": ({"weights_sha256": "0" * 64}, "aren't the ones its card names"),
    "gate-of-a-list": ({"gate": ["gate.npz"]}, "gate must be an object"),
    "gate-without-a-hash": ({"gate": {}}, "gate's sha256 must be"),
    "gate-missing": ({"gate": {"sha256": "0" * 64}}, "gate of model can't be used: .* missing"),
    "groups-of-words": ({"groups": ["children"]}, "groups must be objects with a name"),
    "group-twice": ({"groups": [_GROUP, _GROUP]}, "two groups of one name"),
    "group-cold": ({"groups": [{**_GROUP, "temperature": 0}]}, "in each group is out of range"),
    "group-pointless": ({"groups": [{**_GROUP, "operating_points": {}}]}, "operating point for each"),
    "group-of-ages": ({"groups": [{**_GROUP, "ages_years": [[5, 1]]}]}, "ages_years of its group"),
    "use-of-a-number": ({"intended_use": 7}, "intended_use must be text"),
    "limits-as-a-text": ({"limits": "none"}, "limits must be a list of sentences"),
    "limits-of-objects": ({"limits": [{"a": 1}]}, "limits must be a list of sentences"),
    "a-hundred-thousand-limits": ({"limits": [""] * 100_000}, "limits must be a list of sentences"),
    "data-as-a-text": ({"data": "chest films"}, "data must be a list"),
    "operating-label-of-none": ({"operating_label": "lungs"}, "operating_label is none"),
    "operating-label-of-a-list": ({"operating_label": ["blob"]}, "operating_label is none"),
    "replaces-a-path": ({"replaces": "../../lungs"}, "a version's number"),
    "metrics-as-a-list": ({"metrics": [1]}, "metrics must be an object"),
    "metrics-test-as-a-text": ({"metrics": {"test": "good"}}, "metrics' test must be an object"),
}
"""What is wrong → changes to a sound card, and what must be said of the model."""


def _with(extra: str) -> bytes:
    """A sound card with a field more, as it is written."""
    return json.dumps(card_fields("model", hashlib.sha256(blank_weights()).hexdigest()))[:-1].encode() + extra.encode() + b"}"


CARDS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "Expecting value"),
    "cut-off": (_with("")[:-40], "can't be used"),
    "no-object": (b"[]", "no JSON object"),
    "null": (b"null", "no JSON object"),
    "a-pickle": (b"cos\nsystem\n(S'true'\ntR.", "Expecting value"),
    "not-a-number": (_with(', "x": NaN'), "NaN is no number"),
    "infinite": (_with(', "x": -Infinity'), "-Infinity is no number"),
    "larger-than-any-number": (_with(', "x": 1e999'), "1e999 is no number"),
    "a-number-of-400000-digits": (_with(f', "x": {"9" * 400_000}'), "too many digits"),
    "a-number-of-5000-digits-and-a-point": (_with(f', "x": {"9" * 5000}.5'), "is no number"),
    "a-field-twice": (_with(', "temperature": 0'), "stands in it twice"),
    "a-deep-list": (_with(f', "x": {"[" * 100_000}{"]" * 100_000}'), "too deep"),
    "a-rather-deep-list": (_with(f', "x": {"[" * 20}{"]" * 20}'), "too deep"),
    "a-deep-object": (_with(', "x": ' + '{"a":' * 80_000 + "1" + "}" * 80_000), "too deep"),
    "byte-order-mark": (b"\xef\xbb\xbf" + _with(""), "BOM"),
    "utf-16": (_with("").decode().encode("utf-16"), "isn't UTF-8"),
    "latin-1": (_with(', "x": "é"').decode().encode("latin-1"), "isn't UTF-8"),
    "two-objects": (_with("") * 2, "Extra data"),
    "two-megabytes": (_with(f', "x": "{"x" * 2**21}"'), "the most it may have"),
}
"""What is wrong → the bytes of card.json, and what must be said of the model."""


def _replaced(name: str, make: Callable[[Path], None]) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return put


def _sparse(path: Path) -> None:
    """A file that says that it has a terabyte, and takes none."""
    with path.open("wb") as file:
        file.truncate(2**40)


def _socket(path: Path) -> None:
    """A socket's name may not be long, so it is made from within its folder."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _outside(path: Path) -> None:
    """A link to a sound file of the same name that lies elsewhere."""
    elsewhere = path.parent.parent.parent / "elsewhere" / path.parent.name
    write_blank(elsewhere)
    path.symlink_to(elsewhere / path.name)


THINGS: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe": (os.mkfifo, "isn't a plain file"),
    "socket": (_socket, "isn't a plain file"),
    "folder": (Path.mkdir, "isn't a plain file"),
    "terabyte": (_sparse, "the most it may have"),
    "link-to-zeros": (lambda path: path.symlink_to("/dev/zero"), "it is a link"),
    "link-outside": (_outside, "it is a link"),
    "link-to-itself": (lambda path: path.symlink_to(path.name), "it is a link"),
    "link-to-nothing": (lambda path: path.symlink_to("nothing"), "it is a link"),
    "link-to-a-password-file": (lambda path: path.symlink_to("/etc/passwd"), "it is a link"),
}
"""What stands where card.json, weights.npz or gate.npz belongs, and what must be said."""
FILES = {
    f"{name}-is-a-{kind}": (_replaced(name, make), said)
    for name in ("card.json", "weights.npz")
    for kind, (make, said) in THINGS.items()
}


def assert_unusable(folder: Path, said: str) -> None:
    """The model is listed with a sentence to act on, a sound one beside it goes on, and loading says the same."""
    write_blank(folder.parent / "sound")
    reason = models.list_unusable()[folder.name]
    assert [card.id for card in models.list_cards()] == ["sound"]
    with pytest.raises(ModelError, match=said):
        models.find_card(folder.name)
    with pytest.raises(ModelError, match=said):
        models.load(folder.name)
    assert reason.isprintable()
    assert len(reason) < 450
    assert folder.name in reason
    assert re.search(r"restore (card\.json\.|weights\.npz\.|it[.,])", reason)
    assert str(folder.parent) not in reason
