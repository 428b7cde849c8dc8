//! What the forced failure of one lender does to the others: each trial beside itself, cause and not association.

use ndarray::Array2;

use crate::model::outcome::{FIXED_ONE, Fixed, Outcome};
use crate::statistics::estimate::Estimate;
use crate::statistics::moments::Moments;

/// Trials with one more for each lender, in which it is forced to fail.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ForcedTally {
    /// Trials beside which every lender has been forced to fail.
    trials: u64,
    /// `[forced, affected]`; nothing on the diagonal.
    pairs: Array2<PairCounts>,
    /// Increase of the loss counted at the others, by forced lender.
    losses: Vec<Moments>,
    /// Increase of the number of the others that fail, by forced lender.
    failures: Vec<Moments>,
    /// Increase of a lender's failures, summed over the forced lenders of a trial, by affected lender.
    vulnerability: Vec<Moments>,
    /// That sum for the trial being recorded: 0 between trials.
    increases: Vec<i64>,
}

/// Trials by where the affected lender fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct PairCounts {
    /// In the trial and beside it.
    both: u64,
    /// Beside it only: failures gained.
    gained: u64,
    /// In the trial only: failures lost.
    lost: u64,
}

impl PairCounts {
    /// Counts one trial; returns by how many its failures increase: 1, 0 or -1.
    fn record(&mut self, base: bool, forced: bool) -> i64 {
        self.both += u64::from(base && forced);
        self.gained += u64::from(forced && !base);
        self.lost += u64::from(base && !forced);
        i64::from(forced) - i64::from(base)
    }

    fn merge(&mut self, other: &Self) {
        self.both += other.both;
        self.gained += other.gained;
        self.lost += other.lost;
    }

    fn summarise(&self, trials: u64) -> ForcedPair {
        ForcedPair {
            failure_probability: Estimate::probability(self.both + self.gained, trials),
            increase: Estimate::paired(self.gained, self.lost, trials),
        }
    }
}

/// By how much the loss counted at lenders other than `lender` grows where it is forced to fail.
pub(crate) fn loss_increase(lender: usize, base: &Outcome, forced: &Outcome) -> Fixed {
    let others = |outcome: &Outcome| outcome.system_loss - outcome.counted[lender];
    others(forced) - others(base)
}

impl ForcedTally {
    pub(crate) fn new(lenders: usize) -> Self {
        ForcedTally {
            trials: 0,
            pairs: Array2::default((lenders, lenders)),
            losses: vec![Moments::default(); lenders],
            failures: vec![Moments::default(); lenders],
            vulnerability: vec![Moments::default(); lenders],
            increases: vec![0; lenders],
        }
    }

    /// Adds a trial and the one beside it in which `forced_lender` is forced to fail; the last lender ends the trial.
    pub(crate) fn record(&mut self, forced_lender: usize, base: &Outcome, forced: &Outcome) {
        self.losses[forced_lender].record(loss_increase(forced_lender, base, forced));
        let mut further = 0;
        for (affected, (base, forced)) in base.failures.iter().zip(&forced.failures).enumerate() {
            if affected != forced_lender {
                let increase = self.pairs[(forced_lender, affected)].record(base.is_some(), forced.is_some());
                self.increases[affected] += increase;
                further += increase;
            }
        }
        self.failures[forced_lender].record(further);
        if forced_lender + 1 == self.losses.len() {
            self.close_trial();
        }
    }

    fn close_trial(&mut self) {
        self.trials += 1;
        for (vulnerability, increase) in self.vulnerability.iter_mut().zip(&mut self.increases) {
            vulnerability.record(std::mem::take(increase));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.trials += other.trials;
        self.pairs.zip_mut_with(&other.pairs, PairCounts::merge);
        let merge = |ours: &mut [Moments], theirs: &[Moments]| {
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| ours.merge(theirs));
        };
        merge(&mut self.losses, &other.losses);
        merge(&mut self.failures, &other.failures);
        merge(&mut self.vulnerability, &other.vulnerability);
    }

    pub(crate) fn clear(&mut self) {
        self.trials = 0;
        self.pairs.fill(PairCounts::default());
        self.losses.fill(Moments::default());
        self.failures.fill(Moments::default());
        self.vulnerability.fill(Moments::default());
        self.increases.fill(0);
    }

    /// None in a run without forced failures.
    pub(crate) fn summarise(&self) -> Option<ForcedSummary> {
        let trials = self.trials;
        let importance = self.losses.iter().zip(&self.failures).map(|(losses, failures)| Importance {
            loss_increase_usd_bn: losses.mean(trials, FIXED_ONE),
            failures_increase: failures.mean_increase(trials),
        });
        (trials > 0).then(|| ForcedSummary {
            pairs: self.pairs.map(|pair| pair.summarise(trials)),
            importance: importance.collect(),
            vulnerability: self.vulnerability.iter().map(|increase| increase.mean_increase(trials)).collect(),
        })
    }
}

