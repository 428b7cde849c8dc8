//! Defaults and covenants of single facilities.

use crate::model::outcome::{FIXED_ONE, FacilityEvents};
use crate::statistics::estimate::Estimate;
use crate::statistics::pair::PairTally;
use crate::statistics::warning::Warning;

/// What is remembered of one facility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FacilityTally {
    /// Trials in which it had a balance at its borrower's default.
    defaults: u64,
    /// Losses and balances at default.
    severity: PairTally,
    /// Trials in which its covenant was in breach.
    breaches: u64,
}

impl FacilityTally {
    pub(crate) fn record(&mut self, events: &FacilityEvents) {
        if events.breached {
            self.breaches += 1;
        }
        if events.exposure > 0 {
            self.defaults += 1;
            self.severity.record(events.loss, events.exposure);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.defaults += other.defaults;
        self.severity.merge(&other.severity);
        self.breaches += other.breaches;
    }

    pub(crate) fn summarise(&self, trials: u64) -> FacilitySummary {
        let exposure = self.severity.second.mean(self.defaults, FIXED_ONE);
        FacilitySummary {
            default_probability: Estimate::probability(self.defaults, trials),
            exposure_at_default_usd_bn: exposure.map(|exposure| exposure.within(0.0, f64::INFINITY)),
            loss_given_default: self.severity.ratio(self.defaults).map(|share| share.within(0.0, 1.0)),
            mean_loss_usd_bn: self.severity.first.mean(trials, FIXED_ONE),
            breach_probability: Estimate::probability(self.breaches, trials),
            defaults: self.defaults,
            warning: exposure.and_then(|exposure| Warning::of_events(exposure.trials)),
        }
    }
}

/// One facility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FacilitySummary {
    /// Probability that its borrower defaults while it has a balance.
    pub default_probability: Option<Estimate>,
    /// Mean balance at such a default, USD bn; none where none was seen.
    pub exposure_at_default_usd_bn: Option<Estimate>,
    /// Sum of losses over sum of balances at default, guarantees counted; none where none was seen.
    pub loss_given_default: Option<Estimate>,
    /// Mean loss over all trials, all holders, USD bn.
    pub mean_loss_usd_bn: Option<Estimate>,
    /// Probability that its covenant is in breach in some quarter.
    pub breach_probability: Option<Estimate>,
    /// Trials with such a default.
    pub defaults: u64,
    /// Whether enough defaults condition the exposure and the loss given default.
    pub warning: Option<Warning>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_by_hand() {
        let one = FIXED_ONE as i64;
        let mut tally = FacilityTally::default();
        for (exposure, loss, breached) in [(4, 1, true), (0, 0, true), (0, 0, false), (8, 5, false)] {
            tally.record(&FacilityEvents { exposure: exposure * one, loss: loss * one, breached });
        }
        let summary = tally.summarise(4);
        let point = |estimate: Option<Estimate>| estimate.unwrap().point;
        assert_eq!((point(summary.default_probability), point(summary.breach_probability)), (0.5, 0.5));
        assert_eq!((point(summary.exposure_at_default_usd_bn), point(summary.loss_given_default)), (6.0, 0.5));
        assert_eq!((point(summary.mean_loss_usd_bn), summary.defaults), (1.5, 2));
        // Residuals 1 - 2 and 5 - 4: sqrt(2 * 2) / 12.
        assert!((summary.loss_given_default.unwrap().std_error.unwrap() - 1.0 / 6.0).abs() < 1e-15);
        assert_eq!(summary.warning, Some(Warning::FewEvents));
        let unharmed = FacilityTally::default().summarise(4);
        assert_eq!((unharmed.loss_given_default, unharmed.warning), (None, None));
    }
}
