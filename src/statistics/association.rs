//! Who fails after whom, trial by trial: association, not cause.

use ndarray::Array2;

use crate::model::outcome::Outcome;
use crate::statistics::estimate::Estimate;
use crate::statistics::warning::Warning;

/// Failures of pairs of lenders.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AssociationTally {
    /// Trials in which both fail, the second not before the first, `[given, failing]`; on the diagonal those in which the
    /// lender fails.
    pairs: Array2<u64>,
}

impl AssociationTally {
    pub(crate) fn new(lenders: usize) -> Self {
        AssociationTally { pairs: Array2::zeros((lenders, lenders)) }
    }

    pub(crate) fn record(&mut self, outcome: &Outcome) {
        let failures = || {
            let lenders = outcome.failures.iter().enumerate();
            lenders.filter_map(|(lender, failure)| failure.map(|failure| (lender, failure.quarter)))
        };
        for (given, first) in failures() {
            for (failing, _) in failures().filter(|(_, quarter)| *quarter >= first) {
                self.pairs[(given, failing)] += 1;
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.pairs += &other.pairs;
    }

    pub(crate) fn clear(&mut self) {
        self.pairs.fill(0);
    }

    pub(crate) fn summarise(&self) -> Array2<ConditionalFailure> {
        Array2::from_shape_fn(self.pairs.dim(), |(given, failing)| {
            let events = self.pairs[(given, given)];
            let warning = Warning::of_events(events);
            let probability = Estimate::probability(self.pairs[(given, failing)], events);
            ConditionalFailure { events, probability: probability.filter(|_| warning.is_none()), warning }
        })
    }
}

/// How often a lender fails once another has failed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConditionalFailure {
    /// Trials in which the other fails.
    pub events: u64,
    /// Share of them in which this one fails in the same quarter or later; none from fewer than 30.
    pub probability: Option<Estimate>,
    /// Fewer than 30.
    pub warning: Option<Warning>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{FailureCause, LenderFailure};

    fn outcome(quarters: [Option<usize>; 3]) -> Outcome {
        let failure = |quarter| LenderFailure { quarter, round: 0, cause: FailureCause::None };
        Outcome { failures: quarters.map(|quarter| quarter.map(failure)).into(), ..Outcome::new(0, 3) }
    }

    fn tally(times: usize) -> AssociationTally {
        let mut tally = AssociationTally::new(3);
        for _ in 0..times {
            tally.record(&outcome([Some(2), Some(3), None]));
            tally.record(&outcome([Some(4), Some(4), None]));
            tally.record(&outcome([Some(7), None, None]));
            tally.record(&outcome([None, None, None]));
        }
        tally
    }

    #[test]
    fn only_failures_in_the_same_quarter_or_later_follow() {
        let summary = tally(15).summarise();
        let point = |given, failing| summary[(given, failing)].probability.map(|estimate| estimate.point);
        assert_eq!((point(0, 1), point(1, 0)), (Some(2.0 / 3.0), Some(0.5)));
        assert_eq!((point(0, 0), point(1, 2)), (Some(1.0), Some(0.0)));
        // Wilson's interval of 30 in 45, on the failures of the first lender.
        let estimate = summary[(0, 1)].probability.unwrap();
        assert_eq!((summary[(0, 1)].events, estimate.trials), (45, 45));
        approx::assert_abs_diff_eq!(estimate.low.unwrap(), 0.5207, epsilon = 5e-5);
    }

    #[test]
    fn fewer_than_thirty_events_say_no_probability_but_how_many_they_are() {
        let summary = tally(14).summarise();
        assert!(summary[(0, 1)].probability.is_some() && summary[(0, 1)].warning.is_none());
        let thin = ConditionalFailure { events: 28, probability: None, warning: Some(Warning::FewEvents) };
        assert_eq!(summary[(1, 0)], thin);
        assert_eq!(summary[(2, 0)], ConditionalFailure { events: 0, ..thin });
    }
}
