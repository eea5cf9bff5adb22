"""Postures: what is undone lies where it lay, in pixels and in the patient."""

import numpy as np
import pytest

from medcore.errors import InvalidValue
from medcore.phantoms import chest_film, ct_series
from medcore.preprocessing import InputSpec, prepare
from medcore.recognition import POSTURES, UPRIGHT, Posture, corrected, posed
from medcore.volume import Volume

SPEC = InputSpec((32, 32), "percentile")


def test_eight_postures_have_names_of_their_own_and_words_that_undo_them():
    assert [posture.name for posture in POSTURES] == [
        "upright",
        "turned 90° left",
        "upside down",
        "turned 90° right",
        "inverted",
        "inverted and turned 90° left",
        "inverted and upside down",
        "inverted and turned 90° right",
    ]
    assert [posture.correction for posture in POSTURES][:5] == ["", "Turn 90° right", "Turn 180°", "Turn 90° left", "Invert"]
    assert Posture(True, 1).correction == "Invert and turn 90° right"
    assert [posture for posture in POSTURES if posture.is_upright] == [UPRIGHT]
    with pytest.raises(InvalidValue, match="4 quarters"):
        Posture(False, 4)


def test_a_picture_turned_left_has_its_right_side_on_top():
    picture = np.zeros((1, 2, 3, 1))
    picture[0, 0, 2] = 1
    assert posed(picture, Posture(False, 1))[0, 0, 0] == 1
    assert posed(picture, Posture(False, 1)).shape == (1, 3, 2, 1)
    assert posed(picture, Posture(True, 0))[0, 0, 2] == 0


@pytest.mark.parametrize("posture", POSTURES, ids=lambda posture: posture.name)
def test_a_film_that_is_corrected_gives_the_tensor_of_the_upright_one(posture):
    film = chest_film(3, (96, 80))
    upright = prepare(film, 0, SPEC)
    values = posed(film.voxels[..., None] / 255, posture)[..., 0]
    lying = Volume((values * 255).round().astype(np.int16), None, "grey", None, "MONOCHROME2", "image")
    assert np.abs(prepare(corrected(lying, posture), 0, SPEC) - upright).max() < 0.01
    assert posture.is_upright or np.abs(prepare(lying, 0, SPEC) - upright).mean() > 0.02


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_corrected_volume_keeps_each_voxel_at_its_place_of_the_patient(turns):
    volume = ct_series().volume
    turned = corrected(volume, Posture(False, turns))
    slices, rows, columns = volume.shape
    voxels = np.array(volume.voxels)
    place = (slices - 1, 0, columns - 1)
    voxels[place] = 3000
    marked = corrected(Volume(voxels, volume.affine, "HU", "CT", "MONOCHROME2", "slices"), Posture(False, turns))
    found = np.argwhere(marked.voxels == 3000)[0]
    assert marked.affine @ [*found, 1] == pytest.approx(volume.affine @ [*place, 1])
    assert tuple(found) in {
        (slices - 1, row, column) for row in (0, turned.shape[1] - 1) for column in (0, turned.shape[2] - 1)
    }
    assert turned.shape == ((slices, columns, rows) if turns % 2 else volume.shape)


@pytest.mark.parametrize(
    ("turns", "sides"), [(1, ("H", "L")), (2, ("R", "H")), (3, ("F", "R"))], ids=["turned left", "upside down", "turned right"]
)
def test_sides_spacing_and_overlay_turn_with_a_projection(turns, sides):
    overlay = np.zeros((1, 20, 30), np.uint8)
    overlay[0, 0, 0] = 1
    film = Volume(
        np.array(overlay, np.int16), None, "grey", "DX", "MONOCHROME2", "image", (0.1, 0.2), ("L", "F"), overlay=overlay
    )
    turned = corrected(film, Posture(False, turns))
    assert turned.runs_to == sides
    assert turned.row_column_mm == ((0.2, 0.1) if turns % 2 else (0.1, 0.2))
    assert np.array_equal(turned.overlay, turned.voxels)


def test_inverting_keeps_grey_values_and_changes_colours():
    film = corrected(chest_film(1, (32, 32)), Posture(True, 0))
    assert film.photometric == "MONOCHROME1"
    assert corrected(film, Posture(True, 0)).photometric == "MONOCHROME2"
    red = Volume(np.full((1, 8, 8, 3), (255, 0, 10), np.uint8), None, "grey", None, "RGB", "image")
    assert corrected(red, Posture(True, 0)).voxels[0, 0, 0].tolist() == [0, 255, 245]
