//! Defaults of obligors together: how many, and how severe.

use crate::model::outcome::{FIXED_ONE, Outcome};
use crate::statistics::counts::Counts;
use crate::statistics::estimate::Estimate;
use crate::statistics::pair::PairTally;

/// Defaults in the trials of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct DefaultTally {
    /// Number of obligors that default.
    number: Counts,
    /// That number and the loss given default of the trial, in trials with a balance at default.
    severity: PairTally,
    /// Those trials.
    severe: u64,
}

impl DefaultTally {
    /// Adds a trial in which so many obligors default.
    pub(crate) fn record(&mut self, outcome: &Outcome, number: usize) {
        self.number.record(number);
        if number == 0 {
            return;
        }
        let (mut exposure, mut loss) = (0, 0);
        for default in outcome.defaults.iter().flatten() {
            exposure += i128::from(default.exposure);
            loss += i128::from(default.loss);
        }
        if exposure > 0 {
            self.severe += 1;
            self.severity.record(number as i64, share(loss, exposure));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.number.merge(&other.number);
        self.severity.merge(&other.severity);
        self.severe += other.severe;
    }

    pub(crate) fn clear(&mut self) {
        self.number.clear();
        self.severity = PairTally::default();
        self.severe = 0;
    }

    pub(crate) fn summarise(&self) -> DefaultSummary {
        DefaultSummary { mean: self.number.mean(), severity_correlation: self.severity.correlation(self.severe) }
    }
}

/// `loss / exposure` in units of 2^-30, rounded once, within 0 and 1 whatever rounding did to its parts.
fn share(loss: i128, exposure: i128) -> i64 {
    let one = FIXED_ONE as i128;
    let rounded = (2 * loss * one + exposure).div_euclid(2 * exposure);
    rounded.clamp(0, one) as i64
}

/// Defaults of obligors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DefaultSummary {
    /// Mean number of obligors that default.
    pub mean: Option<Estimate>,
    /// Correlation of the number of defaults of a trial with its loss given default, over the trials with a balance at
    /// default; none where either does not vary.
    pub severity_correlation: Option<Estimate>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{DefaultCause, ObligorDefault};

    fn outcome(defaults: &[(i64, i64)]) -> Outcome {
        let mut outcome = Outcome::new(4, 0);
        for (place, (loss, exposure)) in outcome.defaults.iter_mut().zip(defaults) {
            let cause = DefaultCause::Burn;
            *place = Some(ObligorDefault { quarter: 1, cause, exposure: *exposure, loss: *loss });
        }
        outcome
    }

    #[test]
    fn number_and_severity_by_hand() {
        let mut tally = DefaultTally::default();
        // Shares lost: 0.2 of one, 0.4 of two, 0.9 of three; a default without a balance has no share.
        for defaults in [&[][..], &[(2, 10)], &[(1, 5), (3, 5)], &[(9, 10), (0, 0), (9, 10)], &[(0, 0)]] {
            tally.record(&outcome(defaults), defaults.len());
        }
        let summary = tally.summarise();
        assert_eq!(summary.mean.unwrap().point, 7.0 / 5.0);
        // Deviations -1, 0, 1 and -0.3, -0.1, 0.4: 0.7 / sqrt(2 . 0.26).
        let correlation = summary.severity_correlation.unwrap();
        assert!((correlation.point - 0.7 / 0.52_f64.sqrt()).abs() < 1e-8, "{correlation:?}");
        assert_eq!(correlation.trials, 3);
        let (mut none, mut same) = (DefaultTally::default(), DefaultTally::default());
        none.record(&outcome(&[]), 0);
        (0..5).for_each(|_| same.record(&outcome(&[(1, 2)]), 1));
        assert_eq!((none.summarise().severity_correlation, same.summarise().severity_correlation), (None, None));
    }
}
