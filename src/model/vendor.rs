//! Circular finance: backstops of unsold capacity and staged vendor equity. (methods.md, 6.1)

use crate::model::ledger::Origin;
use crate::model::obligor::{meets_milestone, spot_capacity};
use crate::model::outcome::Channel;
use crate::model::state::State;
use crate::model::system::{Backstop, Instalment, Party, System};

/// Step 2: vendors pay backstops and instalments; calls on one payer share its purse.
pub fn pay(system: &System, state: &mut State) {
    if system.backstops.is_empty() && system.instalments.is_empty() {
        return;
    }
    state.purses.open();
    for (k, backstop) in system.backstops.iter().enumerate() {
        state.backstops_due[k] = backstop_due(system, state, backstop);
        state.purses.ask(backstop.payer, state.backstops_due[k]);
    }
    for (k, instalment) in system.instalments.iter().enumerate() {
        state.instalments[k].due = instalment_due(system, state, k, instalment);
        state.purses.ask(instalment.payer, state.instalments[k].due);
    }
    state.purses.settle();
    for (k, instalment) in system.instalments.iter().enumerate() {
        let due = state.instalments[k].due;
        if due == 0.0 {
            continue;
        }
        let granted = transfer(system, state, instalment.payer, instalment.recipient, due);
        invest(system, state, k, granted);
        if let Party::Lender(j) = instalment.payer {
            state.lenders[j].invested += granted;
        }
        state.instalments[k].paid += if system.switches.circular { granted } else { due };
    }
    for (k, backstop) in system.backstops.iter().enumerate() {
        let due = state.backstops_due[k];
        if due == 0.0 {
            continue;
        }
        let granted = transfer(system, state, backstop.payer, backstop.recipient, due);
        if let Party::Lender(j) = backstop.payer {
            state.ledger.post(j, Channel::Credit, Origin::Obligor(backstop.recipient), granted);
        }
    }
}

/// Moves what the payer grants to the recipient; with `circular` off outside adds what is missing. Returns the grant.
fn transfer(system: &System, state: &mut State, payer: Party, recipient: usize, due: f64) -> f64 {
    let granted = state.purses.granted(payer, due);
    state.take_cash(payer, granted);
    state.obligors[recipient].cash += granted;
    if !system.switches.circular {
        state.obligors[recipient].cash += due - granted;
        state.outside -= due - granted;
    }
    granted
}

/// min(cap, price share . yield . rent . (1 - u) . spot capacity) while the payer is alive and the promise runs.
fn backstop_due(system: &System, state: &State, backstop: &Backstop) -> f64 {
    let recipient = backstop.recipient;
    let promised = !system.switches.circular || state.is_alive(backstop.payer);
    if !state.obligors[recipient].alive || !promised || state.quarter > backstop.end_q as i64 {
        return 0.0;
    }
    system.obligors[recipient].region.map_or(0.0, |r| {
        let price = backstop.price_share * system.compute.rental_yield * state.market.rent[r];
        let capacity = spot_capacity(&state.market, state.occupied[recipient], state.fleets.young[recipient]);
        let unsold = (1.0 - state.market.utilisation[r]) * capacity;
        (price * unsold).min(backstop.cap)
    })
}

/// The next instalment, while the total lasts and, with `circular` on, its conditions hold.
fn instalment_due(system: &System, state: &State, k: usize, instalment: &Instalment) -> f64 {
    let next = instalment.amount.at(state.quarter).min(instalment.total - state.instalments[k].paid);
    if !state.obligors[instalment.recipient].alive || next <= 0.0 {
        return 0.0;
    }
    let conditions = state.is_alive(instalment.payer)
        && state.market.equity >= instalment.equity_trigger
        && meets_milestone(state, instalment.recipient, instalment.milestone);
    if system.switches.circular && !conditions {
        return 0.0;
    }
    next
}

/// The payer's new holding: at cost, in units of the recipient's market value where it has one.
fn invest(system: &System, state: &mut State, k: usize, amount: f64) {
    let recipient = system.instalments[k].recipient;
    let price = state.obligors[recipient].market_value;
    let holding = &mut state.instalments[k];
    holding.carrying += amount;
    if price > 0.0 {
        holding.units += amount / price;
    }
}
