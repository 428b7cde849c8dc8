//! Contracts and vendor equity in a quarter.

use crate::model::system::Trader;

/// A contract in a quarter.
#[derive(Debug, Clone, Copy)]
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
            idle_until: 0,
            sent: 0.0,
            due: 0.0,
            firm: 0.0,
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
