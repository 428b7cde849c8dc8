//! Fair value of AI loans: what holders that mark carry them at while the borrower lives. (methods.md, 5.2, 7, 8.2)

use crate::model::ledger::Origin;
use crate::model::mark::{Mark, distress};
use crate::model::obligor::equity_after_payments;
use crate::model::outcome::Channel;
use crate::model::stake;
use crate::model::state::{LenderState, State};
use crate::model::system::{Accounting, System};

/// Brings every loan of a living fair-value holder to `face . V(h) . psi`.
///
/// The change from the old carrying value to `face . V(h) . psi'`, psi' being the price at the last marking, is booked as
/// `mark`; the rest, `face . V(h) . (psi' - psi)`, as `fire_sale`. The two telescope over quarters: they sum to face less
/// carrying value, and with the loss at default to the face lost. psi applies to marketable loans only, and V = 1 where
/// `loan_marks` is off. Called again after psi has moved, it books the move and nothing else.
pub fn mark_loans(system: &System, state: &mut State) {
    let price = state.credit_price.after;
    let below_par = price != 1.0 || state.marked_price != 1.0;
    if below_par || state.reference_equity.nrows() > 0 {
        stake::tally(system, state);
        for i in 0..system.obligors.len() {
            mark_borrower(system, state, i, price);
        }
    }
    state.marked_price = price;
}

fn mark_borrower(system: &System, state: &mut State, i: usize, price: f64) {
    let mut holdings = state.links.facilities[i].iter().flat_map(|f| state.holdings.row(*f));
    let marked = holdings.any(|held| marks(system, &state.lenders, held.holder));
    if !state.obligors[i].alive || !marked {
        return;
    }
    let distress = distress_of(system, state, i);
    for position in 0..state.links.facilities[i].len() {
        let f = state.links.facilities[i][position];
        let value = mark_of(system, state, f).value(distress);
        let (last, now) = if system.facilities[f].marketable { (state.marked_price, price) } else { (1.0, 1.0) };
        for held in state.holdings.row_mut(f) {
            if marks(system, &state.lenders, held.holder) {
                let valued = held.face * value * last;
                let worth = held.face * value * now;
                let origin = Origin::Obligor(i);
                state.ledger.post(held.holder, Channel::Mark, origin, held.carrying - valued);
                state.ledger.post(held.holder, Channel::FireSale, origin, valued - worth);
                held.carrying = worth;
            }
        }
    }
}

/// Is this holder a lender that lives and carries its loans at fair value?
fn marks(system: &System, lenders: &[LenderState], holder: usize) -> bool {
    lenders.get(holder).is_some_and(|own| own.alive) && system.lenders[holder].accounting == Accounting::FairValue
}

/// `h_i = 1 - eq_i / eq0_i,t` after the payments of the quarter, clipped to [0, 1]; 0 where loans are not marked.
fn distress_of(system: &System, state: &State, i: usize) -> f64 {
    let reference = state.reference_equity.get(((state.quarter - 1) as usize, i));
    reference.map_or(0.0, |reference| distress(equity_after_payments(system, state, i), *reference))
}

/// The mark of a facility: a living guarantor bears its share.
fn mark_of(system: &System, state: &State, f: usize) -> Mark {
    let facility = &system.facilities[f];
    let guaranteed = facility.guarantor.filter(|guarantor| state.is_alive(*guarantor));
    let borne = 1.0 - guaranteed.map_or(0.0, |_| facility.guarantee_share);
    Mark { lgd: system.marks.mark_lgd * borne, convexity: system.marks.mark_convexity }
}
