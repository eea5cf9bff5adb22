"""Phantoms are the same from the same seed, and hold the findings that they say, where they say."""

import numpy as np
import pytest

from medcore.errors import InvalidValue
from medcore.phantoms import (
    CT_AFFINE,
    CT_SPHERES,
    chest_film,
    chest_film_with_pneumonia,
    chest_film_with_spot,
    ct_series,
    film_with_blob,
    labelled_set,
    plain_film,
    spot_radius,
)
from medcore.volume import Volume


def brightest_change(with_finding: Volume, without: Volume) -> tuple[int, int]:
    """The centre of mass of what the finding adds (row, column)."""
    added = (with_finding.voxels - without.voxels)[0].astype(float)
    rows, columns = np.indices(added.shape)
    return round((added * rows).sum() / added.sum()), round((added * columns).sum() / added.sum())


@pytest.mark.parametrize(
    "draw",
    [
        plain_film,
        chest_film,
        lambda seed: film_with_blob(seed)[0],
        lambda seed: chest_film_with_pneumonia(seed)[0],
        lambda seed: chest_film_with_spot(seed)[0],
        lambda seed: ct_series(seed).volume,
    ],
)
def test_a_seed_gives_one_picture_and_another_seed_another(draw):
    assert np.array_equal(draw(3).voxels, draw(3).voxels)
    assert not np.array_equal(draw(3).voxels, draw(4).voxels)


@pytest.mark.parametrize(
    "film",
    [plain_film(1), film_with_blob(1)[0], chest_film(1), chest_film_with_pneumonia(1)[0], chest_film_with_spot(1)[0]],
    ids=["plain", "blob", "chest", "ill", "spot"],
)
def test_a_film_is_one_grey_image_of_eight_bits_without_millimetres(film):
    assert (film.unit, film.photometric, film.kind, film.affine, film.modality) == ("grey", "MONOCHROME2", "image", None, None)
    assert film.voxels.dtype == np.int16
    assert film.shape[0] == 1
    assert film.voxels.min() >= 0
    assert 120 < film.voxels.max() <= 255


@pytest.mark.parametrize("seed", range(12))
def test_a_blob_is_all_that_tells_the_two_films_of_a_seed_apart_and_is_where_it_says(seed):
    film, (row, column) = film_with_blob(seed, (160, 224))
    added = (film.voxels - plain_film(seed, (160, 224)).voxels)[0]
    assert film.shape == (1, 160, 224)
    assert 40 <= row < 120
    assert 56 <= column < 168
    assert added[row, column] >= added.max() - 1 >= 100
    assert np.abs(np.subtract(brightest_change(film, plain_film(seed, (160, 224))), (row, column))).max() <= 1
    assert max(added[:2].max(), added[-2:].max(), added[:, :2].max(), added[:, -2:].max()) <= 1  # a rounding


def test_blobs_are_spread_over_the_film():
    places = np.array([film_with_blob(seed, (64, 64))[1] for seed in range(60)])
    assert (np.ptp(places, axis=0) > 20).all()


def test_a_chest_has_dark_lungs_beside_a_bright_mediastinum():
    for seed in range(5):
        values = chest_film(seed).voxels[0]
        right, left = values[200:300, 100:180].mean(), values[200:300, 340:400].mean()
        middle, belly = values[150:300, 245:265].mean(), values[450:, 150:350].mean()
        assert max(right, left) < 100 < belly < middle
        assert values[:, :8].mean() < 60


def test_a_chest_keeps_its_parts_at_every_size():
    small, large = chest_film(0, (128, 160)).voxels[0], chest_film(0, (512, 640)).voxels[0]
    shrunk = large.reshape(128, 4, 160, 4).mean(axis=(1, 3))
    assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.98


@pytest.mark.parametrize("seed", range(8))
def test_pneumonia_is_bright_in_one_lung_and_the_rest_of_the_film_is_as_without(seed):
    film, (row, column) = chest_film_with_pneumonia(seed)
    without = chest_film(seed)
    added = (film.voxels - without.voxels)[0]
    assert without.voxels[0, row - 10 : row + 10, column - 10 : column + 10].mean() < 110
    assert added[row - 10 : row + 10, column - 10 : column + 10].mean() > 40
    assert np.abs(np.subtract(brightest_change(film, without), (row, column))).max() < 25
    other_side = slice(0, 250) if column > 256 else slice(262, 512)
    assert np.abs(added[:, other_side]).max() <= 3
    assert np.abs(added[:100]).max() <= 1


