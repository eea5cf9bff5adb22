"""A set and a result as PNG pictures: contact sheet, augmentation, curves, reliability, confusion.

Drawn on paper of their own, so that they read the same on a dark page as on a light one, and with matplotlib's objects alone,
as pyplot isn't safe between threads. Each passes its words and labels through `translate`.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Text
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from medcore import fonts, preprocessing
from medcore.augmentation import augment
from medcore.errors import InvalidValue
from medcore.preprocessing import InputSpec
from medcore.volume import Photometric

PAPER, INK, MUTED, LINES, ACCENT = "#f7f8f8", "#1f2933", "#52606d", "#cfd6dc", "#0f766e"
_TINTS = LinearSegmentedColormap.from_list("tints", ["#ffffff", "#6dafa8"])  # ink reads on the darkest, too
_DPI, _SMALL, _TEXT = 160, 9, 10
_BLANK = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
_GAP = 4
Translate = Callable[[str], str]


def contact_sheet(thumbnails: np.ndarray, labels: Sequence[str], films: int, *, translate: Translate = str) -> bytes:
    """Up to `films` pictures of each label in a row, taken evenly from all that it has.

    `thumbnails` are (n, rows, columns) or (n, rows, columns, 3) uint8, `labels` one for each. Raises InvalidValue for none.
    """
    if not len(thumbnails) or len(thumbnails) != len(labels) or films < 1:
        raise InvalidValue(
            f"{len(thumbnails)} thumbnails, {len(labels)} labels and {films} a row make no sheet; give one or more."
        )
    names, whose = np.unique(np.asarray(labels), return_inverse=True)
    figure = _figure(7.2, len(names) * (7.2 / films * thumbnails.shape[1] / thumbnails.shape[2] + 0.32))
    for index, axes in enumerate(figure.subplots(len(names), squeeze=False)[:, 0]):
        own = np.flatnonzero(whose == index)
        chosen = own[np.linspace(0, len(own) - 1, min(films, len(own))).round().astype(int)]
        axes.imshow(_strip(thumbnails[chosen], films), interpolation="bilinear")
        axes.set_axis_off()
        _title(axes, f"{_short(translate(str(names[index])))} · {translate(_films(len(own)))}")
    return _png(figure)


def _strip(pictures: np.ndarray, places: int) -> np.ndarray:
    """Pictures side by side, (rows, columns, 3) uint8, paper between them and where there are fewer than places."""
    colours = pictures if pictures.ndim == 4 else np.repeat(pictures[..., None], 3, axis=-1)
    rows, columns = colours.shape[1:3]
    paper = np.array([int(PAPER[start : start + 2], 16) for start in (1, 3, 5)], np.uint8)
    strip = np.broadcast_to(paper, (rows, places * (columns + _GAP) - _GAP, 3)).copy()
    for place, picture in enumerate(colours):
        strip[:, place * (columns + _GAP) : place * (columns + _GAP) + columns] = picture
    return strip


def augmentation_preview(
    values: np.ndarray,
    photometric: Photometric,
    spec: InputSpec,
    strength: float,
    seed: int,
    variants: int,
    *,
    translate: Translate = str,
) -> bytes:
    """One picture's resized values (`spec.values_shape`, file units) as a model is served them and as training changes them."""
    rng = np.random.default_rng(seed)
    sign = -1 if photometric == "MONOCHROME1" else 1  # augmenting takes the lowest value for black
    changed = [sign * augment(sign * np.asarray(values, np.float32), rng, strength) for _ in range(variants)]
    titles = ["as it is", *(f"changed, {number}" for number in range(1, variants + 1))]
    columns = min(4, len(titles))
    rows = -(-len(titles) // columns)
    figure = _figure(7.2, rows * (7.2 / columns * spec.size[0] / spec.size[1] + 0.25))
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    for axes, film, title in zip(places, [values, *changed], titles, strict=False):
        tensor = preprocessing.scale(np.asarray(film, np.float32), photometric, spec)
        axes.imshow(np.broadcast_to(tensor, (*spec.size, 3)), interpolation="bilinear")
        _title(axes, translate(title), ACCENT if film is values else MUTED)
    return _png(figure)


def roc_chart(scores: np.ndarray, truth: np.ndarray, labels: Sequence[str], *, translate: Translate = str) -> bytes:
    """Each label's ROC curve against all others, a panel a label; `scores` (n, k), `truth` (n,) indices into `labels`."""

    def draw(axes: Axes, there: np.ndarray, own: np.ndarray) -> str:
        false_alarms, found, _ = roc_curve(there, own, drop_intermediate=True)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (4, 4)))
        axes.plot(false_alarms, found, color=ACCENT, linewidth=1.8, solid_joinstyle="round", clip_on=False, zorder=3)
        return f"area {roc_auc_score(there, own):.3f}"

    return _curves(draw, scores, truth, labels, ("false alarms (1 − specificity)", "found (sensitivity)"), translate)


