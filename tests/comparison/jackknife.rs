//! Paired standard errors against what they estimate.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use knockon::comparison::{Difference, RunMeasures, Verdict, paired};
use knockon::engine::{self, RunSettings};
use knockon::model::outcome::{FIXED_ONE, FailureCause, LenderFailure, Outcome};
use knockon::scenario::Scenario;
use knockon::statistics::{Accumulators, Metric, Settings, metrics, replicates, summarise};

const LENDERS: usize = 3;

/// A uniform draw by its address.
fn uniform(seed: u64, trial: u64, salt: u64) -> f64 {
    let mut word = (seed << 40).wrapping_add(trial * 4 + salt + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + 1e-17
}

/// A loss with an exponential tail; half of it is the twin's. Lender k fails in the trial above 2 (k + 1) and in the twin
/// above twice that. `scale` and `noise` tell two worlds apart.
fn outcome(seed: u64, trial: u64, scale: f64, noise: f64) -> (Outcome, Outcome, f64) {
    let common = -2.0 * libm::log(uniform(seed, trial, 0));
    let own = noise * (uniform(seed, trial, 1) - 0.5);
    let loss = (scale * common * (1.0 + own) * FIXED_ONE) as i64;
    let of = |loss: i64| {
        let mut outcome = Outcome::new(0, LENDERS);
        outcome.system_loss = loss;
        for lender in 0..LENDERS {
            let fails = loss as f64 / FIXED_ONE > 2.0 * (lender + 1) as f64;
            outcome.failures[lender] =
                fails.then_some(LenderFailure { quarter: 1, round: 0, cause: FailureCause::None });
        }
        outcome
    };
    (of(loss), of(loss / 2), loss as f64 / FIXED_ONE)
}

struct Run {
    metrics: Vec<Metric>,
    replicates: Vec<Vec<Metric>>,
    losses: Vec<f64>,
}

fn run(seed: u64, trials: u64, scale: f64, noise: f64) -> Run {
    let settings = Settings { levels: vec![0.95], cascade_min: 2 };
    let mut accumulators = Accumulators::new(0, &[false; LENDERS]).in_groups();
    let mut losses = Vec::new();
    for trial in 0..trials {
        let (full, twin, loss) = outcome(seed, trial, scale, noise);
        accumulators.record(trial, &full, Some(&twin)).unwrap();
        losses.push(loss);
    }
    let metrics = metrics(&summarise(&accumulators, &settings));
    Run { metrics, replicates: replicates(&accumulators, &settings), losses }
}

impl Run {
    fn measures(&self) -> RunMeasures<'_> {
        RunMeasures { metrics: &self.metrics, replicates: &self.replicates }
    }

    /// A measure of this run less that of `first`.
    fn less(&self, first: &Run, metric: &str) -> Difference {
        let differences = paired(self.measures(), first.measures());
        differences.into_iter().find(|own| own.metric == metric).unwrap()
    }
}

fn error(difference: &Difference) -> f64 {
    difference.difference.unwrap().std_error.unwrap()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre) * (value - centre)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

/// The jackknife's own noise with 64 groups is 1 / sqrt(2 . 63) = 9 %; four of them are allowed.
#[test]
fn the_error_of_a_mean_is_that_of_the_pairs() {
    for (seed, trials) in [(1, 20_000), (2, 6_400), (3, 1_000)] {
        let (first, later) = (run(seed, trials, 1.0, 0.1), run(seed, trials, 1.02, 0.3));
        let difference = later.less(&first, "system_loss_mean");
        let pairs: Vec<f64> = later.losses.iter().zip(&first.losses).map(|(later, first)| later - first).collect();
        let exact = deviation(&pairs) / (trials as f64).sqrt();
        assert!((difference.difference.unwrap().point - mean(&pairs)).abs() < 1e-9);
        assert!((error(&difference) / exact - 1.0).abs() < 0.36, "{} for {exact}", error(&difference));
        assert!(difference.unpaired_std_error.unwrap() > 5.0 * error(&difference));
    }
}

/// Spread of 100 differences against their errors: the spread is known to 7 %, three times that is allowed, and more for a
/// quantile, which is smooth in the limit only. Nominal 95 % intervals cover the mean difference in 95 +- 7.
#[test]
fn errors_are_the_spread_over_seeds() {
    let runs: Vec<_> = (10..110).map(|seed| (run(seed, 4_000, 1.0, 0.1), run(seed, 4_000, 1.05, 0.3))).collect();
    for (metric, allowed) in [
        ("system_loss_mean", 0.21),
        ("system_loss_es_0.95", 0.21),
        ("system_loss_var_0.95", 0.3),
        ("contagion_loss_mean", 0.21),
        ("lender_failures_mean", 0.21),
        ("cascade_probability", 0.21),
        ("cascade_size_mean", 0.21),
    ] {
        let all: Vec<_> = runs.iter().map(|(first, later)| later.less(first, metric)).collect();
        let points: Vec<f64> = all.iter().map(|own| own.difference.unwrap().point).collect();
        let told: Vec<f64> = all.iter().map(|own| error(own) * error(own)).collect();
        let ratio = mean(&told).sqrt() / deviation(&points);
        assert!((ratio - 1.0).abs() < allowed, "{metric}: error over spread {ratio}");
        let truth = mean(&points);
        let covers = |own: &&Difference| {
            let interval = own.difference.unwrap();
            interval.low.unwrap() <= truth && truth <= interval.high.unwrap()
        };
        let covered = all.iter().filter(covers).count();
        assert!((88..=100).contains(&covered), "{metric}: {covered} of 100");
    }
}

