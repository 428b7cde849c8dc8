//! A number, how sure it is, and from how many trials.

use crate::statistics::wide::difference_of_products;

/// Normal quantile of 97.5 %: half-width of a 95 % interval in standard errors.
pub const NORMAL_975: f64 = 1.959_963_984_540_054;

/// Up to this exponent `exp(-x)` is a normal `f64`, and the binomial probabilities are summed exactly.
const EXACT_EXPONENT: f64 = 700.0;

/// An estimate with its standard error and its 95 % interval, in the unit of the field that holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub point: f64,
    /// Standard error; none where only an interval exists (quantiles, events never or always seen) or n = 1.
    pub std_error: Option<f64>,
    /// Lower end of the 95 % interval; none where the trials do not reach that far.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval; none where the trials do not reach that far.
    pub high: Option<f64>,
    /// Trials (or events) in the denominator.
    pub trials: u64,
}

impl Estimate {
    /// Half of the 95 % interval, in the unit of the estimate; of a lopsided interval too, half of the whole.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        Some((self.high? - self.low?) / 2.0)
    }

    /// That half over the size of the estimate; none for an estimate of 0. (methods.md, 11.37)
    #[must_use]
    pub fn relative_half_width(&self) -> Option<f64> {
        let size = self.point.abs();
        self.half_width().filter(|_| size > 0.0).map(|half| half / size)
    }

    /// An estimate with a normal interval about it.
    pub(crate) fn symmetric(point: f64, std_error: Option<f64>, trials: u64) -> Self {
        Estimate {
            point,
            std_error,
            low: std_error.map(|error| point - NORMAL_975 * error),
            high: std_error.map(|error| point + NORMAL_975 * error),
            trials,
        }
    }

    /// The estimate with its interval cut to the range that the quantity can have.
    pub(crate) fn within(self, low: f64, high: f64) -> Self {
        Estimate {
            low: self.low.map(|end| end.clamp(low, high)),
            high: self.high.map(|end| end.clamp(low, high)),
            ..self
        }
    }

    /// Share of `events` in `trials` with Wilson's 95 % interval; 3/n from an event never or always seen.
    ///
    /// # References
    /// Wilson (1927), Journal of the American Statistical Association 22(158); Hanley and Lippman-Hand (1983), JAMA 249(13).
    pub(crate) fn probability(events: u64, trials: u64) -> Option<Self> {
        if trials == 0 {
            return None;
        }
        let n = trials as f64;
        let point = events as f64 / n;
        let reach = (3.0 / n).min(1.0);
        let (std_error, low, high) = if events == 0 {
            (None, 0.0, reach)
        } else if events == trials {
            (None, 1.0 - reach, 1.0)
        } else {
            let (low, high) = wilson(point, n);
            (Some((point * (1.0 - point) / n).sqrt()), low, high)
        };
        Some(Estimate { point, std_error, low: Some(low), high: Some(high), trials })
    }

    /// Difference of two shares of the same `trials`, `gained` of which have the event on the second side only and `lost` on
    /// the first only, with s / sqrt(n) of the differences 1, 0 and -1; 3/n from a difference never seen or always the same.
    ///
    /// # References
    /// McNemar (1947), Psychometrika 12(2); Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions,
    /// section 13.1.
    pub(crate) fn paired(gained: u64, lost: u64, trials: u64) -> Option<Self> {
        if trials == 0 {
            return None;
        }
        let (n, gained, lost) = (trials as f64, gained as f64, lost as f64);
        let point = (gained - lost) / n;
        let constant = gained + lost == 0.0 || gained == n || lost == n;
        if constant {
            let reach = (3.0 / n).min(1.0);
            let (low, high) = (Some(point - reach), Some(point + reach));
            return Some(Estimate { point, std_error: None, low, high, trials }.within(-1.0, 1.0));
        }
        let variance = (gained + lost - n * point * point) / (n - 1.0);
        Some(Estimate::symmetric(point, Some((variance / n).sqrt()), trials).within(-1.0, 1.0))
    }

    /// The mean of a count that was 0 in all of `trials`: 0, with the upper end 3/n of an event never seen.
    pub(crate) fn never(trials: u64) -> Option<Self> {
        Estimate::probability(0, trials)
    }

    /// Ratio of two sums over the same `count` events, with the standard error of the delta method.
    ///
    /// `squares` are the sums of numerator squared, of the product, and of denominator squared.
    ///
    /// # References
    /// Cochran (1977), Sampling Techniques, section 6.3.
    pub(crate) fn ratio(numerator: i128, denominator: i128, squares: [i128; 3], count: u64) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let point = numerator as f64 / denominator as f64;
        // Sums of numerator and of denominator times the residual, both times the denominator: 0 where all ratios are equal.
        let [numerator_square, product, denominator_square] = squares;
        let of_numerator = difference_of_products([denominator, numerator_square], [numerator, product]);
        let of_denominator = difference_of_products([denominator, product], [numerator, denominator_square]);
        let residual = (of_numerator - point * of_denominator) / denominator as f64;
        let n = count as f64;
        let std_error = (count > 1).then(|| (residual.max(0.0) * n / (n - 1.0)).sqrt() / denominator.abs() as f64);
        Some(Estimate::symmetric(point, std_error, count))
    }

    /// A correlation over `count` pairs with Fisher's interval, which holds for normal pairs; none of up to three.
    ///
    /// # References
    /// Fisher (1921), Metron 1.
    pub(crate) fn correlation(point: f64, count: u64) -> Self {
        let point = point.clamp(-1.0, 1.0);
        let spread = (count > 3).then(|| 1.0 / ((count - 3) as f64).sqrt());
        let end = |shift: f64| libm::tanh(libm::atanh(point) + shift);
        Estimate {
            point,
            std_error: spread.map(|spread| (1.0 - point * point) * spread),
            low: spread.map(|spread| end(-NORMAL_975 * spread)),
            high: spread.map(|spread| end(NORMAL_975 * spread)),
            trials: count,
        }
    }

    /// The difference from another estimate of the same trials. Half-widths add in squares, as of independent estimates:
    /// too wide where the two move together.
    pub(crate) fn less(self, other: Self) -> Self {
        let point = self.point - other.point;
        let reach = |ours: Option<f64>, theirs: Option<f64>| {
            let (ours, theirs) = (ours? - self.point, theirs? - other.point);
            Some((ours * ours + theirs * theirs).sqrt())
        };
        Estimate {
            point,
            std_error: None,
            low: reach(self.low, other.high).map(|reach| point - reach),
            high: reach(self.high, other.low).map(|reach| point + reach),
            trials: self.trials,
        }
    }
}

