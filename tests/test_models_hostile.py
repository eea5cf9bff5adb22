"""Folders of models that nobody should trust: each is listed with a reason, nothing of it is opened, and the others go on."""

import errno
import hashlib
import json
import os
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from blob_models import blank_weights, card_fields, write_blank
from broken_models import CARDS, FIELDS, FILES, assert_unusable
from broken_weights import KERNEL, SHAPES, WEIGHTS, packed, write_weights_of, zeros

from medcore import models
from medcore.errors import InvalidCard, UnknownName, WeightsMismatch
from medcore.models import files, registry
from medcore.models.weights import check_weights, read_weights
from medcore.phantoms import ct_series

_PATIENCE_SECONDS = 5.0
_MOST_BYTES = 2**26


@pytest.fixture
def within_limits() -> Iterator[None]:
    """What is done takes a moment and little memory."""
    start = time.monotonic()
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - start < _PATIENCE_SECONDS
    assert peak < _MOST_BYTES


@pytest.fixture
def nothing_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """No archive is looked into, and no array is unpacked."""
    monkeypatch.setattr("zipfile.ZipFile", _refuse)
    monkeypatch.setattr("numpy.load", _refuse)


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("it was opened")


@pytest.mark.parametrize("case", FIELDS)
def test_a_card_with_a_garbled_field_is_listed_with_the_reason(models_folder, case):
    changes, said = FIELDS[case]
    assert_unusable(write_blank(models_folder / "model", **changes), said)


@pytest.mark.parametrize("case", CARDS)
def test_a_file_that_is_no_card_is_listed_with_the_reason(models_folder, within_limits, nothing_opened, case):
    content, said = CARDS[case]
    folder = write_blank(models_folder / "model")
    (folder / "card.json").write_bytes(content)
    with pytest.raises(InvalidCard, match=said):
        models.read_card(folder)
    assert "model can't be used" in models.list_unusable()["model"]


@pytest.mark.parametrize("case", FILES)
def test_what_is_no_plain_file_in_the_folder_is_never_read(models_folder, within_limits, case):
    put, said = FILES[case]
    folder = write_blank(models_folder / "model")
    put(folder)
    assert_unusable(folder, said)


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_do_not_fit_are_listed_though_their_hash_is_right(models_folder, within_limits, case):
    content, said = WEIGHTS[case]
    assert_unusable(write_weights_of(models_folder / "model", content), said)


def test_weights_of_another_hash_are_never_opened(models_folder, nothing_opened):
    write_blank(models_folder / "model", weights_sha256="0" * 64)
    assert "aren't the ones its card names" in models.list_unusable()["model"]
    with pytest.raises(WeightsMismatch, match="aren't the ones"):
        models.load("model")


def test_weights_that_are_missing_are_said_to_be(models_folder):
    folder = write_blank(models_folder / "model")
    (folder / "weights.npz").unlink()
    assert_unusable(folder, "weights of model are missing; restore weights.npz")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_found_when_they_are_opened_and_listed_from_then_on(models_folder, value):
    array = np.zeros(SHAPES[KERNEL], "<f2")
    array[0, 0, 0, 3] = value
    write_weights_of(models_folder / "model", packed({**zeros(), KERNEL: array}))
    write_blank(models_folder / "sound")
    with pytest.raises(WeightsMismatch, match="conv1_conv/kernel has values that are no numbers"):
        models.load("model")
    assert list(models.list_unusable()) == ["model"]
    assert models.load().card.id == "sound"
    write_weights_of(models_folder / "again", packed(zeros()), id="model")
    (models_folder / "model").rename(models_folder / ".old")
    (models_folder / "again").rename(models_folder / "model")
    assert models.load("model").card.id == "model"
    assert not models.list_unusable()


def test_an_archive_that_lies_about_an_arrays_bytes_is_found_when_it_is_opened(models_folder):
    content = bytearray(packed(zeros()))
    content[content.index(b"PK\x01\x02") + 16] ^= 1  # the checksum of the first array, in the directory
    write_weights_of(models_folder / "model", bytes(content))
    with pytest.raises(WeightsMismatch, match="Bad CRC-32"):
        models.load("model")
    assert "Bad CRC-32" in models.list_unusable()["model"]


