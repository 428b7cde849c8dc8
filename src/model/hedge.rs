//! Hedges of lenders: funded risk transfers and shorts of the equity index. (methods.md, 8.1)

use crate::model::facility::beyond_dust;
use crate::model::ledger::Origin;
use crate::model::outcome::Channel;
use crate::model::state::{Holdings, SrtState, State};
use crate::model::system::{Party, Srt, System};
use crate::units::per_quarter;

/// Opening notes, paid for in full; none while the switch is off. Needs the opening holdings.
pub fn reset(system: &System, state: &mut State) {
    state.shorted_at = 1.0;
    for (srt, own) in system.srts.iter().zip(&mut state.srts) {
        for (face, f) in own.covered.iter_mut().zip(&srt.reference) {
            *face = face_of(&state.holdings, *f, srt.buyer);
        }
        own.losses.fill(0.0);
        own.notional = own.covered.iter().sum();
        (own.lost, own.paid) = (0.0, 0.0);
        own.note = if system.switches.hedges { payout(srt, own.notional, f64::INFINITY) } else { 0.0 };
    }
}

/// Adds up what every lender holds in notes, USD bn.
pub fn tally(system: &System, state: &mut State) {
    for (seller, _) in system.srts.iter().flat_map(|srt| &srt.sellers) {
        state.lenders[*seller].notes = 0.0;
    }
    for (srt, own) in system.srts.iter().zip(&state.srts) {
        for (seller, share) in &srt.sellers {
            let lender = &mut state.lenders[*seller];
            if lender.alive {
                lender.notes += share * own.note;
            }
        }
    }
}

/// Cumulative payout `notional ( min(K, detach) - attach )+` at a lost share K of the notional. (8.2)
fn payout(srt: &Srt, notional: f64, lost_share: f64) -> f64 {
    notional * (lost_share.min(srt.detach) - srt.attach).max(0.0)
}

fn face_of(holdings: &Holdings, facility: usize, lender: usize) -> f64 {
    let held = holdings.row(facility).find(|held| held.holder == lender);
    held.map_or(0.0, |held| held.face)
}

/// Step 6: what a default costs buyers on the face they have covered, before the holdings are written off.
///
/// A face above the opening one, by draws or new lending, is covered pro rata.
pub fn cover(system: &System, state: &mut State, facility: usize) {
    let defaulted = &state.facilities[facility];
    if defaulted.balance <= 0.0 {
        return;
    }
    let loss = defaulted.loss[1] / defaulted.balance;
    for (srt, own) in system.srts.iter().zip(&mut state.srts) {
        for (k, _) in srt.reference.iter().enumerate().filter(|(_, f)| **f == facility) {
            own.losses[k] = loss * face_of(&state.holdings, facility, srt.buyer).min(own.covered[k]);
        }
    }
}

/// Step 7: coupons, payouts and gains on shorts, all in cash.
pub fn book(system: &System, state: &mut State) {
    if !system.switches.hedges {
        return;
    }
    for (k, srt) in system.srts.iter().enumerate() {
        if state.srts[k].note > 0.0 {
            pay_coupon(srt, state, k);
            pay_out(system, srt, state, k);
            end_if_empty(srt, state, k);
        }
    }
    book_shorts(system, state);
}

/// The coupon of a quarter runs on the note outstanding at its start, as interest does on a loan.
fn pay_coupon(srt: &Srt, state: &mut State, k: usize) {
    let coupon = state.srts[k].note * per_quarter(srt.coupon_pa);
    move_cash(state, Party::Lender(srt.buyer), -coupon);
    state.ledger.post(srt.buyer, Channel::Srt, Origin::None, coupon);
    for (seller, share) in &srt.sellers {
        if state.lenders[*seller].alive {
            move_cash(state, Party::Lender(*seller), share * coupon);
            state.ledger.post(*seller, Channel::Srt, Origin::None, -share * coupon);
        }
    }
}

