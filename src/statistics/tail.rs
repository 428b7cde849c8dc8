//! Value at risk and expected shortfall.

use std::ops::ControlFlow;

use crate::model::outcome::FIXED_ONE;
use crate::statistics::estimate::{Estimate, quantile_ranks};
use crate::statistics::histogram::{Bucket, Histogram};
use crate::statistics::warning::Warning;

/// The tail of a loss distribution at one level.
///
/// Quantiles are means of histogram buckets, right to 0.05 % for the system and 0.4 % for a lender; expected shortfall
/// rests on bucket sums and is right to 1e-6 for the system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TailSummary {
    /// Level a, in (0, 1).
    pub level: f64,
    /// VaR_a: the ceil(a n)-th smallest loss, with a binomial order-statistic interval, USD bn.
    pub value_at_risk_usd_bn: Estimate,
    /// ES_a: mean of the worst n (1 - a) losses, the last with fractional weight, USD bn.
    pub expected_shortfall_usd_bn: Estimate,
    /// Trials ranked beyond the quantile: n - ceil(a n).
    pub trials_beyond: u64,
    /// Whether enough trials lie beyond the quantile.
    pub warning: Option<Warning>,
}

/// Tail of `histogram` over `trials` trials; none without a trial.
///
/// With tail weights w (1 beyond VaR, a common fraction at VaR, summing to n (1 - a)) the standard error is
/// `ES: sqrt((Var_w(L) + a (ES - VaR)^2) / (n (1 - a)))`, which is that of `Var(L | L >= VaR)` where VaR is no atom and
/// stays right where it is one.
///
/// # References
/// Acerbi and Tasche (2002), Journal of Banking and Finance 26(7); Manistre and Hancock (2005), North American Actuarial
/// Journal 9(2).
pub(crate) fn tail(histogram: &Histogram, trials: u64, level: f64) -> Option<TailSummary> {
    if trials == 0 {
        return None;
    }
    let Quantile { estimate: value_at_risk, beyond } = quantile(histogram, trials, level, FIXED_ONE)?;
    let weight = weight_beyond(level, trials);
    let (shortfall, std_error) = shortfall(histogram, trials, weight, value_at_risk.point);
    Some(TailSummary {
        level,
        value_at_risk_usd_bn: value_at_risk,
        expected_shortfall_usd_bn: Estimate::symmetric(shortfall, std_error, trials),
        trials_beyond: beyond,
        warning: Warning::of_beyond(beyond),
    })
}

/// `n (1 - a)`: the number of trials, the last with its fraction, that the expected shortfall is the mean of.
pub(crate) fn weight_beyond(level: f64, trials: u64) -> f64 {
    trials as f64 - product(level, trials)
}

/// A quantile and the trials ranked beyond it.
pub(crate) struct Quantile {
    /// The order statistic, with its binomial interval.
    pub(crate) estimate: Estimate,
    /// Trials with a larger rank.
    pub(crate) beyond: u64,
}

/// The ceil(level n)-th smallest of `trials` values, in units of `one`; none without a trial.
pub(crate) fn quantile(histogram: &Histogram, trials: u64, level: f64, one: f64) -> Option<Quantile> {
    if trials == 0 {
        return None;
    }
    let Ranks { rank, low, high, beyond } = Ranks::new(level, trials);
    let value = |rank| order_statistic(histogram, trials, rank) / one;
    let estimate = Estimate { point: value(rank), std_error: None, low: low.map(value), high: high.map(value), trials };
    Some(Quantile { estimate, beyond })
}

/// Ranks, from 1, of a quantile and of the ends of its interval.
pub(crate) struct Ranks {
    /// ceil(level n).
    pub(crate) rank: u64,
    /// Of the lower end; none where the trials do not reach that far.
    pub(crate) low: Option<u64>,
    /// Of the upper end; none where the trials do not reach that far.
    pub(crate) high: Option<u64>,
    /// Larger ranks.
    pub(crate) beyond: u64,
}

impl Ranks {
    pub(crate) fn new(level: f64, trials: u64) -> Self {
        let rank = (product(level, trials).ceil() as u64).clamp(1, trials.max(1));
        let (low, high) = quantile_ranks(level, trials);
        Ranks { rank, low, high, beyond: trials.saturating_sub(rank) }
    }

    /// Trials on the side of the quantile that has fewer.
    pub(crate) fn fewest_beyond(&self) -> u64 {
        self.beyond.min(self.rank)
    }
}

/// `level * trials`, a whole number where only rounding keeps it from being one.
fn product(level: f64, trials: u64) -> f64 {
    let product = level * trials as f64;
    let whole = product.round();
    if (product - whole).abs() <= 2.0 * f64::EPSILON * product { whole } else { product }
}

/// The `rank`-th smallest value, from 1: the mean of its bucket.
fn order_statistic(histogram: &Histogram, trials: u64, rank: u64) -> f64 {
    bucket_at(histogram, trials, rank).mean()
}

