"""A score as a bar with its operating point marked on it."""

import html

import streamlit as st

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
    side = "at or above" if score >= point else "below"
    name, words = html.escape(label), f"operating point {point:.2f}: the score is {side} it"
    return (
        f'<div class="lb-score" data-label="{name}" data-score="{score:.6f}"><p><span>{name}</span><b>{score:.2f}</b></p>'
        f'<div class="lb-bar" role="img" aria-label="{name}: score {score:.2f}, {words}">'
        f'<i style="width:{100 * score:.1f}%"></i><u style="left:{100 * point:.1f}%"></u></div><small>{words}</small></div>'
    )
