"""The bootstrap's resamples of films or whole patients, in which every class stays; how alike a patient's films score."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.stats import rankdata

_ELEMENTS = 2_000_000
_SEED = 20170806


def over_resamples(
    measure: Callable[[np.ndarray], dict[str, np.ndarray]], truth: np.ndarray, groups: np.ndarray, count: int
) -> dict[str, np.ndarray]:
    """What `measure` gives of the weights (r, n) of `count` resamples, by name, (count, …): the same each time it is asked."""
    blocks = [measure(weights) for weights in resamples(truth, groups, count, _SEED)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def resamples(truth: np.ndarray, groups: np.ndarray, count: int, seed: int) -> Iterator[np.ndarray]:
    """How often each film is drawn, float64 (resamples, n), `count` resamples in blocks of at most 16 MB.

    `truth` and `groups` (n,) are integers from 0: each film's class and whose it is. Groups are drawn with replacement,
    as many as there are, within the strata of `strata`.
    """
    generator = np.random.default_rng(seed)
    members = [np.flatnonzero(stratum) for stratum in _each(strata(truth, groups))]
    block = max(1, _ELEMENTS // len(truth))
    for start in range(0, count, block):
        drawn = np.zeros((min(block, count - start), int(groups.max()) + 1))
        for indices in members:
            drawn[:, indices] = _drawn(generator, len(drawn), len(indices))
        yield drawn[:, groups]


def strata(truth: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The stratum of each group (groups,): of the classes that it holds the one that the fewest groups hold.

    A stratum's groups all hold its class, and as many are drawn as there are, so that no rare class vanishes; and there are
    never more strata than classes, so that few strata hold a single group, which a resample can't leave out.
    """
    holds = np.zeros((int(groups.max()) + 1, int(truth.max()) + 1), bool)
    holds[groups, truth] = True
    return np.where(holds, holds.sum(axis=0), len(holds) + 1).argmin(axis=1)


def likeness(scores: np.ndarray, truth: np.ndarray, groups: np.ndarray) -> float:
    """How alike films of one class and group score among their class, 0 (no more than others) to 1 (the same).

    The intraclass correlation (one-way analysis of variance) of the ranks of `scores` (n, k), each column's within each class,
    over all columns; 1 where it can't be measured.
    """
    ranks = np.zeros(scores.shape)
    for there in _each(truth):
        ranks[there] = rankdata(scores[there], axis=0) / there.sum() - (there.sum() + 1) / (2 * there.sum())
    _, cells, sizes = np.unique(truth * (groups.max() + 1) + groups, return_inverse=True, return_counts=True)
    between, within = len(sizes) - len(np.unique(truth)), len(truth) - len(sizes)
    means = np.stack([np.bincount(cells, column) / sizes for column in ranks.T], axis=1)
    inside = ((ranks - means[cells]) ** 2).sum() / max(within, 1)
    among = (sizes[:, None] * means**2).sum() / max(between, 1)
    typical = len(truth) / len(sizes)
    total = among + (typical - 1) * inside
    return float(np.clip((among - inside) / total, 0, 1)) if between and within and total > 0 else 1.0


def _each(labels: np.ndarray) -> list[np.ndarray]:
    return [labels == label for label in np.unique(labels)]


def _drawn(generator: np.random.Generator, rows: int, members: int) -> np.ndarray:
    """How often each of the members is among as many draws with replacement, (rows, members)."""
    picks = generator.integers(members, size=(rows, members)) + members * np.arange(rows)[:, None]
    return np.bincount(picks.ravel(), minlength=rows * members).reshape(rows, members)
