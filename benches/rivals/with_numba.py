"""The one-period portfolio in numba: loops over trials and names, plain and tuned."""

from math import erfc, log, sqrt

import numpy as np
from numba import njit

import portfolio


def plain(trials, seed):
    """The generator and the normal draws that numba brings along."""
    return _plain(trials, seed, portfolio.LOADING, portfolio.OWN, portfolio.THRESHOLD, portfolio.SEVERITY)


def tuned(trials, seed):
    """A hash of a counter for every draw; a uniform a name against its default probability given the factor."""
    return _tuned(trials, seed, portfolio.LEVEL, portfolio.SLOPE, portfolio.SEVERITY)


@njit(fastmath=True)
def _plain(trials, seed, loading, own, threshold, severity):
    np.random.seed(seed)
    losses = np.empty(trials)
    for trial in range(trials):
        factor = np.random.standard_normal()
        loss = 0.0
        for name in range(len(severity)):
            if loading[name] * factor + own[name] * np.random.standard_normal() < threshold[name]:
                loss += severity[name]
        losses[trial] = loss
    return losses


GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)


@njit(inline="always")
def _uniform(word):
    """In (0, 1), of a counter: the output function of SplitMix64."""
    word = (word ^ (word >> np.uint64(30))) * FIRST
    word = (word ^ (word >> np.uint64(27))) * SECOND
    word ^= word >> np.uint64(31)
    return ((word >> np.uint64(11)) + 0.5) / 9007199254740992.0


# Rational approximations of Acklam to the quantile of the normal distribution, relative error below 1.2e-9.
A = (
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2,
    1.383577518672690e2, -3.066479806614716e1, 2.506628277459239,
)
B = (
    -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2,
    6.680131188771972e1, -1.328068155288572e1, 1.0,
)
C = (
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838,
    -2.549732539343734, 4.374664141464968, 2.938163982698783,
)
D = (
    7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996,
    3.754408661907416, 1.0,
)


@njit(inline="always")
def _polynomial(coefficients, x):
    value = 0.0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


@njit(inline="always")
def _normal(uniform):
    tail = min(uniform, 1.0 - uniform)
    if tail < 0.02425:
        q = sqrt(-2.0 * log(tail))
        value = _polynomial(C, q) / _polynomial(D, q)
        return value if uniform < 0.5 else -value
    q = uniform - 0.5
    return q * _polynomial(A, q * q) / _polynomial(B, q * q)


@njit(fastmath=True)
def _tuned(trials, seed, level, slope, severity):
    losses = np.empty(trials)
    names = len(severity)
    word = np.uint64(seed) << np.uint64(40)
    for trial in range(trials):
        word += GOLDEN
        factor = _normal(_uniform(word))
        loss = 0.0
        for name in range(names):
            word += GOLDEN
            below = slope[name] * factor - level[name]
            if _uniform(word) < 0.5 * erfc(below * 0.7071067811865476):
                loss += severity[name]
        losses[trial] = loss
    return losses
