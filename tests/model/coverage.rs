//! Do the error bars tell the truth? One quarter of latent defaults on one factor (Vasicek 2002), whose moments and tails
//! are known, run through the engine and the statistics with a stand-in for the model.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use crate::exact::{Names, cumulative, large_pool, large_pool_cdf, large_pool_shortfall, shortfall_variance, tail};
use crate::suite::{Comparisons, QUANTILE_COVERED, REPEATS, SEQUENTIAL_COVERED, SHORTFALL_COVERED};
use knockon::engine::{FIRST_LOOK, Outcomes, RunSettings, Runner, Simulation, simulate};
use knockon::model::outcome::{FIXED_ONE, Outcome};
use knockon::statistics::{Accumulators, Estimate, Precision, Settings, Subject, Summary, TailSummary, summarise};
use statrs::distribution::{ContinuousCDF, Normal};

const PD: f64 = 0.02;
const RHO: f64 = 0.2;

/// Relative half-width that the mean of about half of the seeds has after the first look.
const SEQUENTIAL_TARGET: f64 = 0.028_65;

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

    fn trial<'w>(&self, trial: u64, outcome: &'w mut Outcome) -> Result<Outcomes<'w>, Infallible> {
        let z = Normal::standard().inverse_cdf(self.uniform(trial, 0));
        let threshold = Normal::standard().inverse_cdf(PD);
        let probability = Normal::standard().cdf((threshold + RHO.sqrt() * z) / (1.0 - RHO).sqrt());
        let loss = self.names.map_or(probability, |names| {
            let defaults = (1..=names).filter(|name| self.uniform(trial, *name) < probability).count();
            defaults as f64 / names as f64
        });
        outcome.losses[(0, 0)] = (loss * FIXED_ONE).round() as i64;
        outcome.system_loss = outcome.losses[(0, 0)];
        Ok(Outcomes { full: outcome, twin: None })
    }

    fn name(&self, subject: Subject) -> String {
        subject.to_string()
    }
}

fn run(seed: u64, names: Option<u64>, trials: u64) -> Summary {
    let settings = RunSettings { threads: NonZeroUsize::new(2), ..RunSettings::new(seed, trials) };
    let outcome = simulate(Vasicek { seed, names }, &settings, &(), &AtomicBool::new(false)).expect("nothing can fail");
    summarise(&outcome.accumulators, &Settings { levels: vec![0.95, 0.99, 0.999], cascade_min: 2 })
}

/// A run that ends when its mean is precise enough, where about half end at the first look: the worst place for the interval.
/// The mean of the pool is its probability of default. (methods.md, 11.7)
#[test]
fn coverage_of_the_mean_after_a_sequential_rule() {
    let settings = Settings { levels: vec![0.95], cascade_min: 2 };
    let rule = Precision { target: SEQUENTIAL_TARGET, measures: vec!["system_loss_mean".into()] };
    let (mut covered, mut first) = (0, 0);
    for seed in 0..REPEATS {
        let mut runner = Runner::of(Vasicek { seed, names: None }, NonZeroUsize::new(2));
        let enough = |accumulators: &Accumulators| rule.is_met(&summarise(accumulators, &settings));
        runner.extend_until(4 * FIRST_LOOK, &(), &AtomicBool::new(false), enough).expect("nothing can fail");
        let summary = summarise(runner.accumulators(), &settings);
        assert!(rule.is_met(&summary), "seed {seed}");
        let mean = summary.system.mean_loss_usd_bn.expect("there were trials");
        let (low, high) = mean.low.zip(mean.high).expect("enough trials for an interval");
        covered += u64::from(low <= PD && PD <= high);
        first += u64::from(summary.trials == FIRST_LOOK);
    }
    assert!((150..=250).contains(&first), "{first} of {REPEATS} end at the first look, {covered} cover");
    assert!(SEQUENTIAL_COVERED.contains(&covered), "{covered} of {REPEATS} cover, {first} end at the first look");
}

/// Case 1 for m = 100, and the same tails in the coarser histogram of a lender.
#[test]
fn case_01_vasicek_tails_from_histograms() {
    let (trials, law) = (400_000, Names::new(PD, RHO, None).defaults(100));
    let mut compare = Comparisons::of("statistics");
    let summary = run(1, Some(100), trials);
    let n = trials as f64;
    let centred = |power: f64| law.iter().enumerate().map(|(k, p)| p * libm::pow(k as f64 - 2.0, power)).sum::<f64>();
    let (deviation, mean) = (centred(2.0).sqrt(), summary.system.mean_loss_usd_bn.expect("there were trials"));
    compare.normal(100.0 * mean.point, 2.0, deviation / n.sqrt());
    let error = ((centred(4.0) - centred(2.0) * centred(2.0)) / n).sqrt() / (2.0 * deviation);
    compare.normal(100.0 * mean.std_error.expect("two trials or more") * n.sqrt(), deviation, error);
    for tails in [&summary.system.tails, &summary.lenders[0].tails] {
        for found in tails {
            compare.quantile(found, 0.01, &cumulative(&law));
            let error = (shortfall_variance(&law, found.level) / n).sqrt();
            compare.normal(100.0 * found.expected_shortfall_usd_bn.point, tail(&law, found.level).1, error);
            assert_eq!(found.warning, None);
        }
    }
    let summary = run(7, None, 200_000);
    for found in &summary.system.tails {
        // The mean of a bucket of relative width 2^-11.
        let (x, half) = (found.value_at_risk_usd_bn.point, 2.5e-4);
        let cdf = |x: f64| large_pool_cdf(PD, RHO, x);
        compare.order_statistic(found, cdf(x * (1.0 - half)), cdf(x * (1.0 + half)));
    }
}

/// How many of the 95 % intervals over the repeats hold the true value.
fn covered(names: Option<u64>, trials: u64, truth: f64, interval: impl Fn(&TailSummary) -> Estimate) -> u64 {
    let covers = |seed: &u64| {
        let found = interval(&run(*seed, names, trials).system.tails[0]);
        let (low, high) = found.low.zip(found.high).expect("enough trials for an interval");
        low <= truth && truth <= high
    };
    (0..REPEATS).filter(covers).count() as u64
}

/// Case 17: a large pool with 1,000 trials beyond the quantile.
#[test]
fn case_17_coverage_of_the_expected_shortfall() {
    let truth = large_pool_shortfall(PD, RHO, 0.95);
    let covered = covered(None, 20_000, truth, |tail| tail.expected_shortfall_usd_bn);
    assert!(SHORTFALL_COVERED.contains(&covered), "{covered} of {REPEATS}");
}

/// Case 17: between the order statistics of a large pool the quantile lies as often as the binomial says; on the lattice of 100
/// names whole atoms lie between them, so that the interval is conservative.
#[test]
fn case_17_coverage_of_the_value_at_risk() {
    let large = covered(None, 20_000, large_pool(PD, RHO, 0.95), |tail| tail.value_at_risk_usd_bn);
    assert!(QUANTILE_COVERED.contains(&large), "{large} of {REPEATS}");
    let eight_names = (0.08 * FIXED_ONE).round() / FIXED_ONE;
    let lattice = covered(Some(100), 4_000, eight_names, |tail| tail.value_at_risk_usd_bn);
    assert!(lattice >= *QUANTILE_COVERED.start(), "{lattice} of {REPEATS}");
}
