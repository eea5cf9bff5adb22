"""Rows of figures as bars from 0.5 (guessing) to 1, each with its interval, what plain figures reach, and its words."""

import html
from collections.abc import Sequence

import streamlit as st

from ui.models.figures import Row
from ui.models.reading import digits, figure
from ui.texts import say, say_count

_LOW = 0.5
_SHOWN = 5
_SHAPES = ("◇", "▽", "□", "○")
_STYLE = """<style>
.lb-rows{container-type:inline-size;font-size:.95rem}
.lb-rows>div{display:grid;grid-template-columns:minmax(9rem,1fr) 2fr;gap:.25rem 1.25rem;padding:.75rem 0;
 border-top:1px solid color-mix(in srgb,currentColor 16%,transparent)}
.lb-rows>.lb-key{border:0;padding:0 0 .5rem}
.lb-rows small{display:block;opacity:.8;overflow-wrap:anywhere}
.lb-rows b{display:block;overflow-wrap:anywhere}
.lb-track{position:relative;height:1.5rem}
.lb-track:before{content:"";position:absolute;left:0;right:0;top:.7rem;height:2px;
 background:color-mix(in srgb,currentColor 22%,transparent)}
.lb-track i{position:absolute;top:.4rem;height:.7rem;border-radius:.35rem;opacity:.6;
 background:color-mix(in srgb,var(--st-primary-color,#0f766e) 75%,currentColor)}
.lb-track u{position:absolute;top:.2rem;width:4px;height:1.1rem;margin-left:-2px;border-radius:2px;background:currentColor}
.lb-track s{position:absolute;top:.05rem;transform:translateX(-50%);text-decoration:none;font-size:1rem;line-height:1.4rem}
.lb-scale{display:flex;justify-content:space-between;opacity:.8;font-size:.85rem}
@container (max-width:30rem){.lb-rows>div{grid-template-columns:1fr}}
</style>"""


def bars(rows: Sequence[Row]) -> None:
    """Draws the rows under a key to their marks, the first ones at once and the others folded."""
    names = list(dict.fromkeys(name for row in rows for name, _ in row.others))
    shapes = dict(zip(names, _SHAPES, strict=False))
    st.html(f'{_STYLE}<div class="lb-rows">{_key(shapes)}{_drawn(rows[:_SHOWN], shapes)}</div>')
    if rows[_SHOWN:]:
        folded = say_count("{count} more part of the test", "{count} more parts of the test", len(rows) - _SHOWN)
        with st.expander(folded, icon=":material/group:"):
            st.html(f'{_STYLE}<div class="lb-rows">{_drawn(rows[_SHOWN:], shapes)}</div>')


def _drawn(rows: Sequence[Row], shapes: dict[str, str]) -> str:
    return "".join(_row(row, shapes) for row in rows)


def _key(shapes: dict[str, str]) -> str:
    others = "".join(f" · {shape} {html.escape(name)}" for name, shape in shapes.items())
    ends = f"<span>{html.escape(say('0.5 guessing'))}</span><span>{html.escape(say('1 perfect order'))}</span>"
    told = html.escape(say("ROC AUC: ▎this model, with its 95 % interval"))
    return f'<div class="lb-key"><small>{told}{others}</small><div class="lb-scale">{ends}</div></div>'


def _row(row: Row, shapes: dict[str, str]) -> str:
    others = " · ".join(f"{html.escape(name)} {figure(area, 3)}" for name, area in row.others)
    figures = f"ROC AUC {digits(row.area)}" if row.area else ""
    told = " · ".join(filter(None, (figures, others)))
    words = "".join(f"<div>{html.escape(each)}</div>" for each in row.words)
    track = _track(row, shapes, told) if row.area else ""
    return (
        f"<div><div><b>{html.escape(row.name)}</b><small>{html.escape(row.count)}</small>"
        f"<small>{html.escape(row.about)}</small></div>"
        f"<div>{track}<small>{told}</small>{words}</div></div>"
    )


def _track(row: Row, shapes: dict[str, str], told: str) -> str:
    value, low, high = (_place(each) for each in row.area or ())
    marks = "".join(
        f'<s style="left:{_place(area):.1f}%" title="{html.escape(name)} {figure(area, 3)}">{shapes[name]}</s>'
        for name, area in row.others
        if name in shapes
    )
    return (
        f'<div class="lb-track" role="img" aria-label="{html.escape(row.name)}: {told}">'
        f'<i style="left:{low:.1f}%;width:{max(high - low, 0.5):.1f}%"></i>{marks}<u style="left:{value:.1f}%"></u></div>'
    )


def _place(area: float) -> float:
    """Where an area lies between the ends, in percent."""
    return 100 * (min(max(area, _LOW), 1.0) - _LOW) / (1 - _LOW)
