//! When lenders fail and obligors default.

use crate::model::outcome::Outcome;
use crate::statistics::counts::Counts;
use crate::statistics::estimate::Estimate;

/// Quarters of failures and defaults in the trials of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SurvivalTally {
    quarters: usize,
    /// Trials by the quarter of the first failure of a lender.
    system: Counts,
    lenders: Vec<Counts>,
    obligors: Vec<Counts>,
}

impl SurvivalTally {
    /// An empty state; the curves have so many quarters.
    pub(crate) fn new(quarters: usize, lenders: usize, obligors: usize) -> Self {
        let empty = |count| vec![Counts::default(); count];
        SurvivalTally { quarters, system: Counts::default(), lenders: empty(lenders), obligors: empty(obligors) }
    }

    /// Adds the failures of a trial.
    pub(crate) fn record_failures(&mut self, outcome: &Outcome) {
        for (counts, failure) in self.lenders.iter_mut().zip(&outcome.failures) {
            failure.iter().for_each(|failure| counts.record(failure.quarter));
        }
        let first = outcome.failures.iter().flatten().map(|failure| failure.quarter).min();
        first.into_iter().for_each(|quarter| self.system.record(quarter));
    }

    /// Adds the defaults of a trial.
    pub(crate) fn record_defaults(&mut self, outcome: &Outcome) {
        for (counts, default) in self.obligors.iter_mut().zip(&outcome.defaults) {
            default.iter().for_each(|default| counts.record(default.quarter));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.system.merge(&other.system);
        self.lenders.iter_mut().zip(&other.lenders).for_each(|(ours, theirs)| ours.merge(theirs));
        self.obligors.iter_mut().zip(&other.obligors).for_each(|(ours, theirs)| ours.merge(theirs));
    }

    pub(crate) fn clear(&mut self) {
        self.system.clear();
        self.lenders.iter_mut().chain(&mut self.obligors).for_each(Counts::clear);
    }

    pub(crate) fn summarise(&self, trials: u64) -> SurvivalSummary {
        let curve = |counts: &Counts| curve(counts, self.quarters, trials);
        SurvivalSummary {
            first_failure_quarter: self.system.mean().map(|quarter| quarter.within(1.0, f64::INFINITY)),
            system: curve(&self.system),
            lenders: self.lenders.iter().map(curve).collect(),
            obligors: self.obligors.iter().map(curve).collect(),
        }
    }
}

/// Share of trials without an event by the end of each quarter.
fn curve(counts: &Counts, quarters: usize, trials: u64) -> Vec<Estimate> {
    let ended = |quarter: usize| counts.trials_by_number().iter().take(quarter + 1).sum::<u64>();
    (1..=quarters).filter_map(|quarter| Estimate::probability(trials - ended(quarter), trials)).collect()
}

/// Survival curves: for each quarter from 1 the probability of no event by its end; empty without a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalSummary {
    /// Mean quarter of the first failure of a lender, given one; none where none was seen.
    pub first_failure_quarter: Option<Estimate>,
    /// No lender has failed.
    pub system: Vec<Estimate>,
    /// The lender has not failed, in the order of [`crate::model::system::System::lenders`].
    pub lenders: Vec<Vec<Estimate>>,
    /// The obligor has not defaulted, in the order of [`crate::model::system::System::obligors`].
    pub obligors: Vec<Vec<Estimate>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{DefaultCause, FailureCause, LenderFailure, ObligorDefault};

    fn outcome(failures: [usize; 2], default: usize) -> Outcome {
        let mut outcome = Outcome::new(1, 2);
        for (lender, quarter) in failures.into_iter().enumerate().filter(|(_, quarter)| *quarter > 0) {
            outcome.failures[lender] = Some(LenderFailure { quarter, round: 0, cause: FailureCause::None });
        }
        if default > 0 {
            let (cause, exposure, loss) = (DefaultCause::Burn, 1, 1);
            outcome.defaults[0] = Some(ObligorDefault { quarter: default, cause, exposure, loss });
        }
        outcome
    }

    fn points(curve: &[Estimate]) -> Vec<f64> {
        curve.iter().map(|estimate| estimate.point).collect()
    }

    #[test]
    fn curves_by_hand() {
        let mut tally = SurvivalTally::new(3, 2, 1);
        // Quarter of failure of either lender and of the default, 0 for none.
        for (failures, default) in [([0, 0], 0), ([1, 3], 0), ([2, 2], 1), ([0, 3], 3)] {
            let outcome = outcome(failures, default);
            tally.record_failures(&outcome);
            tally.record_defaults(&outcome);
        }
        let summary = tally.summarise(4);
        assert_eq!(points(&summary.lenders[0]), [0.75, 0.5, 0.5]);
        assert_eq!(points(&summary.lenders[1]), [1.0, 0.75, 0.25]);
        assert_eq!(points(&summary.obligors[0]), [0.75, 0.75, 0.5]);
        assert_eq!(points(&summary.system), [0.75, 0.5, 0.25]);
        assert_eq!(summary.lenders[1][0].low, Some(0.25), "rule of three");
        assert_eq!(summary.first_failure_quarter.map(|mean| (mean.point, mean.trials)), Some((2.0, 3)));
        tally.clear();
        assert_eq!(tally, SurvivalTally::new(3, 2, 1));
        assert!(tally.summarise(0).system.is_empty());
    }
}
