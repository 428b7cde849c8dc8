//! How many lenders fail together: in which round, of what, and how large they are.

use crate::model::outcome::{FIXED_ONE, FailureCause, Outcome};
use crate::statistics::counts::{CountShare, Counts};
use crate::statistics::estimate::Estimate;
use crate::statistics::moments::Moments;

/// Rounds told apart: 0, 1, and 2 or later.
const ROUNDS: usize = 3;

/// Failures in the trials of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FailureTally {
    /// Number of failed lenders N.
    number: Counts,
    /// Number of rounds: 1 + the latest round in which a lender failed, 0 without a failure.
    rounds: Counts,
    by_round: [Moments; ROUNDS],
    /// In the order of [`FailureCause::ALL`].
    by_cause: [Moments; FailureCause::ALL.len()],
    assets: Moments,
}

impl FailureTally {
    /// Adds a trial in which so many lenders fail.
    pub(crate) fn record(&mut self, outcome: &Outcome, failed: usize) {
        let failures = || outcome.failures.iter().flatten();
        self.number.record(failed);
        if failed == 0 {
            self.rounds.record(0);
            return;
        }
        self.rounds.record(failures().map(|failure| failure.round + 1).max().unwrap_or(0));
        for (round, moments) in self.by_round.iter_mut().enumerate() {
            moments.record(failures().filter(|failure| failure.round.min(ROUNDS - 1) == round).count() as i64);
        }
        for (cause, moments) in FailureCause::ALL.iter().zip(&mut self.by_cause) {
            moments.record(failures().filter(|failure| failure.cause == *cause).count() as i64);
        }
        self.assets.record(outcome.failed_assets);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.number.merge(&other.number);
        self.rounds.merge(&other.rounds);
        self.by_round.iter_mut().zip(&other.by_round).for_each(|(ours, theirs)| ours.merge(theirs));
        self.by_cause.iter_mut().zip(&other.by_cause).for_each(|(ours, theirs)| ours.merge(theirs));
        self.assets.merge(&other.assets);
    }

    pub(crate) fn clear(&mut self) {
        self.number.clear();
        self.rounds.clear();
        self.by_round = Default::default();
        self.by_cause = Default::default();
        self.assets = Moments::default();
    }

    pub(crate) fn summarise(&self) -> FailureSummary {
        let trials = self.number.trials();
        let causes = FailureCause::ALL.into_iter().zip(&self.by_cause);
        FailureSummary {
            mean: self.number.mean(),
            probability: self.number.any(),
            by_round: self.by_round.map(|moments| moments.mean_count(trials)),
            by_cause: causes.map(|(cause, moments)| (cause, moments.mean_count(trials))).collect(),
            assets_share: self.assets.mean(trials, FIXED_ONE).map(|share| share.within(0.0, 1.0)),
            numbers: self.number.shares(),
            rounds: self.rounds.shares(),
        }
    }
}

/// Failures of lenders, of every type. Every estimate is empty without a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureSummary {
    /// Mean number of lenders that fail.
    pub mean: Option<Estimate>,
    /// Probability that at least one fails.
    pub probability: Option<Estimate>,
    /// Mean number that fail in round 0, in round 1, and later.
    pub by_round: [Option<Estimate>; ROUNDS],
    /// Mean number by main cause, in the order of [`FailureCause::ALL`].
    pub by_cause: Vec<(FailureCause, Option<Estimate>)>,
    /// Mean share of failed lenders in the opening total assets of all.
    pub assets_share: Option<Estimate>,
    /// Distribution of the number of failures, from 0 to the most seen.
    pub numbers: Vec<CountShare>,
    /// Distribution of the number of rounds (1 + the latest round of a failure, 0 without one), from 0 to the most seen.
    pub rounds: Vec<CountShare>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{Channel, LenderFailure};

    fn outcome(failures: &[(usize, FailureCause)]) -> Outcome {
        let mut outcome = Outcome::new(0, 4);
        for (lender, (round, cause)) in failures.iter().enumerate() {
            outcome.failures[lender] = Some(LenderFailure { quarter: 1, round: *round, cause: *cause });
        }
        outcome.failed_assets = (failures.len() as i64) << 28;
        outcome
    }

    #[test]
    fn failures_are_told_by_number_round_cause_and_size() {
        let (credit, opening) = (FailureCause::Channel(Channel::Credit), FailureCause::Opening);
        let mut tally = FailureTally::default();
        for failures in
            [&[][..], &[(0, credit)], &[(0, credit), (1, opening)], &[(0, opening), (2, credit), (5, credit)]]
        {
            let outcome = outcome(failures);
            tally.record(&outcome, outcome.failed());
        }
        let summary = tally.summarise();
        let point = |estimate: Option<Estimate>| estimate.unwrap().point;
        assert_eq!((point(summary.mean), point(summary.probability)), (1.5, 0.75));
        assert_eq!(summary.by_round.map(point), [0.75, 0.25, 0.5]);
        let by_cause = |cause| summary.by_cause.iter().find(|(known, _)| *known == cause).and_then(|(_, mean)| *mean);
        assert_eq!([credit, opening, FailureCause::None].map(|cause| point(by_cause(cause))), [1.0, 0.5, 0.0]);
        assert_eq!(point(summary.assets_share), 0.375);
        assert_eq!((summary.numbers.len(), summary.rounds.len()), (4, 7));
        assert_eq!(FailureTally::default().summarise().mean, None);
    }
}
