"""A score as a bar with its operating point marked on it."""

import html

import streamlit as st

from ui.texts import number, say, translated

_STYLE = """<style>
.lb-score{margin:0 0 .9rem}
.lb-score p{display:flex;justify-content:space-between;margin:0 0 .25rem;font-size:.95rem}
.lb-score b{font-variant-numeric:tabular-nums}
.lb-bar{position:relative;height:.75rem;border-radius:.375rem;background:color-mix(in srgb,currentColor 14%,transparent)}
.lb-bar i{position:absolute;inset:0 auto 0 0;border-radius:.375rem;background:var(--st-primary-color,#0f766e)}
.lb-bar u{position:absolute;top:-.25rem;bottom:-.25rem;width:2px;background:currentColor}
.lb-score small{opacity:.85}
</style>"""


def score_bars(scores: dict[str, float], points: dict[str, float]) -> None:
    """One bar a label; the words beside it say what the bar shows."""
    bars = "".join(_bar(label, score, points[label]) for label, score in scores.items())
    st.html(_STYLE + bars)


def _bar(label: str, score: float, point: float) -> str:
    name, (shown, line) = translated(label), told_apart(score, point)
    if score >= point:
        words = say("operating point {point}: the score is at or above it", point=line)
    else:
        words = say("operating point {point}: the score is below it", point=line)
    spoken = say("{label}: score {score}, {words}", label=name, score=shown, words=words)
    return (
        f'<div class="lb-score" data-label="{html.escape(label)}" data-score="{score:.6f}">'
        f"<p><span>{html.escape(name)}</span><b>{shown}</b></p>"
        f'<div class="lb-bar" role="img" aria-label="{html.escape(spoken)}">'
        f'<i style="width:{100 * score:.1f}%"></i><u style="left:{100 * point:.1f}%"></u></div><small>{words}</small></div>'
    )


def told_apart(score: float, point: float, least: int = 2) -> tuple[str, str]:
    """A score and its point with `least` decimals, or as many as show which of them is the larger."""
    digits = next((each for each in range(least, 6) if score == point or round(score, each) != round(point, each)), 6)
    return number(round(score, digits), digits), number(round(point, digits), digits)
