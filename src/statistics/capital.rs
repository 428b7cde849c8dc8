//! Capital that the system lacks.

use crate::model::outcome::{FIXED_ONE, Outcome};
use crate::statistics::estimate::Estimate;
use crate::statistics::tail::{TailSummary, tail};
use crate::statistics::tally::LossTally;

/// Shortfalls of all banks and insurers together: buckets of relative width 2^-8.
const PRECISION: u32 = 8;

/// Shortfalls in the trials of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CapitalTally {
    /// Some lender has a capital ratio.
    regulated: bool,
    shortfall: LossTally,
}

impl CapitalTally {
    pub(crate) fn new(regulated: bool) -> Self {
        CapitalTally { regulated, shortfall: LossTally::new(PRECISION) }
    }

    pub(crate) fn record(&mut self, outcome: &Outcome) {
        self.shortfall.record(outcome.shortfall.iter().sum());
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.shortfall.merge(&other.shortfall);
    }

    pub(crate) fn clear(&mut self) {
        self.shortfall.clear();
    }

    pub(crate) fn summarise(&self, levels: &[f64], trials: u64) -> CapitalSummary {
        let trials = if self.regulated { trials } else { 0 };
        CapitalSummary {
            mean_shortfall_usd_bn: self.shortfall.moments.mean(trials, FIXED_ONE),
            shortfall_tails: levels
                .iter()
                .filter_map(|level| tail(&self.shortfall.histogram, trials, *level))
                .collect(),
        }
    }
}

/// Sum over banks and insurers of the largest shortfall of each to its minimum ratio; empty where there are none.
#[derive(Debug, Clone, PartialEq)]
pub struct CapitalSummary {
    /// Its mean, USD bn.
    pub mean_shortfall_usd_bn: Option<Estimate>,
    /// Its VaR and ES, one per level.
    pub shortfall_tails: Vec<TailSummary>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortfalls_add_up_over_lenders() {
        let mut tally = CapitalTally::new(true);
        for shortfall in [[0, 0], [1, 2], [0, 4], [8, 1]] {
            let shortfall = shortfall.map(|amount| amount * FIXED_ONE as i64).to_vec();
            tally.record(&Outcome { shortfall, ..Outcome::new(0, 2) });
        }
        let summary = tally.summarise(&[0.5], 4);
        assert_eq!(summary.mean_shortfall_usd_bn.unwrap().point, 4.0);
        let tail = summary.shortfall_tails[0];
        assert_eq!((tail.value_at_risk_usd_bn.point, tail.expected_shortfall_usd_bn.point), (3.0, 6.5));
        let none = CapitalTally::new(false).summarise(&[0.5], 4);
        assert_eq!((none.mean_shortfall_usd_bn, none.shortfall_tails.len()), (None, 0));
    }
}
