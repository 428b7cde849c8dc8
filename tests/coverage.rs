//! Do the error bars tell the truth? One quarter of latent defaults on one factor (Vasicek 2002), whose moments and tails
//! are known, run through the engine and the statistics with a stand-in for the model.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use knockon::engine::{RunSettings, Simulation, simulate};
use knockon::model::outcome::{FIXED_ONE, Outcome};
use knockon::statistics::{Accumulators, Estimate, Settings, Subject, Summary, summarise};
use statrs::distribution::{ContinuousCDF, Normal};

const PD: f64 = 0.02;
const RHO: f64 = 0.2;

/// One lender with 1 USD bn spread evenly over a pool.
struct Vasicek {
    seed: u64,
    /// Names in the pool; infinitely many where absent.
    names: Option<u64>,
}

impl Vasicek {
    /// A number in (0, 1) by its address.
    fn uniform(&self, trial: u64, index: u64) -> f64 {
        let mut word = self.seed << 40 ^ trial << 8 ^ index;
        for _ in 0..2 {
            word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            word ^= word >> 31;
        }
        ((word >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

impl Simulation for Vasicek {
    type Workspace = Outcome;
    type Error = Infallible;

    fn workspace(&self) -> Outcome {
        Outcome::new(0, 1)
    }

    fn accumulators(&self) -> Accumulators {
        Accumulators::new(0, &[true])
    }

    fn trial<'w>(&self, trial: u64, outcome: &'w mut Outcome) -> Result<&'w Outcome, Infallible> {
        let probability = conditional(Normal::standard().inverse_cdf(self.uniform(trial, 0)));
        let loss = self.names.map_or(probability, |names| {
            let defaults = (1..=names).filter(|name| self.uniform(trial, *name) < probability).count();
            defaults as f64 / names as f64
        });
        outcome.losses[(0, 0)] = (loss * FIXED_ONE).round() as i64;
        outcome.system_loss = outcome.losses[(0, 0)];
        Ok(outcome)
    }

    fn name(&self, subject: Subject) -> String {
        subject.to_string()
    }
}

/// Share of a large pool that defaults given the factor `z` (high is bad).
fn conditional(z: f64) -> f64 {
    let normal = Normal::standard();
    normal.cdf((normal.inverse_cdf(PD) + RHO.sqrt() * z) / (1.0 - RHO).sqrt())
}

/// Expected shortfall of a large pool by Simpson's rule over the factor.
fn closed_form_shortfall(level: f64) -> f64 {
    let (low, high, steps) = (Normal::standard().inverse_cdf(level), 9.0, 4_000);
    let width = (high - low) / f64::from(steps);
    let density = |z: f64| libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
    let sum: f64 = (0..=steps)
        .map(|step| {
            let z = low + width * f64::from(step);
            let weight = if step == 0 || step == steps { 1.0 } else { f64::from(2 + 2 * (step % 2)) };
            weight * conditional(z) * density(z)
        })
        .sum();
    sum * width / 3.0 / (1.0 - level)
}

fn run(seed: u64, names: Option<u64>, trials: u64) -> Summary {
    let settings = RunSettings { seed, trials, threads: NonZeroUsize::new(2), twin: false, check: false };
    let outcome =
        simulate(&Vasicek { seed, names }, &settings, &(), &AtomicBool::new(false)).expect("nothing can fail");
    summarise(&outcome.accumulators, &Settings { levels: vec![0.95, 0.99, 0.999], cascade_min: 2 })
}

fn ends(estimate: &Estimate) -> (f64, f64) {
    estimate.low.zip(estimate.high).expect("enough trials for an interval")
}

fn covers(estimate: &Estimate, truth: f64) -> bool {
    let (low, high) = ends(estimate);
    low <= truth && truth <= high
}

#[test]
fn a_pool_of_100_names_has_its_exact_tails() {
    // Model, section 13, case 1: exact for m = 100; four standard errors.
    let summary = run(1, Some(100), 400_000);
    let mean = summary.system.mean_loss_usd_bn.expect("there were trials");
    let error = mean.std_error.expect("more than one trial");
    assert_abs_diff_eq!(mean.point, PD, epsilon = 4.0 * error);
    assert_relative_eq!(error * 400_000.0_f64.sqrt(), 0.029_819, max_relative = 0.02);
    let exact = [(0.08, 0.116_578), (0.14, 0.184_229), (0.24, 0.290_860)];
    for tails in [&summary.system.tails, &summary.lenders[0].tails] {
        for (tail, (value_at_risk, shortfall)) in tails.iter().zip(exact) {
            // P(L <= 0.24) is barely above 99.9 %, so a sample's quantile may be 0.25: the interval must reach 0.24.
            let (low, high) = ends(&tail.value_at_risk_usd_bn);
            assert!(low <= value_at_risk + 1e-9 && value_at_risk - 1e-9 <= high, "{tail:?}");
            let estimate = tail.expected_shortfall_usd_bn;
            assert_abs_diff_eq!(estimate.point, shortfall, epsilon = 4.0 * estimate.std_error.expect("a large tail"));
            assert!(!tail.few_beyond);
        }
    }
}

#[test]
fn the_interval_of_the_mean_covers() {
    // Case 17: false-alarm probability 0.016.
    let covered = (0..400)
        .filter(|seed| covers(&run(*seed, Some(100), 2_000).system.mean_loss_usd_bn.expect("there were trials"), PD))
        .count();
    assert!((370..=390).contains(&covered), "{covered} of 400");
}

#[test]
fn the_interval_of_the_shortfall_covers() {
    // Case 17: a large pool with 1,000 trials beyond the quantile.
    assert_abs_diff_eq!(closed_form_shortfall(0.99), 0.170_462, epsilon = 1e-6);
    let truth = closed_form_shortfall(0.95);
    let covered = (0..400)
        .filter(|seed| covers(&run(*seed, None, 20_000).system.tails[0].expected_shortfall_usd_bn, truth))
        .count();
    assert!((360..=392).contains(&covered), "{covered} of 400");
}

#[test]
fn a_large_pool_has_its_quantiles() {
    let summary = run(7, None, 200_000);
    for (tail, exact) in summary.system.tails.iter().zip([0.070_277, 0.128_610, 0.226_313]) {
        assert!(covers(&tail.value_at_risk_usd_bn, exact), "{tail:?}");
    }
}
