"""The store keeps what is open, maps read-only, and never serves half a file."""

import os
import threading
import time

import numpy as np
import pytest

from medcore import store
from medcore.errors import ReadingLimit, UnknownName
from medcore.settings import settings
from medcore.volume import Volume

HALF_A_MEGABYTE = (1, 512, 512)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty store of 2 MB: three of the half-megabyte volumes, with their headers."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIGHTBOX_STORE_MEGABYTES", "2")
    monkeypatch.setattr(store, "_sessions", {})
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


def volume(value: int, shape: tuple[int, int, int] = HALF_A_MEGABYTE, dtype: str = "int16") -> Volume:
    return Volume(np.full(shape, value, dtype), None, "HU", "CT", "MONOCHROME2", "slices")


def stored(volume_id: str) -> bool:
    return (settings().store_folder / f"{volume_id}.npy").exists()


def files() -> list[str]:
    return sorted(path.name for path in settings().store_folder.iterdir())


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32"])
def test_what_is_put_is_opened_as_it_was(dtype):
    values = np.random.default_rng(0).integers(-1000, 1000, (3, 5, 7)).astype(dtype)
    opened = store.open(store.put(Volume(values, None, "HU", "CT", "MONOCHROME2", "slices")))
    assert opened.dtype == values.dtype
    assert np.array_equal(opened, values)


def test_colour_and_views_that_are_not_contiguous_are_kept():
    colour = np.random.default_rng(0).integers(0, 255, (2, 6, 8, 3), np.uint8)[:, ::2, ::-1]
    assert np.array_equal(store.open(store.put(Volume(colour, None, "grey", None, "RGB", "frames"))), colour)


def test_a_mapping_is_read_only():
    opened = store.open(store.put(volume(1)))
    assert isinstance(opened, np.memmap)
    assert not opened.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        opened[0, 0, 0] = 5


def test_the_same_content_is_stored_once_and_another_apart():
    first = store.put(volume(1))
    written = (settings().store_folder / f"{first}.npy").stat().st_ino
    assert store.put(volume(1)) == first
    assert files() == [f"{first}.npy"]
    assert (settings().store_folder / f"{first}.npy").stat().st_ino == written
    swapped = Volume(volume(1).voxels.astype(">i2"), None, "HU", "CT", "MONOCHROME2", "slices")
    assert store.put(swapped) == first
    others = [volume(2), volume(1, (1, 256, 1024)), volume(1, (1, 16, 16), "int32"), volume(1, (1, 16, 16), "float32")]
    assert len({first, *(store.put(other) for other in others)}) == 5


def test_folder_and_files_are_for_this_account_alone():
    volume_id = store.put(volume(1))
    assert settings().store_folder.stat().st_mode & 0o777 == 0o700
    assert (settings().store_folder / f"{volume_id}.npy").stat().st_mode & 0o777 == 0o600


def test_the_least_recently_used_goes_first():
    first, second, third = (store.put(volume(value)) for value in (1, 2, 3))
    store.open(first)
    fourth = store.put(volume(4))
    assert [stored(each) for each in (first, second, third, fourth)] == [True, False, True, True]


def test_an_open_one_is_never_evicted():
    kept = store.put(volume(0))
    store.acquire(kept, "here")
    for value in range(1, 8):
        store.put(volume(value))
    assert stored(kept)
    assert len(files()) == 3


def test_what_two_sessions_opened_stays_until_both_have_closed_it():
    shared = store.put(volume(0))
    store.acquire(shared, "one")
    store.acquire(shared, "one")
    store.acquire(shared, "two")
    store.release("one", shared)
    for value in range(1, 5):
        store.put(volume(value))
    assert stored(shared)
    store.release("two")
    for value in range(5, 8):
        store.put(volume(value))
    assert not stored(shared)


def test_releasing_one_volume_keeps_the_sessions_others_and_what_was_never_open_does_no_harm():
    first, second = store.put(volume(1)), store.put(volume(2))
    store.acquire(first, "here")
    store.acquire(second, "here")
    store.release("here", first)
    store.release("here", first)
    store.release("nobody")
    for value in range(3, 7):
        store.put(volume(value))
    assert (stored(first), stored(second)) == (False, True)


def test_where_all_is_open_and_no_more_fits_it_says_so_and_keeps_all():
    ids = [store.put(volume(value)) for value in (1, 2, 3)]
    for each in ids[:2]:
        store.acquire(each, "here")
    with pytest.raises(ReadingLimit, match=r"takes 2 MB, which the store of 2 MB .* close other scans"):
        store.put(volume(4, (4, 512, 512)))
    assert all(stored(each) for each in ids)
    assert len(files()) == 3


def test_an_evicted_mapping_stays_whole_for_who_has_it():
    first = store.put(volume(7))
    opened = store.open(first)
    for value in range(3):
        store.put(volume(value))
    assert not stored(first)
    assert (opened == 7).all()


def test_leftovers_of_an_earlier_process_are_evicted_in_their_turn(monkeypatch):
    left = store.put(volume(1))
    store.acquire(left, "of the earlier process")
    monkeypatch.setattr(store, "_sessions", {})
    for value in range(2, 5):
        store.put(volume(value))
    assert not stored(left)


def test_a_torn_file_is_not_served_and_is_swept_when_old(monkeypatch):
    def half(file, voxels, **_):
        file.write(voxels.tobytes()[:1000])
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(np, "save", half)
        with pytest.raises(ReadingLimit, match=r"No space left on device.*free space"):
            store.put(volume(1))
    assert files() == []
    fresh, old = (settings().store_folder / name for name in ("fresh.tmp", "old.tmp"))
    fresh.write_bytes(b"half")
    old.write_bytes(b"half")
    os.utime(old, (0, time.time() - 2 * store.STALE_SECONDS))
    volume_id = store.put(volume(1))
    assert files() == sorted([f"{volume_id}.npy", "fresh.tmp"])
    with pytest.raises(UnknownName):
        store.open("fresh.tmp")


@pytest.mark.parametrize("name", ["0" * 64, "", "../secret", "0" * 63 + "\n", "A" * 64])
def test_an_id_that_names_nothing_is_refused_in_words(name):
    with pytest.raises(UnknownName, match="open the scan again"):
        store.open(name)
    with pytest.raises(UnknownName, match="open the scan again"):
        store.acquire(name, "here")


def test_threads_that_put_open_and_release_at_once_see_only_whole_volumes():
    faults: list[str] = []

    def work(session: str) -> None:
        for turn in range(15):
            value = turn % 4
            volume_id = store.put(volume(value, (1, 128, 128)))
            store.acquire(volume_id, session)
            if not (store.open(volume_id) == value).all():
                faults.append(session)
            store.release(session)

    threads = [threading.Thread(target=work, args=(f"s{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(files()) == 4
    assert store._sessions == {}
