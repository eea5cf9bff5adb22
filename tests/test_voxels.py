"""The voxel route, called as a server calls it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette

from medcore.errors import InvalidValue
from ui import voxels

APP = Starlette(routes=[voxels.route])
VOXELS = np.random.default_rng(0).integers(-1000, 3000, (3, 4, 5)).astype(np.int16)


@pytest.fixture
def token() -> Iterator[str]:
    published = voxels.publish(VOXELS)
    yield published
    voxels.withdraw(published)


def get(path: str, query: str = "") -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of one request through the route."""
    sent: list[dict[str, Any]] = []
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": [], "root_path": ""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(APP(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize("index", [0, 2])
def test_a_slice_comes_as_its_bytes(token, index):
    status, _, body = get(f"/voxels/{token}", f"slice={index}")
    assert status == 200
    assert np.array_equal(np.frombuffer(body, "<i2").reshape(4, 5), VOXELS[index])


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32", "uint8", ">i2"])
def test_every_type_comes_little_endian(dtype):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    token = voxels.publish(array)
    body = get(f"/voxels/{token}", "slice=1")[2]
    voxels.withdraw(token)
    assert np.array_equal(np.frombuffer(body, array.dtype.newbyteorder("<")).reshape(3, 4), array[1])


def test_a_memory_mapped_colour_volume_is_read_from_its_file(tmp_path):
    np.save(tmp_path / "volume.npy", np.arange(120, dtype=np.uint8).reshape(2, 4, 5, 3))
    token = voxels.publish(np.load(tmp_path / "volume.npy", mmap_mode="r"))
    assert get(f"/voxels/{token}", "slice=1")[2] == bytes(range(60, 120))
    voxels.withdraw(token)


@pytest.mark.parametrize("query", ["slice=0", "slice=9"])
def test_no_answer_is_compressed_cached_or_guessed_at(token, query):
    headers = get(f"/voxels/{token}", query)[1]
    assert headers["content-encoding"] == "identity"
    assert headers["cache-control"] == "private, no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_content_type_is_bytes(token):
    assert get(f"/voxels/{token}", "slice=0")[1]["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "query", ["", "slice=", "slice=3", "slice=-1", "slice=1.0", "slice=a", "slice=²", "slice=" + "9" * 5000]
)
def test_a_slice_that_is_not_there_is_refused_in_words(token, query):
    status, _, body = get(f"/voxels/{token}", query.replace("²", "%C2%B2"))
    assert (status, body) == (400, b"Ask for a slice from 0 to 2.")


def test_an_unknown_token_says_what_to_do():
    status, _, body = get("/voxels/nothing", "slice=0")
    assert (status, body) == (404, b"This scan is no longer on the server: open it again.")


def test_a_withdrawn_token_is_unknown_and_may_be_withdrawn_again():
    token = voxels.publish(VOXELS)
    voxels.withdraw(token)
    voxels.withdraw(token)
    assert get(f"/voxels/{token}", "slice=0")[0] == 404


def test_tokens_are_long_and_never_the_same():
    tokens = {voxels.publish(VOXELS) for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) >= 43 for token in tokens)
    for token in tokens:
        voxels.withdraw(token)


def test_a_token_ends_when_it_is_not_used_and_lives_while_it_is(monkeypatch):
    now = 0.0
    monkeypatch.setattr(voxels.time, "monotonic", lambda: now)
    used, unused = voxels.publish(VOXELS), voxels.publish(VOXELS)
    now = 7 * 3600
    assert get(f"/voxels/{used}", "slice=0")[0] == 200
    now = 9 * 3600
    assert get(f"/voxels/{used}", "slice=0")[0] == 200
    assert get(f"/voxels/{unused}", "slice=0")[0] == 404
    voxels.withdraw(used)


@pytest.mark.parametrize("array", [np.zeros((2, 2, 2)), np.zeros((2, 2), np.int16), np.zeros((2, 2, 2), np.uint16)])
def test_what_the_viewer_cannot_show_is_refused(array):
    with pytest.raises(InvalidValue, match="can't be shown"):
        voxels.publish(array)
