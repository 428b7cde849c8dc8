//! The worst trials of a run, by their address.

use std::cmp::Reverse;

use crate::model::outcome::Fixed;

/// Worst trials that are kept.
pub const WORST_TRIALS: usize = 1_000;

/// The first [`WORST_TRIALS`] trials by (system loss descending, trial): merging keeps the first again, so any split of
/// a run leaves the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct WorstTrials {
    /// Sorted but for those that came since the last trim.
    trials: Vec<(Reverse<Fixed>, u64)>,
    /// Losses below this one no longer count.
    floor: Option<Fixed>,
}

/// Equal where they list the same: when the last trim was does not show.
impl PartialEq for WorstTrials {
    fn eq(&self, other: &Self) -> bool {
        self.listed() == other.listed()
    }
}

impl WorstTrials {
    pub(crate) fn record(&mut self, trial: u64, loss: Fixed) {
        if self.floor.is_some_and(|floor| loss < floor) {
            return;
        }
        self.trials.push((Reverse(loss), trial));
        if self.trials.len() >= 2 * WORST_TRIALS {
            self.trim();
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.trials.extend(&other.trials);
        self.trim();
    }

    pub(crate) fn clear(&mut self) {
        self.trials.clear();
        self.floor = None;
    }

    /// Trials and their losses, the worst first.
    pub(crate) fn listed(&self) -> Vec<(u64, Fixed)> {
        let mut sorted = self.clone();
        sorted.trim();
        sorted.trials.into_iter().map(|(Reverse(loss), trial)| (trial, loss)).collect()
    }

    fn trim(&mut self) {
        self.trials.sort_unstable();
        self.trials.truncate(WORST_TRIALS);
        if self.trials.len() == WORST_TRIALS {
            self.floor = self.trials.last().map(|(Reverse(loss), _)| *loss);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(trial: u64) -> Fixed {
        (trial.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50) as Fixed
    }

    #[test]
    fn the_worst_come_first_and_ties_in_the_order_of_trials() {
        let mut worst = WorstTrials::default();
        (0..50_000).for_each(|trial| worst.record(trial, loss(trial)));
        let mut all: Vec<(u64, Fixed)> = (0..50_000).map(|trial| (trial, loss(trial))).collect();
        all.sort_by_key(|(trial, loss)| (Reverse(*loss), *trial));
        all.truncate(WORST_TRIALS);
        assert_eq!(worst.listed(), all);
    }

    #[test]
    fn any_split_leaves_the_same() {
        let mut whole = WorstTrials::default();
        (0..9_000).for_each(|trial| whole.record(trial, loss(trial)));
        let mut merged = WorstTrials::default();
        for part in [6_000..9_000, 0..10, 10..6_000_u64] {
            let mut block = WorstTrials::default();
            part.for_each(|trial| block.record(trial, loss(trial)));
            merged.merge(&block);
        }
        assert_eq!(merged.listed(), whole.listed());
        merged.clear();
        assert!(merged.listed().is_empty());
    }
}
