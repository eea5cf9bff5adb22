"""Figures by epoch as lines, on an axis that fits what they do: a score near 1 must not look flat."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from ui.texts import say

_HEIGHT = 260
_COLOURS = ["#0f766e", "#d97706"]  # the accent, and one that is told from it in both themes and without red and green


def curve(table: pd.DataFrame, lines: Mapping[str, str]) -> None:
    """The table's columns `lines` (column → name) over its column "epoch"."""
    there = {column: name for column, name in lines.items() if column in table}
    long = table[["epoch", *there]].rename(columns=there).melt("epoch", var_name="line", value_name="value").dropna()
    legend = {"orient": "top"} if len(there) > 1 else None
    colour = {"field": "line", "type": "nominal", "title": None, "scale": {"range": _COLOURS}, "legend": legend}
    st.vega_lite_chart(
        long,
        {
            "mark": {"type": "line", "point": len(table) < 30},
            "encoding": {
                "x": {
                    "field": "epoch",
                    "type": "quantitative",
                    "title": say("epoch"),
                    "axis": {"tickMinStep": 1, "format": "d"},
                },
                "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": False}},
                "color": colour,
                "tooltip": [
                    {"field": "line", "title": say("line")},
                    {"field": "epoch", "title": say("epoch")},
                    {"field": "value", "title": say("value"), "format": ".4f"},
                ],
            },
        },
        height=_HEIGHT,
        width="stretch",
    )
