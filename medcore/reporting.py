"""The picture to keep: the slice with its heat map, and under it, burnt in, what was asked, answered and by whom."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, PngImagePlugin

from medcore import fonts, rendering
from medcore.errors import InvalidValue
from medcore.models import PURPOSE, Prediction
from medcore.volume import Heatmap, Series, Volume, Window

SIDES = (640, 1600)
"""The picture's width is brought to these pixels at least, and its longer side to these at most."""
_TEXT_PIXELS, _LINE_PIXELS, _MARGIN = 18, 26, 16
_HARD_BLANK = "\u00a0"
_BACKGROUND, _INK = (12, 14, 16), (232, 236, 238)


def picture(
    series: Series,
    prediction: Prediction,
    window: Window,
    heatmap: Heatmap | None,
    opacity: float,
    *,
    translate: Callable[[str], str] = str,
) -> bytes:
    """A PNG of the predicted slice in its true aspect, heat map laid over at `opacity` (0..1), with `caption` burnt in below.

    No patient identity is in its pixels or metadata. Raises InvalidValue where heat map and slice don't fit.
    """
    film = rendering.to_rgb(series.volume, prediction.slice_index, window)
    if heatmap is not None:
        _check_slice(heatmap, prediction)
        film = rendering.overlay(film, heatmap, opacity)
    words = caption(series, prediction, window, heatmap if opacity > 0 else None, translate=translate)
    return _png(_with_band(_resized(film, series.volume), words), words)


def _check_slice(heatmap: Heatmap, prediction: Prediction) -> None:
    if heatmap.slice_index != prediction.slice_index:
        raise InvalidValue(
            f"The heat map is of slice {heatmap.slice_index + 1} and the score of {prediction.slice_index + 1}; map it again."
        )


def caption(
    series: Series,
    prediction: Prediction,
    window: Window,
    heatmap: Heatmap | None,
    *,
    translate: Callable[[str], str] = str,
) -> tuple[str, ...]:
    """The sentences burnt in: model, scores with operating points, group, gate, reader's changes, heat map, window, purpose.

    Each passes through `translate`, whole.
    """
    return (
        translate(f"{prediction.model}, version {prediction.version}, weights {prediction.weights_sha256[:12]}"),
        *_scores(prediction, translate),
        *map(translate, [*_group(prediction), *_gate(prediction), *series.changes, *_heat(heatmap)]),
        *map(translate, _window(series.volume, window)),
        translate(PURPOSE),
    )


def _scores(prediction: Prediction, translate: Callable[[str], str]) -> list[str]:
    """A label is one word while its sentence is translated: else nothing tells where it ends."""
    if prediction.scores is None:
        return [translate("no score: the image was declined")]
    points = prediction.operating_points
    words = {label: translate(label).replace(" ", _HARD_BLANK) for label in prediction.scores}
    sentences = [
        f"score {words[label]} {score:.2f} (operating point {points[label]:.2f})" for label, score in prediction.scores.items()
    ]
    return [translate(sentence).replace(_HARD_BLANK, " ") for sentence in sentences]


def _group(prediction: Prediction) -> list[str]:
    told = {"age": "by the age tag", "picture": "by the picture"}.get(prediction.group_by)
    return [f"operating point for {prediction.group}, {told}"] if told and prediction.scores is not None else []


def _gate(prediction: Prediction) -> list[str]:
    overridden = prediction.gate.accepted is False and prediction.scores is not None
    return [prediction.gate.reason, *(["The reader overrode the model, which had declined this image."] if overridden else [])]


def _heat(heatmap: Heatmap | None) -> list[str]:
    if heatmap is None:
        return []
    if heatmap.is_empty:
        return [f"heat map ({heatmap.method}) is empty: nothing speaks for {heatmap.label}"]
    return [f"heat map for {heatmap.label} by {heatmap.method}"]


def _window(volume: Volume, window: Window) -> list[str]:
    return [] if volume.is_colour else [f"window center {window.center:g}, width {window.width:g} ({volume.unit})"]


def _resized(film: np.ndarray, volume: Volume) -> Image.Image:
    """The film with square pixels, at least 640 wide and at most 1600 on its longer side."""
    _, row_mm, column_mm = volume.spacing_mm
    width = film.shape[1] * ((column_mm or 1.0) / (row_mm or 1.0) if row_mm and column_mm else 1.0)
    height = float(film.shape[0])
    factor = min(max(SIDES[0] / width, 1.0), SIDES[1] / max(width, height))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    image = Image.fromarray(film)
    return image if size == image.size else image.resize(size, Image.Resampling.BILINEAR)


def _with_band(film: Image.Image, words: tuple[str, ...]) -> Image.Image:
    """The film on near-black, the words in lines that fit beneath it."""
    font, width = fonts.for_pillow("".join(words), _TEXT_PIXELS), max(film.width, SIDES[0])
    lines = [line for sentence in words for line in fonts.wrapped(sentence, width - 2 * _MARGIN, font.getlength)]
    page = Image.new("RGB", (width, film.height + 2 * _MARGIN + _LINE_PIXELS * len(lines)), _BACKGROUND)
    page.paste(film, ((width - film.width) // 2, 0))
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text((_MARGIN, film.height + _MARGIN + number * _LINE_PIXELS), line, _INK, font)
    return page


def _png(page: Image.Image, words: tuple[str, ...]) -> bytes:
    """PNG bytes; the words stand in its Description too, for who can't see them."""
    notes, file = PngImagePlugin.PngInfo(), io.BytesIO()
    notes.add_text("Description", "\n".join(words))
    page.save(file, "PNG", pnginfo=notes)
    return file.getvalue()
