//! Liquidity of lenders: what they must pay in a quarter, in which order, and how they raise it. (methods.md, 5.2, 8.2)
//!
//! Everybody pays from the cash it has after step 7 and from what it sells; what it is paid in this step counts in the
//! next quarter, so that the order in which lenders are visited changes nothing.

use crate::model::facility::beyond_dust;
use crate::model::lender::balance;
use crate::model::state::{LenderState, State};
use crate::model::system::{Lender, LenderType, System};
use crate::model::{credit_sale, line_call, redemption};

/// Start of a quarter: the price of credit recovers, no call is paid yet.
pub fn open_quarter(system: &System, state: &mut State) {
    credit_sale::open_quarter(system, state);
    line_call::open_quarter(state);
}

/// Step 8: line calls, then redemptions, then deleveraging, paid out of cash and, where that is short, out of sales of
/// credit; banks, insurers and vendors short of cash borrow from outside.
pub fn settle(system: &System, state: &mut State) {
    if plan(system, state) || line_call::any(state) {
        pay(system, state);
    }
}

#[cold]
fn pay(system: &System, state: &mut State) {
    credit_sale::sell(system, state);
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        allot(lender, own);
    }
    line_call::pay(system, state);
    redemption::pay(system, state);
    deleverage(system, state);
    borrow(system, state);
    balance(system, state);
}

/// Step 10: investors and creditors ask for what falls due in the next quarter.
pub fn close_quarter(system: &System, state: &mut State) {
    if system.switches.funding {
        redemption::request(system, state);
        line_call::place(system, state);
    }
}

/// What is left to pay of a due, rounding apart.
#[must_use]
pub fn unpaid(due: f64, paid: f64) -> f64 {
    beyond_dust(due - paid, due)
}

/// Pays part of a claim: the debtor's cash passes to the creditor. A claim carried below face falls by the cash; the gain
/// shows at its next marking. (methods.md, 16.2)
pub fn repay_claim(system: &System, state: &mut State, k: usize, amount: f64) {
    let (face, value) = (&mut state.claims[k], &mut state.claim_values[k]);
    let at_face = *value == *face;
    state.claims_moved = true;
    *face -= amount;
    *value = if at_face { *face } else { *value - amount };
    match system.claims[k].debtor {
        Some(debtor) => state.lenders[debtor].cash -= amount,
        None => state.outside -= amount,
    }
    match system.claims[k].creditor {
        Some(creditor) if state.lenders[creditor].alive => state.lenders[creditor].cash += amount,
        _ => state.outside += amount,
    }
}

impl LenderState {
    /// Everything it means to pay in step 8.
    #[must_use]
    pub fn dues(&self) -> f64 {
        self.liquidity.called + self.liquidity.redeeming + self.liquidity.deleveraging
    }
}

/// A bank, insurer or vendor whose cash is below 0.
fn is_short(lender: &Lender, own: &LenderState) -> bool {
    own.cash < 0.0 && own.alive && !lender.kind.is_fund()
}

/// What falls due. Has any fund anything to pay, or anybody to borrow? Others owe nothing here but calls, which
/// [`line_call::any`] sees.
fn plan(system: &System, state: &mut State) -> bool {
    line_call::fall_due(system, state);
    let mut pays = false;
    for &j in &state.links.funds {
        let own = &mut state.lenders[j];
        plan_fund(&system.lenders[j], own);
        pays |= own.dues() > 0.0;
    }
    pays || system.lenders.iter().zip(&state.lenders).any(|(lender, own)| is_short(lender, own))
}

/// Redemptions, and the debt above target that is left once calls and redemptions are paid.
fn plan_fund(lender: &Lender, own: &mut LenderState) {
    own.repaid_share = 0.0;
    // A fund below its threshold pays neither investors nor debt that is not due: its estate will.
    let able = own.alive && !own.is_below_threshold();
    let (equity, debt, cash) = (own.equity, own.external_debt + own.network_debt, own.cash);
    let dues = &mut own.liquidity;
    dues.available = cash.max(0.0);
    dues.redemption_due = dues.redemption_due.min(equity.max(0.0));
    dues.suspended &= dues.redemption_due > 0.0;
    dues.redeeming = if able { dues.redemption_due } else { 0.0 };
    if able && lender.kind == LenderType::CreditFund {
        let debt = debt - dues.called;
        let excess = debt - lender.target_leverage * (equity - dues.redeeming);
        dues.deleveraging = excess.min(debt).max(0.0);
    }
}

