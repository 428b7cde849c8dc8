//! Jumps, persistent factors and the processes they drive, against their moments (rates: `suite`).

use crate::exact::{mixing_nodes, normal_nodes};
use crate::play::{each_drive, each_quarter, load, world};
use crate::statistical::{borrowed, copula};
use crate::suite::Comparisons;
use knockon::model::copula::normal_from_student;
use knockon::model::system::{CREDIT, DEMAND, System};

/// Probabilities of 0, 1, ... events and, last, of more.
fn poisson(mean: f64, classes: u32) -> Vec<f64> {
    let mut law: Vec<f64> = (0..classes)
        .map(|k| libm::exp(f64::from(k) * libm::log(mean) - mean - libm::lgamma(f64::from(k) + 1.0)))
        .collect();
    law.push(1.0 - law.iter().sum::<f64>());
    law
}

/// Two jumps in a year: `generation` 2 a year on the value of GPUs, `model` once a year on demand, equity and confidence.
fn jumps(compensated: bool) -> System {
    let text = format!(
        "extends = {:?}\n[jump.generation]\nrate_pa = 2\nobsolescence = 0.25\ncompensated = {compensated}\n\
         [jump.model]\nrate_pa = 1\ndemand = 0.2\nequity = 0.15\nconfidence = 0.1\ncompensated = {compensated}\n",
        world("case-12-obsolescence").display().to_string()
    );
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("jumps.toml");
    std::fs::write(&path, text).expect("a writable temporary directory");
    load(&path, &["run.quarters=4"]).system
}

/// Counts are Poisson in each quarter, independent over quarters (their sum is Poisson too) and of each other.
fn compare_counts(compare: &mut Comparisons, system: &System, trials: u64) {
    let place = |name: &str| system.jumps.iter().position(|jump| jump.name == name).expect("a jump of this world");
    let places = [place("generation"), place("model")];
    let rates = [0.5, 0.25];
    let (mut single, mut sums) = ([[0_u64; 9]; 2], [[0_u64; 17]; 2]);
    let (mut yearly, mut both, mut twice, mut last) = ([0_usize; 2], 0, 0, 0);
    let (mut total, mut squares) = (0.0, 0.0);
    each_drive(system, 51, trials, 4, |_, t, drivers| {
        let counts = places.map(|place| drivers.jumps[place] as usize);
        for (k, count) in counts.into_iter().enumerate() {
            single[k][count.min(8)] += 1;
            yearly[k] = if t == 1 { count } else { yearly[k] + count };
            if t == 4 {
                sums[k][yearly[k].min(16)] += 1;
            }
        }
        both += u64::from(t == 1 && counts[0] > 0 && counts[1] > 0);
        twice += u64::from(t == 2 && last > 0 && counts[0] > 0);
        last = counts[0];
        if t == 4 {
            total += yearly[0] as f64;
            squares += (yearly[0] as f64 - 2.0) * (yearly[0] as f64 - 2.0);
        }
    });
    for (k, rate) in rates.into_iter().enumerate() {
        compare.classes(&single[k], &poisson(rate, 8));
        compare.classes(&sums[k], &poisson(4.0 * rate, 16));
    }
    let some = rates.map(|rate| -libm::expm1(-rate));
    compare.count(both, trials, some[0] * some[1]);
    compare.count(twice, trials, some[0] * some[0]);
    // Mean and variance are both 2; the fourth central moment of a Poisson number is l + 3 l^2.
    let n = trials as f64;
    compare.normal(total / n, 2.0, (2.0 / n).sqrt());
    compare.normal(squares / n, 2.0, ((2.0 + 3.0 * 4.0 - 4.0) / n).sqrt());
}

/// Mean of `e^-(size N)` with N Poisson of this mean; the second moment is that of twice the size.
fn level(mean: f64, size: f64) -> f64 {
    libm::exp(mean * libm::expm1(-size))
}

/// A year's effects: levels fall by their mean factor, or keep their mean where compensated; confidence likewise.
fn compare_effects(compare: &mut Comparisons, system: &System, trials: u64, compensated: bool) {
    let (mut year, mut sums) = ([0.0; 4], [0.0; 4]);
    each_drive(system, 52, trials, 4, |_, t, drivers| {
        let effects = &drivers.effects;
        let now = [-effects.obsolescence, effects.demand[0], effects.equity, effects.confidence];
        for (k, change) in now.into_iter().enumerate() {
            year[k] = if t == 1 { change } else { year[k] + change };
            if t == 4 {
                sums[k] += if k == 3 { year[k] } else { libm::exp(year[k]) };
            }
        }
    });
    let n = trials as f64;
    for (k, (mean, size)) in [(2.0, 0.25), (1.0, 0.2), (1.0, 0.15)].into_iter().enumerate() {
        let factor = level(mean, size);
        let (truth, scale) = if compensated { (1.0, 1.0 / factor) } else { (factor, 1.0) };
        let error = scale * ((level(mean, 2.0 * size) - factor * factor) / n).sqrt();
        compare.normal(sums[k] / n, truth, error);
    }
    compare.normal(sums[3] / n, if compensated { 0.0 } else { -0.1 }, 0.1 / n.sqrt());
}

