//! Calls of lines that lenders owe each other. (methods.md, 8.2)

use crate::model::liquidity::{repay_claim, unpaid};
use crate::model::state::{CallState, LenderState, State};
use crate::model::system::{Claim, System};

/// Before a trial: nothing is called.
pub fn reset(system: &System, state: &mut State) {
    state.calls.fill(CallState::default());
    (state.calling, state.may_call) = (false, false);
    let triggers = system.lenders.iter().filter_map(|lender| lender.liquidity.call_trigger);
    state.lowest_trigger = triggers.fold(system.liquidity.call_trigger, f64::min);
}

/// Is any call outstanding?
#[must_use]
pub fn any(state: &State) -> bool {
    state.calling && state.calls.iter().any(|call| call.outstanding > 0.0)
}

/// Start of a quarter: nothing is paid yet.
pub fn open_quarter(state: &mut State) {
    if state.calling {
        state.calls.iter_mut().for_each(|call| call.paid = 0.0);
    }
}

/// Step 8: adds up what each debtor is called for. A call is never larger than its claim.
pub fn fall_due(system: &System, state: &mut State) {
    if !state.calling {
        return;
    }
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
    if !state.calling {
        return;
    }
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
    if state.calling || state.may_call {
        place_each(system, state);
    }
}

fn place_each(system: &System, state: &mut State) {
    state.calling = false;
    for (k, claim) in system.claims.iter().enumerate() {
        let alive = |party: Option<usize>| party.is_none_or(|j| state.lenders[j].alive);
        let call = &mut state.calls[k];
        if !claim.callable || !alive(claim.debtor) || !alive(claim.creditor) {
            call.outstanding = 0.0;
        } else if call.outstanding <= 0.0 && wants_back(system, claim, &state.lenders) {
            let own = claim.creditor.and_then(|creditor| system.lenders[creditor].liquidity.call_share);
            let share = own.unwrap_or(system.liquidity.call_share);
            *call = CallState { outstanding: share * state.claims[k], due: state.quarter + 1, ..*call };
            state.contagion = true;
        }
        state.calling |= call.outstanding > 0.0 || call.paid > 0.0;
    }
}

/// h of the debtor above the trigger, or the creditor's own w below 1; outside is never distressed and always willing.
fn wants_back(system: &System, claim: &Claim, lenders: &[LenderState]) -> bool {
    let own = claim.creditor.and_then(|creditor| system.lenders[creditor].liquidity.call_trigger);
    let trigger = own.unwrap_or(system.liquidity.call_trigger);
    let distressed = claim.debtor.is_some_and(|debtor| lenders[debtor].distress() > trigger);
    distressed || claim.creditor.is_some_and(|creditor| lenders[creditor].willingness < 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::system::Lender;
    use crate::model::trial;

    /// `debtor` owes 6 to one lender and 2 to the other; callable the first only.
    fn world() -> System {
        let mut system = fixture::system(&["us"]);
        system.lenders.push(Lender { cash: 20.0, ..fixture::fund("debtor") });
        system.lenders.push(fixture::fund("first"));
        system.lenders.push(fixture::fund("second"));
        for (creditor, amount, callable) in [(1, 6.0, true), (2, 2.0, false)] {
            let (name, debtor, creditor) = (format!("c{creditor}"), Some(0), Some(creditor));
            system.claims.push(Claim { name, debtor, creditor, amount, callable });
        }
        system
    }

    #[test]
    fn only_callable_lines_are_called_and_once_at_a_time() {
        let system = world();
        let mut state = trial::opening(&system);
        state.quarter = 3;
        state.lenders.iter_mut().for_each(|own| own.willingness = 0.9);
        state.may_call = true;
        place(&system, &mut state);
        let calls = state.calls.clone();
        assert_eq!(calls[0], CallState { outstanding: 3.0, due: 4, paid: 0.0 });
        assert_eq!(calls[1], CallState::default());
        state.quarter = 4;
        place(&system, &mut state);
        assert_eq!(state.calls, calls);
        state.lenders[0].alive = false;
        place(&system, &mut state);
        assert_eq!(state.calls[0].outstanding, 0.0);
    }

    #[test]
    fn a_willing_creditor_calls_the_distressed() {
        let system = world();
        let mut state = trial::opening(&system);
        state.lenders.iter_mut().for_each(|own| own.willingness = 1.0);
        let own = state.lenders[0];
        let equity = |lost: f64| own.equity - lost * own.opening_buffer;
        for (lost, called) in [(0.0, 0.0), (0.4, 0.0), (0.6, 3.0)] {
            state.calls.fill(CallState::default());
            state.calling = false;
            state.lenders[0].equity = equity(lost);
            state.may_call = state.lenders[0].distress() > state.lowest_trigger;
            place(&system, &mut state);
            assert_eq!(state.calls[0].outstanding, called, "{lost} of the buffer is lost");
        }
    }

    #[test]
    fn calls_share_what_the_debtor_pays_and_never_exceed_their_claims() {
        let mut system = world();
        system.claims[1].callable = true;
        let mut state = trial::opening(&system);
        state.quarter = 2;
        state.calling = true;
        state.calls[0] = CallState { outstanding: 7.0, due: 2, paid: 0.0 };
        state.calls[1] = CallState { outstanding: 2.0, due: 2, paid: 0.0 };
        fall_due(&system, &mut state);
        assert_eq!(state.lenders[0].liquidity.called, 8.0);
        state.lenders[0].liquidity.call_paid = 4.0;
        pay(&system, &mut state);
        assert_eq!((state.claims[0], state.claims[1]), (3.0, 1.0));
        assert_eq!(state.calls[1], CallState { outstanding: 1.0, due: 2, paid: 1.0 });
        assert!(!state.lenders[0].liquidity.overdue);
    }
}
