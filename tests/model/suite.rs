//! The statistical suite and its false-alarm rate: simulation against closed form, from fixed seeds.
//!
//! Each comparison below is a test of a true statement that fails under another seed with probability [`RATE`] or less:
//! counts by exact binomial tails, means by the normal law with a standard error that is derived, never estimated from
//! the same draws, distributions by chi-square or Kolmogorov-Smirnov. (Expected shortfalls and lognormal means are sums of
//! skew numbers, and may fail up to ten times as often; the family has room for them.) With case 17, whose bounds the model states, the
//! whole suite fails under another seed with probability [`FAMILY`] or less; a test adds up [`BUDGET`] to show it.

use knockon::random::normal_quantile;
use knockon::statistics::TailSummary;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// False-alarm probability of one comparison: 4.42 standard errors on either side.
pub const RATE: f64 = 1e-5;

/// False-alarm probability of the whole suite.
pub const FAMILY: f64 = 0.035;

/// Comparisons of each test; a test that makes more or fewer fails.
pub const BUDGET: [(&str, usize); 17] = [
    ("case 1, pool of 100", 9),
    ("case 1, pool of 1,000", 6),
    ("case 1, large pool", 14),
    ("case 2", 5),
    ("case 3", 12),
    ("example 12", 28),
    ("pool under t", 12),
    ("few names", 44),
    ("pool of 100 names", 32),
    ("margins", 36),
    ("factors", 18),
    ("revenue", 4),
    ("case 12", 4),
    ("jumps", 16),
    ("persistence", 80),
    ("processes", 37),
    ("statistics", 17),
];

/// Case 17: repeats, and how many of their 95 % intervals may cover: of the mean, of the expected shortfall, of a quantile
/// (whose interval between order statistics holds it with 95 % or a little more).
pub const REPEATS: u64 = 400;
pub const MEAN_COVERED: std::ops::RangeInclusive<u64> = 370..=390;
/// Of the mean at the end of a sequential rule; over 20,000 seeds 94.8 % cover.
pub const SEQUENTIAL_COVERED: std::ops::RangeInclusive<u64> = 360..=397;
pub const SHORTFALL_COVERED: std::ops::RangeInclusive<u64> = 360..=392;
pub const QUANTILE_COVERED: std::ops::RangeInclusive<u64> = 370..=395;

/// The comparisons of one test, counted.
pub struct Comparisons {
    test: &'static str,
    stated: usize,
    made: usize,
}

impl Comparisons {
    pub fn of(test: &str) -> Self {
        let (test, stated) = *BUDGET.iter().find(|(name, _)| *name == test).expect("a test of the budget");
        Comparisons { test, stated, made: 0 }
    }

    /// A number of events in n independent trials of probability p.
    #[track_caller]
    pub fn count(&mut self, found: u64, n: u64, p: f64) {
        self.made += 1;
        let (below, above) = binomial_tails(found, n, p);
        let (test, mean) = (self.test, n as f64 * p);
        assert!(2.0 * below.min(above) >= RATE, "{test}: {found} of {n}, expected {mean}; tails {below:e}, {above:e}");
    }

    /// A number that is normal about the truth with this standard error.
    #[track_caller]
    pub fn normal(&mut self, found: f64, truth: f64, error: f64) {
        self.made += 1;
        let (test, away) = (self.test, (found - truth) / error);
        assert!(away.abs() <= -normal_quantile(RATE / 2.0), "{test}: {found} for {truth}, {away} standard errors");
    }

    /// The mean square of n independent normals of mean 0.
    #[track_caller]
    pub fn variance(&mut self, found: f64, truth: f64, n: u64) {
        self.normal(found / truth, 1.0, (2.0 / n as f64).sqrt());
    }

    /// Counts of n trials over classes of these probabilities; classes expected fewer than 10 times are put together.
    #[track_caller]
    pub fn classes(&mut self, found: &[u64], probabilities: &[f64]) {
        self.made += 1;
        let n = found.iter().sum::<u64>() as f64;
        let (mut square, mut classes, mut observed, mut expected) = (0.0, 0_u32, 0.0, 0.0);
        let mut rest: f64 = probabilities.iter().sum();
        for (count, p) in found.iter().zip(probabilities) {
            observed += *count as f64;
            expected += n * p;
            rest -= p;
            if expected >= 10.0 && n * rest >= 10.0 || rest < 1e-9 && expected > 0.0 {
                square += (observed - expected) * (observed - expected) / expected;
                classes += 1;
                (observed, expected) = (0.0, 0.0);
            }
        }
        let law = ChiSquared::new(f64::from(classes - 1)).expect("two classes or more");
        assert!(law.sf(square) >= RATE, "{}: chi-square {square} of {} classes", self.test, classes);
    }

