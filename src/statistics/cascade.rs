//! How many lenders fail together, and in how many rounds.

use crate::model::outcome::Outcome;
use crate::statistics::estimate::Estimate;
use crate::statistics::moments::Moments;

/// Counts of trials by number of failures and of rounds; a place is made when first needed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CascadeTally {
    /// Trials by number of failed lenders N.
    failures: Vec<u64>,
    /// Those of them with a failure in round 1 or later.
    late: Vec<u64>,
    /// Trials by number of rounds: 1 + the latest round in which a lender failed, 0 without a failure.
    rounds: Vec<u64>,
}

impl CascadeTally {
    pub(crate) fn record(&mut self, outcome: &Outcome) {
        let failed = outcome.failed();
        let rounds = outcome.failures.iter().flatten().map(|failure| failure.round + 1).max().unwrap_or(0);
        add(&mut self.failures, failed, 1);
        add(&mut self.rounds, rounds, 1);
        if rounds > 1 {
            add(&mut self.late, failed, 1);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (ours, theirs) in
            [(&mut self.failures, &other.failures), (&mut self.late, &other.late), (&mut self.rounds, &other.rounds)]
        {
            theirs.iter().enumerate().for_each(|(place, count)| add(ours, place, *count));
        }
    }

    pub(crate) fn clear(&mut self) {
        [&mut self.failures, &mut self.late, &mut self.rounds].into_iter().for_each(Vec::clear);
    }

    pub(crate) fn summarise(&self, cascade_min: usize, trials: u64) -> CascadeSummary {
        let untouched = self.failures.first().copied().unwrap_or(0);
        let mut sizes = Moments::default();
        let mut cascades = 0;
        for (size, count) in self.late.iter().enumerate().skip(cascade_min) {
            sizes.record_times(size as i64, *count);
            cascades += count;
        }
        let mut number = Moments::default();
        self.failures.iter().enumerate().for_each(|(size, count)| number.record_times(size as i64, *count));
        CascadeSummary {
            mean_failures: number.mean(trials, 1.0),
            failure_probability: Estimate::probability(trials - untouched, trials),
            round_cascade_probability: Estimate::probability(cascades, trials),
            round_cascade_mean_size: sizes.mean(cascades, 1.0),
            failures: shares(&self.failures, trials),
            rounds: shares(&self.rounds, trials),
        }
    }
}

fn add(counts: &mut Vec<u64>, place: usize, count: u64) {
    if counts.len() <= place {
        counts.resize(place + 1, 0);
    }
    counts[place] += count;
}

fn shares(counts: &[u64], trials: u64) -> Vec<CountShare> {
    let share = |(number, count): (usize, &u64)| {
        Some(CountShare { number, probability: Estimate::probability(*count, trials)? })
    };
    counts.iter().enumerate().filter_map(share).collect()
}

/// Share of trials with so many failures, or rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountShare {
    /// Number of failures, or of rounds.
    pub number: usize,
    /// Share of trials, with Wilson's interval.
    pub probability: Estimate,
}

/// Failures together. Every field is empty without a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct CascadeSummary {
    /// Mean number of lenders that fail, of every type.
    pub mean_failures: Option<Estimate>,
    /// Probability that at least one lender fails.
    pub failure_probability: Option<Estimate>,
    /// Probability of a round cascade: at least `cascade_min` failures, one of them in round 1 or later.
    pub round_cascade_probability: Option<Estimate>,
    /// Mean number of failures in a round cascade; none where none was seen.
    pub round_cascade_mean_size: Option<Estimate>,
    /// Distribution of the number of failures, from 0 to the most seen.
    pub failures: Vec<CountShare>,
    /// Distribution of the number of rounds (1 + the latest round of a failure, 0 without one), from 0 to the most seen.
    pub rounds: Vec<CountShare>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{FailureCause, LenderFailure};

    fn outcome(rounds: &[usize]) -> Outcome {
        let mut outcome = Outcome::new(0, 4);
        for (lender, round) in rounds.iter().enumerate() {
            outcome.failures[lender] = Some(LenderFailure { quarter: 1, round: *round, cause: FailureCause::None });
        }
        outcome
    }

    fn points(shares: &[CountShare]) -> Vec<f64> {
        shares.iter().map(|share| share.probability.point).collect()
    }

    #[test]
    fn a_round_cascade_needs_size_and_a_later_round() {
        let mut tally = CascadeTally::default();
        for rounds in [&[][..], &[0], &[0, 0], &[1], &[0, 1], &[0, 2, 1, 1], &[], &[]] {
            tally.record(&outcome(rounds));
        }
        let summary = tally.summarise(2, 8);
        assert_eq!(summary.mean_failures.unwrap().point, 10.0 / 8.0);
        assert_eq!(summary.failure_probability.unwrap().point, 5.0 / 8.0);
        assert_eq!(summary.round_cascade_probability.unwrap().point, 0.25);
        let size = summary.round_cascade_mean_size.unwrap();
        assert_eq!((size.point, size.std_error, size.trials), (3.0, Some(1.0), 2));
        assert_eq!(points(&summary.failures), [0.375, 0.25, 0.25, 0.0, 0.125]);
        assert_eq!(points(&summary.rounds), [0.375, 0.25, 0.25, 0.125]);
        assert_eq!(tally.summarise(3, 8).round_cascade_probability.unwrap().point, 0.125);
        assert_eq!(tally.summarise(1, 8).round_cascade_probability.unwrap().point, 0.375);
    }

    #[test]
    fn nothing_is_said_without_a_cascade_or_a_trial() {
        let mut tally = CascadeTally::default();
        assert_eq!(tally.summarise(2, 0).failure_probability, None);
        tally.record(&outcome(&[0, 0]));
        let summary = tally.summarise(2, 1);
        assert_eq!(summary.round_cascade_mean_size, None);
        assert_eq!(summary.round_cascade_probability.unwrap().point, 0.0);
    }
}