#[test]
fn case_12_jumps_are_poisson_and_compensated() {
    let trials = 300_000;
    let mut compare = Comparisons::of("jumps");
    compare_counts(&mut compare, &jumps(false), trials);
    compare_effects(&mut compare, &jumps(false), trials, false);
    compare_effects(&mut compare, &jumps(true), trials, true);
}

/// `E[X Y]` and `E[X^2 Y^2]` of the mapped normals X, Y of two factors of correlation rho: alike given a third normal.
fn mapped_moments(rho: f64, dof: Option<u32>) -> (f64, f64) {
    let Some(nu) = dof else { return (rho, 1.0 + 2.0 * rho * rho) };
    let nodes: Vec<(f64, f64)> = normal_nodes(0.3).collect();
    let mut moments = (0.0, 0.0);
    // Every fourth node of ln W is fine enough.
    for (root, weight) in mixing_nodes(dof).into_iter().step_by(4) {
        for (z, of_z) in &nodes {
            let mapped = |e: f64| normal_from_student(nu, (rho.sqrt() * z + (1.0 - rho).sqrt() * e) / root);
            let (first, second) = nodes.iter().fold((0.0, 0.0), |(first, second), (e, of_e)| {
                let x = mapped(*e);
                (first + of_e * x, second + of_e * x * x)
            });
            moments.0 += 4.0 * weight * of_z * first * first;
            moments.1 += 4.0 * weight * of_z * second * second;
        }
    }
    moments
}

/// Worked example 13, with a second factor: `demand` persists by 0.5, `credit` by 0.8, C = 0.4.
///
/// X is normal and independent over quarters under either copula, so a factor's own moments are those of normals. The two
/// factors' product has the variance 1 + r^2 + cum, with the joint cumulant `cum(F, F, G, G)` of the mapped normals
/// summed over the quarters by the squares of the weights.
#[test]
fn example_13_persistence_of_factors() {
    let trials = 100_000;
    let mut compare = Comparisons::of("persistence");
    for dof in [None, Some(4)] {
        let sets = [
            "drivers.persistence={demand=0.5,credit=0.8}".into(),
            "drivers.correlation=[[\"demand\",\"credit\",0.4]]".into(),
        ];
        let system = load(&world("example-13-persistence"), &borrowed(&[&sets[..], &copula(dof)].concat())).system;
        let moments = factor_moments(&system, trials);
        compare_factors(&mut compare, &moments, trials);
        let (mapped, fourth) = mapped_moments(0.4, dof);
        let cumulant = fourth - 1.0 - 2.0 * mapped * mapped;
        for (t, found) in [1, 2, 20].into_iter().zip(moments.cross) {
            // Weights of X_1 .. X_t in F_t and G_t.
            let weights = (1..=t).map(|k| {
                let age = f64::from(t - k);
                let start = |phi: f64| if k == 1 { 1.0 } else { (1.0 - phi * phi).sqrt() };
                libm::pow(0.5 * 0.8, age) * start(0.5) * start(0.8)
            });
            let (first, second) = weights.fold((0.0, 0.0), |(a, b), w| (a + w, b + w * w));
            let correlation = mapped * first;
            let error = (1.0 + correlation * correlation + cumulant * second).sqrt() / (trials as f64).sqrt();
            compare.normal(found, correlation, error);
            if t == 20 {
                // By then the limit: C sqrt((1 - phi^2)(1 - psi^2)) / (1 - phi psi).
                assert!((first - (0.75_f64 * 0.36).sqrt() / 0.6).abs() < 1e-7);
            }
        }
    }
}

/// Mean squares and products of factors over trials.
#[derive(Default)]
struct Moments {
    squares: [f64; 21],
    credit: [f64; 21],
    sums: [f64; 21],
    lagged: [[f64; 6]; 2],
    cross: [f64; 3],
}

fn factor_moments(system: &System, trials: u64) -> Moments {
    let (mut moments, n) = (Moments::default(), trials as f64);
    let (mut path, mut sum) = ([[0.0; 21]; 2], 0.0);
    each_drive(system, 8, trials, 20, |_, t, drivers| {
        let now = [drivers.factors[DEMAND], drivers.factors[CREDIT]];
        path[0][t] = now[0];
        path[1][t] = now[1];
        sum = if t == 1 { now[0] } else { sum + now[0] };
        moments.sums[t] += sum * sum / n;
        moments.squares[t] += now[0] * now[0] / n;
        moments.credit[t] += now[1] * now[1] / n;
        if let Some(place) = [1, 2, 20].iter().position(|quarter| *quarter == t) {
            moments.cross[place] += now[0] * now[1] / n;
        }
        if t == 20 {
            for (lagged, path) in moments.lagged.iter_mut().zip(&path) {
                (1..=5).for_each(|lag| lagged[lag] += path[20] * path[20 - lag] / n);
            }
        }
    });
    moments
}