def test_large_weights_that_give_no_score_are_refused(models_folder):
    write_weights_of(models_folder / "model", packed({key: np.full(shape, 65504, "<f2") for key, shape in SHAPES.items()}))
    models.load("model")  # ReLU6 keeps even these within bounds, and softmax knows


def test_nothing_in_a_folder_is_ever_executed(models_folder, tmp_path):
    folder, trace = write_blank(models_folder / "model"), tmp_path / "executed"
    for name in ("__init__.py", "card.py", "model.py", "sitecustomize.py", "conftest.py", "setup.py", "README.md"):
        (folder / name).write_text(f"open({str(trace)!r}, 'w')")
    (folder / "model.keras").write_bytes(b"x")
    (folder / "spec.json").write_text("{")
    bomb = np.empty(SHAPES[KERNEL], object)
    bomb.fill(_Bomb(trace))
    write_weights_of(models_folder / "bomb", packed({**zeros(), KERNEL: bomb}))
    assert [card.id for card in models.list_cards()] == ["model"]
    models.load("model")
    with pytest.raises(WeightsMismatch, match="plain array of float16"):
        models.load("bomb")
    assert not trace.exists()


class _Bomb:
    """Unpickled, it leaves a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return Path.touch, (self.trace,)


def test_names_that_would_spoil_a_page_or_a_terminal_are_listed_in_plain_characters(models_folder):
    names = ["two\nlines", "\x1b[2J", "<b>bold</b>", "[a](http://b)", "a b", "..c", "-", "x" * 200, os.fsdecode(b"half\xff")]
    for name in names:
        write_blank(models_folder / name.replace("/", "∕"), id="model")
    listed = models.list_unusable()
    assert models.list_cards() == []
    assert len(listed) == len(names) - 1, "a hidden folder is none"
    assert all(f"{name}{reason}".isprintable() for name, reason in listed.items())
    json.dumps(listed).encode()
    with pytest.raises(InvalidCard):
        models.find_card("two\nlines")
    with pytest.raises(UnknownName, match=r"no model '\\x1b\[3J'"):
        models.find_card("\x1b[3J")


def test_links_that_go_round_and_folders_that_may_not_be_looked_into_are_listed(models_folder, monkeypatch):
    (models_folder / "round").symlink_to("about")
    (models_folder / "about").symlink_to("round")
    (models_folder / "file").write_text("{}")
    write_blank(models_folder / "sound")
    closed, lstat = write_blank(models_folder / "closed"), os.lstat

    def forbidden(path, *args, **kwargs):
        if Path(path).parent == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return lstat(path, *args, **kwargs)

    monkeypatch.setattr(os, "lstat", forbidden)
    assert sorted(models.list_unusable()) == ["about", "closed", "round"]
    assert "(Permission denied)" in models.list_unusable()["closed"]
    assert [card.id for card in models.list_cards()] == ["sound"]


def test_a_place_that_is_no_folder_or_may_not_be_looked_into_holds_no_models(models_folder, monkeypatch):
    models_folder.rmdir()
    models_folder.write_text("no folder")
    assert models.list_cards() == []
    assert models.list_unusable() == {}


def test_of_a_thousand_folders_some_are_looked_into_the_settings_model_first(models_folder):
    for number in range(1000):
        (models_folder / f"{number:04}").mkdir()
        (models_folder / f"{number:04}" / "card.json").touch()
    write_blank(models_folder / "chest-xray-pneumonia")
    start = time.monotonic()
    assert [card.id for card in models.list_cards()] == ["chest-xray-pneumonia"]
    unusable = models.list_unusable()
    assert time.monotonic() - start < _PATIENCE_SECONDS
    assert len(unusable) == 1000
    assert sum("isn't looked at" in reason for reason in unusable.values()) == 1001 - registry.MOST_MODELS
    with pytest.raises(UnknownName, match="0019 and 981 more"):
        models.find_card("none")


def test_a_list_looks_again_only_at_what_changed(models_folder, monkeypatch):
    folder = write_blank(models_folder / "model")
    monkeypatch.setattr(files, "_SETTLED_NANOSECONDS", 0)
    first = models.list_cards()
    reads = []
    monkeypatch.setattr("medcore.models.inspecting.read_card", lambda *given: reads.append(given) or first[0])
    assert models.list_cards() == first
    assert reads == []
    os.utime(folder / "weights.npz", ns=(1, 1))
    models.list_cards()
    assert len(reads) == 1


def test_a_change_of_this_very_moment_is_seen(models_folder):
    folder = write_blank(models_folder / "model")
    text = (folder / "card.json").read_text()
    for number in range(20):
        (folder / "card.json").write_text(
            text.replace('"temperature": 2.0', f'"temperature": {"0.0" if number % 2 else "2.0"}')
        )
        assert len(models.list_cards()) == 1 - number % 2


def put_anew(path: Path, content: bytes) -> None:
    """Writes a file that wasn't there: some disks flush one that is written over."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def assert_refused_or_works(call: Callable[[], object]) -> None:
    """No other error comes out than the one that says what is wrong, in a printable line."""
    words = ""
    try:
        call()
    except (InvalidCard, WeightsMismatch) as error:
        words = str(error)
    assert words.isprintable()
    assert len(words) < 450