/// The forced failure of each lender in quarter 1 against the same trials without it, in the order of
/// [`crate::model::system::System::lenders`].
#[derive(Debug, Clone, PartialEq)]
pub struct ForcedSummary {
    /// What it does to each other lender, `[forced, affected]`; the diagonal says nothing.
    pub pairs: Array2<ForcedPair>,
    /// What it does to all others together, by forced lender.
    pub importance: Vec<Importance>,
    /// Increases of a lender's failure probability summed over the forced failures of all others, by affected lender; the
    /// standard error is that of the sums trial by trial.
    pub vulnerability: Vec<Option<Estimate>>,
}

/// Failure of one lender where another is forced to fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForcedPair {
    /// Its probability.
    pub failure_probability: Option<Estimate>,
    /// That probability less the one without the forced failure, with the standard error of the pairs.
    pub increase: Option<Estimate>,
}

/// Systemic importance of a lender: what its forced failure costs the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Importance {
    /// Increase of the mean system loss, its own counted loss left out on both sides, with the standard error of the pairs,
    /// USD bn.
    pub loss_increase_usd_bn: Option<Estimate>,
    /// Increase of the mean number of other lenders that fail, with the standard error of the pairs.
    pub failures_increase: Option<Estimate>,
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::model::outcome::{FailureCause, LenderFailure};

    /// A trial in which these lenders fail and these losses, USD bn, are counted.
    fn outcome(failed: [bool; 3], counted: [i64; 3]) -> Outcome {
        let failure = LenderFailure { quarter: 1, round: 0, cause: FailureCause::None };
        let mut outcome = Outcome::new(0, 3);
        outcome.failures = failed.map(|failed| failed.then_some(failure)).into();
        outcome.counted = counted.map(|loss| loss << 30).into();
        outcome.system_loss = outcome.counted.iter().sum();
        outcome
    }

    const ALL_STAND: [bool; 3] = [false; 3];

    /// Two trials: in the first the failure of 0 takes 1 down, in the second 1 fails anyway and that of 0 saves it.
    fn summary() -> ForcedSummary {
        let mut tally = ForcedTally::new(3);
        let base = outcome(ALL_STAND, [1, 2, 3]);
        tally.record(0, &base, &outcome([true, true, false], [50, 5, 3]));
        tally.record(1, &base, &outcome([false, true, false], [1, 9, 3]));
        tally.record(2, &base, &outcome([false, true, true], [1, 3, 60]));
        let base = outcome([false, true, false], [1, 2, 3]);
        tally.record(0, &base, &outcome([true, false, false], [50, 1, 3]));
        tally.record(1, &base, &outcome([false, true, false], [1, 9, 3]));
        tally.record(2, &base, &outcome([false, true, true], [1, 2, 60]));
        tally.summarise().unwrap()
    }

    fn figures(estimate: Option<Estimate>) -> (f64, f64) {
        let estimate = estimate.unwrap();
        (estimate.point, estimate.std_error.unwrap())
    }

    #[test]
    fn increases_are_paired() {
        let summary = summary();
        // 1 gained and 1 lost of 2: mean 0, s^2 = 2, error sqrt(2 / 2).
        assert_eq!(figures(summary.pairs[(0, 1)].increase), (0.0, 1.0));
        assert_eq!(figures(summary.pairs[(0, 1)].failure_probability).0, 0.5);
        // 1 gained and 1 both ways: mean 1/2, s^2 = 1/2.
        assert_eq!(figures(summary.pairs[(2, 1)].increase), (0.5, 0.5));
        assert_eq!(summary.pairs[(2, 1)].failure_probability.unwrap().point, 1.0);
        let untouched = summary.pairs[(0, 2)].increase.unwrap();
        assert_eq!((untouched.point, untouched.std_error, untouched.trials), (0.0, None, 2));
    }

    #[test]
    fn a_lenders_own_loss_is_no_part_of_its_importance() {
        let summary = summary();
        // The others lose 3 more, then 1 less.
        assert_eq!(figures(summary.importance[0].loss_increase_usd_bn), (1.0, 2.0));
        assert_eq!(figures(summary.importance[1].loss_increase_usd_bn), (0.0, 0.0));
        assert_eq!(figures(summary.importance[2].loss_increase_usd_bn), (0.5, 0.5));
        assert_eq!(figures(summary.importance[0].failures_increase), (0.0, 1.0));
        assert_eq!(figures(summary.importance[2].failures_increase), (0.5, 0.5));
    }

    #[test]
    fn vulnerability_is_the_sum_of_a_column_with_the_error_of_the_sums() {
        let summary = summary();
        let column: f64 = [0, 2].map(|forced| summary.pairs[(forced, 1)].increase.unwrap().point).iter().sum();
        // Lender 1 gains 2 failures in the first trial and loses 1 in the second.
        let (point, error) = figures(summary.vulnerability[1]);
        assert_eq!(point, column);
        assert_relative_eq!(error, (4.5_f64 / 2.0).sqrt());
        // Nothing ever changed for lender 0: 3/n to either side, cut at 1 with two trials.
        let untouched = summary.vulnerability[0].unwrap();
        assert_eq!((untouched.point, untouched.std_error), (0.0, None));
        assert_eq!((untouched.low, untouched.high), (Some(-1.0), Some(1.0)));
    }

    #[test]
    fn without_forced_failures_nothing_is_said() {
        assert_eq!(ForcedTally::new(3).summarise(), None);
        assert_eq!(ForcedTally::new(0).summarise(), None);
    }
}
