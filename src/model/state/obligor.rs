//! An obligor in a quarter.

use crate::model::outcome::DefaultCause;
use crate::model::system::Means;

/// Slots of a ring that remembers the current quarter and the year before it.
pub const RING: usize = 5;

/// Slot of a quarter in such a ring.
#[inline]
#[must_use]
pub fn slot(quarter: i64) -> usize {
    quarter.rem_euclid(RING as i64) as usize
}

/// Sum over the four quarters that end with `last`.
#[must_use]
pub fn year_to(ring: &[f64; RING], last: i64) -> f64 {
    (last - 3..=last).map(|quarter| ring[slot(quarter)]).sum()
}

/// What an obligor owes in a quarter, USD bn.
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

/// An obligor in a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct ObligorState {
    /// Has not defaulted.
    pub alive: bool,
    /// May raise money: solvent on its basis.
    pub access: bool,
    /// Some facility is in breach of its covenant.
    pub in_breach: bool,
    /// Why it defaults this quarter.
    pub defaulting: Option<DefaultCause>,
    /// Cash now, USD bn.
    pub cash: f64,
    /// Share of the fleet under contract or idling after a customer's default.
    pub occupied: f64,
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
    /// Planned draws of the quarter.
    pub draws: f64,
    /// Support its sponsor still owes.
    pub support_left: f64,
    /// Latent threshold on `s_t A_i`.
    pub latent_threshold: f64,
    /// Discount factor of a quarter for its contract fees.
    pub discount: f64,
    /// Cash in its estate.
    pub estate_cash: f64,
    /// What it owes this quarter.
    pub dues: Dues,
    /// How it pays.
    pub funding: Funding,
    /// What lenders recover by running it, where they do not sell.
    pub step_in_value: Option<f64>,
    /// Fees lost to customers' defaults, by quarter.
    pub lost_receipts: [f64; RING],
    /// Contract fees paid as a customer, by quarter.
    pub paid: [f64; RING],
    /// Contract fees invoiced to it, by quarter.
    pub invoiced: [f64; RING],
}

impl ObligorState {
    /// V_i: fleet and sites before this quarter's sales.
    #[inline]
    #[must_use]
    pub fn value(&self) -> f64 {
        self.fleet_value + self.site_value
    }
}
