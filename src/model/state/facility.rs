//! Facilities in a quarter.

use crate::model::system::Party;

/// A facility in a quarter. What every payment reads fills one cache line.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
pub struct FacilityState {
    /// In breach this quarter.
    pub in_breach: bool,
    /// Has been extended once.
    pub extended: bool,
    /// Its gap is prolonged this quarter instead of paid.
    pub extending: bool,
    /// Matures this quarter.
    pub maturing: bool,
    /// Whoever marks it carried it at face after the last marking, and no sale has moved that.
    pub at_par: bool,
    /// Outstanding balance: the sum of the faces of its holders.
    pub balance: f64,
    /// Spread per year.
    pub spread_pa: f64,
    /// Interest due.
    pub interest: f64,
    /// Scheduled amortisation due.
    pub amortisation: f64,
    /// Cash swept.
    pub sweep: f64,
    /// Cure or accelerated amount.
    pub cure: f64,
    /// Planned draw asked for.
    pub draw_request: f64,
    /// Quarter in which it matures.
    pub maturity: i64,
    /// Collateral value K_f.
    pub collateral_value: f64,
    /// Committed, not drawn.
    pub undrawn: f64,
    /// Planned draw that lenders can meet.
    pub draw: f64,
    /// Refinancing gap.
    pub gap: f64,
    /// Quarters in breach.
    pub breaches: f64,
    /// Offer of refinancing O.
    pub offer: f64,
    /// Part of the offer that existing holders roll.
    pub rolled: f64,
    /// Part filled by the pool.
    pub pooled: f64,
    /// Paid by its guarantor at the default of its borrower.
    pub guaranteed: f64,
    /// Quarter from which its amortisation schedule runs.
    pub schedule_start: i64,
    /// Balance at the start of its schedule.
    pub schedule_balance: f64,
    /// Loss at the price before and after this quarter's sales, guarantees counted.
    pub loss: [f64; 2],
}

/// Kinds of scheduled repayment: [`crate::model::system::Amortisation`] without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// All at maturity.
    Bullet,
    /// Balance over quarters left.
    Linear,
    /// Shares of the opening amount.
    Sculpted,
}

/// Terms of a facility that every quarter reads, parameters as drawn.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The facility.
    pub facility: usize,
    /// Scheduled repayment.
    pub schedule: Schedule,
    /// Share of the borrower's collateral value.
    pub collateral: f64,
    /// Share of the borrower's other assets pledged.
    pub pledge_other: f64,
    /// Highest loan-to-value; infinite where none is tested.
    pub ltv_max: f64,
    /// Its price moves with that of marketable credit.
    pub marketable: bool,
    /// Who bears a share of its losses.
    pub guarantor: Option<Party>,
}
