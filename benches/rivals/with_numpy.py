"""The one-period portfolio in NumPy: whole chunks of trials at a time, in either precision."""

import numpy as np
from scipy.special import ndtr

import portfolio

# Trials at a time: of 500 to 20,000, what suits both precisions best.
CHUNK = 4_000


def latent(trials, seed, precision):
    """A normal draw a name, as the model is written."""
    loading, own, threshold, severity = _as(precision, "LOADING", "OWN", "THRESHOLD", "SEVERITY")

    def loss(random, size):
        asset = random.standard_normal((size, len(severity)), dtype=precision)
        asset *= own
        asset += random.standard_normal((size, 1), dtype=precision) * loading
        return (asset < threshold).astype(precision) @ severity

    return _in_chunks(trials, seed, loss)


def conditional(trials, seed, precision):
    """A uniform a name against its default probability given the factor."""
    level, slope, severity = _as(precision, "LEVEL", "SLOPE", "SEVERITY")

    def loss(random, size):
        chance = ndtr(level - slope * random.standard_normal((size, 1), dtype=precision))
        return (random.random((size, len(severity)), dtype=precision) < chance).astype(precision) @ severity

    return _in_chunks(trials, seed, loss)


def _as(precision, *names):
    return (getattr(portfolio, name).astype(precision) for name in names)


def _in_chunks(trials, seed, loss):
    random = np.random.Generator(np.random.SFC64(seed))
    losses = np.empty(trials)
    for first in range(0, trials, CHUNK):
        size = min(CHUNK, trials - first)
        losses[first : first + size] = loss(random, size)
    return losses
