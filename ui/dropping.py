"""Files dropped anywhere on the page: while some are dragged over it, the uploader's drop zone covers all of it."""

import streamlit as st

# The page gets `dragover` several times a second while files are over it, and none once they are dropped or taken away.
_SCRIPT = """<script>
(() => {
  if (window.lightboxDropping) return;
  window.lightboxDropping = true;
  const mark = (on) => document.documentElement.classList.toggle("lb-dragging", on);
  let ending;
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    clearTimeout(ending);
    ending = setTimeout(mark, 600, false);
    mark(true);
  }, true);
  addEventListener("drop", () => mark(false), true);
})();
</script>"""
_STYLE = """<style>
:root.lb-dragging .st-key-open [data-testid="stFileUploaderDropzone"]{
position:fixed;inset:0;z-index:2000000;width:auto;height:auto;flex-direction:column;justify-content:center;align-items:center;
border:4px dashed #0f766e;border-radius:0;background:color-mix(in srgb,var(--st-background-color,Canvas) 85%,transparent)}
</style>"""


def drop_anywhere() -> None:
    """Makes the whole page a drop zone for the uploader inside the container with the key "open"."""
    st.html(_STYLE)
    st.html(_SCRIPT, unsafe_allow_javascript=True)
