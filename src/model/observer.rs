//! Who looks on while a trial runs.

use crate::model::failure::ClearingRoom;
use crate::model::outcome::Outcome;
use crate::model::state::State;
use crate::model::system::System;

/// The steps of a quarter, in their order. (methods.md, 2)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// 1: factors, jumps, shocks; demand, rent, equity index, confidence.
    Drivers,
    /// 2: payments in transit, invoices, spot rent, vendor finance.
    Receipts,
    /// 3: worth of obligors and collateral, loan-to-value tests.
    Covenants,
    /// 4: dues, offers of refinancing.
    Dues,
    /// 5: gaps closed or not, payments of the survivors.
    Payments,
    /// 6: recoveries and losses of defaults.
    Resolution,
    /// 7: profit and loss of lenders.
    Profit,
    /// 8: liquidity of lenders.
    Liquidity,
    /// 9 and 10: failures, clearing, settlement and what lenders decide for the next quarter.
    Failures,
}

impl Step {
    /// Every step, in the order of a quarter.
    pub const ALL: [Step; 9] = [
        Step::Drivers,
        Step::Receipts,
        Step::Covenants,
        Step::Dues,
        Step::Payments,
        Step::Resolution,
        Step::Profit,
        Step::Liquidity,
        Step::Failures,
    ];

    /// The steps of a quarter after this one.
    #[must_use]
    pub fn rest(self) -> &'static [Step] {
        &Step::ALL[self as usize + 1..]
    }
}

/// What an observer sees after a step.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The opening world of this trial, its parameters drawn.
    pub system: &'a System,
    /// The world now.
    pub state: &'a State,
    /// Events so far.
    pub outcome: &'a Outcome,
    /// The last clearing.
    pub clearing: &'a ClearingRoom,
}

/// Looks on while a trial runs, and changes nothing.
pub trait Observer {
    /// The parameters of the trial are drawn and its opening balances stand.
    fn begun(&mut self) {}

    /// A quarter is open: none of its steps is done.
    fn opened(&mut self) {}

    /// The outcome of the trial stands.
    fn ended(&mut self) {}

    /// A step of a quarter is done.
    fn after(&mut self, step: Step, view: View<'_>);
}

/// Nobody looks on.
impl Observer for () {
    fn after(&mut self, _step: Step, _view: View<'_>) {}
}
