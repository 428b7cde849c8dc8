//! Redemptions of investors in funds. (methods.md, 5.2, 8.2)

use crate::model::liquidity::unpaid;
use crate::model::stake;
use crate::model::state::{LenderState, State};
use crate::model::system::{Lender, System};

/// Step 8: what funds pay goes to the holders of their stakes, pro rata, and to outside for the rest; what they cannot
/// pay suspends them.
pub fn pay(system: &System, state: &mut State) {
    let mut redeemed = false;
    for own in state.lenders.iter_mut().filter(|own| own.alive && own.liquidity.redemption_due > 0.0) {
        let dues = &mut own.liquidity;
        let paid = dues.redemption_paid;
        redeemed |= paid > 0.0;
        dues.redemption_due = unpaid(dues.redemption_due, paid);
        dues.suspended = dues.redemption_due > 0.0;
        dues.redeemed += paid;
        own.cash -= paid;
        state.outside += paid;
    }
    if redeemed {
        pass_on(system, state);
    }
}

/// The holders of stakes in funds are paid their parts of what these redeem.
fn pass_on(system: &System, state: &mut State) {
    for (k, stake) in system.fund_stakes.iter().enumerate() {
        let part = stake.share * state.lenders[stake.of].liquidity.redemption_paid;
        let held = &mut state.fund_stakes[k];
        if part > 0.0 && !held.settled {
            held.carrying -= part;
            state.outside -= part;
            state.give_cash(stake.holder, part);
        }
    }
    stake::tally(system, state);
}

/// Step 10: `NAV . min(gate, base + flow_beta . max(0, -return - tolerance))`, due in the next quarter.
pub fn request(system: &System, state: &mut State) {
    let State { links, lenders, ledger, .. } = state;
    let mut requested = false;
    for &j in &links.funds {
        let (lender, own) = (&system.lenders[j], &mut lenders[j]);
        if !own.alive {
            (own.liquidity.redemption_due, own.liquidity.suspended) = (0.0, false);
        } else if let Some(wanted) = wanted(system, lender, own, ledger.lender_loss(j)) {
            own.liquidity.gated = wanted > lender.gate;
            own.liquidity.redemption_due = own.equity * wanted.min(lender.gate);
            requested |= own.liquidity.redemption_due > 0.0;
        }
    }
    state.contagion |= requested;
}

/// Will investors ask for anything in step 10, as far as can be seen before step 9?
#[must_use]
pub fn is_near(system: &System, state: &State) -> bool {
    let asked = |j: &usize| {
        let (lender, own) = (&system.lenders[*j], &state.lenders[*j]);
        own.alive
            && wanted(system, lender, own, state.ledger.lender_loss(*j))
                .is_some_and(|share| share.min(lender.gate) > 0.0)
    };
    system.switches.funding && state.links.funds.iter().any(asked)
}

/// Share of NAV that investors of a living fund want back after a loss since opening; none where there is no NAV or an earlier
/// request is unpaid.
fn wanted(system: &System, lender: &Lender, own: &LenderState, loss: f64) -> Option<f64> {
    let dues = &own.liquidity;
    let gained = own.income - loss - dues.opening_profit;
    let gain = if dues.opening_nav > 0.0 { gained / dues.opening_nav } else { 0.0 };
    (own.equity > 0.0 && dues.redemption_due <= 0.0).then(|| wanted_share(system, lender, gain))
}

/// Share of NAV that investors want back after a quarter's return, in which redemptions do not count.
fn wanted_share(system: &System, lender: &Lender, quarterly_return: f64) -> f64 {
    let (own, all) = (&lender.liquidity, &system.liquidity);
    let excess = (-quarterly_return - own.tolerance.unwrap_or(all.tolerance)).max(0.0);
    own.base.unwrap_or(all.base) + own.flow_beta.unwrap_or(all.flow_beta) * excess
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::ledger::Origin;
    use crate::model::outcome::Channel;
    use crate::model::trial;

    /// A fund of NAV 100, gate 0.2, tolerance 0.01, flow_beta 1, that has lost this much in a quarter.
    fn after_loss(loss: f64, own: impl Fn(&mut Lender)) -> crate::model::state::LiquidityState {
        let mut system = fixture::system(&["us"]);
        let mut fund = Lender { cash: 100.0, gate: 0.2, ..fixture::fund("fund") };
        own(&mut fund);
        system.lenders.push(fund);
        let mut state = trial::opening(&system);
        state.lenders[0].liquidity.open(100.0);
        state.ledger.post(0, Channel::Credit, Origin::None, loss);
        state.lenders[0].equity -= loss;
        request(&system, &mut state);
        state.lenders[0].liquidity
    }

    #[test]
    fn investors_ask_for_what_a_return_below_the_tolerance_makes_them_want_up_to_the_gate() {
        for (loss, due, gated) in [(0.0, 0.0, false), (1.0, 0.0, false), (-5.0, 0.0, false)] {
            let dues = after_loss(loss, |_| {});
            assert_eq!((dues.redemption_due, dues.gated), (due, gated), "loss {loss}");
        }
        let part = after_loss(11.0, |_| {});
        assert!((part.redemption_due - 89.0 * 0.1).abs() < 1e-12 && !part.gated);
        let whole = after_loss(50.0, |_| {});
        assert!((whole.redemption_due - 50.0 * 0.2).abs() < 1e-12 && whole.gated);
        assert_eq!(after_loss(110.0, |_| {}).redemption_due, 0.0);
    }

    #[test]
    fn a_fund_has_rules_of_its_own() {
        let own = |fund: &mut Lender| {
            fund.liquidity.base = Some(0.03);
            fund.liquidity.flow_beta = Some(0.5);
            fund.liquidity.tolerance = Some(0.06);
        };
        let dues = after_loss(10.0, own);
        assert!((dues.redemption_due - 90.0 * (0.03 + 0.5 * 0.04)).abs() < 1e-12, "{dues:?}");
    }
}