/// What a fund pays, in order, with the cash it had and what it sold, which no overdraft swallows; others pay in full and
/// borrow.
fn allot(lender: &Lender, own: &mut LenderState) {
    let mut left = if lender.kind.is_fund() { own.liquidity.available } else { f64::INFINITY };
    let mut take = |due: f64| {
        let paid = due.min(left);
        left -= paid;
        paid
    };
    let dues = &mut own.liquidity;
    dues.call_paid = take(dues.called);
    dues.redemption_paid = take(dues.redeeming);
    let repaid = take(dues.deleveraging);
    if repaid > 0.0 {
        own.repaid_share = repaid / (own.external_debt + own.network_debt - dues.call_paid);
    }
}

/// Funds above their target leverage repay external and network debt pro rata. (8.6)
fn deleverage(system: &System, state: &mut State) {
    if state.lenders.iter().all(|own| own.repaid_share <= 0.0) {
        return;
    }
    for (k, claim) in system.claims.iter().enumerate() {
        let share = claim.debtor.map_or(0.0, |debtor| state.lenders[debtor].repaid_share);
        if share > 0.0 {
            repay_claim(system, state, k, state.claims[k] * share);
        }
    }
    for own in &mut state.lenders {
        let amount = own.external_debt * own.repaid_share;
        own.external_debt -= amount;
        own.cash -= amount;
        state.outside += amount;
    }
}

fn borrow(system: &System, state: &mut State) {
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        if is_short(lender, own) {
            state.outside += own.cash;
            own.external_debt -= own.cash;
            own.cash = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::state::CallState;
    use crate::model::system::{Claim, Facility};
    use crate::model::trial;

    #[test]
    fn a_claim_carried_below_face_falls_by_the_cash_paid_on_it() {
        let mut system = fixture::system(&["us"]);
        system.lenders.push(Lender { cash: 20.0, ..fixture::fund("debtor") });
        system.lenders.push(fixture::fund("creditor"));
        let (debtor, creditor) = (Some(0), Some(1));
        system.claims.push(Claim { name: "line".into(), debtor, creditor, amount: 10.0, callable: true });
        let mut state = trial::opening(&system);
        repay_claim(&system, &mut state, 0, 2.0);
        assert_eq!((state.claims[0], state.claim_values[0]), (8.0, 8.0));
        state.claim_values[0] = 6.0;
        repay_claim(&system, &mut state, 0, 4.0);
        assert_eq!((state.claims[0], state.claim_values[0]), (4.0, 2.0));
        assert_eq!((state.lenders[0].cash, state.lenders[1].cash), (14.0, 6.0));
        state.lenders[1].alive = false;
        repay_claim(&system, &mut state, 0, 1.0);
        assert_eq!((state.outside, state.lenders[1].cash), (1.0, 6.0));
    }

    /// It sells 5 for a call of 5 and pays it, whether it starts without cash or with less than none.
    #[test]
    fn what_a_fund_sells_for_a_call_pays_the_call_and_not_its_overdraft() {
        for cash in [0.0, -1.5] {
            let mut system = fixture::system(&["us"]);
            system.switches.credit_fire_sale = false;
            system.obligors.push(fixture::obligor("borrower"));
            system.lenders.push(Lender { other_assets: 10.0, ..fixture::fund("debtor") });
            system.lenders.push(fixture::fund("creditor"));
            let loan = fixture::facility(0, 20.0, vec![(0, 1.0)]);
            system.facilities.push(Facility { marketable: true, ..loan });
            let (debtor, creditor) = (Some(0), Some(1));
            system.claims.push(Claim { name: "line".into(), debtor, creditor, amount: 10.0, callable: true });
            let mut state = trial::opening(&system);
            state.quarter = 2;
            state.calling = true;
            state.lenders[0].cash = cash;
            state.calls[0] = CallState { outstanding: 5.0, due: 2, paid: 0.0 };
            settle(&system, &mut state);
            assert_eq!((state.calls[0].paid, state.calls[0].outstanding), (5.0, 0.0), "cash {cash}");
            assert_eq!((state.lenders[0].cash, state.lenders[1].cash), (cash, 5.0));
        }
    }

    #[test]
    fn rounding_is_paid_and_a_cent_is_not() {
        assert_eq!(unpaid(20.0, 20.0 - 1e-12), 0.0);
        assert_eq!(unpaid(20.0, 19.0), 1.0);
        assert_eq!(unpaid(0.0, 0.0), 0.0);
    }
}