/// The increment of the cumulative payout goes from the custodian to the buyer; the sellers' notes fall by it. It comes
/// from the obligors that defaulted this quarter, pro rata to covered losses.
fn pay_out(system: &System, srt: &Srt, state: &mut State, k: usize) {
    let State { srts, lenders, ledger, outside, .. } = state;
    let own: &mut SrtState = &mut srts[k];
    let loss: f64 = own.losses.iter().sum();
    if loss > 0.0 {
        own.lost += loss;
        let paid = payout(srt, own.notional, own.lost / own.notional);
        let increment = paid - own.paid;
        own.paid = paid;
        own.note = payout(srt, own.notional, f64::INFINITY) - paid;
        lenders[srt.buyer].cash += increment;
        *outside -= increment;
        for (part, f) in own.losses.iter_mut().zip(&srt.reference) {
            let amount = increment * std::mem::take(part) / loss;
            let origin = Origin::Obligor(system.facilities[*f].borrower);
            ledger.post(srt.buyer, Channel::Srt, origin, -amount);
            for (seller, share) in srt.sellers.iter().filter(|(seller, _)| lenders[*seller].alive) {
                ledger.post(*seller, Channel::Srt, origin, share * amount);
            }
        }
    }
}

/// A note ends, and what is left of it is paid back, once its buyer holds nothing of the reference.
fn end_if_empty(srt: &Srt, state: &mut State, k: usize) {
    let mut reference = srt.reference.iter().zip(&state.srts[k].covered);
    if reference.all(|(f, covered)| beyond_dust(face_of(&state.holdings, *f, srt.buyer), *covered) <= 0.0) {
        pay_back(srt, state, k);
    }
}

/// The custodian pays the outstanding note to the sellers that live.
fn pay_back(srt: &Srt, state: &mut State, k: usize) {
    let note = std::mem::take(&mut state.srts[k].note);
    for (seller, share) in &srt.sellers {
        if state.lenders[*seller].alive {
            move_cash(state, Party::Lender(*seller), share * note);
        }
    }
}

/// Step 10: the notes that a failed lender sold against are paid back; those that it holds pass to outside.
pub fn release(system: &System, state: &mut State, lender: usize) {
    for (k, srt) in system.srts.iter().enumerate() {
        if srt.buyer == lender {
            pay_back(srt, state, k);
        }
    }
}

/// Gain of a short: notional (S_t-1 - S_t), less its carry. (8.4)
fn book_shorts(system: &System, state: &mut State) {
    let fall = state.shorted_at - state.market.equity;
    state.shorted_at = state.market.equity;
    for short in &system.shorts {
        if state.lenders[short.holder].alive {
            let gain = short.notional * (fall - per_quarter(short.carry_pa));
            move_cash(state, Party::Lender(short.holder), gain);
            state.ledger.post(short.holder, Channel::Short, Origin::None, -gain);
        }
    }
}

/// Cash from outside to a party.
fn move_cash(state: &mut State, to: Party, amount: f64) {
    state.give_cash(to, amount);
    state.outside -= amount;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::ledger::fixed;
    use crate::model::trial::opening;

    #[test]
    fn a_payout_comes_from_those_that_defaulted_pro_rata_to_covered_losses() {
        let mut system = fixture::system(&["us"]);
        system.obligors = vec![fixture::obligor("one"), fixture::obligor("two")];
        system.facilities = [0, 1].map(|borrower| fixture::facility(borrower, 1.0, vec![(0, 1.0)])).into();
        system.lenders = vec![fixture::fund("buyer"), fixture::fund("seller")];
        let (name, sellers) = ("note".into(), vec![(1, 0.5)]);
        let note = Srt { name, buyer: 0, sellers, reference: vec![0, 1], attach: 0.0, detach: 0.2, coupon_pa: 0.0 };
        system.srts.push(note);
        let mut state = opening(&system);
        state.ledger.keep_journal();
        for (f, loss) in [(0, 0.9), (1, 0.3)] {
            state.facilities[f].loss = [0.0, loss];
            cover(&system, &mut state, f);
        }
        book(&system, &mut state);
        let journal = state.ledger.journal().iter().filter(|posting| posting.channel == Channel::Srt);
        let told: Vec<_> = journal.map(|posting| (posting.lender, posting.origin, posting.amount)).collect();
        let [one, two] = [Origin::Obligor(0), Origin::Obligor(1)];
        let expected = [(0, one, fixed(-0.3)), (1, one, fixed(0.15)), (0, two, fixed(-0.1)), (1, two, fixed(0.05))];
        assert_eq!(told, expected);
    }
}