def pr_chart(scores: np.ndarray, truth: np.ndarray, labels: Sequence[str], *, translate: Translate = str) -> bytes:
    """Each label's precision against its recall, a panel a label, as `roc_chart`; the broken line is what chance gives."""

    def draw(axes: Axes, there: np.ndarray, own: np.ndarray) -> str:
        precision, found, _ = precision_recall_curve(there, own, drop_intermediate=True)
        axes.axhline(there.mean(), color=MUTED, linewidth=0.9, linestyle=(0, (4, 4)))
        axes.step(found, precision, where="post", color=ACCENT, linewidth=1.8, clip_on=False, zorder=3)
        return f"area {average_precision_score(there, own):.3f}"

    return _curves(draw, scores, truth, labels, ("found (recall)", "of those called, right (precision)"), translate)


def _curves(
    draw: Any, scores: np.ndarray, truth: np.ndarray, labels: Sequence[str], axis_names: tuple[str, str], translate: Translate
) -> bytes:
    """A square panel for each label with the curve that `draw` puts there, and the area that it gives back."""
    scores, truth = np.asarray(scores), np.asarray(truth)
    columns = {1: 1, 2: 2, 3: 3, 4: 2}.get(len(labels), 3 if len(labels) <= 9 else 4)
    rows = -(-len(labels) // columns)
    figure = _figure(2.5 * columns + 0.4, 2.75 * rows + 0.4)
    places = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for index, axes in enumerate(places):
        if index >= len(labels):
            axes.set_axis_off()
            continue
        _panel(axes, translate(labels[index]))
        there = truth == index
        if 0 < there.sum() < len(there):
            area, colour = draw(axes, there, scores[:, index]), ACCENT
        else:
            area, colour = ("no film has it" if not there.any() else "every film has it"), MUTED
        _note(axes, translate(area), colour)
        axes.tick_params(labelbottom=index + columns >= len(labels))
    figure.supxlabel(translate(axis_names[0]), fontsize=_TEXT, color=MUTED)
    figure.supylabel(translate(axis_names[1]), fontsize=_TEXT, color=MUTED)
    return _png(figure)


def reliability_chart(bins: Sequence[dict[str, Any]], *, translate: Translate = str) -> bytes:
    """How often films with such a top score are called rightly, with 95 % intervals, over how many films there are.

    `bins` are those of `evaluation.reliability`, also found in a report. Raises InvalidValue for none.
    """
    if not bins:
        raise InvalidValue("No bins make no chart; give those of a report on one or more films.")
    figure = _figure(4.6, 5.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    score, right = [each["score"] for each in bins], [each["right"] for each in bins]
    above.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (4, 4)))
    above.vlines(score, [each["low"] for each in right], [each["high"] for each in right], color=ACCENT, linewidth=1.4)
    above.plot(score, [each["value"] for each in right], "o", color=ACCENT, markersize=5, clip_on=False, zorder=3)
    _axes(above)
    above.set_aspect("auto")
    above.set_ylabel(translate("part that is right"), fontsize=_TEXT, color=MUTED)
    _histogram(below, bins)
    below.set_xlabel(translate("score of what it is called"), fontsize=_TEXT, color=MUTED)
    below.set_ylabel(translate("films"), fontsize=_TEXT, color=MUTED)
    return _png(figure)


