//! Failures that contagion makes: a lender that fails in a trial and not in its twin.

use crate::model::outcome::{FIXED_ONE, Outcome};
use crate::statistics::counts::{CountShare, Counts, shares};
use crate::statistics::estimate::Estimate;
use crate::statistics::moments::Moments;

/// Failures in trials that have a twin.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct CascadeTally {
    /// Number of failures in the twin, N0.
    fundamental: Counts,
    /// Number of lenders that fail in the trial and not in its twin.
    contagion: Counts,
    /// Number of lenders that fail in the twin only.
    twin_only: Counts,
    /// N in the trials with a contagion failure.
    size: Counts,
    /// By N in those trials: share of the failed in opening assets.
    assets: Vec<Moments>,
}

impl CascadeTally {
    /// Adds a trial in which nobody fails, neither in full nor in the twin.
    pub(crate) fn record_calm(&mut self) {
        for counts in [&mut self.fundamental, &mut self.contagion, &mut self.twin_only] {
            counts.record(0);
        }
    }

    pub(crate) fn record(&mut self, full: &Outcome, twin: &Outcome) {
        let pairs = || full.failures.iter().zip(&twin.failures);
        let contagion = pairs().filter(|(full, twin)| full.is_some() && twin.is_none()).count();
        self.fundamental.record(twin.failed());
        self.contagion.record(contagion);
        self.twin_only.record(pairs().filter(|(full, twin)| full.is_none() && twin.is_some()).count());
        if contagion > 0 {
            let size = full.failed();
            self.size.record(size);
            self.weigh(size, |moments| moments.record(full.failed_assets));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.fundamental.merge(&other.fundamental);
        self.contagion.merge(&other.contagion);
        self.twin_only.merge(&other.twin_only);
        self.size.merge(&other.size);
        for (size, theirs) in other.assets.iter().enumerate() {
            self.weigh(size, |ours| ours.merge(theirs));
        }
    }

    pub(crate) fn clear(&mut self) {
        for counts in [&mut self.fundamental, &mut self.contagion, &mut self.twin_only, &mut self.size] {
            counts.clear();
        }
        self.assets.clear();
    }

    pub(crate) fn summarise(&self, cascade_min: usize) -> CascadeSummary {
        let trials = self.contagion.trials();
        let cascades = self.size.trials_from(cascade_min);
        let mut assets = Moments::default();
        self.assets.iter().skip(cascade_min).for_each(|moments| assets.merge(moments));
        CascadeSummary {
            fundamental_failures: self.fundamental.mean(),
            contagion_failures: self.contagion.mean(),
            contagion_probability: self.contagion.any(),
            twin_only_failures: self.twin_only.mean(),
            twin_only_probability: self.twin_only.any(),
            probability: Estimate::probability(cascades, trials),
            size: self.size.mean_from(cascade_min),
            assets_share: assets.mean(cascades, FIXED_ONE).map(|share| share.within(0.0, 1.0)),
            fundamental: self.fundamental.shares(),
            contagion: self.contagion.shares(),
            sizes: self.sizes(cascade_min, trials),
        }
    }

    /// Share of trials by size of their cascade, 0 for those without.
    fn sizes(&self, cascade_min: usize, trials: u64) -> Vec<CountShare> {
        let mut sizes = self.size.trials_by_number().to_vec();
        let small = sizes.len().min(cascade_min);
        sizes[..small].fill(0);
        sizes.resize(sizes.len().max(1), 0);
        sizes[0] = trials - sizes.iter().sum::<u64>();
        shares(&sizes, trials)
    }

    fn weigh(&mut self, size: usize, add: impl Fn(&mut Moments)) {
        if self.assets.len() <= size {
            self.assets.resize(size + 1, Moments::default());
        }
        add(&mut self.assets[size]);
    }
}

/// Failures by contagion and cascades. Every estimate is empty in a run without twins.
#[derive(Debug, Clone, PartialEq)]
pub struct CascadeSummary {
    /// Mean number of fundamental failures N0: those of the twin.
    pub fundamental_failures: Option<Estimate>,
    /// Mean number of contagion failures: in the trial and not in its twin.
    pub contagion_failures: Option<Estimate>,
    /// Probability of at least one contagion failure.
    pub contagion_probability: Option<Estimate>,
    /// Mean number of lenders that fail in the twin only.
    pub twin_only_failures: Option<Estimate>,
    /// Probability that at least one lender fails in the twin only.
    pub twin_only_probability: Option<Estimate>,
    /// Probability of a cascade: at least `cascade_min` failures, one of them by contagion.
    pub probability: Option<Estimate>,
    /// Mean number of failures in a cascade; none where none was seen.
    pub size: Option<Estimate>,
    /// Mean share of the failed in the opening total assets of all lenders, in a cascade; none where none was seen.
    pub assets_share: Option<Estimate>,
    /// Distribution of the number of fundamental failures, from 0 to the most seen.
    pub fundamental: Vec<CountShare>,
    /// Distribution of the number of contagion failures, from 0 to the most seen.
    pub contagion: Vec<CountShare>,
    /// Distribution of the number of failures in cascades, 0 where the trial has none.
    pub sizes: Vec<CountShare>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{FailureCause, LenderFailure};

