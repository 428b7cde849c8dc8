//! What is remembered of a loss, a lender and an obligor.

use crate::model::outcome::{
    Channel, Circularity, DefaultCause, FailureCause, Fixed, LenderFailure, ObligorDefault, Outcome,
};
use crate::statistics::histogram::Histogram;
use crate::statistics::moments::Moments;
use crate::statistics::pair::PairTally;

/// Losses and capital of one lender: buckets of relative width 2^-8.
const LENDER_PRECISION: u32 = 8;

/// Moments and distribution of a loss.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LossTally {
    pub(crate) moments: Moments,
    pub(crate) histogram: Histogram,
}

impl LossTally {
    pub(crate) fn new(precision: u32) -> Self {
        LossTally { moments: Moments::default(), histogram: Histogram::new(precision) }
    }

    pub(crate) fn record(&mut self, loss: Fixed) {
        self.moments.record(loss);
        self.histogram.record(loss);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.moments.merge(&other.moments);
        self.histogram.merge(&other.histogram);
    }

    pub(crate) fn clear(&mut self) {
        self.moments = Moments::default();
        self.histogram.clear();
    }
}

/// What is remembered of one lender.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LenderTally {
    /// Has a capital ratio: bank or insurer.
    pub(crate) regulated: bool,
    pub(crate) loss: LossTally,
    /// The loss in the order of [`Channel::ALL`], without what scheduled failures took away.
    pub(crate) channels: [Moments; Channel::ALL.len()],
    /// What scheduled failures took away.
    pub(crate) decreed: Moments,
    pub(crate) depletion: LossTally,
    pub(crate) shortfall: Moments,
    /// Trials with a shortfall.
    pub(crate) short: u64,
    /// What a vendor financed of its sales, and these.
    pub(crate) circularity: PairTally,
    pub(crate) failures: u64,
    /// Failures in the twin.
    pub(crate) fundamental: u64,
    /// Failures in the trial and not in its twin.
    pub(crate) contagion: u64,
    /// Failures in the twin and not in the trial.
    pub(crate) twin_only: u64,
    /// In the order of [`FailureCause::ALL`].
    pub(crate) causes: [u64; FailureCause::ALL.len()],
    /// Failures by round; a place is made when first needed.
    pub(crate) rounds: Vec<u64>,
}

impl LenderTally {
    pub(crate) fn new(regulated: bool) -> Self {
        LenderTally {
            regulated,
            loss: LossTally::new(LENDER_PRECISION),
            channels: [Moments::default(); Channel::ALL.len()],
            decreed: Moments::default(),
            depletion: LossTally::new(LENDER_PRECISION),
            shortfall: Moments::default(),
            short: 0,
            circularity: PairTally::default(),
            failures: 0,
            fundamental: 0,
            contagion: 0,
            twin_only: 0,
            causes: [0; FailureCause::ALL.len()],
            rounds: Vec::new(),
        }
    }

    /// What the trial says of the lender, which lost so much by channel, but for its failure.
    pub(crate) fn record(&mut self, outcome: &Outcome, lender: usize, losses: [Fixed; Channel::ALL.len()]) {
        let decreed = outcome.decreed[lender];
        self.loss.record(losses.iter().sum::<Fixed>() + decreed);
        self.channels.iter_mut().zip(&losses).for_each(|(moments, loss)| moments.record(*loss));
        self.decreed.record(decreed);
        self.depletion.record(outcome.depletion[lender]);
        self.shortfall.record(outcome.shortfall[lender]);
        self.short += u64::from(outcome.shortfall[lender] > 0);
        let Circularity { sales, financed } = outcome.circularity[lender];
        self.circularity.record(financed, sales);
    }

    /// What the twin of the trial says of the lender.
    pub(crate) fn record_twin(&mut self, full: Option<LenderFailure>, twin: Option<LenderFailure>) {
        self.fundamental += u64::from(twin.is_some());
        self.contagion += u64::from(full.is_some() && twin.is_none());
        self.twin_only += u64::from(full.is_none() && twin.is_some());
    }

    /// That it fails.
    pub(crate) fn record_failure(&mut self, failure: &LenderFailure) {
        self.failures += 1;
        count(&mut self.causes, &FailureCause::ALL, failure.cause);
        if self.rounds.len() <= failure.round {
            self.rounds.resize(failure.round + 1, 0);
        }
        self.rounds[failure.round] += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.loss.merge(&other.loss);
        self.channels.iter_mut().zip(&other.channels).for_each(|(ours, theirs)| ours.merge(theirs));
        self.decreed.merge(&other.decreed);
        self.depletion.merge(&other.depletion);
        self.shortfall.merge(&other.shortfall);
        self.short += other.short;
        self.circularity.merge(&other.circularity);
        self.failures += other.failures;
        self.fundamental += other.fundamental;
        self.contagion += other.contagion;
        self.twin_only += other.twin_only;
        self.causes.iter_mut().zip(other.causes).for_each(|(ours, theirs)| *ours += theirs);
        self.rounds.resize(self.rounds.len().max(other.rounds.len()), 0);
        self.rounds.iter_mut().zip(&other.rounds).for_each(|(ours, theirs)| *ours += theirs);
    }

    pub(crate) fn clear(&mut self) {
        self.loss.clear();
        self.channels.fill(Moments::default());
        self.decreed = Moments::default();
        self.depletion.clear();
        self.shortfall = Moments::default();
        self.short = 0;
        self.circularity = PairTally::default();
        (self.failures, self.fundamental, self.contagion, self.twin_only) = (0, 0, 0, 0);
        self.causes.fill(0);
        self.rounds.clear();
    }
}

/// What is remembered of one obligor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ObligorTally {
    pub(crate) defaults: u64,
    /// In the order of [`DefaultCause::ALL`].
    pub(crate) causes: [u64; DefaultCause::ALL.len()],
    pub(crate) quarter: Moments,
    /// Losses and balances at default.
    pub(crate) severity: PairTally,
}

impl ObligorTally {
    pub(crate) fn record(&mut self, default: &ObligorDefault) {
        self.defaults += 1;
        count(&mut self.causes, &DefaultCause::ALL, default.cause);
        self.quarter.record(default.quarter as i64);
        self.severity.record(default.loss, default.exposure);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.defaults += other.defaults;
        self.causes.iter_mut().zip(other.causes).for_each(|(ours, theirs)| *ours += theirs);
        self.quarter.merge(&other.quarter);
        self.severity.merge(&other.severity);
    }
}

fn count<T: PartialEq>(counts: &mut [u64], all: &[T], one: T) {
    counts.iter_mut().zip(all).filter(|(_, cause)| **cause == one).for_each(|(count, _)| *count += 1);
}
