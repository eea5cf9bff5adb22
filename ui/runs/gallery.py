"""The test films that a run got most wrong, each with where the net looked, and a way into the review page."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from medcore import datasets, rendering
from medcore.volume import Heatmap
from ui.plain import plain
from ui.refusals import refusals_said
from ui.session import session
from ui.texts import number, say, translated

_A_ROW = 4
_OPACITY = 0.5


@dataclass(frozen=True)
class Mistake:
    """One test film: its picture (rows, columns[, 3]) uint8, the heat map of what the model said, and both labels."""

    name: str
    truth: str
    said: str
    score: float
    picture: np.ndarray
    heat: np.ndarray


@st.cache_data(show_spinner=False, max_entries=16)
def _load(path: str, changed: float) -> list[Mistake]:
    with np.load(path, allow_pickle=False) as held:
        columns = [held[name] for name in ("names", "truth", "predicted", "scores", "pictures", "heats")]
    return [
        Mistake(str(name), str(truth), str(said), float(score), picture, heat)
        for name, truth, said, score, picture, heat in zip(*columns, strict=True)
    ]


def load_mistakes(run: Path) -> list[Mistake]:
    """The run's gallery, most wrong first."""
    path = run / "result" / "mistakes.npz"
    return _load(str(path), path.stat().st_mtime)


def gallery(run: Path, chosen: tuple[str, str] | None) -> str | None:
    """Draws the mistakes, or those of one cell of the confusion table; the name of the film to open in Review, if asked."""
    mistakes = [each for each in load_mistakes(run) if chosen is None or (each.truth, each.said) == chosen]
    st.markdown(f"## {_heading(chosen)}")
    if not mistakes:
        st.markdown(say("None among the test films.") if chosen is None else say("None of these is among the worst mistakes."))
        return None
    st.markdown(f":small[{say('The most certain mistakes first. Warm colours: where the net found what it says.')}]")
    wanted = None
    for start in range(0, len(mistakes), _A_ROW):
        for column, mistake in zip(st.columns(_A_ROW), mistakes[start : start + _A_ROW], strict=False):
            with column:
                if _one(mistake):
                    wanted = mistake.name
    return wanted


def _heading(chosen: tuple[str, str] | None) -> str:
    if chosen is None:
        return say("Mistakes")
    truth, said = (plain(translated(label)) for label in chosen)
    return say("Mistakes: is {truth}, says {said}", truth=truth, said=said)


def _one(mistake: Mistake) -> bool:
    truth, said = translated(mistake.truth), translated(mistake.said)
    alt = say("is {truth}, says {said}", truth=truth, said=said)
    st.image(overlaid(mistake.picture, mistake.heat), width="stretch", alt=alt)
    score = number(mistake.score, 2)
    st.markdown(say("is **{truth}**, says **{said}** {score}", truth=plain(truth), said=plain(said), score=score))
    return st.button(say("Open in Review"), key=f"open {mistake.name}", width="stretch")


def overlaid(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A film with its heat map over it, (rows, columns, 3) uint8."""
    rgb = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    return rendering.overlay(rgb, Heatmap(heat.astype(np.float32), "", "gradcam", "", 0), _OPACITY)


def open_in_review(path: Path) -> None:
    """Opens the film on the review page, if it lies where pages may read: a run by the command line may be of any folder."""
    with refusals_said():
        film = datasets.allowed(path)
        with st.spinner(say("Opening …")):
            session().open_path(film, lambda done, total: None)
        st.switch_page("../pages/review.py")