/// The bucket of the `rank`-th smallest value, from 1, of at least one trial.
pub(crate) fn bucket_at(histogram: &Histogram, trials: u64, rank: u64) -> Bucket {
    let all = Bucket { count: trials, sum: 0 };
    let found = histogram.descending(trials).try_fold((trials, all), |(at_least, _), bucket| {
        let at_least = at_least - bucket.count;
        if at_least < rank { ControlFlow::Break(bucket) } else { ControlFlow::Continue((at_least, bucket)) }
    });
    match found {
        ControlFlow::Break(bucket) | ControlFlow::Continue((_, bucket)) => bucket,
    }
}

/// Mean of the order statistics about VaR at `level`, as many to either side as `sqrt(3 n a (1 - a))`, the spread of a
/// quantile's rank: a quantile smooth enough that leaving a few trials out moves it as the jackknife needs, USD bn.
///
/// # References
/// Harrell and Davis (1982), Biometrika 69(3), whose weights are replaced by even ones of the same spread.
pub(crate) fn smooth_quantile(histogram: &Histogram, trials: u64, level: f64) -> f64 {
    let below = product(level, trials);
    let beyond = trials as f64 - below;
    let reach = (3.0 * below * (1.0 - level)).sqrt().min(beyond).min(below);
    let sum = |weight| worst(histogram, trials, weight).map(|(bucket, share)| share * bucket.mean()).sum::<f64>();
    if reach > 0.0 { (sum(beyond + reach) - sum(beyond - reach)) / (2.0 * reach) / FIXED_ONE } else { 0.0 }
}

/// Mean of the worst `weight = n (1 - a)` trials and its standard error, USD bn.
fn shortfall(histogram: &Histogram, trials: u64, weight: f64, quantile: f64) -> (f64, Option<f64>) {
    let (mut whole, mut part) = (0, 0.0);
    for (bucket, share) in worst(histogram, trials, weight) {
        if share < bucket.count as f64 {
            part = share * bucket.mean();
        } else {
            whole += bucket.sum;
        }
    }
    let point = (whole as f64 + part) / weight / FIXED_ONE;
    let spread: f64 = worst(histogram, trials, weight)
        .map(|(bucket, share)| {
            let deviation = bucket.mean() / FIXED_ONE - point;
            share * deviation * deviation
        })
        .sum();
    let level = 1.0 - weight / trials as f64;
    let excess = point - quantile;
    let std_error = ((spread / weight + level * excess * excess) / weight).sqrt();
    (point, (weight > 1.0).then_some(std_error))
}

/// Buckets from the largest value down with the weight each has among the worst `weight` trials.
fn worst(histogram: &Histogram, trials: u64, weight: f64) -> impl Iterator<Item = (Bucket, f64)> + '_ {
    let mut left = weight;
    histogram.descending(trials).map_while(move |bucket| {
        let share = left.min(bucket.count as f64);
        left -= share;
        (share > 0.0).then_some((bucket, share))
    })
}

#[cfg(test)]
mod tests {
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    use super::*;

    fn sample(values: impl IntoIterator<Item = f64>) -> Histogram {
        let mut histogram = Histogram::new(11);
        values.into_iter().for_each(|value| histogram.record((value * FIXED_ONE).round() as i64));
        histogram
    }

