//! Which channels of contagion act.

/// The switches of a run: `true` lets the channel act (methods.md, section 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// Claims on failed lenders lose what the clearing says; off: outside repays them in full.
    pub clearing: bool,
    /// Collateral sold by lenders moves the price of GPUs; off: the price factor stays at 1.
    pub collateral_fire_sale: bool,
    /// Lenders' health limits refinancing and lowers confidence; off: willing lenders, unlimited pool, no hit.
    pub credit_crunch: bool,
    /// A failed customer leaves a hole in its supplier's receipts; off: the market replaces it at the same fee.
    pub trade: bool,
    /// Vendor finance depends on the vendor's health, share prices and milestones; off: paid unconditionally.
    pub circular: bool,
}
