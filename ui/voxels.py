"""The route that gives the viewer raw slices, behind unguessable tokens; an array is known to whoever holds its token."""

import secrets
import threading
import time
from dataclasses import dataclass, field

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from medcore.errors import InvalidValue

UNUSED_HOURS = 8.0
DTYPES = ("int16", "int32", "float32", "uint8")
# Streamlit compresses what doesn't name an encoding: 105 MB took 19.6 s with gzip and 5.2 s without.
HEADERS = {"Content-Encoding": "identity", "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


@dataclass
class _Published:
    array: np.ndarray
    used: float = field(default_factory=lambda: time.monotonic())


_published: dict[str, _Published] = {}
_lock = threading.Lock()


def publish(array: np.ndarray) -> str:
    """A new token for `array` (slices, rows, columns[, 3]) of int16, int32, float32 or uint8; it may be memory-mapped.

    The token stops working when withdrawn, or after `UNUSED_HOURS` without a request. Raises InvalidValue for other arrays.
    """
    if array.dtype.name not in DTYPES or array.ndim not in (3, 4):
        raise InvalidValue(f"An array of {array.dtype} {array.shape} can't be shown; give (slices, rows, columns) voxels.")
    token = secrets.token_urlsafe(32)
    with _lock:
        _drop_unused()
        _published[token] = _Published(array)
    return token


def withdraw(token: str) -> None:
    """Stop serving the array; a token that is no longer known is fine."""
    with _lock:
        _published.pop(token, None)


def is_published(token: str) -> bool:
    """Whether the token still works."""
    with _lock:
        return token in _published


async def serve(request: Request) -> Response:
    """The bytes of slice `?slice=i`: little-endian, row by row. The shape and type travel with the page, not here."""
    array = _find(request.path_params["token"])
    if array is None:
        return PlainTextResponse("This scan is no longer on the server: open it again.", 404, headers=HEADERS)
    wanted = request.query_params.get("slice", "")
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 and int(wanted) < len(array)):
        return PlainTextResponse(f"Ask for a slice from 0 to {len(array) - 1}.", 400, headers=HEADERS)
    content = await run_in_threadpool(_slice_bytes, array, int(wanted))
    return Response(content, media_type="application/octet-stream", headers=HEADERS)


route = Route("/voxels/{token}", serve)


def _find(token: str) -> np.ndarray | None:
    with _lock:
        _drop_unused()
        found = _published.get(token)
        if found is None:
            return None
        found.used = time.monotonic()
        return found.array


def _drop_unused() -> None:
    """Forget what nobody asked for lately; call it with the lock held."""
    oldest = time.monotonic() - UNUSED_HOURS * 3600
    for token in [token for token, entry in _published.items() if entry.used < oldest]:
        del _published[token]


def _slice_bytes(array: np.ndarray, index: int) -> bytes:
    return array[index].astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
