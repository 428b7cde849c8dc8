//! Sum and sum of squares of an integer quantity.

use crate::statistics::estimate::Estimate;

/// Exact sums over trials; a zero need not be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moments {
    sum: i128,
    square: i128,
}

impl Moments {
    /// The moments of values with these sums.
    pub(crate) fn of_sums(sum: i128, square: i128) -> Self {
        Moments { sum, square }
    }

    /// Adds one value, which must be below 2^46 in size.
    #[inline]
    pub(crate) fn record(&mut self, value: i64) {
        if value != 0 {
            let value = i128::from(value);
            self.sum += value;
            self.square += value * value;
        }
    }

    /// Adds the same value `times` times.
    pub(crate) fn record_times(&mut self, value: i64, times: u64) {
        let (value, times) = (i128::from(value), i128::from(times));
        self.sum += value * times;
        self.square += value * value * times;
    }

    /// Adds the values of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.square += other.square;
    }

    /// The values without those of another, which are among them.
    pub(crate) fn less(&self, other: &Self) -> Self {
        Moments { sum: self.sum - other.sum, square: self.square - other.square }
    }

    /// Sum of the values.
    pub(crate) fn sum(&self) -> i128 {
        self.sum
    }

    /// Sum of the squared values.
    pub(crate) fn square(&self) -> i128 {
        self.square
    }

    /// Mean over `count` trials with s / sqrt(n), in units of `one`; none without a trial.
    pub(crate) fn mean(&self, count: u64, one: f64) -> Option<Estimate> {
        if count == 0 {
            return None;
        }
        let point = self.sum as f64 / count as f64 / one;
        let std_error = self.variance(count).map(|variance| (variance / count as f64).sqrt() / one);
        Some(Estimate::symmetric(point, std_error, count))
    }

    /// Mean of a number that is nearly always 0, such as of failures; where it was never anything else the event behind it is
    /// bounded by 3/n, as a probability is.
    pub(crate) fn mean_count(&self, count: u64) -> Option<Estimate> {
        if self.square == 0 {
            return Estimate::never(count);
        }
        self.mean(count, 1.0)
    }

    /// Mean of a change of such a number, which an event never seen could have moved either way.
    pub(crate) fn mean_increase(&self, count: u64) -> Option<Estimate> {
        let mean = self.mean_count(count)?;
        let low = if self.square == 0 { mean.high.map(|high| -high) } else { mean.low };
        Some(Estimate { low, ..mean })
    }

    /// Variance of `count` values, with n - 1; none for fewer than two.
    pub(crate) fn variance(&self, count: u64) -> Option<f64> {
        (count > 1).then(|| self.squared_deviations(count) / (count - 1) as f64)
    }

    /// Sum of squared deviations from the mean of `count` values, at least one, centred in integers so that a small spread about a large mean survives.
    pub(crate) fn squared_deviations(&self, count: u64) -> f64 {
        let count = i128::from(count);
        let (near, rest) = (self.sum / count, self.sum % count);
        let about_near = self.square - count * near * near - 2 * near * rest;
        (about_near as f64 - rest as f64 * (rest as f64 / count as f64)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    fn moments(values: &[i64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.record(*value));
        moments
    }

    #[test]
    fn mean_and_standard_error_of_a_small_sample() {
        let estimate = moments(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).mean(10, 1.0).unwrap();
        assert_eq!(estimate.point, 5.5);
        assert_relative_eq!(estimate.std_error.unwrap(), (82.5_f64 / 90.0).sqrt());
    }

    #[test]
    fn small_spread_about_a_huge_mean_is_exact() {
        let top = (1 << 46) - 1;
        let estimate = moments(&[top, top - 2, -3, -5]).mean(4, 1.0).unwrap();
        assert!(estimate.point > 0.0);
        let estimate = moments(&[top, top - 2]).mean(2, 1.0).unwrap();
        assert_eq!(estimate.std_error, Some(1.0));
        assert_eq!(moments(&[top; 7]).mean(7, 1.0).unwrap().std_error, Some(0.0));
    }

    #[test]
    fn the_bounds_of_the_range_do_not_overflow() {
        let trials = crate::statistics::MAX_TRIALS;
        for value in [crate::statistics::AMOUNT_BOUND - 1, 1 - crate::statistics::AMOUNT_BOUND] {
            let mut moments = Moments::default();
            moments.record_times(value, trials - 1);
            moments.record(value / 2);
            let estimate = moments.mean(trials, 1.0).unwrap();
            assert_relative_eq!(estimate.point, value as f64, max_relative = 1e-9);
            assert_relative_eq!(
                estimate.std_error.unwrap(),
                value.abs() as f64 / 2.0 / trials as f64,
                max_relative = 1e-6
            );
        }
    }

    #[test]
    fn one_trial_has_no_standard_error_and_none_has_no_mean() {
        assert_eq!(moments(&[4]).mean(1, 1.0).unwrap().std_error, None);
        assert_eq!(moments(&[]).mean(0, 1.0), None);
    }
}
