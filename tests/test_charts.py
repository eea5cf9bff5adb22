"""Charts are whole, opaque, readable PNGs, from 2 films to many, for any label; the same input gives the same bytes."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image
from scipy.special import softmax

from medcore import charts, fonts
from medcore.errors import InvalidValue
from medcore.evaluation import class_report
from medcore.phantoms import film_with_blob
from medcore.preprocessing import InputSpec

SHORT = ["NORMAL", "PNEUMONIA"]
LONG = [
    "glioma",
    "meningioma of the left cerebellopontine angle, partly calcified",
    "pituitary_adenoma_and_craniopharyngioma_together",
    "a$b$c",
    "",
    "W" * 200,
]
CHINESE = [
    "正常",
    "左侧桥小脑角区脑膜瘤（部分钙化，伴瘤周水肿），随访三年未见明显变化",
    "垂体腺瘤_与颅咽管瘤",
    "",
    "长" * 100,
    "肺炎 A",
]
SPEC = InputSpec((48, 36), "range", limits=(0.0, 255.0))


def films(counts: list[int], distance: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    truth = np.repeat(np.arange(len(counts)), counts)
    return softmax(np.random.default_rng(0).normal(distance * np.eye(len(counts))[truth]), axis=1), truth


def pixels(png: bytes) -> np.ndarray:
    """The chart (rows, columns, 3), if it is a PNG that is opaque and has an edge of bare paper: nothing is cut off there."""
    assert png.startswith(b"\x89PNG")
    with Image.open(BytesIO(png)) as picture:
        levels = np.asarray(picture.convert("RGBA"))
    paper = (np.array(to_rgb(charts.PAPER)) * 255).round()
    edges = np.concatenate([levels[:8].reshape(-1, 4), levels[-8:].reshape(-1, 4), levels[:, :8].reshape(-1, 4)])
    assert (levels[..., 3] == 255).all()
    assert (edges[:, :3] == paper).all()
    assert (levels[:, -8:, :3] == paper).all()
    return levels[..., :3]


def has(levels: np.ndarray, colour: str) -> bool:
    return bool((levels == (np.array(to_rgb(colour)) * 255).round()).all(axis=-1).any())


def contrast(one: str | tuple, other: str | tuple) -> float:
    """WCAG 2.2's contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str | tuple) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_every_text_has_a_contrast_of_four_and_a_half():
    for colour in (charts.INK, charts.MUTED, charts.ACCENT):
        assert min(contrast(colour, charts.PAPER), contrast(colour, "white")) >= 4.5
    assert min(contrast(charts.INK, charts._TINTS(part)) for part in np.linspace(0, 1, 21)) >= 4.5


def in_chinese(sentence: str) -> str:
    """Anything but a Chinese label becomes Chinese words."""
    return sentence if sentence in CHINESE else "仅供科研与教学，不用于诊断"


@pytest.mark.parametrize("draw", [charts.roc_chart, charts.pr_chart])
@pytest.mark.parametrize(
    ("labels", "counts"),
    [
        (SHORT, [80, 60]),
        (SHORT, [1, 1]),
        (SHORT, [0, 3]),
        (LONG, [30, 40, 50, 20, 10, 33]),
        (CHINESE, [30, 40, 50, 20, 10, 33]),
        ([str(i) for i in range(11)], [4] * 11),
    ],
)
def test_curves_are_whole_for_few_and_many_labels_and_films(draw: Callable, labels: list[str], counts: list[int]):
    levels = pixels(draw(*films(counts), labels))
    assert has(levels, charts.ACCENT) == (min(counts) > 0)
    assert max(levels.shape) < 2200