    fn uniform(index: u64) -> f64 {
        let mut word = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[test]
    fn worked_example_14() {
        let histogram = sample((1..=10).map(f64::from));
        for (level, value_at_risk, shortfall) in [(0.75, 8.0, 9.2), (0.7, 7.0, 9.0)] {
            let tail = tail(&histogram, 10, level).unwrap();
            assert_eq!(tail.value_at_risk_usd_bn.point, value_at_risk);
            assert_relative_eq!(tail.expected_shortfall_usd_bn.point, shortfall, max_relative = 1e-15);
            assert_eq!(tail.warning, Some(Warning::FewBeyond));
        }
    }

    #[test]
    fn a_smooth_quantile_is_near_the_true_one() {
        let (mut coarse, trials) = (Histogram::new(4), 20_000);
        (0..trials).for_each(|trial| coarse.record(((1.0 + uniform(trial)) * FIXED_ONE) as i64));
        for level in [0.1, 0.5, 0.95] {
            // The quantile of a uniform loss is 1 + level, here in buckets 6 % wide.
            let quantile = smooth_quantile(&coarse, trials, level);
            assert_abs_diff_eq!(quantile, 1.0 + level, epsilon = 0.06);
        }
        let few = sample((1..=100).map(f64::from));
        // Ranks 95 less and more sqrt(3 . 4.75) = 3.77: evenly about 95.5, the border between ranks 95 and 96.
        assert_abs_diff_eq!(smooth_quantile(&few, 100, 0.95), 95.5, epsilon = 1e-9);
        assert_eq!(smooth_quantile(&Histogram::new(4), 0, 0.5), 0.0);
    }

    #[test]
    fn worked_example_14_components() {
        // L_i = 0.3 L and 0.7 L move together, so their own tails are their contributions: 2.76 and 6.44.
        for (share, expected) in [(0.3, 2.76), (0.7, 6.44)] {
            let histogram = sample((1..=10).map(|loss| share * f64::from(loss)));
            let tail = tail(&histogram, 10, 0.75).unwrap();
            assert_abs_diff_eq!(tail.expected_shortfall_usd_bn.point, expected, epsilon = 2e-9);
        }
    }

    #[test]
    fn gains_zeros_and_losses() {
        let histogram = sample([-3.0, -2.0, 0.0, 0.0, 5.0]);
        let at = |level| tail(&histogram, 5, level).unwrap();
        assert_eq!(at(0.2).value_at_risk_usd_bn.point, -3.0);
        assert_eq!(at(0.4).value_at_risk_usd_bn.point, -2.0);
        assert_eq!(at(0.6).value_at_risk_usd_bn.point, 0.0);
        assert_eq!(at(0.9).value_at_risk_usd_bn.point, 5.0);
        assert_relative_eq!(at(0.2).expected_shortfall_usd_bn.point, 0.75, max_relative = 1e-15);
        assert_eq!(at(0.9).expected_shortfall_usd_bn.std_error, None);
    }

    #[test]
    fn ranks_do_not_slip_by_rounding() {
        // In binary 0.07 * 100 is 7.000000000000001, and 0.57 * 100 is 56.99999999999999.
        assert_eq!((product(0.07, 100), product(0.57, 100)), (7.0, 57.0));
        assert_eq!(product(0.75, 10), 7.5);
        assert_eq!(product(0.999, 20_000), 19_980.0);
    }

    #[test]
    fn bucket_means_are_close_to_order_statistics() {
        let mut losses: Vec<f64> = (0..100_000).map(|index| 40.0 * libm::pow(uniform(index), 3.0)).collect();
        let histogram = sample(losses.iter().copied());
        losses.sort_by(f64::total_cmp);
        for level in [0.5, 0.95, 0.99, 0.999] {
            let tail = tail(&histogram, 100_000, level).unwrap();
            let rank = (level * 1e5).round() as usize;
            assert_relative_eq!(tail.value_at_risk_usd_bn.point, losses[rank - 1], max_relative = 5e-4);
            let mean = losses[rank..].iter().sum::<f64>() / (100_000 - rank) as f64;
            assert_relative_eq!(tail.expected_shortfall_usd_bn.point, mean, max_relative = 1e-6);
        }
    }

    /// Estimates of 2,000 samples of 1,000 losses each, at level 0.9.
    fn repeats(loss: fn(f64) -> f64) -> Vec<TailSummary> {
        (0..2_000_u64)
            .map(|repeat| {
                let histogram = sample((0..1_000).map(|trial| loss(uniform(repeat * 1_000 + trial))));
                tail(&histogram, 1_000, 0.9).unwrap()
            })
            .collect()
    }

    fn spread_and_error(tails: &[TailSummary]) -> (f64, f64) {
        let n = tails.len() as f64;
        let points = || tails.iter().map(|tail| tail.expected_shortfall_usd_bn.point);
        let mean = points().sum::<f64>() / n;
        let spread = (points().map(|point| (point - mean) * (point - mean)).sum::<f64>() / (n - 1.0)).sqrt();
        let error = tails.iter().map(|tail| tail.expected_shortfall_usd_bn.std_error.unwrap()).sum::<f64>() / n;
        (spread, error)
    }

    #[test]
    fn shortfall_error_is_the_spread_of_repeats() {
        // Exponential losses: a spread from 2,000 repeats is itself known to 1.6 %, so 6 % is four standard errors.
        let (spread, error) = spread_and_error(&repeats(|u| -libm::log1p(-u)));
        assert_relative_eq!(spread, error, max_relative = 0.06);
    }

    #[test]
    fn shortfall_error_holds_with_an_atom_at_the_quantile() {
        // 95 % of trials lose nothing, so the quantile at 90 % is the atom at 0.
        let (spread, error) = spread_and_error(&repeats(|u| if u < 0.95 { 0.0 } else { -libm::log((1.0 - u) / 0.05) }));
        assert_relative_eq!(spread, error, max_relative = 0.06);
    }

    #[test]
    fn quantile_interval_covers() {
        // Exponential: the 90 % quantile is ln 10. 2,000 repeats of at least 95 % (exact ranks give 95.1 to 96 %):
        // outside 93.2 to 97.5 % with probability under 1e-3.
        let truth = libm::log(10.0);
        let covered = repeats(|u| -libm::log1p(-u))
            .iter()
            .filter(|tail| {
                let estimate = tail.value_at_risk_usd_bn;
                estimate.low.unwrap() <= truth && truth <= estimate.high.unwrap()
            })
            .count();
        assert!((1_864..=1_950).contains(&covered), "{covered}");
    }
}
