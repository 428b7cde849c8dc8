//! Series of a trial along the quarters: what the fans of results are made of. (methods.md, 11.3)

use crate::model::ledger::fixed;
use crate::model::outcome::{FIXED_ONE, Fixed, Outcome};
use crate::model::state::State;
use crate::model::system::System;

/// Stands for a number where a series has none.
pub const UNDEFINED: Fixed = Fixed::MIN;

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
}

/// Every series of one trial.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Paths {
    /// The series.
    pub series: Vec<Series>,
    /// `[quarter - 1, series]`, row by row, each in units of its [`Series::one`], [`UNDEFINED`] where it has no value. A
    /// trial writes every one of them.
    pub values: Vec<Fixed>,
}

impl Paths {
    /// Room for the series of a system.
    #[must_use]
    pub fn for_system(system: &System) -> Self {
        let series = Series::all(system);
        Paths { values: vec![UNDEFINED; system.quarters * series.len()], series }
    }

    /// One series along the quarters; none of a series that is not told.
    pub fn of(&self, series: Series) -> impl Iterator<Item = Fixed> + '_ {
        let place = self.series.iter().position(|known| *known == series);
        let values = place.and_then(|place| self.values.get(place..)).unwrap_or_default().iter();
        values.step_by(self.series.len().max(1)).copied()
    }
}

/// Notes where every series stands at the end of the quarter, in the order of [`Series::all`]. Counts move where obligors or
/// lenders have `fallen` in it.
pub fn note(state: &State, outcome: &mut Outcome, fallen: bool) {
    let width = outcome.paths.series.len();
    if width == 0 {
        return;
    }
    let start = (state.quarter as usize - 1) * width;
    let recounted = fallen || start == 0;
    let counted = recounted.then(|| [outcome.failed() as Fixed, outcome.defaulted() as Fixed]);
    let (past, row) = outcome.paths.values[..start + width].split_at_mut(start);
    let (counts, levels) = row.split_at_mut(COUNTS);
    counts[0] = state.ledger.system_loss();
    match counted {
        Some(counted) => counts[1..].copy_from_slice(&counted),
        None => counts[1..].copy_from_slice(&past[past.len() - width + 1..][..2]),
    }
    note_levels(state, levels);
}

/// Series that are told as they are counted, the first of [`Series::all`].
const COUNTS: usize = 3;

/// Capital ratios and markets, in the order of [`Series::all`]. The dead keep the ratio that they failed with.
fn note_levels(state: &State, levels: &mut [Fixed]) {
    let (market, regions) = (&state.market, state.fire_sales.len());
    let (ratios, markets) = levels.split_at_mut(levels.len() - 3 * regions - 2);
    for (ratio, j) in ratios.iter_mut().zip(&state.links.regulated) {
        *ratio = state.lenders[*j].capital_ratio.map_or(UNDEFINED, bounded);
    }
    for r in 0..regions {
        markets[r] = bounded(market.utilisation[r]);
        markets[regions + r] = bounded(market.rent[r]);
        markets[2 * regions + r] = bounded(market.decay * market.residual[r] * state.fire_sales[r].after);
    }
    markets[3 * regions..].copy_from_slice(&[market.equity, market.confidence.level].map(bounded));
}