def _histogram(axes: Axes, bins: Sequence[dict[str, Any]]) -> None:
    """How many films each bin holds, written over it."""
    middle, films = [(each["low"] + each["high"]) / 2 for each in bins], [each["films"] for each in bins]
    axes.bar(middle, films, width=0.08, color=LINES)
    for place, count in zip(middle, films, strict=True):
        axes.annotate(f"{count}", (place, count), (0, 2), textcoords="offset points", ha="center", fontsize=_SMALL, color=INK)
    axes.set_ylim(0, 1.35 * max(films))
    axes.set_yticks([])
    axes.tick_params(colors=MUTED, labelsize=_SMALL, length=0)
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.spines["bottom"].set_color(LINES)


def confusion_chart(confusion: Sequence[Sequence[int]], labels: Sequence[str], *, translate: Translate = str) -> bytes:
    """Films by what they are (rows) and what they are called (columns), k × k counts; tinted by the part of their row."""
    counts = np.asarray(confusion)
    parts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(3.0, 0.82 * len(labels))
    names = ["\n".join(_lines(translate(label))) for label in labels]
    figure = _figure(side + 1.7, side + 1.1)
    axes = figure.subplots()
    axes.imshow(parts, cmap=_TINTS, vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        weight, colour = "bold" if row == column else "normal", INK if count else MUTED
        axes.text(
            column, row, f"{count}", ha="center", va="bottom" if count else "center", fontsize=11, color=colour, weight=weight
        )
        part = f"{100 * parts[row, column]:.0f} %" if count else ""
        axes.text(column, row + 0.06, part, ha="center", va="top", fontsize=_SMALL, color=INK)
    turned: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if _crowded(names, side) else {}
    axes.set_xticks(range(len(names)), names, parse_math=False, fontsize=_SMALL, color=INK, **turned)
    axes.set_yticks(range(len(names)), names, parse_math=False, fontsize=_SMALL, color=INK)
    axes.set_xticks(np.arange(len(names) - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(len(names) - 1) + 0.5, minor=True)
    axes.grid(which="minor", color=PAPER, linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(translate("called"), fontsize=_TEXT, color=MUTED)
    axes.set_ylabel(translate("is"), fontsize=_TEXT, color=MUTED)
    return _png(figure)


def _crowded(names: list[str], side: float) -> bool:
    """Whether the widest line of the names is wider than a cell, at about 0.075 inch a letter."""
    return max(fonts.columns(line) for name in names for line in name.split("\n")) * 0.075 > side / len(names)


def _lines(label: str, letters: int = 18) -> list[str]:
    """A label in lines of about so many letters, three at the most."""
    return fonts.wrapped(_short(label, 3 * letters - 8), letters, fonts.columns) or [""]


def _short(label: str, longest: int = 60) -> str:
    """A long label without its middle: names that begin alike often differ at the end."""
    keep = (longest - 1) // 2
    if fonts.columns(label) <= longest:
        return label
    return f"{_first(label, keep).rstrip()}…{_first(label[::-1], keep)[::-1].lstrip()}"


def _first(label: str, columns: int) -> str:
    """As many of its letters as go into so many columns."""
    ends = np.cumsum([fonts.columns(letter) for letter in label])
    return label[: np.searchsorted(ends, columns, "right")]


def _films(count: int) -> str:
    return "1 film" if count == 1 else f"{count:,} films"


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), dpi=_DPI, facecolor=PAPER, layout="constrained")


def _title(axes: Axes, text: str, colour: str = INK) -> None:
    axes.set_title(text, loc="left", fontsize=_TEXT, color=colour, pad=4, parse_math=False)


def _panel(axes: Axes, label: str) -> None:
    _axes(axes)
    _title(axes, "\n".join(_lines(label, 30)))


def _note(axes: Axes, text: str, colour: str) -> None:
    axes.text(0.97, 0.06, text, ha="right", fontsize=_TEXT, color=colour, transform=axes.transAxes, bbox=_BLANK)


def _axes(axes: Axes) -> None:
    """A square from 0 to 1 both ways, with few quiet lines."""
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1], aspect="equal", facecolor="white")
    axes.set_xticklabels(["0", "0.5", "1"])
    axes.set_yticklabels(["0", "0.5", "1"])
    axes.grid(color=LINES, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=_SMALL, length=0)
    axes.spines[:].set_color(LINES)


def _png(figure: Figure) -> bytes:
    for text in figure.findobj(Text):
        text.set_fontfamily(fonts.families(text.get_text()))
    buffer = BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.15, metadata={"Software": None})
    return buffer.getvalue()