def test_pneumonia_is_now_left_and_now_right():
    sides = {chest_film_with_pneumonia(seed, (64, 64))[1][1] > 32 for seed in range(10)}
    assert sides == {True, False}


def test_the_spheres_of_the_ct_are_where_the_affine_says_with_their_size_and_hu():
    volume = ct_series().volume
    places = np.moveaxis(np.indices(volume.shape), 0, -1) @ CT_AFFINE[:3, :3].T + CT_AFFINE[:3, 3]
    for ball in CT_SPHERES:
        distance = np.linalg.norm(places - ball.centre_mm, axis=-1)
        inner = volume.voxels[distance <= ball.radius_mm]
        expected = 4 / 3 * np.pi * ball.radius_mm**3
        assert inner.mean() == pytest.approx(ball.hu, abs=5)
        assert inner.std() < 15
        assert len(inner) * 5 * 2.5 * 2.5 == pytest.approx(expected, rel=0.2)
        around = volume.voxels[(distance > ball.radius_mm) & (distance < ball.radius_mm + 5)]
        assert around.mean() < ball.hu - 500


def test_the_ct_has_air_lungs_and_tissue_in_hounsfield_units():
    volume = ct_series().volume
    assert (volume.unit, volume.modality, volume.voxels.dtype) == ("HU", "CT", np.int16)
    assert volume.shape == (24, 72, 96)
    assert volume.spacing_mm == (5, 2.5, 2.5)
    assert volume.voxels[:, 0, 0].mean() == pytest.approx(-1000, abs=10)
    assert volume.voxels[20, 36, 70] == pytest.approx(-850, abs=50)
    assert volume.voxels[20, 8, 48] == pytest.approx(30, abs=50)


def test_the_ct_is_a_series_that_names_nobody():
    series = ct_series(5)
    assert (series.acquisition.modality, series.acquisition.body_part) == ("CT", "CHEST")
    assert series.header == {}
    assert series.uid != ct_series(6).uid


def test_the_shared_affine_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        ct_series().volume.affine[0, 0] = 7


@pytest.mark.parametrize("draw", [plain_film, film_with_blob, chest_film, chest_film_with_pneumonia])
def test_a_film_too_small_to_draw_is_refused(draw):
    assert draw(0, (16, 16))
    with pytest.raises(InvalidValue, match="8 × 200 is too small"):
        draw(0, (8, 200))


def test_a_labelled_set_has_several_films_a_patient_and_is_the_same_from_the_same_seed(tmp_path):
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        labelled_set(tmp_path / name, 48, seed)
    names = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.png"))
    assert len(names) == 48
    assert sum(str(name).startswith("plain/patient") for name in names) == 24
    assert len({name.name.split("_")[0] for name in names}) == 16
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "same" / name).read_bytes() for name in names)
    assert all((tmp_path / "one" / name).read_bytes() != (tmp_path / "other" / name).read_bytes() for name in names)


def test_a_labelled_set_too_small_to_train_on_is_refused(tmp_path):
    with pytest.raises(InvalidValue, match="A set of 29 films is too small to train on; draw at least 30"):
        labelled_set(tmp_path, 29)


@pytest.mark.parametrize("seed", range(12))
def test_a_spot_is_round_and_faint_and_all_that_tells_the_two_films_of_a_seed_apart(seed):
    film, (row, column) = chest_film_with_spot(seed, (256, 256))
    added = (film.voxels - chest_film(seed, (256, 256)).voxels)[0]
    rows, columns = np.indices(added.shape)
    away = np.hypot(rows - row, columns - column)
    assert brightest_change(film, chest_film(seed, (256, 256))) == (row, column)
    assert added[away < 1.5 * spot_radius((256, 256))].sum() / added.sum() > 0.95
    assert 30 <= added.max() <= 40


def test_spots_lie_high_and_low_in_both_lungs_and_never_over_what_is_bright():
    places = []
    for seed in range(60):
        _, (row, column) = chest_film_with_spot(seed, (256, 256))
        around = chest_film(seed, (256, 256)).voxels[0, row - 12 : row + 13, column - 12 : column + 13]
        assert around.max() < 125  # a rib is about 95, with its noise; heart and spine are brighter
        places.append((row, column))
    assert {(row < 110, column < 128) for row, column in places} == {(high, left) for high in (0, 1) for left in (0, 1)}
