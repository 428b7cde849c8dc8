//! How often which whole number was seen.

use crate::statistics::estimate::Estimate;
use crate::statistics::moments::Moments;

/// Trials by a whole number; a place is made when first needed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counts(Vec<u64>);

impl Counts {
    /// One more trial with that number.
    pub(crate) fn record(&mut self, number: usize) {
        self.add(number, 1);
    }

    /// Adds the trials of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.0.iter().enumerate().for_each(|(number, count)| self.add(number, *count));
    }

    /// Forgets all trials but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Trials, by number from 0.
    pub(crate) fn trials_by_number(&self) -> &[u64] {
        &self.0
    }

    /// Trials counted.
    pub(crate) fn trials(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Mean of the number.
    pub(crate) fn mean(&self) -> Option<Estimate> {
        if self.trials_from(1) == 0 {
            return Estimate::never(self.trials());
        }
        self.mean_from(0)
    }

    /// Mean of the number over the trials where it is at least `least`.
    pub(crate) fn mean_from(&self, least: usize) -> Option<Estimate> {
        let mut moments = Moments::default();
        let numbers = self.0.iter().enumerate().skip(least);
        numbers.for_each(|(number, count)| moments.record_times(number as i64, *count));
        moments.mean(self.trials_from(least), 1.0)
    }

    /// Trials where the number is at least `least`.
    pub(crate) fn trials_from(&self, least: usize) -> u64 {
        self.0.iter().skip(least).sum()
    }

    /// Share of trials where the number is not 0.
    pub(crate) fn any(&self) -> Option<Estimate> {
        Estimate::probability(self.trials_from(1), self.trials())
    }

    /// Share of trials by number, from 0 to the largest seen.
    pub(crate) fn shares(&self) -> Vec<CountShare> {
        shares(&self.0, self.trials())
    }

    fn add(&mut self, number: usize, count: u64) {
        if self.0.len() <= number {
            self.0.resize(number + 1, 0);
        }
        self.0[number] += count;
    }
}

/// Shares of so many trials, by number from 0.
pub(crate) fn shares(counts: &[u64], trials: u64) -> Vec<CountShare> {
    let share = |(number, count): (usize, &u64)| {
        Some(CountShare { number, probability: Estimate::probability(*count, trials)? })
    };
    counts.iter().enumerate().filter_map(share).collect()
}

/// Share of trials with that number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountShare {
    /// The number.
    pub number: usize,
    /// Share of trials, with Wilson's interval.
    pub probability: Estimate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_averaged_and_shared() {
        let (mut counts, mut other) = (Counts::default(), Counts::default());
        [0, 0, 2].into_iter().for_each(|number| counts.record(number));
        [4, 0].into_iter().for_each(|number| other.record(number));
        counts.merge(&other);
        assert_eq!((counts.trials(), counts.trials_from(1), counts.trials_from(9)), (5, 2, 0));
        assert_eq!(counts.mean().unwrap().point, 1.2);
        assert_eq!(counts.mean_from(1).map(|mean| (mean.point, mean.trials)), Some((3.0, 2)));
        assert_eq!(counts.any().unwrap().point, 0.4);
        let points: Vec<f64> = counts.shares().iter().map(|share| share.probability.point).collect();
        assert_eq!(points, [0.6, 0.0, 0.2, 0.0, 0.2]);
        counts.clear();
        assert_eq!((counts.mean(), counts.any()), (None, None));
    }
}
