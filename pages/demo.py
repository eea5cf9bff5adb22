"""See how it works: a guided tour of six steps for those who read no films; nothing to upload."""

from pathlib import Path

import streamlit as st

from ui.demo import kiosk
from ui.demo.presenting import keys_listed, presenting
from ui.demo.steps import STEPS
from ui.demo.way import bar, step_asked
from ui.refusals import refusals_said

st.html(Path(__file__).parent.parent / "ui" / "demo" / "demo.css")
if kiosk.is_on():
    st.html("<style>#MainMenu, [data-testid='stMainMenu'], .stToolbarActions { display: none; }</style>")
step, titles = step_asked(len(STEPS)), [each.title() for each in STEPS]
# Each step has a place of its own, so that nothing of the last one stays while the next is drawn.
place = [st.empty() for _ in STEPS][step - 1].container(key=f"demo-shown-{step}")
keys_listed()
bar(step, titles)
presenting(step, titles[step - 1])
with place, refusals_said():  # last, so that the way on is there while a net wakes up
    STEPS[step - 1].show()
