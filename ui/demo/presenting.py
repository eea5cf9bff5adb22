"""A presenter's keys, and in a kiosk the end of a visit: what the page's own script does."""

from pathlib import Path

import streamlit as st

from medcore.settings import settings
from ui.demo import kiosk, learning_step
from ui.speaking import COOKIE
from ui.texts import say

_SCRIPT, _KEY = Path(__file__).with_suffix(".js"), "demo-presenting"
_mount = st.components.v2.component(
    "lightbox_tour",
    html='<p class="told" role="status"></p><div class="ending" role="alert" hidden></div>',
    css=_SCRIPT.with_suffix(".css").read_text(encoding="utf-8"),
    js=_SCRIPT.read_text(encoding="utf-8"),
)


def presenting(step: int, title: str) -> None:
    """Mounts it; it shows nothing but the last seconds of an idle visit."""
    data = {
        "step": step,
        "title": title,
        "seconds": settings().kiosk_seconds if kiosk.is_on() else 0,
        "ending": say("The tour starts anew in {seconds} s. Touch the screen to go on."),
        "cookie": COOKIE,
        "over": bool(st.session_state.get("demo-over")),
    }
    with st.container(key=_KEY):
        _mount(key="demo-script", data=data, on_over_change=_end)


def _end() -> None:
    """The visitor has gone: what was under way for them ends before the browser opens the tour anew."""
    learning_step.leave()
    st.session_state["demo-over"] = True


def keys_listed() -> None:
    """The keys, in a fold; no visitor of a kiosk needs them."""
    if kiosk.is_on():
        return
    with st.expander(say("Keys for presenters"), icon=":material/keyboard:"):
        st.markdown(
            "\n".join(
                (
                    say("- **→** or **Page Down**: next step"),
                    say("- **←** or **Page Up**: back"),
                    say("- **Home**: first step"),
                    say("- **1** to **6**: that step"),
                    say("- `?step=3` in the address opens a step, `?kiosk=1` a tour without other pages"),
                )
            )
        )
