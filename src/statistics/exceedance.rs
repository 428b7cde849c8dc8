//! The exceedance curve of a loss.

use crate::model::outcome::FIXED_ONE;
use crate::statistics::estimate::Estimate;
use crate::statistics::histogram::Histogram;
use crate::statistics::tail::quantile;
use crate::statistics::warning::Warning;

/// Probabilities that every curve has; beyond the last it goes on in steps of 1, 2, 5.
const PROBABILITIES: [f64; 14] = [0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

/// Trials that must lie beyond a loss whose probability is below all of [`PROBABILITIES`].
const LEAST_BEYOND: u64 = 10;

/// The loss that is exceeded with some probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exceedance {
    /// Probability p, in (0, 1).
    pub probability: f64,
    /// The ceil((1 - p) n)-th smallest loss, with a binomial order-statistic interval, USD bn.
    pub loss_usd_bn: Estimate,
    /// Trials ranked beyond it.
    pub trials_beyond: u64,
    /// Whether enough trials lie beyond it.
    pub warning: Option<Warning>,
}

/// The curve from the smallest loss to the largest; empty without a trial.
pub(crate) fn exceedance(histogram: &Histogram, trials: u64) -> Vec<Exceedance> {
    let point = |probability: f64| {
        let quantile = quantile(histogram, trials, complement(probability), FIXED_ONE)?;
        Some(Exceedance {
            probability,
            loss_usd_bn: quantile.estimate,
            trials_beyond: quantile.beyond,
            warning: Warning::of_beyond(quantile.beyond),
        })
    };
    let further = further_probabilities().map_while(point).take_while(|point| point.trials_beyond >= LEAST_BEYOND);
    PROBABILITIES.into_iter().filter_map(point).chain(further).collect()
}

/// `1 - probability` as the decimal that it is: 1 - 0.99 is not 0.01 in binary, and its rank would slip by one.
fn complement(probability: f64) -> f64 {
    const PLACES: f64 = 1e12;
    ((1.0 - probability) * PLACES).round() / PLACES
}

/// 0.0005, 0.0002, 0.0001, 0.00005 and so on, each the nearest number to its decimal.
fn further_probabilities() -> impl Iterator<Item = f64> {
    let denominators = (0..).map(|decade| 2_000.0 * libm::pow(10.0, f64::from(decade)));
    denominators.flat_map(|first| [first, 2.5 * first, 5.0 * first]).map(|denominator| 1.0 / denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losses are numbered in units of 2^-10 USD bn.
    const SCALE: f64 = 1024.0;

    fn curve(trials: u64) -> Vec<Exceedance> {
        let mut histogram = Histogram::new(11);
        (1..=trials).for_each(|loss| histogram.record((loss as f64 / SCALE * FIXED_ONE) as i64));
        exceedance(&histogram, trials)
    }

    #[test]
    fn losses_of_one_to_a_thousand_by_hand() {
        let curve = curve(1_000);
        let row = |point: &Exceedance| (point.probability, point.loss_usd_bn.point * SCALE, point.trials_beyond);
        let points: Vec<(f64, f64, u64)> = curve.iter().map(row).collect();
        assert_eq!(points.len(), 14);
        for expected in [(0.99, 10.0, 990), (0.5, 500.0, 500), (0.1, 900.0, 100), (0.05, 950.0, 50), (0.001, 999.0, 1)]
        {
            assert!(points.contains(&expected), "{expected:?} in {points:?}");
        }
        let warned: Vec<f64> = curve.iter().filter(|point| point.warning.is_some()).map(|p| p.probability).collect();
        assert_eq!(warned, [0.05, 0.02, 0.01, 0.005, 0.002, 0.001]);
        let last = curve[13].loss_usd_bn;
        assert!(last.low.is_some_and(|low| low * SCALE < 999.0) && last.high.is_none());
    }

    #[test]
    fn the_curve_goes_on_while_ten_trials_lie_beyond() {
        let ends = |trials| curve(trials).last().map(|point| (point.probability, point.trials_beyond)).unwrap();
        assert_eq!(ends(100), (0.001, 0));
        assert_eq!(ends(20_000), (0.0005, 10));
        assert_eq!(ends(99_999), (0.0002, 19));
        assert_eq!(ends(100_000), (0.0001, 10));
        assert!(curve(0).is_empty());
    }

    #[test]
    fn further_probabilities_read_as_decimals() {
        let found: Vec<f64> = further_probabilities().take(5).collect();
        assert_eq!(found, [0.000_5, 0.000_2, 0.000_1, 0.000_05, 0.000_02]);
        assert_eq!([0.99, 0.9, 0.02, 0.000_05].map(complement), [0.01, 0.1, 0.98, 0.999_95]);
    }
}