WEIRD = [None, True, 0, -1, 1e308, 10**25, "", " ", "x", "x" * 300_000, [], {}, [[]], [None], [{}], {"a": 1}, {"a": {"b": []}}]


def _places(fields: object, path: tuple = ()) -> Iterator[tuple]:
    """Where something stands in a card."""
    if path:
        yield path
    if isinstance(fields, dict | list):
        for key in fields if isinstance(fields, dict) else range(len(fields)):
            yield from _places(fields[key], (*path, key))


def _changed(fields: dict, path: tuple, value: object) -> dict:
    copy = json.loads(json.dumps(fields))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


def test_whatever_stands_in_a_field_the_card_is_refused_in_a_sentence_or_works(models_folder):
    whole = card_fields("model", hashlib.sha256(blank_weights()).hexdigest()) | {
        "groups": [
            {"name": "all", "ages_years": [[1, 5]], "temperature": 1.0, "operating_points": {"plain": 0.5, "blob": 0.5}}
        ],
        "gate": {"sha256": "0" * 64},
        "intended_use": "Tests",
        "limits": ["One."],
        "data": [{"name": "films"}],
        "metrics": {"test": {"children": {"roc_auc": {"value": 0.9, "low": 0.8, "high": 1.0}}}},
        "operating_label": "blob",
        "replaces": "1",
    }
    folder, series = write_blank(models_folder / "model"), ct_series()
    for path in _places(whole):
        for value in WEIRD:
            put_anew(folder / "card.json", json.dumps(_changed(whole, path, value)).encode())
            assert_refused_or_works(lambda: models.check_contract(models.read_card(folder), series))


def test_a_card_with_any_bytes_changed_is_refused_in_a_sentence_or_works(models_folder):
    folder, chance = write_blank(models_folder / "model"), random.Random(1)
    sound = (folder / "card.json").read_bytes()
    for _ in range(1500):
        put_anew(folder / "card.json", _mangled(sound, chance))
        assert_refused_or_works(lambda: models.read_card(folder))


def _mangled(content: bytes, chance: random.Random) -> bytes:
    """The bytes with a few changed, taken away or put in."""
    mangled = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(mangled))
        mangled[start : start + chance.choice([0, 1, 1, 2, 8])] = chance.randbytes(chance.choice([0, 1, 1, 2, 8]))
    return bytes(mangled)


def test_weights_with_any_bytes_changed_are_refused_in_a_sentence_or_read(tmp_path):
    sound, chance, path = blank_weights(), random.Random(2), tmp_path / "weights.npz"
    net = SimpleNamespace(
        trainable_variables=[SimpleNamespace(path=key, shape=shape, assign=lambda _: None) for key, shape in SHAPES.items()]
    )
    for _ in range(2000):
        content = _mangled(sound, chance)
        sha256 = hashlib.sha256(content).hexdigest()
        put_anew(path, content)
        assert_refused_or_works(partial(check_weights, path, sha256, SHAPES, "model"))
        assert_refused_or_works(partial(read_weights, net, path, sha256, "model"))
