//! One measure of two runs, and what can be said of the difference.

use std::cmp::Ordering;

use crate::statistics::{Estimate, NORMAL_975};

/// What there is to say of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The later run has more, and chance alone would seldom make it so.
    Higher,
    /// The later run has less, and chance alone would seldom make it so.
    Lower,
    /// Chance may have made the difference.
    NotToldApart,
    /// Equal to the last bit.
    Same,
    /// Fewer trials or events than a verdict needs: see the warning.
    NotJudged,
    /// Undefined in one of the two.
    Undefined,
    /// Not among the measures of the later run.
    Missing,
    /// Not among the measures of the first run.
    Extra,
}

impl Verdict {
    /// Its words in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Higher => "higher",
            Verdict::Lower => "lower",
            Verdict::NotToldApart => "not told apart",
            Verdict::Same => "same",
            Verdict::NotJudged => "not judged",
            Verdict::Undefined => "undefined",
            Verdict::Missing => "missing",
            Verdict::Extra => "extra",
        }
    }

    /// Whether the runs are told apart.
    #[must_use]
    pub fn is_told_apart(self) -> bool {
        matches!(self, Verdict::Higher | Verdict::Lower)
    }

    /// The verdict, withheld where the estimates are thin; what is the same to the last bit stays so.
    pub(super) fn unless(self, thin: bool) -> Self {
        if thin && self != Verdict::Same { Verdict::NotJudged } else { self }
    }

    /// The verdict on a difference whose 95 % interval reaches so far to either side; without an interval nothing is told.
    pub(super) fn of(difference: f64, reach: Option<f64>) -> Self {
        match reach {
            Some(reach) if difference.abs() > reach => match difference.total_cmp(&0.0) {
                Ordering::Less => Verdict::Lower,
                _ => Verdict::Higher,
            },
            _ => Verdict::NotToldApart,
        }
    }
}

/// A measure of a run less that of the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Name of the measure.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// The estimate of the run; none where it is undefined.
    pub estimate: Option<Estimate>,
    /// The estimate of the first run; none where it is undefined.
    pub against: Option<Estimate>,
    /// Run less first run, with what is known of its error; none where one of them is undefined.
    pub difference: Option<Estimate>,
    /// Standard error that the difference would have if the runs shared no draws.
    pub unpaired_std_error: Option<f64>,
    /// Difference over its standard error.
    pub statistic: Option<f64>,
    /// What there is to say.
    pub verdict: Verdict,
    /// Why to read it with care.
    pub warning: Option<String>,
}

impl Difference {
    /// A measure that only one of the runs has, or that one of them leaves undefined.
    pub(super) fn one_sided(metric: &str, unit: &str, sides: [Option<Estimate>; 2], verdict: Verdict) -> Self {
        let [estimate, against] = sides;
        Difference {
            metric: metric.to_owned(),
            unit: unit.to_owned(),
            estimate,
            against,
            difference: None,
            unpaired_std_error: None,
            statistic: None,
            verdict,
            warning: None,
        }
    }
}

/// Standard error of an estimate, or what its interval says of it: half its width over 1.96, and all of its width where the
/// estimate stands at one end, as for an event never seen (3/n over 1.96). None where neither is known. (methods.md, eq. 11.35)
pub(super) fn error_of(estimate: &Estimate) -> Option<f64> {
    estimate.std_error.or_else(|| {
        let (low, high) = (estimate.low?, estimate.high?);
        let sides = if low < estimate.point && estimate.point < high { 2.0 } else { 1.0 };
        Some((high - low) / sides / NORMAL_975)
    })
}

/// Standard error of the difference of two estimates that share no draws.
pub(super) fn independent_error(one: &Estimate, other: &Estimate) -> Option<f64> {
    let (one, other) = (error_of(one)?, error_of(other)?);
    Some((one * one + other * other).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(point: f64, std_error: Option<f64>, low: f64, high: f64) -> Estimate {
        Estimate { point, std_error, low: Some(low), high: Some(high), trials: 300 }
    }

    #[test]
    fn the_error_comes_from_the_interval_where_there_is_no_other() {
        assert_eq!(error_of(&estimate(3.0, Some(0.5), 0.0, 9.0)), Some(0.5));
        let quantile = error_of(&estimate(3.0, None, 2.0, 2.0 + 4.0 * NORMAL_975)).unwrap();
        assert!((quantile - 2.0).abs() < 1e-12);
        // Never seen in 300 trials: [0, 0.01].
        assert_eq!(error_of(&estimate(0.0, None, 0.0, 0.01)), Some(0.01 / NORMAL_975));
        assert_eq!(error_of(&Estimate { high: None, ..estimate(3.0, None, 2.0, 0.0) }), None);
        assert_eq!(
            independent_error(&estimate(0.0, Some(3.0), 0.0, 0.0), &estimate(9.0, Some(4.0), 0.0, 0.0)),
            Some(5.0)
        );
    }

    #[test]
    fn a_verdict_needs_more_than_the_reach() {
        assert_eq!(Verdict::of(2.0, Some(1.9)), Verdict::Higher);
        assert_eq!(Verdict::of(-2.0, Some(1.9)), Verdict::Lower);
        assert_eq!(Verdict::of(-2.0, Some(2.0)), Verdict::NotToldApart);
        assert_eq!(Verdict::of(0.0, Some(0.0)), Verdict::NotToldApart);
        assert_eq!(Verdict::of(9.0, None), Verdict::NotToldApart);
    }
}
