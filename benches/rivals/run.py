#!/usr/bin/env python3
"""knockon beside what else would simulate a one-period credit portfolio: `python3 benches/rivals/run.py`.

Builds the release program, then runs it on scenarios/bench/one-period.toml and every rival on the same portfolio, in turn
and several times over, on one thread each. CPU seconds: of knockon the whole process with loading, statistics and files; of
the rivals the simulation and its measures alone, without imports and compilation. Every measure of every round must lie
within four standard errors of its exact value, and so must the means over all rounds of every program, of each other too;
quantiles, which are multiples of 0.45, may be a multiple further away. Ends with status 1 where one does not.

Needs `pip install -r benches/rivals/requirements.txt`.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from math import hypot, isfinite
from pathlib import Path
from statistics import fmean, median

# One thread each; read by the libraries when they are imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

import portfolio  # noqa: E402
import with_numba  # noqa: E402
import with_numpy  # noqa: E402
from portfolio import MEASURES, Estimate  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios" / "bench" / "one-period.toml"
TOLERANCE = 4
# Losses are multiples of 0.45: a quantile between two of them may come out as either.
STEP = {"VaR 99 %": 0.45, "VaR 99.9 %": 0.45}
IN_SUMMARY = ("system_loss_mean", "system_loss_var_0.99", "system_loss_var_0.999", "system_loss_es_0.999")
OURS = "knockon"

RIVALS = {
    "NumPy f64, latent": lambda trials, seed: with_numpy.latent(trials, seed, np.float64),
    "NumPy f32, latent": lambda trials, seed: with_numpy.latent(trials, seed, np.float32),
    "NumPy f64, conditional": lambda trials, seed: with_numpy.conditional(trials, seed, np.float64),
    "NumPy f32, conditional": lambda trials, seed: with_numpy.conditional(trials, seed, np.float32),
    "numba plain": with_numba.plain,
    "numba tuned": with_numba.tuned,
}


def main():
    options = arguments()
    program = options.program or build()
    runs = {name: kernel(simulate) for name, simulate in RIVALS.items()}
    runs[OURS] = lambda trials, seed: knockon(program, trials, seed)
    for rival in RIVALS:
        runs[rival](1_000, 1)  # compiles what is compiled on the first call
    seconds = {name: [] for name in runs}
    found = {name: [] for name in runs}
    for repeat in range(options.repeats):
        for name, run in runs.items():
            cpu, measures = run(options.trials, repeat + 1)
            seconds[name].append(cpu)
            found[name].append(measures)
    print(f"{options.trials:,} trials, one thread, {options.repeats} rounds; CPU seconds\n")
    show_times(seconds)
    return show_agreement(found)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--program", help="a knockon that is built already")
    return parser.parse_args()


def build():
    """The release program of this project, wherever cargo puts it."""
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "knockon"


def kernel(simulate):
    def run(trials, seed):
        start = time.process_time()
        measures = portfolio.measure(simulate(trials, seed))
        return time.process_time() - start, measures

    return run


def knockon(program, trials, seed):
    """CPU seconds of the whole process, and what its summary says."""
    with tempfile.TemporaryDirectory() as folder:
        words = [program, "run", SCENARIO, "--out", f"{folder}/out", "--quiet"]
        words += ["--trials", trials, "--seed", seed, "--threads", 1]
        process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"knockon ended with status {process.returncode}")
        with open(f"{folder}/out/summary.csv", newline="") as file:
            rows = {row["metric"]: row for row in csv.DictReader(file)}
    return usage.ru_utime + usage.ru_stime, {name: estimate(rows[row]) for name, row in zip(MEASURES, IN_SUMMARY)}


def estimate(row):
    """A quantile has an interval of 95 % instead of a standard error."""
    if row["std_error"]:
        return Estimate(float(row["estimate"]), float(row["std_error"]))
    return Estimate(float(row["estimate"]), (float(row["ci_high"]) - float(row["ci_low"])) / (2 * 1.96))


def show_times(seconds):
    ours = median(seconds[OURS])
    print(f"{'':24}{'median':>9}{'minimum':>9}{'rival / knockon':>18}")
    for name, own in seconds.items():
        ratio = "" if name == OURS else f"{median(own) / ours:18.2f}"
        print(f"{name:24}{median(own):9.3f}{min(own):9.3f}{ratio}")
    fastest = min(RIVALS, key=lambda name: median(seconds[name]))
    print(f"\nThe fastest rival, {fastest}, takes {median(seconds[fastest]) / ours:.2f} times as long as knockon.\n")


def show_agreement(found):
    """Prints what every program found, all its rounds together, beside the exact values; 1 if two of them disagree, else 0."""
    exact = {name: Estimate(value, 0.0) for name, value in portfolio.exact().items()}
    everything = {"exact": exact} | {program: together(rounds) for program, rounds in found.items()}
    print(f"{'':24}" + "".join(f"{name:>20}" for name in MEASURES))
    for program, measures in everything.items():
        print(f"{program:24}" + "".join(f"{own.value:11.4f} ({own.std_error:.4f})" for own in measures.values()))
    pairs = [(one, everything[one], other, everything[other]) for one, other in combinations(everything, 2)]
    pairs += [("exact", exact, f"{program}, one round", own) for program, rounds in found.items() for own in rounds]
    apart = [
        f"{first} {one[name].value:.4f} and {second} {other[name].value:.4f}: {name}"
        for first, one, second, other in pairs
        for name in MEASURES
        if disagree(name, one[name], other[name])
    ]
    print("\nfurther apart than four standard errors: " + ("; ".join(apart) if apart else "none"))
    return int(bool(apart))


def together(rounds):
    """The means over independent rounds. Of single rounds there would be so many pairs that some lie far apart by chance."""
    values = {name: [measures[name].value for measures in rounds] for name in MEASURES}
    errors = {name: [measures[name].std_error for measures in rounds] for name in MEASURES}
    return {name: Estimate(fmean(values[name]), hypot(*errors[name]) / len(rounds)) for name in MEASURES}


def disagree(name, one, other):
    limit = TOLERANCE * hypot(one.std_error, other.std_error) + 1.001 * STEP.get(name, 0.0)
    # Said so that no number at all disagrees with everything.
    return not (isfinite(limit) and abs(one.value - other.value) <= limit)


if __name__ == "__main__":
    sys.exit(main())