def test_a_perfect_models_curves_keep_to_the_edges_of_their_panels():
    truth = np.repeat([0, 1], 30)
    for draw in (charts.roc_chart, charts.pr_chart):
        perfect, poor = pixels(draw(np.eye(2)[truth], truth, SHORT)), pixels(draw(*films([30, 30], 0), SHORT))
        middle = slice(perfect.shape[0] // 3, perfect.shape[0] // 2), slice(perfect.shape[1] // 5, perfect.shape[1] * 2 // 5)
        assert not has(perfect[middle], charts.ACCENT)
        assert has(poor[middle], charts.ACCENT)


@pytest.mark.parametrize("counts", [[80, 60], [1, 0], [30, 40, 50, 20, 10, 33]])
def test_reliability_is_drawn_from_a_reports_bins(counts):
    scores, truth = films(counts)
    report = class_report(scores, truth, [f"class {index}" for index in range(len(counts))], resampled=5)
    assert has(pixels(charts.reliability_chart(report["calibration"]["bins"])), charts.ACCENT)


@pytest.mark.parametrize(
    ("labels", "confusion"),
    [
        (SHORT, [[69, 11], [6, 54]]),
        (SHORT, [[0, 0], [0, 1]]),
        (LONG, np.arange(36).reshape(6, 6)),
        (CHINESE, np.arange(36).reshape(6, 6)),
        (SHORT, [[123456, 7], [8, 99999]]),
    ],
)
def test_confusion_is_whole_whatever_the_labels(labels, confusion):
    levels = pixels(charts.confusion_chart(confusion, labels))
    assert has(levels, charts.INK)
    assert max(levels.shape) < 2200


def test_a_contact_sheet_takes_pictures_evenly_and_leaves_room_where_there_are_few():
    levels = np.array([40, 80, 120, 160, 200, 230], np.uint8)
    grey = np.broadcast_to(levels[:, None, None], (6, 64, 64))
    sheet = pixels(charts.contact_sheet(grey, ["many"] * 5 + ["one"], 3))
    shown = [level for level in levels if ((sheet == level).all(axis=-1).sum()) > 5000]
    assert shown == [40, 120, 200, 230]


def test_a_contact_sheet_keeps_colours_and_takes_many_labels():
    colours = np.zeros((12, 32, 64, 3), np.uint8)
    colours[..., 0] = 200
    sheet = pixels(charts.contact_sheet(colours, LONG * 2, 8))
    assert ((sheet == (200, 0, 0)).all(axis=-1)).sum() > 12 * 2000


def test_an_augmentation_preview_begins_with_the_picture_as_it_is_and_changes_the_rest_by_the_seed():
    values = film_with_blob(1, (48, 36))[0].voxels[0].astype(np.float32)
    first, again, other = (charts.augmentation_preview(values, "MONOCHROME2", SPEC, 1.0, seed, 7) for seed in (0, 0, 1))
    assert first == again != other
    same, changed = pixels(first), pixels(other)
    tile = slice(0, same.shape[0] // 2), slice(0, same.shape[1] // 4)
    assert np.array_equal(same[tile], changed[tile])
    assert not np.array_equal(same[:, same.shape[1] // 4 :], changed[:, changed.shape[1] // 4 :])


def test_an_inverted_picture_is_changed_as_its_opposite_is():
    values = film_with_blob(1, (48, 36))[0].voxels[0].astype(np.float32)
    whites = InputSpec((48, 36), "range", limits=(-255.0, 0.0))
    opposite = pixels(charts.augmentation_preview(-values, "MONOCHROME1", whites, 1.0, 0, 7))
    plain = pixels(charts.augmentation_preview(values, "MONOCHROME2", SPEC, 1.0, 0, 7))
    assert np.abs(opposite.astype(int) - plain).max() <= 1


def test_a_colour_picture_has_a_preview():
    spec = InputSpec((40, 40), "percentile", channels=3)
    values = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.float32)
    levels = pixels(charts.augmentation_preview(values, "RGB", spec, 0.5, 0, 4))
    assert (np.ptp(levels.astype(int), axis=-1) > 60).any()


def test_every_chart_says_all_its_words_in_chinese():
    said: list[str] = []

    def translate(sentence: str) -> str:
        said.append(sentence)
        return in_chinese(sentence)

    scores, truth = films([30, 40, 0])
    bins = class_report(scores, truth, ["a", "b", "c"], resampled=5)["calibration"]["bins"]
    values = film_with_blob(1, (48, 36))[0].voxels[0].astype(np.float32)
    pixels(charts.roc_chart(scores, truth, ["a", "b", "c"], translate=translate))
    pixels(charts.pr_chart(scores, truth, ["a", "b", "c"], translate=translate))
    pixels(charts.reliability_chart(bins, translate=translate))
    pixels(charts.confusion_chart([[1, 2], [3, 4]], ["a", "b"], translate=translate))
    pixels(charts.contact_sheet(np.zeros((12, 64, 64), np.uint8), CHINESE * 2, 2, translate=translate))
    pixels(charts.augmentation_preview(values, "MONOCHROME2", SPEC, 1.0, 0, 1, translate=translate))
    places = {"a", "b", "c", *CHINESE}
    assert {re.sub(r"[\d.]+", "{0}", sentence) for sentence in said} - places == {
        "area {0}",
        "no film has it",
        "false alarms ({0} − specificity)",
        "found (sensitivity)",
        "found (recall)",
        "of those called, right (precision)",
        "part that is right",
        "score of what it is called",
        "films",
        "called",
        "is",
        "{0} films",
        "as it is",
        "changed, {0}",
    }
    assert set(said) >= places


def test_long_chinese_labels_keep_their_ends_and_wrap():
    assert charts._lines(CHINESE[1]) == ["左侧桥小脑角区脑膜", "瘤（…，随访三年未", "见明显变化"]
    assert max(map(fonts.columns, charts._lines(CHINESE[4], 30))) <= 30
    assert charts._short("肺" * 30) == "肺" * 30
    assert charts._short("肺" * 31) == "肺" * 14 + "…" + "肺" * 14


def test_threads_draw_the_same_at_once():
    scores, truth = films([20, 30, 25])
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda _: charts.roc_chart(scores, truth, ["a", "b", "c"]), range(8)))
    assert len(set(drawn)) == 1


def test_nothing_to_draw_is_said():
    with pytest.raises(InvalidValue, match="0 thumbnails"):
        charts.contact_sheet(np.zeros((0, 64, 64), np.uint8), [], 8)
    with pytest.raises(InvalidValue, match="2 labels"):
        charts.contact_sheet(np.zeros((1, 64, 64), np.uint8), ["a", "b"], 8)
    with pytest.raises(InvalidValue, match="No bins"):
        charts.reliability_chart([])
