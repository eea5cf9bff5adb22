"""Plain figures of a film against NumPy's and figures worked by hand, and films read one after the other."""

import numpy as np
import pytest
from PIL import Image

from medcore import datasets
from medcore.datasets import GREY_STATISTICS, Film, plain_figures, read_films
from medcore.errors import DatasetError


def test_figures_are_those_of_the_file_and_numpys(tmp_path):
    (tmp_path / "film.png").write_bytes(b"twelve bytes")
    values = np.random.default_rng(0).normal(100, 20, (30, 60)).astype(np.float32)
    found = plain_figures(tmp_path / "film.png", values)
    low, high = np.percentile(values, (5, 95))
    expected = {"file size": 12, "rows": 30, "columns": 60, "aspect": 2, "mean": values.mean()}
    expected |= {"standard deviation": values.std(), "5th percentile": low, "95th percentile": high}
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert set(found) == set(expected) | {"sharpness"}
    assert set(GREY_STATISTICS) <= set(found)


def test_sharpness_is_the_mean_length_of_the_gradient(tmp_path):
    down, across = np.mgrid[:20, :30]
    assert plain_figures(tmp_path / "none", 3.0 * down + 4.0 * across)["sharpness"] == pytest.approx(5)
    assert plain_figures(tmp_path / "none", np.ones((1, 9)))["sharpness"] == 0


def test_percentiles_of_a_large_film_are_those_of_its_every_few_pixels(tmp_path):
    values = np.random.default_rng(1).random((1100, 900))
    found = plain_figures(tmp_path / "none", values)
    assert (found["5th percentile"], found["95th percentile"]) == pytest.approx((0.05, 0.95), abs=0.01)


def test_films_are_read_in_order_and_told_how_far(tmp_path):
    for number in range(3):
        Image.fromarray(np.full((20, 20), 10 * number, np.uint8)).save(tmp_path / f"{number}.png")
    films, told = [Film(tmp_path / f"{number}.png", "a", "p", name=f"{number}.png") for number in (2, 0, 1)], []
    pieces = list(read_films(films, lambda done, total: told.append((done, total))))
    assert [int(piece.series.volume.slice(piece.index)[0, 0]) for piece in pieces] == [20, 0, 10]
    assert told[-1] == (3, 3)
    (tmp_path / "notes.png").write_text("patient came at noon")
    with pytest.raises(DatasetError, match=r"notes\.png can't be used"):
        list(datasets.read_films([*films, Film(tmp_path / "notes.png", "a", "p", name="notes.png")]))