    fn outcome(failed: &[usize]) -> Outcome {
        let mut outcome = Outcome::new(0, 4);
        for lender in failed {
            outcome.failures[*lender] = Some(LenderFailure { quarter: 1, round: 0, cause: FailureCause::None });
        }
        outcome.failed_assets = (failed.len() as i64) << 28;
        outcome
    }

    fn tally() -> CascadeTally {
        let mut tally = CascadeTally::default();
        for (full, twin) in [
            (&[][..], &[][..]),
            (&[0], &[0]),
            (&[0], &[]),
            (&[0, 1], &[0]),
            (&[0, 1], &[0, 1]),
            (&[0, 1, 2, 3], &[]),
            (&[0, 1], &[2]),
            (&[], &[3]),
        ] {
            tally.record(&outcome(full), &outcome(twin));
        }
        tally
    }

    fn point(estimate: Option<Estimate>) -> f64 {
        estimate.unwrap().point
    }

    fn points(shares: &[CountShare]) -> Vec<f64> {
        shares.iter().map(|share| share.probability.point).collect()
    }

    #[test]
    fn failures_are_parted_by_what_the_twin_does() {
        let summary = tally().summarise(2);
        assert_eq!(point(summary.fundamental_failures), 6.0 / 8.0);
        assert_eq!((point(summary.contagion_failures), point(summary.contagion_probability)), (1.0, 0.5));
        assert_eq!((point(summary.twin_only_failures), point(summary.twin_only_probability)), (0.25, 0.25));
        assert_eq!(points(&summary.fundamental), [0.375, 0.5, 0.125]);
        assert_eq!(points(&summary.contagion), [0.5, 0.25, 0.125, 0.0, 0.125]);
    }

    #[test]
    fn a_cascade_needs_size_and_a_contagion_failure() {
        let summary = tally().summarise(2);
        assert_eq!(point(summary.probability), 3.0 / 8.0);
        assert_eq!(summary.size.map(|size| (size.point, size.trials)), Some((8.0 / 3.0, 3)));
        assert_eq!(point(summary.assets_share), 2.0 / 3.0);
        assert_eq!(points(&summary.sizes), [0.625, 0.0, 0.25, 0.0, 0.125]);
        let [one, five] = [1, 5].map(|least| tally().summarise(least));
        assert_eq!((point(one.probability), point(five.probability)), (0.5, 0.0));
        assert_eq!((five.size, five.assets_share), (None, None));
        assert_eq!(points(&five.sizes)[0], 1.0);
    }

    #[test]
    fn without_twins_nothing_is_said() {
        let summary = CascadeTally::default().summarise(2);
        assert_eq!((summary.probability, summary.contagion_probability), (None, None));
        assert!(summary.sizes.is_empty() && summary.contagion.is_empty());
    }
}