/// In units of 2^-30, within the bound.
fn bounded(number: f64) -> Fixed {
    fixed(number).clamp(-BOUND, BOUND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::ledger::Origin;
    use crate::model::outcome::Channel;
    use crate::model::system::{Lender, LenderType, OpeningBalance, Shock, Target};
    use crate::model::trial::{Workspace, begin, run};
    use crate::random::Streams;

    /// A bank with a ratio of 8 % that fails by decree in quarter 2 of 4, and nobody else; demand grows by 5 % a quarter.
    fn world() -> System {
        let mut system = fixture::system(&["us"]);
        system.quarters = 4;
        system.regions[0].growth_pa = 0.2;
        system.lenders = vec![Lender {
            kind: LenderType::Bank,
            other_assets: 20.0,
            opening: OpeningBalance::Equity(8.0),
            rwa_other: 100.0,
            ..fixture::fund("bank")
        }];
        system.shocks = vec![Shock {
            name: "decree".into(),
            quarter: 2.0,
            size: 1.0,
            length_q: 1.0,
            targets: vec![Target::Fail(0)],
            region: None,
        }];
        system
    }

    fn path(outcome: &Outcome, series: Series) -> Vec<f64> {
        outcome.paths.of(series).map(|value| value as f64 / series.one()).collect()
    }

    #[test]
    fn markets_go_on_after_the_last_party_and_a_failed_bank_keeps_its_ratio() {
        let system = world();
        let mut workspace = Workspace::new(&system).unwrap();
        run(&system, Streams::new(1), 0, &mut workspace).unwrap();
        let outcome = workspace.outcome();
        assert_eq!(path(outcome, Series::FailedLenders), [0.0, 1.0, 1.0, 1.0]);
        for (found, exact) in path(outcome, Series::CapitalRatio(0)).iter().zip([0.08, 0.0, 0.0, 0.0]) {
            assert!((found - exact).abs() < 1e-9, "{found}");
        }
        for (found, t) in path(outcome, Series::Utilisation(0)).iter().zip(1..) {
            assert!((found - 0.75 * libm::exp(0.05 * f64::from(t))).abs() < 1e-9, "{found} in quarter {t}");
        }
        assert_eq!(path(outcome, Series::SystemLoss), [0.0; 4]);
        assert_eq!(path(outcome, Series::Confidence), [0.8; 4].map(|mean: f64| fixed(mean) as f64 / FIXED_ONE));
    }

    #[test]
    fn every_series_is_told_in_its_own_place() {
        let mut system = fixture::system(&["us", "cn"]);
        let bank = |name| Lender { kind: LenderType::Bank, rwa_other: 1.0, ..fixture::fund(name) };
        system.lenders = vec![bank("one"), fixture::fund("fund"), bank("two")];
        let mut workspace = Workspace::new(&system).unwrap();
        begin(&system, Streams::new(1), 0, &mut workspace);
        let (mut state, mut outcome) = (workspace.state().clone(), workspace.outcome().clone());
        state.quarter = 1;
        (state.lenders[0].capital_ratio, state.lenders[2].capital_ratio) = (Some(0.25), Some(0.5));
        (state.market.utilisation, state.market.rent) = (vec![0.75, 1.0], vec![1.25, 1.5]);
        (state.market.residual, state.market.decay, state.fire_sales[1].after) = (vec![1.75, 4.0], 1.0, 0.5);
        (state.market.equity, state.market.confidence.level) = (2.25, 2.5);
        state.ledger.post(0, Channel::Credit, Origin::None, 3.0);
        note(&state, &mut outcome, false);
        let regions = |series: fn(usize) -> Series| [0, 1].map(series);
        let ratios = [Series::CapitalRatio(0), Series::CapitalRatio(2)];
        let markets = [regions(Series::Utilisation), regions(Series::Rent), regions(Series::GpuValue)];
        let all =
            ratios.into_iter().chain(markets.into_iter().flatten()).chain([Series::EquityIndex, Series::Confidence]);
        for (series, place) in all.zip(1..) {
            assert_eq!(path(&outcome, series)[0], 0.25 * f64::from(place), "{series:?}");
        }
        assert_eq!(path(&outcome, Series::SystemLoss)[0], 3.0);
    }

    #[test]
    fn a_ratio_without_a_basis_is_none_and_a_twin_keeps_no_series() {
        let mut system = world();
        (system.lenders[0].rwa_other, system.shocks) = (0.0, vec![]);
        let mut workspace = Workspace::new(&system).unwrap();
        run(&system, Streams::new(1), 0, &mut workspace).unwrap();
        assert!(workspace.outcome().paths.of(Series::CapitalRatio(0)).eq([UNDEFINED; 4]));
        workspace.forget_paths();
        run(&system, Streams::new(1), 0, &mut workspace).unwrap();
        assert_eq!(workspace.outcome().paths, Paths::default());
    }
}
