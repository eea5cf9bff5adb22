"""The tour's pictures as HTML: in the page's own message, so that none comes late, each in a place that is kept for it."""

import base64
import html
from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image

_QUALITY = 88


def address(image: np.ndarray) -> str:
    """A picture (rows, columns[, 3]) uint8 as a data address."""
    file = BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def show(image: np.ndarray, alt: str, note: str = "") -> None:
    """A picture, large, with what it is written below it."""
    st.html(f'<figure class="lb-shown">{as_html(image, alt)}{_caption(note)}</figure>')


def as_html(image: np.ndarray, alt: str) -> str:
    """A picture as an HTML element that keeps its place while it is drawn."""
    rows, columns = image.shape[:2]
    return (
        f'<img src="{address(image)}" alt="{html.escape(alt)}" width="{columns}" height="{rows}" decoding="sync" '
        f'style="aspect-ratio:{columns}/{rows}">'
    )


def _caption(note: str) -> str:
    return f"<figcaption>{html.escape(note)}</figcaption>" if note else ""
