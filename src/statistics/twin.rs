//! The loss of the system beside that of its twin, trial by trial.

use crate::model::outcome::{FIXED_ONE, Fixed};
use crate::statistics::estimate::Estimate;
use crate::statistics::exceedance::{Exceedance, exceedance};
use crate::statistics::moments::Moments;
use crate::statistics::tally::LossTally;

/// Losses of trials that have a twin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TwinTally {
    /// Trials that have a twin.
    pub(crate) trials: u64,
    full: Moments,
    twin: LossTally,
    difference: Moments,
    /// Trials with L < L_twin.
    lower: u64,
}

impl TwinTally {
    /// An empty state; the losses of twins are kept in buckets of relative width `2^-precision`.
    pub(crate) fn new(precision: u32) -> Self {
        let (full, difference) = Default::default();
        TwinTally { trials: 0, full, twin: LossTally::new(precision), difference, lower: 0 }
    }

    pub(crate) fn record(&mut self, full: Fixed, twin: Fixed) {
        self.trials += 1;
        self.full.record(full);
        self.twin.record(twin);
        self.difference.record(full - twin);
        self.lower += u64::from(full < twin);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.trials += other.trials;
        self.full.merge(&other.full);
        self.twin.merge(&other.twin);
        self.difference.merge(&other.difference);
        self.lower += other.lower;
    }

    pub(crate) fn clear(&mut self) {
        (self.trials, self.lower) = (0, 0);
        (self.full, self.difference) = Default::default();
        self.twin.clear();
    }

    pub(crate) fn summarise(&self) -> TwinSummary {
        TwinSummary {
            mean_loss_usd_bn: self.twin.moments.mean(self.trials, FIXED_ONE),
            contagion_loss_usd_bn: self.difference.mean(self.trials, FIXED_ONE),
            amplification: self.amplification(),
            lower_loss_probability: Estimate::probability(self.lower, self.trials),
            exceedance: exceedance(&self.twin.histogram, self.trials),
        }
    }

    /// mean(L) / mean(L_twin) with the delta method; the sum of L . L_twin follows from the squares, exactly.
    fn amplification(&self) -> Option<Estimate> {
        let (full, twin) = (self.full.square(), self.twin.moments.square());
        let product = (full + twin - self.difference.square()) / 2;
        let sum = self.twin.moments.sum();
        let ratio = Estimate::ratio(self.full.sum(), sum, [full, product, twin], self.trials);
        ratio.filter(|_| sum > 0)
    }
}

/// The system's loss L against that of the twin. Every estimate is empty in a run without twins.
#[derive(Debug, Clone, PartialEq)]
pub struct TwinSummary {
    /// Mean system loss of the twin, USD bn.
    pub mean_loss_usd_bn: Option<Estimate>,
    /// mean(L - L_twin), with the standard error of the pairs, USD bn.
    pub contagion_loss_usd_bn: Option<Estimate>,
    /// mean(L) / mean(L_twin); none where the twin loses nothing or gains.
    pub amplification: Option<Estimate>,
    /// Share of trials with L < L_twin.
    pub lower_loss_probability: Option<Estimate>,
    /// Exceedance curve of L_twin.
    pub exceedance: Vec<Exceedance>,
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    fn summary(pairs: &[(f64, f64)]) -> TwinSummary {
        let mut tally = TwinTally::new(11);
        for (full, twin) in pairs {
            let [full, twin] = [full, twin].map(|loss| (loss * FIXED_ONE) as Fixed);
            tally.record(full, twin);
        }
        tally.summarise()
    }

    #[test]
    fn pairs_by_hand() {
        let pairs = [(4.0, 1.0), (0.0, 0.0), (2.0, 3.0), (6.0, 4.0)];
        let summary = summary(&pairs);
        assert_eq!(summary.mean_loss_usd_bn.unwrap().point, 2.0);
        // Differences 3, 0, -1, 2: mean 1, squared deviations 4 + 1 + 4 + 1.
        let contagion = summary.contagion_loss_usd_bn.unwrap();
        assert_eq!(contagion.point, 1.0);
        assert_relative_eq!(contagion.std_error.unwrap(), (10.0_f64 / 12.0).sqrt(), max_relative = 1e-12);
        assert_eq!(summary.lower_loss_probability.unwrap().point, 0.25);
        // A = 12 / 8; residuals L - A L_twin: 2.5, 0, -2.5, 0.
        let amplification = summary.amplification.unwrap();
        assert_eq!(amplification.point, 1.5);
        assert_relative_eq!(
            amplification.std_error.unwrap(),
            (12.5_f64 * 4.0 / 3.0).sqrt() / 8.0,
            max_relative = 1e-12
        );
    }

    #[test]
    fn a_run_without_contagion_is_amplified_by_one_exactly() {
        let summary = summary(&[(0.1, 0.1), (7.3, 7.3), (0.0, 0.0)]);
        assert_eq!(summary.amplification.map(|ratio| (ratio.point, ratio.std_error)), Some((1.0, Some(0.0))));
        assert_eq!(summary.contagion_loss_usd_bn.map(|loss| (loss.point, loss.std_error)), Some((0.0, Some(0.0))));
    }

    #[test]
    fn a_twin_that_loses_nothing_has_no_ratio() {
        assert_eq!(summary(&[(1.0, 0.0)]).amplification, None);
        assert_eq!(summary(&[(1.0, -2.0)]).amplification, None);
        assert_eq!(summary(&[]).contagion_loss_usd_bn, None);
    }
}
