//! Contracts and vendor equity in a quarter.

use crate::model::system::{Flow, System, Trader};

/// A contract in a quarter.
#[derive(Debug, Clone)]
#[repr(C)]
pub struct ContractState {
    /// Still binds both sides.
    pub active: bool,
    /// Lenders stepped in: fees go to outside.
    pub stepped_in: bool,
    /// Its customer defaulted: its fees count as lost.
    pub lost: bool,
    /// Who pays now.
    pub customer: Trader,
    /// First quarter invoiced in the run.
    pub start: i64,
    /// Last quarter invoiced.
    pub end: i64,
    /// Due this quarter.
    pub due: f64,
    /// Part of `due` that is firm.
    pub firm: f64,
    /// Payment in transit.
    pub sent: f64,
    /// Renewed fees as a multiple of the written ones.
    pub fee_scale: f64,
    /// Share of invoices the customer honours.
    pub honour: f64,
    /// Share of its fees that lenders count, as far as they are honoured.
    pub counted: f64,
    /// Capacity idles through this quarter.
    pub idle_until: i64,
    /// Quarters by which a renewal prolongs it.
    pub term: i64,
}

impl ContractState {
    /// A contract before its terms are set.
    #[must_use]
    pub fn new(customer: Trader) -> Self {
        ContractState {
            active: true,
            customer,
            stepped_in: false,
            lost: false,
            start: 1,
            end: 0,
            term: 0,
            fee_scale: 1.0,
            honour: 1.0,
            counted: 0.0,
            idle_until: 0,
            sent: 0.0,
            due: 0.0,
            firm: 0.0,
        }
    }
}

/// Present values of the fees of contracts.
///
/// # Units
/// USD bn.
/// # Shapes
/// `[quarter, contract]` by rows, quarters 0 to T + 1.
#[derive(Debug, Clone)]
pub struct FeeValues {
    terms: Vec<FeeTerms>,
    values: Vec<f64>,
}

/// What the values of a contract's fees follow from, beside the steps of its fee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeeTerms {
    /// Fee of a quarter where it has no steps.
    pub constant: f64,
    /// Renewed fees as a multiple of the written ones.
    pub scale: f64,
    /// First and last quarter invoiced.
    pub quarters: (i64, i64),
    /// Discount factor of a quarter.
    pub discount: f64,
}

impl FeeValues {
    /// Room for the contracts of a system; no value is known.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let unknown = FeeTerms { constant: f64::NAN, scale: f64::NAN, quarters: (0, 0), discount: f64::NAN };
        let contracts = system.contracts.len();
        FeeValues { terms: vec![unknown; contracts], values: vec![0.0; contracts * (system.quarters + 2)] }
    }

    /// Values in quarter `t` of the fees from then on, by contract.
    #[inline]
    #[must_use]
    pub fn at(&self, t: i64) -> &[f64] {
        &self.values[t as usize * self.terms.len()..][..self.terms.len()]
    }

    /// Values a contract anew, unless its values are those of these terms: `PV_t = fee_t + PV_t+1 v`. (methods.md, 5.3)
    pub fn value(&mut self, contract: usize, fee: &Flow, terms: FeeTerms) {
        if self.terms[contract] == terms {
            return;
        }
        self.terms[contract] = terms;
        let (start, end) = terms.quarters;
        let contracts = self.terms.len();
        let horizon = (self.values.len() / contracts) as i64;
        let mut value = 0.0;
        for t in (0..horizon.max(end + 1)).rev() {
            let fee = if t >= start && t <= end { fee.at(t) * terms.scale } else { 0.0 };
            value = fee + value * terms.discount;
            if t < horizon {
                self.values[t as usize * contracts + contract] = value;
            }
        }
    }
}

/// Staged vendor equity in a quarter.
#[derive(Debug, Clone, Copy, Default)]
pub struct InstalmentState {
    /// Due this quarter.
    pub due: f64,
    /// Paid so far.
    pub paid: f64,
    /// Holding in units of the recipient's market value.
    pub units: f64,
    /// Carrying value in the payer's books.
    pub carrying: f64,
}
