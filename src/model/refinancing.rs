//! Refinancing at maturity: offers, holders that roll, the pool, the gap. (methods.md, 6.2)

use crate::model::contract::value_fees;
use crate::model::facility::{beyond_dust, secured};
use crate::model::obligor::{discount, lowest_spread, purely_latent};
use crate::model::state::{FacilityState, State};
use crate::model::system::{Facility, Refinancing, System, Trader};

/// Balance that is left to refinance after the quarter's other principal.
#[must_use]
pub fn maturing_balance(own: &FacilityState) -> f64 {
    beyond_dust(own.balance - own.amortisation - own.sweep - own.cure, own.balance)
}

/// Step 4: offers, what holders roll, what the pool fills, and the gaps that remain. (6.2)
pub fn refinance(system: &System, state: &mut State) {
    if !state.maturing.is_empty() {
        refinance_maturities(system, state);
    }
}

#[cold]
fn refinance_maturities(system: &System, state: &mut State) {
    let crunch = system.switches.credit_crunch;
    let mut requests = 0.0;
    for position in 0..state.maturing.len() {
        let f = state.maturing[position];
        offer(system, state, f);
        requests += state.facilities[f].offer - state.facilities[f].rolled;
    }
    let pool = weigh_pool(system, state);
    let short = crunch && requests > pool;
    state.contagion |= short;
    let filled = if short { pool / requests } else { 1.0 };
    for f in &state.maturing {
        let own = &mut state.facilities[*f];
        let due = maturing_balance(own);
        own.pooled = (own.offer - own.rolled) * filled;
        own.gap = beyond_dust(due - own.rolled - own.pooled, due);
        state.obligors[system.facilities[*f].borrower].service_stale = true;
    }
    reserve(system, state, requests * filled);
}

fn offer(system: &System, state: &mut State, f: usize) {
    let facility = &system.facilities[f];
    let balance = maturing_balance(&state.facilities[f]);
    let borrower = &state.obligors[facility.borrower];
    if balance <= 0.0 || !borrower.alive {
        return;
    }
    let rolls = purely_latent(&system.obligors[facility.borrower]);
    let limit = if secured(facility) {
        facility.advance * state.relative_confidence * state.facilities[f].collateral_value
    } else {
        system.credit.unsecured_multiple * state.relative_confidence * borrower.equity.max(0.0)
    };
    let market = if borrower.access && !state.drivers.frozen { balance.min(limit) } else { 0.0 };
    let offer = match system.credit.refinancing {
        _ if rolls => balance,
        Refinancing::Market => market,
        Refinancing::Always => balance,
        Refinancing::Never => 0.0,
    };
    let willing = if rolls_in_full(system, facility) { 1.0 } else { willing_share(state, f) };
    state.facilities[f].offer = offer;
    state.facilities[f].rolled = offer * willing;
}

/// Do all holders roll their part on the same terms, willing or not?
fn rolls_in_full(system: &System, facility: &Facility) -> bool {
    system.credit.refinancing == Refinancing::Always || purely_latent(&system.obligors[facility.borrower])
}

/// Share of a facility's holders that roll, weighted by willingness; outside always does, an estate never.
fn willing_share(state: &State, f: usize) -> f64 {
    let willing: f64 = state.holdings.row(f).map(|held| held.face * willingness(state, held.holder)).sum();
    willing / state.facilities[f].balance
}

/// w_j of a holder; 1 of outside.
#[must_use]
pub fn willingness(state: &State, holder: usize) -> f64 {
    state.lenders.get(holder).map_or(1.0, |own| own.willingness)
}

/// Weights in the pool: new lending . w, a fund's limited to its cash. Returns their sum with outside's.
fn weigh_pool(system: &System, state: &mut State) -> f64 {
    let mut pool = system.outside_new_lending;
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        let weight = lender.new_lending * own.willingness;
        own.pool_weight = if lender.kind.is_fund() { weight.min(own.lendable) } else { weight };
        pool += own.pool_weight;
    }
    state.pool = pool;
    pool
}

/// Part of the pool's lending that one lender provides; a fund no more than it has, outside the rest.
#[must_use]
pub fn pool_part(system: &System, state: &State, lender: usize, total: f64) -> f64 {
    let own = &state.lenders[lender];
    if state.pool <= 0.0 {
        return 0.0;
    }
    let part = total * own.pool_weight / state.pool;
    if system.lenders[lender].kind.is_fund() { part.min(own.pool_limit) } else { part }
}

