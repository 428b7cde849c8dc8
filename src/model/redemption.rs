//! Redemptions of investors in funds. (methods.md, 5.2, 8.2)

use crate::model::facility::is_fund;
use crate::model::liquidity::unpaid;
use crate::model::state::State;
use crate::model::system::{Lender, System};

/// Step 8: what funds pay goes to the holders of their stakes, pro rata, and to outside for the rest; what they cannot
/// pay suspends them.
pub fn pay(system: &System, state: &mut State) {
    for own in state.lenders.iter_mut().filter(|own| own.alive) {
        let dues = &mut own.liquidity;
        let paid = dues.redemption_paid;
        dues.redemption_due = unpaid(dues.redemption_due, paid);
        dues.suspended = dues.redemption_due > 0.0;
        dues.redeemed += paid;
        own.cash -= paid;
        state.outside += paid;
    }
    for (k, stake) in system.fund_stakes.iter().enumerate() {
        let part = stake.share * state.lenders[stake.of].liquidity.redemption_paid;
        let held = &mut state.fund_stakes[k];
        if part > 0.0 && !held.settled {
            held.carrying -= part;
            state.outside -= part;
            state.give_cash(stake.holder, part);
        }
    }
}

/// Step 10: `NAV . min(gate, base + flow_beta . max(0, -return - tolerance))`, due in the next quarter.
pub fn request(system: &System, state: &mut State) {
    for (j, (lender, own)) in system.lenders.iter().zip(&mut state.lenders).enumerate() {
        let (nav, profit) = (own.equity, own.income - state.ledger.lender_loss(j));
        let dues = &mut own.liquidity;
        if !own.alive {
            (dues.redemption_due, dues.suspended) = (0.0, false);
        } else if is_fund(lender.kind) && nav > 0.0 && dues.redemption_due <= 0.0 {
            let gained = profit - dues.opening_profit;
            let wanted =
                wanted_share(system, lender, if dues.opening_nav > 0.0 { gained / dues.opening_nav } else { 0.0 });
            dues.gated = wanted > lender.gate;
            dues.redemption_due = nav * wanted.min(lender.gate);
        }
    }
}

/// Share of NAV that investors want back after a quarter's return, in which redemptions do not count.
fn wanted_share(system: &System, lender: &Lender, quarterly_return: f64) -> f64 {
    let (own, all) = (&lender.liquidity, &system.liquidity);
    let excess = (-quarterly_return - own.tolerance.unwrap_or(all.tolerance)).max(0.0);
    own.base.unwrap_or(all.base) + own.flow_beta.unwrap_or(all.flow_beta) * excess
}
