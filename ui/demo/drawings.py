"""The tour's own line drawings: light on the near-black that is behind every picture, the same in both themes."""

import base64

_LIGHT, _ACCENT, _SIGNAL = "#dfe7e8", "#2fb5a5", "#f5b14c"
_PATHS: dict[str, tuple[str, str]] = {
    "talk": ("64 64", '<path d="M8 12h48v30H30L18 54V42H8z"/><path d="M18 23h28M18 32h18"/>'),
    "look": (
        "64 64",
        '<path d="M18 8v16a12 12 0 0 0 24 0V8M30 36v8a11 11 0 0 0 22 0v-8"/><circle cx="52" cy="30" r="6"/>',
    ),
    "test": ("64 64", '<path d="M24 8h16M27 8v18L13 52a4 4 0 0 0 4 5h30a4 4 0 0 0 4-5L37 26V8M20 42h24"/>'),
    "film": (
        "64 64",
        '<rect x="8" y="6" width="48" height="40" rx="4"/><path d="M29 13c-9 1-12 13-12 24 6 1 9 0 12-3zM35 13c9 1 12 13 12 24'
        f'-6 1-9 0-12-3z"/><path d="M8 56h48" opacity=".4"/><path d="M8 56h34" stroke="{_ACCENT}" stroke-width="5"/>',
    ),
    "people": (
        "200 150",
        '<circle cx="58" cy="46" r="20"/><path d="M22 140c0-38 14-58 36-58s36 20 36 58"/><circle cx="146" cy="52" r="18"/>'
        f'<path d="M114 140c0-36 12-54 32-54s32 18 32 54"/><g stroke="{_ACCENT}">'
        '<path d="M46 84v14a12 12 0 0 0 24 0V84M58 110v8"/>'
        '<circle cx="58" cy="122" r="4"/><path d="M84 10h36v20h-14l-8 9v-9H84z"/></g>',
    ),
    "flag": (
        "200 150",
        '<rect x="20" y="70" width="160" height="26" rx="6"/>'
        f'<rect x="20" y="70" width="122" height="26" rx="6" fill="{_ACCENT}" stroke="none"/>'
        f'<path d="M104 52v62"/><path d="M142 66V24h28l-8 10 8 10h-28" stroke="{_SIGNAL}" fill="{_SIGNAL}"/>',
    ),
}


def drawing(name: str) -> str:
    """HTML: the drawing of that name; what it means is said beside it."""
    box, paths = _PATHS[name]
    return f'<img src="{svg_address(box, paths, _LIGHT, 3)}" alt="">'


def svg_address(box: str, paths: str, colour: str, width: float) -> str:
    """Lines in a box "width height" as a data address."""
    return "data:image/svg+xml;base64," + base64.b64encode(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box}" fill="none" stroke="{colour}" stroke-width="{width}" '
            f'stroke-linecap="round" stroke-linejoin="round">{paths}</svg>'
        ).encode()
    ).decode("ascii")
