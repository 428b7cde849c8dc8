//! Which channels of contagion act.

/// The switches of a run: `true` lets the channel act (methods.md, section 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// Claims on failed lenders lose what the clearing says; off: outside repays them in full.
    pub clearing: bool,
    /// Fair-value holders mark claims on distressed lenders; off: claims stand at face until failure.
    pub revaluation: bool,
    /// Collateral sold by lenders moves the price of GPUs; off: the price factor stays at 1.
    pub collateral_fire_sale: bool,
    /// Credit sold by lenders moves its price; off: it sells at fair value.
    pub credit_fire_sale: bool,
    /// Redemptions, calls of lines and forced sales; off: funds deleverage out of cash only.
    pub funding: bool,
    /// Lenders' health limits refinancing and lowers confidence; off: willing lenders, unlimited pool, no hit.
    pub credit_crunch: bool,
    /// Fair-value holders mark loans to distressed obligors; off: loans stand at face until default.
    pub loan_marks: bool,
    /// A failed customer leaves a hole in its supplier's receipts; off: the market replaces it at the same fee.
    pub trade: bool,
    /// Vendor finance depends on the vendor's health, share prices and milestones; off: paid unconditionally.
    pub circular: bool,
    /// Risk transfers and shorts; off: gross losses.
    pub hedges: bool,
}

impl Switches {
    /// Every channel acts.
    pub const ON: Switches = Switches {
        clearing: true,
        revaluation: true,
        collateral_fire_sale: true,
        credit_fire_sale: true,
        funding: true,
        credit_crunch: true,
        loan_marks: true,
        trade: true,
        circular: true,
        hedges: true,
    };

    /// The switches of the twin: contagion off; look-through holdings, borrowers' own fundamentals and hedges stay.
    ///
    /// Wherever one of the six makes a difference, `State::contagion` is set: in the clearing, at an unwilling lender, a hit to
    /// confidence, a pool that is too small, a sale of collateral or credit, a redemption, a call; in the very step, for at the end of any
    /// step before it the twin may begin.
    #[must_use]
    pub fn twin(self) -> Self {
        Switches {
            clearing: false,
            revaluation: false,
            collateral_fire_sale: false,
            credit_fire_sale: false,
            funding: false,
            credit_crunch: false,
            ..self
        }
    }
}