fn wilson(point: f64, n: f64) -> (f64, f64) {
    let square = NORMAL_975 * NORMAL_975;
    let centre = point + square / (2.0 * n);
    let half = NORMAL_975 * (point * (1.0 - point) / n + square / (4.0 * n * n)).sqrt();
    let scale = 1.0 + square / n;
    ((centre - half) / scale, (centre + half) / scale)
}

/// Ranks `(low, high)`, from 1, of the order statistics that enclose the quantile at `level` with 95 % probability.
///
/// Exact binomial ranks where the probabilities can be summed, the Cornish-Fisher expansion with continuity
/// correction beyond (where more than some 700 trials are expected on the smaller side). An end outside the sample is none.
///
/// # References
/// David and Nagaraja (2003), Order Statistics, section 7.1.
pub(crate) fn quantile_ranks(level: f64, trials: u64) -> (Option<u64>, Option<u64>) {
    let beyond = 1.0 - level;
    // At least `few` and at most `many` trials lie above the quantile, each bound missed with at most 2.5 %.
    let (few, many) = binomial_range(beyond, trials);
    let low = trials.checked_sub(many).filter(|rank| *rank >= 1);
    let high = few.checked_sub(1).map(|below| trials - below);
    (low, high)
}

/// The range that a binomial count leaves with at most 2.5 % on either side.
fn binomial_range(probability: f64, trials: u64) -> (u64, u64) {
    if probability > 0.5 {
        let (few, many) = binomial_range(1.0 - probability, trials);
        return (trials - many, trials - few);
    }
    let n = trials as f64;
    let start = n * libm::log1p(-probability);
    if start < -EXACT_EXPONENT {
        let skew = (NORMAL_975 * NORMAL_975 - 1.0) * (1.0 - 2.0 * probability) / 6.0;
        let centre = n * probability + skew;
        let half = NORMAL_975 * (n * probability * (1.0 - probability)).sqrt() - 0.5;
        let few = (centre - half).floor().max(0.0);
        let many = (centre + half).ceil().min(n);
        return (few as u64, many as u64);
    }
    let odds = probability / (1.0 - probability);
    let mut mass = libm::exp(start);
    let mut below = 0.0;
    let (mut few, mut count) = (0, 0);
    loop {
        if below <= 0.025 {
            few = count;
        }
        below += mass;
        if below >= 0.975 || count == trials {
            return (few, count);
        }
        mass *= odds * (n - count as f64) / (count as f64 + 1.0);
        count += 1;
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use statrs::distribution::{Binomial, DiscreteCDF};

    use super::*;

    fn interval(events: u64, trials: u64) -> (f64, f64) {
        let estimate = Estimate::probability(events, trials).unwrap();
        (estimate.low.unwrap(), estimate.high.unwrap())
    }

    #[test]
    fn wilson_matches_published_intervals() {
        // Newcombe (1998), Statistics in Medicine 17(8), table I, method 3.
        for (events, trials, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)]
        {
            let (found_low, found_high) = interval(events, trials);
            assert_abs_diff_eq!(found_low, low, epsilon = 5e-5);
            assert_abs_diff_eq!(found_high, high, epsilon = 5e-5);
        }
    }

    #[test]
    fn rule_of_three_at_both_ends() {
        assert_eq!(interval(0, 1_000), (0.0, 0.003));
        assert_eq!(interval(1_000, 1_000), (0.997, 1.0));
        assert_eq!(interval(0, 2), (0.0, 1.0));
        assert_eq!(Estimate::probability(0, 10).unwrap().std_error, None);
        assert_eq!(Estimate::probability(0, 0), None);
    }

    #[test]
    fn paired_shares_by_hand() {
        // 8 gained and 2 lost of 100: mean 0.06, squared deviations 10 - 100 . 0.0036 = 9.64.
        let estimate = Estimate::paired(8, 2, 100).unwrap();
        assert_eq!((estimate.point, estimate.trials), (0.06, 100));
        assert_abs_diff_eq!(estimate.std_error.unwrap(), (9.64_f64 / 9_900.0).sqrt(), epsilon = 1e-15);
        assert_abs_diff_eq!(estimate.low.unwrap(), 0.06 - 1.96 * (9.64_f64 / 9_900.0).sqrt(), epsilon = 1e-5);
        assert_eq!(Estimate::paired(0, 0, 0), None);
    }

    #[test]
    fn rule_of_three_where_pairs_never_differ_or_always_do() {
        for (gained, lost, point, low, high) in
            [(0, 0, 0.0, -0.003, 0.003), (1_000, 0, 1.0, 0.997, 1.0), (0, 1_000, -1.0, -1.0, -0.997)]
        {
            let estimate = Estimate::paired(gained, lost, 1_000).unwrap();
            assert_eq!((estimate.point, estimate.std_error), (point, None));
            assert_eq!((estimate.low, estimate.high), (Some(low), Some(high)));
        }
    }

    #[test]
    fn binomial_range_holds_its_probability() {
        for (level, trials) in [
            (0.99, 100_000),
            (0.95, 100),
            (0.95, 20_000),
            (0.99, 5_000),
            (0.5, 10),
            (0.999, 100_000),
            (0.95, 1_000_000),
            (0.01, 200),
            (0.05, 20_000),
        ] {
            let (few, many) = binomial_range(1.0 - level, trials);
            let binomial = Binomial::new(1.0 - level, trials).unwrap();
            let below = if few == 0 { 0.0 } else { binomial.cdf(few - 1) };
            assert!(below <= 0.0251, "{level} {trials}: {below}");
            assert!(binomial.cdf(many) >= 0.9749, "{level} {trials}");
            assert!(
                binomial.cdf(few) > 0.0235 && binomial.cdf(many.saturating_sub(1)) < 0.9765,
                "{level} {trials}: too wide"
            );
        }
    }

    #[test]
    fn ranks_enclose_the_median_as_tabulated() {
        // Conover (1999), Practical Nonparametric Statistics: the median of 10 lies between X(2) and X(9) with 97.9 %.
        assert_eq!(quantile_ranks(0.5, 10), (Some(2), Some(9)));
    }

    #[test]
    fn a_quantile_beyond_the_sample_has_no_upper_end() {
        let (low, high) = quantile_ranks(0.999, 100);
        assert!(low.is_some());
        assert_eq!(high, None);
    }

    #[test]
    fn half_widths_of_a_difference_add_in_squares() {
        let quantile = Estimate { point: 10.0, std_error: None, low: Some(7.0), high: None, trials: 9 };
        let mean = Estimate { point: 2.0, std_error: Some(2.0), low: Some(-2.0), high: Some(6.0), trials: 9 };
        let difference = quantile.less(mean);
        assert_eq!((difference.point, difference.low, difference.high), (8.0, Some(3.0), None));
    }

    #[test]
    fn ratio_of_constant_shares_has_no_error() {
        // Losses 3, 6, 9 of exposures 4, 8, 12.
        let estimate = Estimate::ratio(18, 24, [126, 168, 224], 3).unwrap();
        assert_eq!((estimate.point, estimate.std_error), (0.75, Some(0.0)));
        assert_eq!(Estimate::ratio(0, 0, [0; 3], 3), None);
    }

    /// Two pairs of losses of some USD bn in units of 2^-30, whose ratio no binary fraction holds.
    #[test]
    fn equal_ratios_of_large_losses_have_no_error_either() {
        let (full, twin) = (1_234_567_891 * 23_i128, 1_234_567_891 * 20_i128);
        let estimate =
            Estimate::ratio(2 * full, 2 * twin, [full * full, full * twin, twin * twin].map(|sum| 2 * sum), 2);
        let estimate = estimate.unwrap();
        assert_eq!((estimate.point, estimate.std_error), (1.15, Some(0.0)));
    }

    #[test]
    fn ratio_error_by_hand() {
        // Losses 1, 3 of exposures 2, 2: residuals -1 and 1, s = sqrt(2), error sqrt(2 * 2) / 4.
        let estimate = Estimate::ratio(4, 4, [10, 8, 8], 2).unwrap();
        assert_eq!((estimate.point, estimate.std_error), (1.0, Some(0.5)));
    }
}
