//! Hedges of lenders: risk transfers and shorts.

/// A funded risk-transfer note: sellers bear a slice of the buyer's default losses on reference facilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Srt {
    /// Name in the scenario.
    pub name: String,
    /// Lender that buys protection.
    pub buyer: usize,
    /// `(lender, share)`; what is missing to 1 is outside's.
    pub sellers: Vec<(usize, f64)>,
    /// Facilities covered, as far as the buyer held them at opening.
    pub reference: Vec<usize>,
    /// Share of the pool lost before the note pays.
    pub attach: f64,
    /// Share of the pool lost at which the note is used up.
    pub detach: f64,
    /// Coupon per year on the outstanding note.
    pub coupon_pa: f64,
}

/// A short position in the AI equity index.
#[derive(Debug, Clone)]
pub struct Short {
    /// Name in the scenario.
    pub name: String,
    /// Lender that holds it.
    pub holder: usize,
    /// Notional at opening, USD bn.
    pub notional: f64,
    /// Cost per year, share of the notional.
    pub carry_pa: f64,
}
