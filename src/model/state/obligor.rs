//! An obligor in a quarter, and what it remembers of those before.

use crate::model::outcome::DefaultCause;
use crate::model::system::Means;

/// Quarters that are remembered: the current one and the year before it.
const QUARTERS: usize = 5;

/// Amounts of the current quarter and of the year before it, by obligor.
///
/// # Units
/// USD bn.
#[derive(Debug, Clone)]
pub struct Year {
    /// By quarter modulo their number, then by obligor.
    amounts: [Vec<f64>; QUARTERS],
    /// Nobody has asked to add anything since the opening: all amounts are 0.
    untouched: bool,
}

impl Year {
    /// Nothing yet, for so many obligors.
    #[must_use]
    pub fn new(obligors: usize) -> Self {
        Year { amounts: std::array::from_fn(|_| vec![0.0; obligors]), untouched: true }
    }

    /// Forgets everything, before the first quarter.
    pub fn reset(&mut self) {
        if !self.untouched {
            self.amounts.iter_mut().for_each(|amounts| amounts.fill(0.0));
            self.untouched = true;
        }
    }

    /// Becomes the same as that of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        // An untouched one holds nothing.
        if !(self.untouched && other.untouched) {
            self.amounts.clone_from(&other.amounts);
            self.untouched = other.untouched;
        }
    }

    /// Begins a quarter: what was there five quarters ago is forgotten.
    pub fn open(&mut self, quarter: i64) {
        if !self.untouched {
            self.amounts[slot(quarter)].fill(0.0);
        }
    }

    /// Amounts of the current quarter, to be added to.
    #[inline]
    pub fn of(&mut self, quarter: i64) -> &mut [f64] {
        self.untouched = false;
        &mut self.amounts[slot(quarter)]
    }

    /// Sum over the four quarters that end with `last`.
    #[must_use]
    pub fn to(&self, last: i64, obligor: usize) -> f64 {
        let first = slot(last - 3);
        let (wrapped, rest) = self.amounts.split_at(first);
        rest.iter().chain(wrapped).take(4).map(|amounts| amounts[obligor]).sum()
    }
}

/// Where a quarter is remembered.
#[inline]
fn slot(quarter: i64) -> usize {
    quarter.rem_euclid(QUARTERS as i64) as usize
}

/// What an obligor owes in a quarter, USD bn: contracts and capex from step 2, interest and amortisation from step 3, the rest from
/// step 4.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dues {
    /// Contract invoices, as far as honoured.
    pub contracts: f64,
    /// Part of `contracts` that can be cut without breaking a firm fee.
    pub cuttable: f64,
    /// Interest.
    pub interest: f64,
    /// Scheduled amortisation.
    pub amortisation: f64,
    /// Cash swept to facilities in breach.
    pub sweep: f64,
    /// Cure or accelerated amounts.
    pub cure: f64,
    /// Refinancing gaps of maturing facilities.
    pub gap: f64,
    /// Committed capex.
    pub capex: f64,
}

impl Dues {
    /// Is nothing due?
    #[inline]
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Dues::default()
    }

    /// All dues of the quarter.
    #[inline]
    #[must_use]
    pub fn total(&self) -> f64 {
        self.contracts + self.interest + self.amortisation + self.sweep + self.cure + self.gap + self.capex
    }
}

/// How an obligor closes its funding gap: one entry per [`Means`], USD bn.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Funding {
    /// What is still missing.
    pub missing: f64,
    /// Filled by each means, in the order of the enum.
    pub filled: [f64; 5],
    /// Share of its undrawn lines that it asks for.
    pub line_share: f64,
    /// Stage at which it asked for lines.
    pub line_stage: usize,
    /// What lenders granted on its lines.
    pub lines_granted: f64,
}

impl Funding {
    /// Takes up to `available` from `means`.
    pub fn take(&mut self, means: Means, available: f64) {
        let amount = available.min(self.missing);
        self.filled[means as usize] += amount;
        self.missing -= amount;
    }
}

/// An obligor in a quarter. What few ever need stands in columns of its own in [`super::State`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct ObligorState {
    /// Has not defaulted.
    pub alive: bool,
    /// May raise money: solvent on its basis.
    pub access: bool,
    /// Some facility is in breach of its covenant.
    pub in_breach: bool,
    /// Is in [`super::State::short`], so that its [`Funding`] is to be looked at.
    pub short: bool,
    /// Its market value is the equity that decides about access, not assets less debt.
    pub market_basis: bool,
    /// Earns or spends anything beside contracts and debt.
    pub operates: bool,
    /// All its facilities are unsecured and fall due at maturity only: debt service is that of the last quarter until one of them
    /// is drawn on or matures.
    pub plain_loans: bool,
    /// Debt service is to be worked out anew: at the opening, after a draw, in a maturity, at its default. While it is not so in step 5,
    /// debt service is all that its facilities pay.
    pub service_stale: bool,
    /// Why it defaults this quarter.
    pub defaulting: Option<DefaultCause>,
    /// Cash now, USD bn.
    pub cash: f64,
    /// Balances of all its facilities.
    pub debt: f64,
    /// Value of the fleet before this quarter's sales.
    pub fleet_value: f64,
    /// Value of sites.
    pub site_value: f64,
    /// Value of contracts as collateral, X_i, in step 3.
    pub contract_value: f64,
    /// Other assets now.
    pub other_assets: f64,
    /// Stakes in obligors and funds.
    pub stakes: f64,
    /// Market value M_i.
    pub market_value: f64,
    /// Equity on its solvency basis.
    pub equity: f64,
    /// Planned draws of the quarter, from step 5; before that those of the last one.
    pub draws: f64,
    /// Support its sponsor still owes.
    pub support_left: f64,
    /// Discount factor of a quarter for its contract fees.
    pub discount: f64,
    /// Cash in its estate.
    pub estate_cash: f64,
    /// What it owes this quarter.
    pub dues: Dues,
    /// What lenders recover by running it, where they do not sell.
    pub step_in_value: Option<f64>,
}

impl ObligorState {
    /// V_i: fleet and sites before this quarter's sales.
    #[inline]
    #[must_use]
    pub fn value(&self) -> f64 {
        self.fleet_value + self.site_value
    }

    /// What collateral is a share of: the larger of V_i and X_i.
    #[inline]
    #[must_use]
    pub fn hardware(&self) -> f64 {
        self.value().max(self.contract_value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_remembers_four_quarters_back_and_a_trial_begins_without_any() {
        let mut year = Year::new(2);
        for quarter in 1..=7 {
            year.open(quarter);
            year.of(quarter)[1] += quarter as f64;
        }
        assert_eq!([7, 6].map(|last| year.to(last, 1)), [4.0 + 5.0 + 6.0 + 7.0, 3.0 + 4.0 + 5.0 + 6.0]);
        assert_eq!(year.to(7, 0), 0.0);
        year.open(8);
        assert_eq!([8, 7].map(|last| year.to(last, 1)), [5.0 + 6.0 + 7.0, 4.0 + 5.0 + 6.0 + 7.0]);
        year.reset();
        assert_eq!([8, 7].map(|last| year.to(last, 1)), [0.0; 2]);
    }
}
