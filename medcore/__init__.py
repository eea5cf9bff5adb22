"""Lightbox's library: scans in, grey values, scores and heat maps out; no streamlit, no tensorflow at import."""

__version__ = "0.1.0"