#[test]
fn equal_worlds_are_the_same_and_noise_is_not_told_apart() {
    let first = run(1, 2_000, 1.0, 0.1);
    let again = paired(run(1, 2_000, 1.0, 0.1).measures(), first.measures());
    assert!(again.iter().all(|own| own.verdict == Verdict::Same));
    let told = (10..60).filter(|seed| {
        let (one, other) = (run(*seed, 1_000, 1.0, 0.1), run(*seed, 1_000, 1.0, 0.4));
        other.less(&one, "system_loss_mean").verdict != Verdict::NotToldApart
    });
    // The means are equal: 2.5 of 50 are expected to be told apart by chance.
    assert!(told.count() <= 8);
}

/// One event more in one world, in a trial that no other has: no ground for a verdict.
#[test]
fn a_handful_of_events_is_not_told_apart() {
    // Of the later number of trials, 64 is no divisor: groups without a difference must not pass for contributors.
    for trials in [6_400, 3_000] {
        a_handful_of_events_in(trials);
    }
}

fn a_handful_of_events_in(trials: u64) {
    let with_failures = |count: u64| {
        let mut accumulators = Accumulators::new(0, &[false; LENDERS]).in_groups();
        for trial in 0..trials {
            let mut outcome = Outcome::new(0, LENDERS);
            if trial % 64 < count && trial / 64 == 3 {
                outcome.failures[0] = Some(LenderFailure { quarter: 1, round: 0, cause: FailureCause::None });
            }
            accumulators.record(trial, &outcome, None).unwrap();
        }
        let settings = Settings { levels: vec![], cascade_min: 2 };
        Run {
            metrics: metrics(&summarise(&accumulators, &settings)),
            replicates: replicates(&accumulators, &settings),
            losses: vec![],
        }
    };
    let none = with_failures(0);
    let verdict = |count| with_failures(count).less(&none, "lender_failure_probability").verdict;
    assert_eq!([1, 5].map(verdict), [Verdict::NotToldApart; 2]);
    assert_eq!([6, 20].map(verdict), [Verdict::Higher; 2]);
    // Without twins what compares with them is undefined in both.
    assert_eq!(with_failures(3).less(&none, "amplification").verdict, Verdict::Same);
}

#[test]
fn without_groups_or_with_too_few_trials_nothing_is_paired() {
    let (first, later) = (run(1, 63, 1.0, 0.1), run(1, 63, 3.0, 0.1));
    assert!(first.replicates.is_empty());
    let difference = later.less(&first, "system_loss_mean");
    assert_eq!(difference.difference.unwrap().std_error, None);
    assert_eq!(difference.warning.as_deref(), Some(knockon::comparison::NOT_PAIRED));
    assert_eq!(difference.verdict, Verdict::Higher, "by the error of independent runs");
}

/// The base case with and without the price impact of collateral sales: a switch whose effect on the mean is small beside the loss.
#[test]
fn pairing_makes_the_error_of_a_switch_at_least_five_times_smaller() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/base.toml");
    let runs = ["channels.collateral_fire_sale=true", "channels.collateral_fire_sale=false"].map(|switch| {
        let scenario = Scenario::load(&path, &[switch.to_owned()]).unwrap();
        let settings = RunSettings { groups: true, ..RunSettings::new(1, 1_024) };
        let outcome = engine::run(&scenario.system, &settings, &(), &AtomicBool::new(false)).unwrap();
        let questions = Settings { levels: scenario.run.levels, cascade_min: scenario.run.cascade_min };
        Run {
            metrics: metrics(&summarise(&outcome.accumulators, &questions)),
            replicates: replicates(&outcome.accumulators, &questions),
            losses: vec![],
        }
    });
    let difference = runs[1].less(&runs[0], "system_loss_mean");
    assert!(difference.verdict == Verdict::Lower || difference.verdict == Verdict::Higher, "{difference:?}");
    let gain = difference.unpaired_std_error.unwrap() / error(&difference);
    assert!(gain >= 5.0, "paired errors are {gain} times smaller");
}
