"""The one-period portfolio, its exact loss distribution, and the measures that every program must report.

50 names i = 0..49, one factor, one period: exposure 1 + i mod 10, default probability p = 0.005 (1 + i mod 8), asset
correlation rho = 0.10 + 0.02 (i mod 6), loss given default 0.45. A name defaults if sqrt(rho) Z + sqrt(1 - rho) e lies
below Phi^-1(p). The same portfolio as scenarios/bench/one-period.toml.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

NAMES = np.arange(50)
EXPOSURE = 1 + NAMES % 10
PROBABILITY = 0.005 * (1 + NAMES % 8)
CORRELATION = 0.10 + 0.02 * (NAMES % 6)
LOSS_GIVEN_DEFAULT = 0.45

SEVERITY = LOSS_GIVEN_DEFAULT * EXPOSURE
THRESHOLD = ndtri(PROBABILITY)
LOADING = np.sqrt(CORRELATION)
OWN = np.sqrt(1 - CORRELATION)
# A name defaults given Z with probability Phi(LEVEL - SLOPE Z).
LEVEL = THRESHOLD / OWN
SLOPE = LOADING / OWN

MEASURES = ("mean", "VaR 99 %", "VaR 99.9 %", "ES 99.9 %")


@dataclass
class Estimate:
    value: float
    std_error: float


def measure(loss):
    """Mean, value at risk (an order statistic) and expected shortfall (the mean from there on) of simulated losses."""
    trials = len(loss)
    at_99, at_999 = (int(np.ceil(level * trials)) - 1 for level in (0.99, 0.999))
    spread = int(np.sqrt(trials * 0.01))
    first = max(at_99 - 4 * spread, 0)
    # Only the end of the sample is put in order: sorting all of it would cost a rival as much again as its simulation.
    upper = np.sort(np.partition(loss, first)[first:])
    tail = upper[at_999 - first :]
    shortfall = tail.mean()
    beyond = tail.var() + 0.999 * (shortfall - tail[0]) ** 2
    return {
        "mean": Estimate(loss.mean(), loss.std() / np.sqrt(trials)),
        "VaR 99 %": _order_statistic(upper, at_99 - first, trials * 0.01 * 0.99),
        "VaR 99.9 %": _order_statistic(upper, at_999 - first, trials * 0.001 * 0.999),
        "ES 99.9 %": Estimate(shortfall, np.sqrt(beyond / len(tail))),
    }


def _order_statistic(ordered, place, variance):
    reach = int(np.ceil(np.sqrt(variance)))
    low, high = ordered[max(place - reach, 0)], ordered[min(place + reach, len(ordered) - 1)]
    return Estimate(ordered[place], (high - low) / 2)


def exact(nodes=2_001):
    """The measures themselves: convolution over the names given Z, trapezium over Z from -9 to 9."""
    factor = np.linspace(-9, 9, nodes)
    weight = np.exp(-factor**2 / 2)
    default = ndtr(LEVEL - SLOPE * factor[:, None])
    mass = np.zeros((nodes, EXPOSURE.sum() + 1))
    mass[:, 0] = 1
    for name, size in enumerate(EXPOSURE):
        chance = default[:, name : name + 1]
        after = mass * (1 - chance)
        after[:, size:] += mass[:, :-size] * chance
        mass = after
    mass = weight @ mass / weight.sum()
    loss = LOSS_GIVEN_DEFAULT * np.arange(len(mass))
    below = np.cumsum(mass)
    at_99, at_999 = (int(np.searchsorted(below, level)) for level in (0.99, 0.999))
    # The part of the atom at the quantile that lies beyond it counts, and no more.
    beyond = mass[at_999 + 1 :] @ loss[at_999 + 1 :] + (below[at_999] - 0.999) * loss[at_999]
    return dict(zip(MEASURES, (mass @ loss, loss[at_99], loss[at_999], beyond / 0.001)))
