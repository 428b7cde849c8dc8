//! What the headline measures need of the trials, and no more: small enough to be kept for every group of trials.

use crate::model::outcome::Outcome;
use crate::statistics::accumulator::Accumulators;
use crate::statistics::capital::CapitalTally;
use crate::statistics::cascade::CascadeTally;
use crate::statistics::default::DefaultTally;
use crate::statistics::failures::FailureTally;
use crate::statistics::metric::{Metric, metrics};
use crate::statistics::summary::{Settings, summarise};
use crate::statistics::survival::SurvivalTally;
use crate::statistics::tail::smooth_quantile;
use crate::statistics::tally::LossTally;
use crate::statistics::twin::TwinTally;

/// System losses of a group: buckets of relative width 2^-8, a few hundred kilobytes a group.
const GROUP_PRECISION: u32 = 8;

/// The statistics that [`metrics`] names, of some trials. Those of [`Accumulators`] that are missing here leave their
/// metrics without a paired error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Headline {
    trials: u64,
    system: LossTally,
    failures: FailureTally,
    cascades: CascadeTally,
    twin: TwinTally,
    defaults: DefaultTally,
    capital: CapitalTally,
    /// Of the system alone, without curves.
    survival: SurvivalTally,
}

impl Headline {
    pub(crate) fn new() -> Self {
        Headline {
            trials: 0,
            system: LossTally::new(GROUP_PRECISION),
            failures: FailureTally::default(),
            cascades: CascadeTally::default(),
            twin: TwinTally::new(GROUP_PRECISION),
            defaults: DefaultTally::default(),
            capital: CapitalTally::new(true),
            survival: SurvivalTally::new(0, 0, 0),
        }
    }

    pub(crate) fn trials(&self) -> u64 {
        self.trials
    }

    /// Adds a trial whose numbers are known to be in range.
    pub(crate) fn record(&mut self, outcome: &Outcome, twin: Option<&Outcome>) {
        self.trials += 1;
        self.system.record(outcome.system_loss);
        self.failures.record(outcome, outcome.failed());
        self.defaults.record(outcome, outcome.defaulted());
        self.capital.record(outcome);
        self.survival.record_failures(outcome);
        if let Some(twin) = twin {
            self.twin.record(outcome.system_loss, twin.system_loss);
            self.cascades.record(outcome, twin);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.trials += other.trials;
        self.system.merge(&other.system);
        self.failures.merge(&other.failures);
        self.cascades.merge(&other.cascades);
        self.twin.merge(&other.twin);
        self.defaults.merge(&other.defaults);
        self.capital.merge(&other.capital);
        self.survival.merge(&other.survival);
    }

    pub(crate) fn clear(&mut self) {
        self.trials = 0;
        self.system.clear();
        self.failures.clear();
        self.cascades.clear();
        self.twin.clear();
        self.defaults.clear();
        self.capital.clear();
        self.survival.clear();
    }

    /// The headline measures of these trials.
    pub(crate) fn metrics(self, settings: &Settings) -> Vec<Metric> {
        metrics(&summarise(&self.held(), settings))
    }

    /// The headline measures of these trials with VaR smoothed: the jackknife of a bare quantile is too large where groups
    /// are small beside the spread of its rank.
    pub(crate) fn smooth_metrics(self, settings: &Settings) -> Vec<Metric> {
        let held = self.held();
        let mut summary = summarise(&held, settings);
        for tail in &mut summary.system.tails {
            tail.value_at_risk_usd_bn.point = smooth_quantile(&held.system.histogram, held.trials, tail.level);
        }
        metrics(&summary)
    }

    /// A state that remembers nothing else.
    fn held(self) -> Accumulators {
        let Headline { trials, system, failures, cascades, twin, defaults, capital, survival } = self;
        let held = Accumulators { trials, system, failures, cascades, twin, ..Accumulators::new(0, &[]) };
        Accumulators { defaults, capital, survival, ..held }
    }
}
