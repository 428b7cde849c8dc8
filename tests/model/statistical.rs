//! Simulation against closed form: scenario files through the engine and the statistics, fixed seeds.
//!
//! A comparison at four standard errors raises a false alarm with probability 6.3e-5 under another seed; each test states
//! the sum over its comparisons.

use crate::play::{each_quarter, each_trial, load, summary, world};
use approx::assert_abs_diff_eq;
use knockon::random::normal_quantile;
use knockon::scenario::Scenario;
use knockon::statistics::{Estimate, Summary};
use knockon::units::quarterly_probability;

/// Standard errors that a simulated number may lie from the true one.
const ERRORS: f64 = 4.0;

/// `1 - 0.98^4`: 2 % a quarter.
const TWO_PERCENT: f64 = 0.077_631_84;
/// `1 - 0.99^4`: 1 % a quarter.
const ONE_PERCENT: f64 = 0.039_403_99;

/// The pool of case 1: so many equal names of 1 USD bn on the factor `credit`.
fn pool(names: usize, pd_pa: f64, rho: f64) -> Scenario {
    let parent = world("case-01-vasicek");
    let mut text = format!("extends = {:?}\n", parent.display().to_string());
    for name in 0..names {
        text += &format!(
            "[obligor.name-{name}]\ntype = \"hyperscaler\"\ndefault_model = \"latent\"\npd_pa = {pd_pa}\nrho = {rho}\nloadings = {{ credit = 1 }}\n\
             [facility.loan-{name}]\nborrower = \"name-{name}\"\namount = 1\nspread_pa = 0\nmaturity_q = 8\nholders = {{ fund = 0.99, watcher = 0.01 }}\n"
        );
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("pool.toml");
    std::fs::write(&path, text).expect("a writable temporary directory");
    load(&path, &[])
}

/// Asserts an estimate with its own standard error.
fn assert_near(estimate: Option<Estimate>, scale: f64, truth: f64) {
    let estimate = estimate.expect("there were trials");
    let error = estimate.std_error.expect("more than one trial, not all alike") / scale;
    assert_abs_diff_eq!(estimate.point / scale, truth, epsilon = ERRORS * error);
}

/// Asserts a share of trials with the standard error that follows from the true probability.
fn assert_share(share: f64, truth: f64, trials: u64) {
    let error = (truth * (1.0 - truth) / trials as f64).sqrt();
    assert_abs_diff_eq!(share, truth, epsilon = ERRORS * error);
}

#[test]
fn a_probability_of_two_percent_a_year_is_half_a_percent_a_quarter() {
    assert_abs_diff_eq!(quarterly_probability(0.02), 0.005_037_94, epsilon = 5e-9);
    assert_abs_diff_eq!(quarterly_probability(TWO_PERCENT), 0.02, epsilon = 1e-12);
    assert_abs_diff_eq!(quarterly_probability(ONE_PERCENT), 0.01, epsilon = 1e-12);
}

/// Case 1, exact for m = 100 equal names, p = 0.02, rho = 0.2. Mean, standard deviation, P(no default) and three expected
/// shortfalls at four standard errors (of the standard deviation by the exact kurtosis, 18.83); the first two quantiles
/// exactly, whose neighbours lie 5 standard errors away. P(L <= 0.24) is barely above 0.999, so that a sample's quantile may
/// be a neighbour: probability 0.001 beyond it. False alarms: 0.0015.
#[test]
fn case_1_a_pool_of_100_names() {
    let (names, trials) = (100.0, 200_000);
    let summary = summary(&pool(100, TWO_PERCENT, 0.2), 1, trials);
    let mean = summary.system.mean_loss_usd_bn;
    assert_near(mean, names, 0.02);
    let deviation = mean.unwrap().std_error.unwrap() * (trials as f64).sqrt() / names;
    let error = 0.029_819 * ((18.83 - 1.0) / (4.0 * trials as f64)).sqrt();
    assert_abs_diff_eq!(deviation, 0.029_819, epsilon = ERRORS * error);
    assert_near(summary.failures.probability, 1.0, 1.0 - 0.382_764);
    for (tail, shortfall) in summary.system.tails.iter().zip([0.116_578, 0.184_229, 0.290_860]) {
        assert_near(Some(tail.expected_shortfall_usd_bn), names, shortfall);
    }
    let quantiles: Vec<f64> = summary.system.tails.iter().map(|tail| tail.value_at_risk_usd_bn.point / names).collect();
    assert_abs_diff_eq!(quantiles[0], 0.08, epsilon = 1e-9);
    assert_abs_diff_eq!(quantiles[1], 0.14, epsilon = 1e-9);
    assert_abs_diff_eq!(quantiles[2], 0.24, epsilon = 0.01 + 1e-9);
}

/// Vasicek (2002), Risk 15(12): quantiles of a large pool in standard deviations from the mean, p = 0.01, as printed.
///
/// A quantile of n trials has the standard error sqrt(a(1-a)/n) dq/da. A pool of m = 1,000 names adds an atom of 1/m and a
/// finite-m correction, at these levels below 1/m (quadrature: 1.186, 3.754; 0.539, 4.526; 11.03 in place of 1.188, 3.823;
/// 0.548, 4.511; 11.04). False alarms: 6 x 6.3e-5 = 0.0004.
#[test]
fn case_1_the_published_quantiles_of_a_large_pool() {
    let (names, trials) = (1_000.0, 8_000);
    for (rho, deviation, printed) in [(0.1, 0.009_625_65, [1.19, 3.8, 7.0]), (0.4, 0.027_674_28, [0.55, 4.5, 11.0])] {
        let mut scenario = pool(1_000, ONE_PERCENT, rho);
        scenario.run.levels = vec![0.9, 0.99, 0.999];
        let summary = summary(&scenario, 2, trials);
        for ((tail, printed), digits) in summary.system.tails.iter().zip(printed).zip([0.005, 0.05, 0.05]) {
            let (a, step) = (tail.level, 1e-6);
            let slope = (large_pool(0.01, rho, a + step) - large_pool(0.01, rho, a - step)) / (2.0 * step);
            let error = (a * (1.0 - a) / trials as f64).sqrt() * slope;
            let found = (tail.value_at_risk_usd_bn.point / names - 0.01) / deviation;
            let tolerance = (ERRORS * error + 2.0 / names) / deviation + digits;
            assert_abs_diff_eq!(found, printed, epsilon = tolerance);
        }
    }
}

/// Quantile of the defaulted share of a large pool.
fn large_pool(p: f64, rho: f64, a: f64) -> f64 {
    knockon::random::normal_cdf((normal_quantile(p) + rho.sqrt() * normal_quantile(a)) / (1.0 - rho).sqrt())
}

/// Case 2: without correlation a name has defaulted by the end of T quarters with 1 - (1 - p)^T. The mean quarter given
/// default is that of a truncated geometric law. False alarms: 5 x 6.3e-5 = 0.0003.
#[test]
fn case_2_defaults_by_the_horizon() {
    let trials = 100_000;
    for (quarters, truth) in [(1, 0.005_037_94), (4, 0.02), (8, 0.0396), (20, 0.096_079_203_2)] {
        let scenario = load(&world("case-02-horizon"), &[&format!("run.quarters={quarters}")]);
        let summary = summary(&scenario, 3, trials);
        assert_share(summary.obligors[0].default_probability.unwrap().point, truth, trials);
        if quarters == 20 {
            let p = quarterly_probability(0.02);
            let survival = 1.0 - truth;
            // E[tau | tau <= T] = 1/p - T (1 - p)^T / (1 - (1 - p)^T).
            let quarter = 1.0 / p - 20.0 * survival / truth;
            assert_near(summary.obligors[0].mean_default_quarter, 1.0, quarter);
        }
    }
}

/// Probabilities of 0, 1, 2, ... defaults: the failures of the ladder of insurers in the world.
fn defaults(summary: &Summary, number: usize) -> f64 {
    summary.failures.numbers.get(number).map_or(0.0, |share| share.probability.point)
}

/// Worked example 12: p = 0.02, rho = 0.2, one quarter, two and three names; probabilities of 0, 1, 2, 3 defaults.
const JOINT_DEFAULTS: [(&str, u32, [f64; 3], [f64; 4]); 4] = [
    ("gaussian", 5, [0.961100, 0.037800, 0.001100], [0.943188, 0.053737, 0.002963, 0.000113]),
    ("t", 10, [0.961974, 0.036051, 0.001974], [0.945540, 0.049302, 0.004775, 0.000383]),
    ("t", 5, [0.962885, 0.034230, 0.002885], [0.947886, 0.044996, 0.006349, 0.000769]),
    ("t", 4, [0.963326, 0.033348, 0.003326], [0.948994, 0.042997, 0.007026, 0.000984]),
];

/// False alarms: 28 x 6.3e-5 = 0.0018.
#[test]
fn example_12_joint_defaults_of_two_and_three_names() {
    let trials = 200_000;
    for (copula, dof, two, three) in JOINT_DEFAULTS {
        let sets = [format!("drivers.copula=\"{copula}\""), format!("drivers.dof={dof}")];
        let sets = [sets[0].as_str(), sets[1].as_str()];
        let of_three = summary(&load(&world("example-12-joint-defaults"), &sets), 4, trials);
        three.iter().enumerate().for_each(|(number, truth)| assert_share(defaults(&of_three, number), *truth, trials));
        let sets = [sets[0], sets[1], "obligor.c.enabled=false"];
        let of_two = summary(&load(&world("example-12-joint-defaults"), &sets), 5, trials);
        two.iter().enumerate().for_each(|(number, truth)| assert_share(defaults(&of_two, number), *truth, trials));
    }
}

/// Case 3: p = 0.01, rho = 0.2; the margins do not move with the copula. False alarms: 12 x 6.3e-5 = 0.0008.
#[test]
fn case_3_joint_default_of_two_names() {
    let trials = 300_000;
    let pds = ["obligor.a.pd_pa=0.03940399", "obligor.b.pd_pa=0.03940399", "obligor.c.enabled=false"];
    for (copula, dof, truth) in
        [("gaussian", 5, 3.3892e-4), ("t", 10, 7.876_855e-4), ("t", 5, 1.289_224e-3), ("t", 4, 1.535_074e-3)]
    {
        let sets = [format!("drivers.copula=\"{copula}\""), format!("drivers.dof={dof}")];
        let sets = [&pds[..], &[sets[0].as_str(), sets[1].as_str()]].concat();
        let summary = summary(&load(&world("example-12-joint-defaults"), &sets), 6, trials);
        assert_share(defaults(&summary, 2), truth, trials);
        for obligor in &summary.obligors {
            assert_share(obligor.default_probability.unwrap().point, 0.01, trials);
        }
    }
}

/// Case 12: with N ~ Poisson(2) jumps in 16 quarters the factor e^(-N/4) has mean exp(-2 (1 - e^-1/4)) and second moment
/// exp(-2 (1 - e^-1/2)); compensation divides by the mean. False alarms: 2 x 6.3e-5 = 0.0001.
#[test]
fn case_12_obsolescence_jumps_and_their_compensation() {
    let mean = 0.642_494;
    let square = libm::exp(2.0 * libm::expm1(-0.5));
    let trials = 40_000;
    for (compensated, truth) in [(false, mean), (true, 1.0)] {
        let set = format!("jump.generation.compensated={compensated}");
        let scenario = load(&world("case-12-obsolescence"), &[&set]);
        let mut sum = 0.0;
        each_trial(&scenario.system, 7, trials, |workspace| {
            assert_eq!(workspace.state().quarter, 16);
            sum += workspace.state().facilities[0].collateral_value;
        });
        let scale = truth / mean;
        let error = scale * ((square - mean * mean) / trials as f64).sqrt();
        assert_abs_diff_eq!(sum / trials as f64, truth, epsilon = ERRORS * error);
    }
}

/// Worked example 13: a factor with persistence 0.5 has variance 1 in every quarter, and its sums those printed, under
/// either copula. The sums are normal: four standard errors of a variance are 4 sqrt(2/n). False alarms: 46 x 6.3e-5 = 0.003.
#[test]
fn example_13_sums_of_a_persistent_factor() {
    let trials = 40_000;
    let tolerance = ERRORS * (2.0 / trials as f64).sqrt();
    for copula in ["gaussian", "t"] {
        let scenario = load(&world("example-13-persistence"), &[&format!("drivers.copula=\"{copula}\"")]);
        let (mut sum, mut sums, mut squares) = (0.0, [0.0; 21], [0.0; 21]);
        each_quarter(&scenario.system, 8, trials, |state| {
            let t = state.quarter as usize;
            let demand = state.drivers.factors[0];
            sum = if t == 1 { demand } else { sum + demand };
            sums[t] += sum * sum / trials as f64;
            squares[t] += demand * demand / trials as f64;
        });
        for (t, variance) in [(1, 1.0), (2, 3.0), (4, 8.25), (20, 56.000_004)] {
            assert_abs_diff_eq!(sums[t] / variance, 1.0, epsilon = tolerance);
        }
        for square in &squares[1..] {
            assert_abs_diff_eq!(*square, 1.0, epsilon = tolerance);
        }
    }
}

/// Case 17: the 95 % interval of the expected loss covers p in 92.5 % to 97.5 % of 400 runs of case 1. False alarms: 0.016.
#[test]
fn case_17_the_interval_of_the_expected_loss_covers() {
    let scenario = pool(100, TWO_PERCENT, 0.2);
    let covered = (1_000..1_400)
        .filter(|seed| {
            let mean = summary(&scenario, *seed, 1_000).system.mean_loss_usd_bn.unwrap();
            mean.low.unwrap() <= 2.0 && 2.0 <= mean.high.unwrap()
        })
        .count();
    assert!((370..=390).contains(&covered), "{covered} of 400");
}