fn compare_factors(compare: &mut Comparisons, moments: &Moments, trials: u64) {
    for square in &moments.squares[1..] {
        compare.variance(*square, 1.0, trials);
    }
    for (t, variance) in [(1, 1.0), (2, 3.0), (4, 8.25), (20, 56.000_004)] {
        compare.variance(moments.sums[t], variance, trials);
    }
    for t in [1, 2, 20] {
        compare.variance(moments.credit[t], 1.0, trials);
    }
    for (lagged, phi) in moments.lagged.iter().zip([0.5, 0.8]) {
        for (lag, found) in lagged.iter().enumerate().skip(1) {
            let truth = libm::pow(phi, lag as f64);
            compare.normal(*found, truth, ((1.0 + truth * truth) / trials as f64).sqrt());
        }
    }
}

/// Mean of a process, of its square about a centre, by quarter.
#[derive(Default, Clone)]
struct Process {
    mean: [f64; 21],
    square: [f64; 21],
}

impl Process {
    fn see(&mut self, t: usize, x: f64, centre: f64, n: f64) {
        self.mean[t] += x / n;
        self.square[t] += (x - centre) * (x - centre) / n;
    }
}

/// Section 4: `sigma/2` is one quarter's standard deviation, the year's that of four persistent quarters; the index is a
/// lognormal martingale about its drift; the residual-value cycle and confidence are autoregressions of 0.65.
///
/// Under t the factor of the region is left out (`demand_loading` 1): a sum of two dependent mapped normals is not normal.
#[test]
fn processes_have_their_moments() {
    let trials = 100_000;
    let n = trials as f64;
    let mut compare = Comparisons::of("processes");
    for (seed, dof, loading) in [(61, None, 0.7), (62, Some(5), 1.0)] {
        let sets = [vec![format!("region.us.demand_loading={loading}")], copula(dof)].concat();
        let system = load(&world("processes"), &borrowed(&sets)).system;
        let [mut growth, mut index, mut level, mut residual, mut confidence] =
            [const { Process { mean: [0.0; 21], square: [0.0; 21] } }; 5];
        let (mut path, mut years, mut product) = ([0.0; 21], [0.0; 2], 0.0);
        each_quarter(&system, seed, trials, |state| {
            let (t, market) = (state.quarter as usize, &state.market);
            path[t] = market.demand_growth[0] - 0.075;
            growth.see(t, path[t], 0.0, n);
            let trend = (0.08 - 0.5 * 0.35 * 0.35) / 4.0 * t as f64;
            index.see(t, libm::log(market.equity), trend, n);
            level.see(t, market.equity * libm::exp(-0.02 * t as f64), 1.0, n);
            residual.see(t, libm::log(market.residual[0]), 0.0, n);
            confidence.see(t, market.confidence.level, 0.5, n);
            if t == 20 {
                for (year, first) in years.iter_mut().zip([1, 17]) {
                    let sum: f64 = path[first..first + 4].iter().sum();
                    *year += sum * sum / n;
                }
                product += path[20] * state.drivers.factors[DEMAND] / n;
            }
        });
        for t in [1, 20] {
            compare.variance(growth.square[t], 0.06 * 0.06, trials);
        }
        compare.normal(growth.mean[20], 0.0, 0.06 / n.sqrt());
        for year in years {
            compare.variance(year, 0.12 * 0.12 * (1.0 + 1.5 * 0.5 + 0.25 + 0.125 / 2.0), trials);
        }
        if dof.is_none() {
            compare.normal(product, 0.06 * 0.7, 0.06 * ((1.0 + 0.49) / n).sqrt());
        }
        for t in [1, 4, 20] {
            let variance = 0.35 * 0.35 / 4.0 * t as f64;
            compare.variance(index.square[t], variance, trials);
            compare.normal(level.mean[t], 1.0, (libm::expm1(variance) / n).sqrt());
            let kept = (1.0 - libm::pow(0.65, 2.0 * t as f64)) / (1.0 - 0.65 * 0.65);
            compare.variance(residual.square[t], 0.05 * 0.05 * kept, trials);
            compare.variance(confidence.square[t], 0.02 * 0.02 * kept, trials);
        }
        let kept = (1.0 - libm::pow(0.65, 40.0)) / (1.0 - 0.65 * 0.65);
        compare.normal(confidence.mean[20], 0.5, 0.02 * (kept / n).sqrt());
    }
}