    /// Independent draws of a continuous law (Kolmogorov-Smirnov, asymptotic with Stephens' correction).
    #[track_caller]
    pub fn law(&mut self, mut draws: Vec<f64>, cdf: impl Fn(f64) -> f64) {
        self.made += 1;
        draws.sort_unstable_by(f64::total_cmp);
        let n = draws.len() as f64;
        let distance = draws.iter().enumerate().fold(0.0, |worst: f64, (place, x)| {
            let p = cdf(*x);
            worst.max(p - place as f64 / n).max((place + 1) as f64 / n - p)
        });
        let lambda = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
        let tail = 2.0 * libm::exp(-2.0 * lambda * lambda);
        assert!(tail >= RATE, "{}: Kolmogorov-Smirnov distance {distance}", self.test);
    }

    /// A quantile of a sample, a whole number `k`, whose law has these cumulative probabilities of 0, 1, 2, ...
    #[track_caller]
    pub fn quantile(&mut self, tail: &TailSummary, unit: f64, cumulative: &[f64]) {
        let k = (tail.value_at_risk_usd_bn.point / unit).round() as usize;
        let below = k.checked_sub(1).map_or(0.0, |before| cumulative[before]);
        self.order_statistic(tail, below, cumulative[k]);
    }

    /// The ceil(a n)-th smallest of n draws, where a draw is less than it with probability `less`, at most it with `upto`.
    #[track_caller]
    pub fn order_statistic(&mut self, tail: &TailSummary, less: f64, upto: f64) {
        self.made += 1;
        let n = tail.value_at_risk_usd_bn.trials;
        let rank = n - tail.trials_beyond;
        // At most x if `rank` draws or more are at most x; at least x if fewer than `rank` draws are less than x.
        let (_, low) = binomial_tails(rank, n, upto);
        let (high, _) = binomial_tails(rank - 1, n, less);
        assert!(2.0 * low.min(high) >= RATE, "{}: {tail:?}; tails {low:e}, {high:e}", self.test);
    }
}

impl Drop for Comparisons {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.made, self.stated, "comparisons of {:?} made and stated", self.test);
        }
    }
}

/// P(X <= k) and P(X >= k) of a binomial number.
pub fn binomial_tails(k: u64, n: u64, p: f64) -> (f64, f64) {
    if p <= 0.0 || p >= 1.0 {
        let only = if p <= 0.0 { 0 } else { n };
        return (f64::from(only <= k), f64::from(only >= k));
    }
    let log = |n: u64| libm::lgamma(n as f64 + 1.0);
    let (count, rest) = (k as f64, (n - k) as f64);
    let own = libm::exp(log(n) - log(k) - log(n - k) + count * libm::log(p) + rest * libm::log1p(-p));
    let odds = p / (1.0 - p);
    let sum = |steps: &mut dyn Iterator<Item = f64>| {
        let (mut sum, mut term) = (own, own);
        for ratio in steps {
            term *= ratio;
            sum += term;
            if ratio < 1.0 && term <= 1e-17 * sum {
                break;
            }
        }
        sum
    };
    let below = sum(&mut (1..=k).rev().map(|i| i as f64 / ((n - i + 1) as f64 * odds)));
    let above = sum(&mut (k..n).map(|i| (n - i) as f64 * odds / (i + 1) as f64));
    (below.min(1.0), above.min(1.0))
}

/// Probability that a binomial number lies outside a range.
fn outside(range: &std::ops::RangeInclusive<u64>, n: u64, p: f64) -> f64 {
    binomial_tails(range.start() - 1, n, p).0 + binomial_tails(range.end() + 1, n, p).1
}

#[test]
fn the_family_has_its_stated_false_alarm_rate() {
    let comparisons: usize = BUDGET.iter().map(|(_, number)| number).sum();
    let mean = outside(&MEAN_COVERED, REPEATS, 0.95);
    let shortfall = outside(&SHORTFALL_COVERED, REPEATS, 0.95);
    let quantile = outside(&QUANTILE_COVERED, REPEATS, 0.95);
    let sequential = outside(&SEQUENTIAL_COVERED, REPEATS, 0.948);
    assert!(mean < 0.0165 && shortfall < 0.001 && quantile < 0.012, "coverage {mean} {shortfall} {quantile}");
    assert!(sequential < 1e-4, "coverage {sequential}");
    let family = comparisons as f64 * RATE + mean + shortfall + quantile + sequential;
    assert!(family < FAMILY, "{comparisons} comparisons, {family}");
}

#[test]
fn tails_of_a_binomial_number_are_exact() {
    // 10 trials of 0.3: P(X <= 2) = 0.3827827864, P(X >= 2) = 1 - 0.7^10 - 3 0.7^9.
    let (below, above) = binomial_tails(2, 10, 0.3);
    assert!((below - 0.382_782_786_4).abs() < 1e-12 && (above - 0.850_691_654_1).abs() < 1e-12);
    assert_eq!(binomial_tails(0, 5, 0.0), (1.0, 1.0));
    let (below, above) = binomial_tails(500_000, 1_000_000, 0.5);
    assert!((below - above).abs() < 1e-8 && (below + above - 1.0 - 7.978_844_6e-4).abs() < 1e-8);
}
