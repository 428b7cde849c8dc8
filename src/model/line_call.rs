//! Calls of lines that lenders owe each other. (methods.md, 8.2)

use crate::model::liquidity::{repay_claim, unpaid};
use crate::model::state::{CallState, LenderState, State};
use crate::model::system::{Claim, System};

/// Is any call outstanding?
#[must_use]
pub fn any(state: &State) -> bool {
    state.calls.iter().any(|call| call.outstanding > 0.0)
}

/// Step 8: adds up what each debtor is called for. A call is never larger than its claim.
pub fn fall_due(system: &System, state: &mut State) {
    for (k, claim) in system.claims.iter().enumerate() {
        let call = &mut state.calls[k];
        call.outstanding = call.outstanding.min(state.claims[k]);
        if let Some(debtor) = claim.debtor {
            state.lenders[debtor].liquidity.called += call.outstanding;
        }
    }
}

/// Step 8: debtors pay their calls pro rata; what stays unpaid is carried, and beyond its grace fails the debtor.
pub fn pay(system: &System, state: &mut State) {
    for (k, claim) in system.claims.iter().enumerate() {
        let called = state.calls[k].outstanding;
        if called <= 0.0 {
            continue;
        }
        let paid = called * paid_share(claim, state);
        repay_claim(system, state, k, paid);
        let call = &mut state.calls[k];
        *call = CallState { outstanding: unpaid(called, paid), paid, ..*call };
        if let Some(debtor) = claim.debtor.filter(|_| call.outstanding > 0.0) {
            let carried = (state.quarter - call.due) as f64;
            state.lenders[debtor].liquidity.overdue |= carried >= grace(system, debtor);
        }
    }
}

/// Part of its calls that a debtor pays; outside always pays.
fn paid_share(claim: &Claim, state: &State) -> f64 {
    claim.debtor.map_or(1.0, |debtor| {
        let dues = &state.lenders[debtor].liquidity;
        dues.call_paid / dues.called
    })
}

fn grace(system: &System, debtor: usize) -> f64 {
    system.lenders[debtor].liquidity.call_grace_q.unwrap_or(system.liquidity.call_grace_q)
}

/// Step 10: creditors call part of a callable line whose debtor is distressed, or when they are not fully willing to lend
/// themselves. Lines of the failed lapse.
pub fn place(system: &System, state: &mut State) {
    for (k, claim) in system.claims.iter().enumerate() {
        let alive = |party: Option<usize>| party.is_none_or(|j| state.lenders[j].alive);
        let call = &mut state.calls[k];
        if !claim.callable || !alive(claim.debtor) || !alive(claim.creditor) {
            call.outstanding = 0.0;
        } else if call.outstanding <= 0.0 && wants_back(system, claim, &state.lenders) {
            let own = claim.creditor.and_then(|creditor| system.lenders[creditor].liquidity.call_share);
            let share = own.unwrap_or(system.liquidity.call_share);
            *call = CallState { outstanding: share * state.claims[k], due: state.quarter + 1, ..*call };
        }
    }
}

/// h of the debtor above the trigger, or the creditor's own w below 1; outside is never distressed and always willing.
fn wants_back(system: &System, claim: &Claim, lenders: &[LenderState]) -> bool {
    let own = claim.creditor.and_then(|creditor| system.lenders[creditor].liquidity.call_trigger);
    let trigger = own.unwrap_or(system.liquidity.call_trigger);
    let distressed = claim.debtor.is_some_and(|debtor| distress(&lenders[debtor]) > trigger);
    distressed || claim.creditor.is_some_and(|creditor| lenders[creditor].willingness < 1.0)
}

/// h_j = 1 - b_j / b_j,0, within 0 and 1. (5.2)
fn distress(own: &LenderState) -> f64 {
    if own.opening_buffer > 0.0 { (1.0 - own.buffer() / own.opening_buffer).clamp(0.0, 1.0) } else { 1.0 }
}