/// What the pool takes is no longer there for draws and lines.
fn reserve(system: &System, state: &mut State, total: f64) {
    for j in 0..system.lenders.len() {
        state.lenders[j].pool_limit = state.lenders[j].lendable;
        let part = pool_part(system, state, j, total);
        state.lenders[j].lendable = (state.lenders[j].lendable - part).max(0.0);
    }
    state.pool_total = total;
}

/// A maturity: holders roll or leave, the pool pays in, the borrower pays the gap or has it prolonged.
#[cold]
pub fn roll(system: &System, state: &mut State, f: usize) {
    let facility = &system.facilities[f];
    let own = state.facilities[f];
    if own.balance <= 0.0 {
        return;
    }
    let latent = purely_latent(&system.obligors[facility.borrower]);
    let leaving = own.balance - own.rolled;
    let stays = if own.extending && leaving > 0.0 { own.gap / leaving } else { 0.0 };
    settle_holders(system, state, f, stays);
    let gap = if own.extending { 0.0 } else { own.gap };
    state.obligors[facility.borrower].cash -= gap;
    // Leaving holders were paid by outside; the pool and the borrower make up for it.
    state.outside += gap;
    fund_from_pool(system, state, f, own.pooled);
    restart(system, state, f, latent);
}

/// Every holder keeps what it rolls and, of the rest, the share that stays; it gets cash for what leaves.
fn settle_holders(system: &System, state: &mut State, f: usize, stays: f64) {
    let own = &state.facilities[f];
    let in_full = rolls_in_full(system, &system.facilities[f]);
    let offered = own.offer / own.balance;
    for mut held in state.holdings.row_mut(f) {
        let willing = if in_full { 1.0 } else { state.lenders.get(held.holder).map_or(1.0, |own| own.willingness) };
        let face = *held.face;
        let rolled = face * if in_full { 1.0 } else { offered * willing };
        let kept = rolled + (face - rolled) * stays;
        let paid = face - kept;
        held.repay(paid, kept);
        if let Some(lender) = state.lenders.get_mut(held.holder)
            && lender.alive
        {
            lender.cash += paid;
            state.outside -= paid;
        }
    }
}

/// Pool lenders pay in cash and become holders.
fn fund_from_pool(system: &System, state: &mut State, f: usize, pooled: f64) {
    if pooled <= 0.0 {
        return;
    }
    let share = pooled / state.pool_total;
    let mut rest = pooled;
    for j in 0..system.lenders.len() {
        let part = pool_part(system, state, j, state.pool_total) * share;
        if part > 0.0 {
            state.holdings.add(f, j, part);
            state.lenders[j].lend(part);
            state.outside += part;
            rest -= part;
        }
    }
    // Rounding of a pool without outside money is no holding of outside.
    if rest > pooled * 1e-12 {
        state.holdings.add(f, state.holdings.outside(), rest);
    }
}

/// New maturity, spread and schedule.
fn restart(system: &System, state: &mut State, f: usize, latent: bool) {
    let facility = &system.facilities[f];
    let repriced = system.credit.repricing * (1.0 - state.relative_confidence);
    let balance = state.holdings.balance(f);
    let own = &mut state.facilities[f];
    let tenor = if own.extending { facility.extension_q } else { facility.tenor_q };
    own.balance = balance;
    own.maturity = state.quarter + tenor as i64;
    own.schedule_start = state.quarter;
    own.schedule_balance = balance;
    own.extended |= own.extending;
    if !latent && balance > 0.0 {
        own.spread_pa += repriced;
        rediscount(system, state, facility.borrower);
    }
}

/// Contract fees are discounted at the lowest spread, which has moved.
fn rediscount(system: &System, state: &mut State, borrower: usize) {
    let discount = discount(system, lowest_spread(state, borrower));
    if discount == state.obligors[borrower].discount {
        return;
    }
    state.obligors[borrower].discount = discount;
    state.fees_moved = true;
    for c in 0..system.contracts.len() {
        if system.contracts[c].supplier == Trader::Obligor(borrower) {
            value_fees(system, state, c);
        }
    }
}
