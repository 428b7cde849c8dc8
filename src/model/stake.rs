//! Stakes in obligors, at market, and in funds, at their published NAV. (methods.md, 5.1, 5.2)

use crate::model::outcome::Channel;
use crate::model::state::{FundStakeState, InstalmentState, State};
use crate::model::system::{Party, System};
use crate::model::vendor::market_value_now;

/// Opening carrying values of stakes in obligors; those in funds follow from the funds' opening equity.
pub fn reset(system: &System, state: &mut State) {
    state.instalments.fill(InstalmentState::default());
    for (k, stake) in system.equity_stakes.iter().enumerate() {
        state.equity_stakes[k] = stake.amount;
    }
    state.fund_stakes.fill(FundStakeState::default());
}

/// Adds up what every obligor and lender holds in stakes, USD bn.
pub fn tally(system: &System, state: &mut State) {
    state.obligors.iter_mut().for_each(|own| own.stakes = 0.0);
    state.lenders.iter_mut().for_each(|own| own.stakes = 0.0);
    for (k, stake) in system.equity_stakes.iter().enumerate() {
        add(state, stake.holder, state.equity_stakes[k]);
    }
    for (k, instalment) in system.instalments.iter().enumerate() {
        add(state, instalment.payer, state.instalments[k].carrying);
    }
    for (k, stake) in system.fund_stakes.iter().enumerate() {
        add(state, stake.holder, state.fund_stakes[k].carrying);
    }
}

fn add(state: &mut State, holder: Party, carrying: f64) {
    match holder {
        Party::Outside => {}
        Party::Obligor(i) => state.obligors[i].stakes += carrying,
        Party::Lender(j) => state.lenders[j].stakes += carrying,
    }
}

/// Step 7: stakes follow this quarter's share prices and the NAV that funds published last quarter.
pub fn mark(system: &System, state: &mut State) {
    for k in 0..system.equity_stakes.len() {
        let stake = &system.equity_stakes[k];
        let opening = system.obligors[stake.of].market_cap;
        let now = market_value_now(system, state, stake.of);
        // Without a market value a stake stays at cost until default.
        let worth = if !state.obligors[stake.of].alive {
            0.0
        } else if opening > 0.0 {
            stake.amount * now / opening
        } else {
            stake.amount
        };
        if keeps(state, stake.holder) {
            let loss = std::mem::replace(&mut state.equity_stakes[k], worth) - worth;
            post(state, stake.holder, Channel::Equity, loss);
        }
    }
    for k in 0..system.instalments.len() {
        mark_instalment(system, state, k);
    }
    for k in 0..system.fund_stakes.len() {
        mark_fund(system, state, k);
    }
}

/// Carried at cost . M_t / M_purchase, at cost until default where the recipient has no market value.
fn mark_instalment(system: &System, state: &mut State, k: usize) {
    let instalment = &system.instalments[k];
    let now = market_value_now(system, state, instalment.recipient);
    let holding = state.instalments[k];
    let worth = if !state.obligors[instalment.recipient].alive {
        0.0
    } else if holding.units > 0.0 {
        holding.units * now
    } else {
        holding.carrying
    };
    if keeps(state, instalment.payer) {
        state.instalments[k].carrying = worth;
        post(
            state,
            instalment.payer,
            Channel::Equity,
            holding.carrying - worth,
        );
    }
}

/// A live fund counts at its published NAV; a failed one pays its residual equity one quarter later.
fn mark_fund(system: &System, state: &mut State, k: usize) {
    let stake = &system.fund_stakes[k];
    let held = state.fund_stakes[k];
    if held.settled || !keeps(state, stake.holder) {
        return;
    }
    if state.lenders[stake.of].alive {
        let worth = stake.share * state.lenders[stake.of].equity.max(0.0);
        state.fund_stakes[k].carrying = worth;
        post(
            state,
            stake.holder,
            Channel::FundStake,
            held.carrying - worth,
        );
    } else {
        state.fund_stakes[k] = FundStakeState {
            carrying: 0.0,
            due: 0.0,
            settled: true,
        };
        state.give_cash(stake.holder, held.due);
        state.outside -= held.due;
        post(
            state,
            stake.holder,
            Channel::FundStake,
            held.carrying - held.due,
        );
    }
}

/// Step 10: the holders of a failed fund are owed their part of its residual equity.
pub fn settle_fund(system: &System, state: &mut State, fund: usize, residual: f64) {
    for (stake, held) in system.fund_stakes.iter().zip(&mut state.fund_stakes) {
        if stake.of == fund {
            held.due = stake.share * residual;
        }
    }
}

/// Step 10: the stakes of a failed lender or a defaulted obligor pass to outside.
pub fn release(system: &System, state: &mut State, holder: Party) {
    for (stake, carrying) in system.equity_stakes.iter().zip(&mut state.equity_stakes) {
        if stake.holder == holder {
            *carrying = 0.0;
        }
    }
    for (stake, holding) in system.instalments.iter().zip(&mut state.instalments) {
        if stake.payer == holder {
            holding.carrying = 0.0;
            holding.units = 0.0;
        }
    }
    for (stake, held) in system.fund_stakes.iter().zip(&mut state.fund_stakes) {
        if stake.holder == holder {
            *held = FundStakeState {
                carrying: 0.0,
                due: 0.0,
                settled: true,
            };
        }
    }
}

fn keeps(state: &State, holder: Party) -> bool {
    holder != Party::Outside && state.is_alive(holder)
}

/// Books a loss in the ledger of a lender; an obligor has none.
fn post(state: &mut State, holder: Party, channel: Channel, loss: f64) {
    if let Party::Lender(j) = holder {
        state.ledger.post(j, channel, loss);
    }
}
