"""Which pictures of a set are the same, and which look alike though their bytes and pixels differ."""

from collections.abc import Callable, Hashable, Sequence

import imagehash
import numpy as np
from PIL import Image

# Two pictures look alike where both hold. Of 17 million pairs of different patients' chest films none does. Of films that were
# compressed anew, halved, brightened or turned by 1° nearly all do; of those cropped by 1 % a side most; of mirrored ones none.
MOST_HASH_BITS = 8
LEAST_CORRELATION = 0.98
_CHUNK = 256


def same(keys: Sequence[Hashable]) -> list[list[int]]:
    """The indices of equal keys, in groups of two and more."""
    groups: dict[Hashable, list[int]] = {}
    for index, key in enumerate(keys):
        groups.setdefault(key, []).append(index)
    return [group for group in groups.values() if len(group) > 1]


def alike(thumbnails: np.ndarray, beat: Callable[[], None] = lambda: None) -> list[list[int]]:
    """The indices of thumbnails (films, 64, 64) uint8 that look alike, in groups of two and more; chains make one group.

    `beat` is called often meanwhile. Pairs within a group that is known aren't looked at again: all of a set may look alike.
    """
    if len(thumbnails) < 2:
        return []
    hashes, details = perceptual_hashes(thumbnails, beat), flattened(thumbnails)
    group = np.arange(len(thumbnails))
    for start in range(0, len(thumbnails), _CHUNK):
        beat()
        bits = np.bitwise_count(hashes[start : start + _CHUNK, None] ^ hashes[None])
        apart = group[start : start + _CHUNK, None] != group[None]
        rows, columns = np.nonzero((bits <= MOST_HASH_BITS) & apart)
        if len(rows):
            kept = _correlated(details, start, rows, columns)
            group = _merged(group, start + rows[kept], columns[kept])
    return same(group.tolist())


def _merged(group: np.ndarray, ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Each film's group, by its first film, after the pairs have joined theirs."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns = np.concatenate([ones, np.arange(len(group))]), np.concatenate([others, group])
    graph = coo_matrix((np.ones(len(rows), bool), (rows, columns)), shape=(len(group),) * 2)
    _, component = connected_components(graph, directed=False)
    return np.unique(component, return_index=True)[1][component]


def _correlated(details: np.ndarray, start: int, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Which of the pairs (start + row, column) correlate enough; all in one product, since there may be very many."""
    ours, row_of = np.unique(rows, return_inverse=True)
    theirs, column_of = np.unique(columns, return_inverse=True)
    return (details[start + ours] @ details[theirs].T)[row_of, column_of] >= LEAST_CORRELATION


def perceptual_hashes(thumbnails: np.ndarray, beat: Callable[[], None] = lambda: None) -> np.ndarray:
    """imagehash's phash of each thumbnail as one uint64: the signs of its 64 lowest frequencies."""
    hashes = np.empty((len(thumbnails), 64), bool)
    for index, thumbnail in enumerate(thumbnails):
        hashes[index] = imagehash.phash(Image.fromarray(thumbnail)).hash.ravel()
        if index % _CHUNK == 0:
            beat()
    return np.packbits(hashes, axis=1).view(np.uint64)[:, 0]


def flattened(thumbnails: np.ndarray) -> np.ndarray:
    """Each thumbnail at 32 × 32 as a vector of mean 0 and length 1, so that a product is a correlation; a blank one is 0."""
    small = thumbnails.reshape(len(thumbnails), 32, 2, 32, 2).mean(axis=(2, 4), dtype=np.float32).reshape(len(thumbnails), -1)
    centred = small - small.mean(axis=1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
