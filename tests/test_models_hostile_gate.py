"""gate.npz as an attacker or a broken disk would leave it: the model is listed with the reason, whatever the file's hash."""

import hashlib
import os
import random
from pathlib import Path

import numpy as np
import pytest
from blob_models import write_blank
from broken_models import assert_unusable
from broken_weights import npy, packed, zipped

from medcore import models, recognition
from medcore.errors import InvalidCard, WeightsMismatch
from medcore.recognition import Recogniser


def sound_gate(path: Path) -> bytes:
    """A whole gate.npz of three films."""
    references = np.eye(3, 1280, dtype=np.float32)
    weights, checked = np.zeros((1280, 8), np.float32), np.arange(8) == 0
    bias = np.zeros(8, np.float32)
    recogniser = Recogniser(1, references, ("children", "adults"), np.array([0, 1, 1]), 0.3, weights, bias, checked, 0.5)
    recognition.write(recogniser, path)
    return path.read_bytes()


def arrays_of(content: bytes, path: Path) -> dict[str, np.ndarray]:
    path.write_bytes(content)
    with np.load(path) as arrays:
        return dict(arrays)


def write_gated(folder: Path, content: bytes) -> Path:
    """A sound model whose card names this gate by its right hash."""
    write_blank(folder, gate={"sha256": hashlib.sha256(content).hexdigest()})
    (folder / "gate.npz").write_bytes(content)
    return folder


CHANGES = {
    "a-pickle": {"groups": np.array(["a", None], object)},
    "an-unknown-eye": {"eye": np.zeros(32, np.uint8)},
    "references-of-doubles": {"references": np.eye(3, 1280)},
    "references-of-another-eye": {"references": np.eye(3, 64, dtype=np.float16)},
    "references-that-are-no-numbers": {"references": np.full((3, 1280), np.nan, np.float16)},
    "references-of-no-length": {"references": np.zeros((3, 1280), np.float16)},
    "no-references": {"references": np.zeros((0, 1280), np.float16), "group_of": np.zeros(0, np.uint16)},
    "a-group-that-is-none": {"group_of": np.array([0, 1, 9], np.uint16)},
    "no-groups": {"groups": np.array([], "<U1")},
    "a-group-that-steers": {"groups": np.array(["a", "\x1b[2J"])},
    "limits-that-are-no-numbers": {"limits": np.array([np.nan, 0.5])},
    "limits-out-of-range": {"limits": np.array([1e308, -1])},
    "a-limit-that-every-picture-is-under": {"limits": np.array([0.3, 1.0])},
    "a-head-for-other-postures": {"bias": np.zeros(9, np.float32)},
    "another-array": {"more": np.zeros(3)},
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_gate_with_a_garbled_array_is_listed_with_the_reason(models_folder, tmp_path, case):
    arrays = arrays_of(sound_gate(tmp_path / "sound.npz"), tmp_path / "gate.npz")
    assert_unusable(write_gated(models_folder / "model", packed(arrays | CHANGES[case])), "gate of model can't be used")


HEADERS = [
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }",  # whoever believes it reads all that there is
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), } + __import__('os').system('true')",
    "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<f88', 'fortran_order': False, 'shape': (2,), }",
    "{[]: 1}",
    "(" * 100,
    "-" * 5000 + "1",
]


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_a_gate_with_a_strange_header_is_listed_with_the_reason(models_folder, tmp_path, header):
    arrays = arrays_of(sound_gate(tmp_path / "sound.npz"), tmp_path / "gate.npz")
    members = [(f"{name}.npy", npy((2,), header, more=bytes(2**24))) for name in arrays]
    assert_unusable(write_gated(models_folder / "model", zipped(members)), "isn't a plain array|too large")


def test_a_sound_gate_is_taken_and_is_held_against_its_hash_and_must_be_a_plain_file(models_folder, tmp_path):
    folder = write_gated(models_folder / "model", sound_gate(tmp_path / "sound.npz"))
    assert [card.id for card in models.list_cards()] == ["model"]
    (folder / "gate.npz").write_bytes(b"another gate")
    assert_unusable(folder, "gate of model can't be used: .* isn't the gate that the card names")
    (folder / "gate.npz").unlink()
    assert "missing" in models.list_unusable()["model"]
    os.mkfifo(folder / "gate.npz")
    assert "no plain file" in models.list_unusable()["model"]
    (folder / "gate.npz").unlink()
    (folder / "gate.npz").symlink_to(tmp_path / "sound.npz")
    assert "gate of model can't be used" in models.list_unusable()["model"]


def test_a_gate_with_any_bytes_changed_is_refused_in_a_sentence_or_read(tmp_path):
    sound, chance, path = sound_gate(tmp_path / "sound.npz"), random.Random(3), tmp_path / "gate.npz"
    for _ in range(1000):
        mangled = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(mangled))
            mangled[start : start + chance.choice([0, 1, 8])] = chance.randbytes(chance.choice([0, 1, 8]))
        path.unlink(missing_ok=True)
        path.write_bytes(mangled)
        words = ""
        try:
            recognition.read(path, hashlib.sha256(mangled).hexdigest())
        except (InvalidCard, WeightsMismatch) as error:
            words = str(error)
        assert len(words) < 450
