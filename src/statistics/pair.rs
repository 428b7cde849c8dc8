//! Two quantities of the same trial or event.

use crate::statistics::estimate::Estimate;
use crate::statistics::moments::Moments;
use crate::statistics::wide::difference_of_products;

/// The five sums of two quantities; a pair of zeros need not be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PairTally {
    /// The first quantity: numerator of the ratio.
    pub(crate) first: Moments,
    /// The second quantity: denominator of the ratio.
    pub(crate) second: Moments,
    /// Sum of their products.
    product: i128,
}

impl PairTally {
    /// Adds one pair, both below 2^46 in size.
    pub(crate) fn record(&mut self, first: i64, second: i64) {
        if first == 0 && second == 0 {
            return;
        }
        self.first.record(first);
        self.second.record(second);
        self.product += i128::from(first) * i128::from(second);
    }

    /// Adds the pairs of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.first.merge(&other.first);
        self.second.merge(&other.second);
        self.product += other.product;
    }

    /// Ratio of the sums over `count` pairs; none where the second sum is 0.
    pub(crate) fn ratio(&self, count: u64) -> Option<Estimate> {
        let squares = [self.first.square(), self.product, self.second.square()];
        Estimate::ratio(self.first.sum(), self.second.sum(), squares, count)
    }

    /// Correlation over `count` pairs; none where either quantity does not vary.
    pub(crate) fn correlation(&self, count: u64) -> Option<Estimate> {
        let n = i128::from(count);
        let [first, second] = [self.first, self.second];
        let spread = |moments: Moments| difference_of_products([n, moments.square()], [moments.sum(), moments.sum()]);
        let covariance = difference_of_products([n, self.product], [first.sum(), second.sum()]);
        let (own, other) = (spread(first), spread(second));
        (own > 0.0 && other > 0.0).then(|| Estimate::correlation(covariance / (own.sqrt() * other.sqrt()), count))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    fn pairs(pairs: &[(i64, i64)]) -> PairTally {
        let mut tally = PairTally::default();
        pairs.iter().for_each(|(first, second)| tally.record(*first, *second));
        tally
    }

    #[test]
    fn correlation_by_hand_with_fishers_interval() {
        // Deviations -2, -1, 0, 1, 2 and -2, 0, -1, 1, 2: products 4 + 0 + 0 + 1 + 4 = 9, both squares 10.
        let estimate = pairs(&[(1, 10), (2, 12), (3, 11), (4, 13), (5, 14)]).correlation(5).unwrap();
        assert_relative_eq!(estimate.point, 0.9, max_relative = 1e-15);
        // atanh 0.9 = 1.472219, half-width 1.959964 / sqrt 2 = 1.385904.
        assert_relative_eq!(estimate.low.unwrap(), 0.086_099, max_relative = 1e-4);
        assert_relative_eq!(estimate.high.unwrap(), 0.993_447, max_relative = 1e-4);
        assert_relative_eq!(estimate.std_error.unwrap(), 0.19 / 2.0_f64.sqrt(), max_relative = 1e-12);
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        assert_eq!(pairs(&[(1, 5), (1, 7), (1, 9), (1, 2)]).correlation(4), None);
        assert_eq!(pairs(&[]).correlation(0), None);
        let line = pairs(&[(1, -2), (2, -4), (5, -10), (9, -18)]).correlation(4).unwrap();
        assert_relative_eq!(line.point, -1.0, max_relative = 1e-15);
        assert!(line.low.unwrap() < -0.999_999 && line.high.unwrap() < -0.999_999, "{line:?}");
        let few = pairs(&[(1, 1), (2, 3), (3, 2)]).correlation(3).unwrap();
        assert_relative_eq!(few.point, 0.5, max_relative = 1e-15);
        assert_eq!((few.std_error, few.low, few.high), (None, None, None));
    }
}
