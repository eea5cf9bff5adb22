"""The page of the viewer's browser test: a CT-like volume, a film and a colour image, each as the sidebar says."""

import streamlit as st
import viewer_scans as scans

from ui.viewer import HeatLayer, View, Which, viewer

scan = st.sidebar.radio("scan", list(scans.VOLUMES))
heat = st.sidebar.checkbox("heat")
jump = st.sidebar.checkbox("jump")
hidden = st.sidebar.checkbox("hide")
st.sidebar.button("run again")
chosen = st.session_state.setdefault("chosen", [0, 0])  # which of the times, and how often one was chosen
volume = scans.TIMES[chosen[0]] if scan == "times" else scans.VOLUMES[scan]
token = scans.time_token(chosen[0]) if scan == "times" else scans.token(scan)
layer = HeatLayer(scans.token("heat"), 2, "pneumonia") if heat and scan == "ct" else None


def choose(position: int) -> None:
    views = st.session_state["views"]
    if token in views:  # as the last one was shown
        views[scans.time_token(position)] = views[token]
    chosen[:] = position, chosen[1] + 1


if not hidden:
    views = st.session_state.setdefault("views", {})
    viewer(
        series_token=token,
        volume=volume,
        key="viewer",
        presets=scans.PRESETS[scan],
        views=views,
        heat=layer,
        view=View(slice_index=4) if jump else None,
        overlay_token=scans.overlay_token(scan),
        which=Which("times", chosen[0], 3, "time", chosen[1]) if scan == "times" else None,
        choose=choose,
    )
    view = views.get(token)
    st.write("no view yet" if view is None else f"slice {view.slice_index}, width {view.width:g}")
