"""A table of words that stays readable on a phone: there each row becomes a block with its columns' names."""

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from ui.texts import say

_STYLE = """<style>
.lb-table td:first-child,.lb-table th{min-width:4rem;overflow-wrap:break-word}
.lb-table{width:100%;border-collapse:collapse;font-size:.9rem}
.lb-table th{text-align:left;font-weight:600;opacity:.8}
.lb-table td{overflow-wrap:anywhere;white-space:pre-line}
.lb-table th,.lb-table td{padding:.4rem .75rem .4rem 0;vertical-align:top;
 border-bottom:1px solid color-mix(in srgb,currentColor 16%,transparent)}
.lb-pairs th{width:12rem}
@media (max-width:640px){.lb-table thead{display:none}
 .lb-table tr,.lb-table td,.lb-table th{display:block;width:auto;border:0;padding:.1rem 0}
 .lb-table tr{padding:.5rem 0;border-bottom:1px solid color-mix(in srgb,currentColor 16%,transparent)}
 .lb-table td:empty{display:none}.lb-table td[data-name]:before{content:attr(data-name);margin-right:.25em;opacity:.75}
 .lb-table td[data-name]:first-child{font-weight:600}.lb-table td[data-name]:first-child:before{content:none}}
</style>"""


def table(rows: Sequence[Mapping[str, str]]) -> None:
    """Draws rows of the same columns; the first column names the row."""
    if not rows:
        return
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in rows[0])
    body = "".join(f"<tr>{''.join(_cell(name, each) for name, each in row.items())}</tr>" for row in rows)
    st.html(f'{_STYLE}<table class="lb-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def pairs(rows: Sequence[tuple[str, str]]) -> None:
    """Draws names with what belongs to each."""
    body = "".join(f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(words)}</td></tr>' for name, words in rows)
    st.html(f'{_STYLE}<table class="lb-table lb-pairs"><tbody>{body}</tbody></table>')


def _cell(name: str, words: str) -> str:
    return f'<td data-name="{html.escape(say("{name}:", name=name))}">{html.escape(words)}</td>'
