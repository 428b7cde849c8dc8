//! Stakes in obligors, at market, and in funds, at their published NAV. (methods.md, 5.1, 5.2)

use crate::model::ledger::Origin;
use crate::model::outcome::Channel;
use crate::model::state::{FundStakeState, InstalmentState, LenderState, ObligorState, State};
use crate::model::system::{Party, System};

/// Opening carrying values of stakes in obligors; those in funds follow from the funds' opening equity.
pub fn reset(system: &System, state: &mut State) {
    state.instalments.fill(InstalmentState::default());
    for (k, stake) in system.equity_stakes.iter().enumerate() {
        state.equity_stakes[k] = stake.amount;
    }
    state.fund_stakes.fill(FundStakeState::default());
}

/// Who holds stakes, or may come to, one for each stake.
pub fn holders(system: &System) -> impl Iterator<Item = Party> + '_ {
    let of_obligors = system.equity_stakes.iter().map(|stake| stake.holder);
    let to_come = system.instalments.iter().map(|instalment| instalment.payer);
    of_obligors.chain(to_come).chain(system.fund_stakes.iter().map(|stake| stake.holder))
}

/// Adds up what every obligor and lender holds in stakes, USD bn.
pub fn tally(system: &System, state: &mut State) {
    tally_obligors(system, state);
    state.lenders.iter_mut().for_each(|own| own.stakes = 0.0);
    add_up(system, state, |_, lenders, holder, carrying| {
        if let Party::Lender(j) = holder {
            lenders[j].stakes += carrying;
        }
    });
}

/// Adds up what obligors hold, where any ever may.
fn tally_obligors(system: &System, state: &mut State) {
    if !state.links.obligors_invest {
        return;
    }
    state.obligors.iter_mut().for_each(|own| own.stakes = 0.0);
    add_up(system, state, |obligors, _, holder, carrying| {
        if let Party::Obligor(i) = holder {
            obligors[i].stakes += carrying;
        }
    });
}

fn add_up(system: &System, state: &mut State, add: impl Fn(&mut [ObligorState], &mut [LenderState], Party, f64)) {
    let State { obligors, lenders, equity_stakes, instalments, fund_stakes, .. } = state;
    for (stake, carrying) in system.equity_stakes.iter().zip(equity_stakes) {
        add(obligors, lenders, stake.holder, *carrying);
    }
    for (instalment, held) in system.instalments.iter().zip(instalments) {
        add(obligors, lenders, instalment.payer, held.carrying);
    }
    for (stake, held) in system.fund_stakes.iter().zip(fund_stakes) {
        add(obligors, lenders, stake.holder, held.carrying);
    }
}

/// Step 3: the stakes of obligors, which count in their equity, follow this quarter's share prices and the NAV that
/// funds published last quarter.
pub fn reprice(system: &System, state: &mut State) {
    if !state.links.obligors_invest {
        return;
    }
    mark_equity(system, state, |holder| matches!(holder, Party::Obligor(_)));
    for (k, stake) in system.fund_stakes.iter().enumerate() {
        if matches!(stake.holder, Party::Obligor(_)) {
            mark_fund(system, state, k);
        }
    }
    tally_obligors(system, state);
}

/// Step 7: stakes follow this quarter's share prices and defaults, and the NAV that funds published last quarter.
pub fn mark(system: &System, state: &mut State) {
    mark_equity(system, state, |_| true);
    for k in 0..system.fund_stakes.len() {
        mark_fund(system, state, k);
    }
    tally(system, state);
}

/// Stakes in obligors: amount . M_t / M_0, instalments cost . M_t / M_purchase; at cost until default where there is
/// no market value.
fn mark_equity(system: &System, state: &mut State, chosen: fn(Party) -> bool) {
    for (k, stake) in system.equity_stakes.iter().enumerate() {
        let opening = system.obligors[stake.of].market_cap;
        let units = if opening > 0.0 { stake.amount / opening } else { 0.0 };
        if chosen(stake.holder) && state.is_alive(stake.holder) {
            let before = state.equity_stakes[k];
            let worth = equity_worth(state, stake.of, units, before);
            state.equity_stakes[k] = worth;
            post(state, stake.holder, (Channel::Equity, Origin::Obligor(stake.of)), before - worth);
        }
    }
    for (k, instalment) in system.instalments.iter().enumerate() {
        if chosen(instalment.payer) && state.is_alive(instalment.payer) {
            let InstalmentState { units, carrying, .. } = state.instalments[k];
            let worth = equity_worth(state, instalment.recipient, units, carrying);
            state.instalments[k].carrying = worth;
            post(state, instalment.payer, (Channel::Equity, Origin::Obligor(instalment.recipient)), carrying - worth);
        }
    }
}

fn equity_worth(state: &State, of: usize, units: f64, carrying: f64) -> f64 {
    if !state.obligors[of].alive {
        0.0
    } else if units > 0.0 {
        units * state.obligors[of].market_value
    } else {
        carrying
    }
}

/// A live fund counts at its published NAV; a failed one pays its residual equity one quarter later.
fn mark_fund(system: &System, state: &mut State, k: usize) {
    let stake = &system.fund_stakes[k];
    let held = state.fund_stakes[k];
    if held.settled || !state.is_alive(stake.holder) {
        return;
    }
    let fund = &state.lenders[stake.of];
    if fund.alive {
        let worth = stake.share * fund.equity.max(0.0);
        state.fund_stakes[k].carrying = worth;
        post(state, stake.holder, (Channel::FundStake, Origin::Lender(stake.of)), held.carrying - worth);
    } else {
        state.fund_stakes[k] = FundStakeState { carrying: 0.0, due: 0.0, settled: true };
        state.give_cash(stake.holder, held.due);
        state.outside -= held.due;
        post(state, stake.holder, (Channel::FundStake, Origin::Lender(stake.of)), held.carrying - held.due);
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
            *held = FundStakeState { carrying: 0.0, due: 0.0, settled: true };
        }
    }
}

/// Books a loss in the ledger of a lender; an obligor has none.
fn post(state: &mut State, holder: Party, (channel, origin): (Channel, Origin), loss: f64) {
    if let Party::Lender(j) = holder {
        state.ledger.post(j, channel, origin, loss);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::driver::Draws;
    use crate::model::fixture;
    use crate::model::system::{FundStake, Lender};
    use crate::model::trial::{Workspace, begin, quarter};
    use crate::random::Streams;

    #[test]
    fn an_obligor_counts_the_nav_that_its_fund_published_last_quarter() {
        let mut system = fixture::system(&["us"]);
        system.obligors.push(fixture::obligor("owner"));
        system.lenders.push(Lender { cash: 2.0, income_q: 1.0, ..fixture::fund("fund") });
        system.fund_stakes.push(FundStake { name: "stake".into(), holder: Party::Obligor(0), of: 0, share: 0.5 });
        let draws = Draws { streams: Streams::new(1), trial: 0 };
        let mut workspace = Workspace::new(&system).unwrap();
        begin(&system, draws.streams, draws.trial, &mut workspace);
        for equity in [1.0, 1.5, 2.0] {
            quarter(draws, &mut workspace).unwrap();
            assert_eq!(workspace.state().obligors[0].equity, equity);
        }
    }
}
