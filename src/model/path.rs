//! Series of a trial along the quarters: what the fans of results are made of. (methods.md, 11.3)

use ndarray::Array2;

use crate::model::ledger::fixed;
use crate::model::lender::capital_ratio;
use crate::model::outcome::{FIXED_ONE, Fixed, Outcome};
use crate::model::state::State;
use crate::model::system::System;

/// What a series does not go beyond on either side: an index that would stands there.
const BOUND: Fixed = (1 << 46) - 1;

/// One number at the end of every quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    /// Loss of the system since opening.
    SystemLoss,
    /// Lenders that have failed.
    FailedLenders,
    /// Obligors that have defaulted.
    DefaultedObligors,
    /// Capital ratio of a bank or insurer; after its failure that at its failure, none where it has no basis.
    CapitalRatio(usize),
    /// Utilisation of a region.
    Utilisation(usize),
    /// Rent of a region, 1 at opening.
    Rent(usize),
    /// `e^-J m_r phi_r`: value of the units that were there at opening, as a share of their book curve.
    GpuValue(usize),
    /// Equity index, 1 at opening.
    EquityIndex,
    /// Confidence.
    Confidence,
}

impl Series {
    /// The series of a system, in the order of results but for that of lenders among themselves.
    #[must_use]
    pub fn all(system: &System) -> Vec<Self> {
        let regulated = (0..system.lenders.len()).filter(|lender| system.lenders[*lender].kind.is_regulated());
        let of_regions = |series: fn(usize) -> Series| (0..system.regions.len()).map(series);
        [Series::SystemLoss, Series::FailedLenders, Series::DefaultedObligors]
            .into_iter()
            .chain(regulated.map(Series::CapitalRatio))
            .chain(of_regions(Series::Utilisation))
            .chain(of_regions(Series::Rent))
            .chain(of_regions(Series::GpuValue))
            .chain([Series::EquityIndex, Series::Confidence])
            .collect()
    }

    /// Name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Series::SystemLoss => "system_loss",
            Series::FailedLenders => "failed_lenders",
            Series::DefaultedObligors => "defaulted_obligors",
            Series::CapitalRatio(_) => "capital_ratio",
            Series::Utilisation(_) => "utilisation",
            Series::Rent(_) => "rent",
            Series::GpuValue(_) => "gpu_value",
            Series::EquityIndex => "equity_index",
            Series::Confidence => "confidence",
        }
    }

    /// Unit in results.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Series::SystemLoss => "usd_bn",
            Series::FailedLenders => "lenders",
            Series::DefaultedObligors => "obligors",
            Series::CapitalRatio(_) | Series::GpuValue(_) => "ratio",
            Series::Utilisation(_) | Series::Confidence => "share",
            Series::Rent(_) | Series::EquityIndex => "index",
        }
    }

    /// Units of its numbers in one: counts are whole, the rest is in units of 2^-30.
    #[must_use]
    pub fn one(self) -> f64 {
        match self {
            Series::FailedLenders | Series::DefaultedObligors => 1.0,
            _ => FIXED_ONE,
        }
    }

    fn value(self, system: &System, state: &State, outcome: &Outcome) -> Option<Fixed> {
        let market = &state.market;
        let number = match self {
            Series::SystemLoss => return Some(state.ledger.system_loss(system)),
            Series::FailedLenders => return Some(outcome.failed() as Fixed),
            Series::DefaultedObligors => return Some(outcome.defaults.iter().flatten().count() as Fixed),
            Series::CapitalRatio(j) => capital_ratio(&system.lenders[j], &state.lenders[j])?,
            Series::Utilisation(r) => market.utilisation[r],
            Series::Rent(r) => market.rent[r],
            Series::GpuValue(r) => market.decay * market.residual[r] * state.fire_sales[r].after,
            Series::EquityIndex => market.equity,
            Series::Confidence => market.confidence.level,
        };
        Some(fixed(number).clamp(-BOUND, BOUND))
    }

    /// Did what it measures end before this quarter?
    fn is_over(self, state: &State, outcome: &Outcome) -> bool {
        let Series::CapitalRatio(j) = self else { return false };
        outcome.failures[j].is_some_and(|failure| (failure.quarter as i64) < state.quarter)
    }
}

/// Every series of one trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// The series.
    pub series: Vec<Series>,
    /// `[series, quarter - 1]`, each in units of its [`Series::one`].
    pub values: Array2<Option<Fixed>>,
}

impl Default for Paths {
    /// Of no series.
    fn default() -> Self {
        Paths { series: Vec::new(), values: Array2::default((0, 0)) }
    }
}

impl Paths {
    /// Room for the series of a system.
    #[must_use]
    pub fn for_system(system: &System) -> Self {
        let series = Series::all(system);
        Paths { values: Array2::default((series.len(), system.quarters)), series }
    }

    /// Forgets the last trial.
    pub fn reset(&mut self) {
        self.values.fill(None);
    }
}

/// Notes where every series stands at the end of the quarter.
pub fn note(system: &System, state: &State, outcome: &mut Outcome) {
    let quarter = state.quarter as usize;
    for s in 0..outcome.paths.series.len() {
        let series = outcome.paths.series[s];
        let value = if series.is_over(state, outcome) {
            outcome.paths.values[[s, quarter - 2]]
        } else {
            series.value(system, state, outcome)
        };
        outcome.paths.values[[s, quarter - 1]] = value;
    }
}
