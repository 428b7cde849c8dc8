//! Calls, redemptions and sales of credit in a quarter.

/// What a lender must pay in step 8, what it raises for it, and what it leaves unpaid. All in USD bn.
#[derive(Debug, Clone, Copy, Default)]
pub struct LiquidityState {
    /// Equity at the start of the quarter.
    pub opening_nav: f64,
    /// Income less losses of a fund from the opening to the start of the quarter; of a fund alone.
    pub opening_profit: f64,
    /// What it can pay dues from: cash after step 7, nothing where that is below 0, and what it sells.
    pub available: f64,
    /// Calls of its debts that are due.
    pub called: f64,
    /// Paid on calls this quarter.
    pub call_paid: f64,
    /// A call is unpaid beyond its grace: it fails this quarter.
    pub overdue: bool,
    /// Redemptions requested and not yet paid.
    pub redemption_due: f64,
    /// Part of them that it means to pay this quarter.
    pub redeeming: f64,
    /// Redemptions paid this quarter.
    pub redemption_paid: f64,
    /// Redemptions paid since the opening: capital that left.
    pub redeemed: f64,
    /// Investors asked for more than the gate at the end of this quarter.
    pub gated: bool,
    /// Redemptions were left unpaid: they stay due, and nobody asks for more until they are paid.
    pub suspended: bool,
    /// Debt that a fund means to repay to come back to its target leverage.
    pub deleveraging: f64,
    /// Fair value of the marketable credit it could sell; known in quarters in which somebody sells.
    pub marketable: f64,
    /// Fair value of the marketable credit it sold this quarter, before the discount.
    pub sold: f64,
}

impl LiquidityState {
    /// Start of a quarter: what is due stays due, the rest is of the last quarter.
    pub fn open(&mut self, nav: f64) {
        *self = LiquidityState {
            opening_nav: nav,
            opening_profit: self.opening_profit,
            redemption_due: self.redemption_due,
            redeemed: self.redeemed,
            suspended: self.suspended,
            ..LiquidityState::default()
        };
    }
}

/// The call of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CallState {
    /// Called and not yet paid, USD bn; never more than the claim.
    pub outstanding: f64,
    /// Quarter in which it falls or fell due.
    pub due: i64,
    /// Paid this quarter.
    pub paid: f64,
}
