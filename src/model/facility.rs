//! Facilities: collateral value, scheduled dues, covenants, refinancing. (methods.md, 5.1, 5.3, 6.1, 6.2)

use crate::model::contract::value_fees;
use crate::model::obligor::{discount, lowest_spread, purely_latent};
use crate::model::state::{FacilityState, State};
use crate::model::system::{Acceleration, Amortisation, Facility, LenderType, Refinancing, System, Trader};
use crate::units::per_quarter;

/// Opening facilities.
pub fn reset(system: &System, state: &mut State) {
    state.holdings.reset(system);
    for (f, facility) in system.facilities.iter().enumerate() {
        let balance = state.holdings.balance(f);
        state.facilities[f] = FacilityState {
            balance,
            undrawn: facility.undrawn,
            maturity: facility.maturity_q as i64,
            schedule_balance: balance,
            spread_pa: facility.spread_pa,
            ..FacilityState::default()
        };
    }
    state.opening_balance = state.facilities.iter().map(|f| f.balance).sum();
}

/// Is it lent against collateral?
#[must_use]
pub fn secured(facility: &Facility) -> bool {
    facility.collateral > 0.0 || facility.pledge_other > 0.0
}

/// Start of a quarter: nothing due yet; lines lapse in the quarter of maturity.
pub fn open_quarter(state: &mut State) {
    for own in &mut state.facilities {
        own.maturing = own.maturity == state.quarter;
        if own.maturing {
            own.undrawn = 0.0;
        }
        own.extending = false;
        own.in_breach = false;
        (own.interest, own.amortisation, own.sweep, own.cure) = (0.0, 0.0, 0.0, 0.0);
        (own.offer, own.rolled, own.pooled, own.gap, own.draw) = (0.0, 0.0, 0.0, 0.0, 0.0);
    }
}

/// Interest and scheduled amortisation of the quarter.
pub fn schedule(system: &System, state: &mut State) {
    for (facility, own) in system.facilities.iter().zip(&mut state.facilities) {
        if own.balance <= 0.0 {
            continue;
        }
        own.interest = own.balance * per_quarter(system.credit.base_rate_pa + own.spread_pa);
        let left = own.maturity - state.quarter + 1;
        own.amortisation = match &facility.amortisation {
            Amortisation::Bullet => 0.0,
            Amortisation::Linear => own.balance / left as f64,
            Amortisation::Sculpted(shares) => {
                let position = usize::try_from(state.quarter - own.schedule_start - 1).ok();
                let share = position.and_then(|at| shares.get(at)).copied().unwrap_or(0.0);
                (share * own.schedule_balance).min(own.balance)
            }
        };
    }
}

/// K_f = collateral . max(V_i, X_i) + pledged other assets. (5.3)
pub fn value_collateral(system: &System, state: &mut State) {
    for (facility, own) in system.facilities.iter().zip(&mut state.facilities) {
        let borrower = &state.obligors[facility.borrower];
        own.collateral_value = facility.collateral * borrower.value().max(borrower.contract_value)
            + facility.pledge_other * borrower.other_assets;
    }
}

/// Step 3: loan-to-value tests and breach counters. A purely latent borrower has no covenants.
pub fn test_covenants(system: &System, state: &mut State) {
    for (facility, own) in system.facilities.iter().zip(&mut state.facilities) {
        let borrower = &mut state.obligors[facility.borrower];
        let tested = secured(facility) && own.balance > 0.0 && borrower.alive;
        if !tested || purely_latent(&system.obligors[facility.borrower]) {
            continue;
        }
        let limit = facility.ltv_max * own.collateral_value;
        own.in_breach = facility.ltv_max.is_finite() && own.balance > limit;
        own.breaches = if own.in_breach { own.breaches + 1.0 } else { 0.0 };
        borrower.in_breach |= own.in_breach;
    }
}

/// Step 3: free cash is swept to balances in breach, pro rata; what still breaks the covenant after the cure period
/// falls due.
pub fn sweep_and_cure(system: &System, state: &mut State, i: usize, free_cash: f64) {
    let balance_in_breach: f64 = state.links.facilities[i]
        .iter()
        .map(|f| &state.facilities[*f])
        .filter(|own| own.in_breach)
        .map(|own| own.balance)
        .sum();
    for position in 0..state.links.facilities[i].len() {
        let f = state.links.facilities[i][position];
        let facility = &system.facilities[f];
        let own = &mut state.facilities[f];
        if !own.in_breach {
            continue;
        }
        let open = own.balance - own.amortisation;
        own.sweep = (free_cash * own.balance / balance_in_breach).min(open);
        if own.breaches > facility.cure_q {
            let allowed = match system.credit.acceleration {
                Acceleration::Shortfall => facility.ltv_max * own.collateral_value,
                Acceleration::Full => 0.0,
            };
            own.cure = (open - own.sweep - allowed).max(0.0);
        }
    }
}

/// Balance that is left to refinance after the quarter's other principal.
#[must_use]
pub fn maturing_balance(own: &FacilityState) -> f64 {
    (own.balance - own.amortisation - own.sweep - own.cure).max(0.0)
}

/// Step 4: offers, what holders roll, what the pool fills, and the gaps that remain. (6.2)
pub fn refinance(system: &System, state: &mut State) {
    let crunch = system.switches.credit_crunch;
    let mut requests = 0.0;
    for f in 0..system.facilities.len() {
        offer(system, state, f);
        requests += state.facilities[f].offer - state.facilities[f].rolled;
    }
    let pool = weigh_pool(system, state);
    let filled = if crunch && requests > pool { pool / requests } else { 1.0 };
    for own in &mut state.facilities {
        own.pooled = (own.offer - own.rolled) * filled;
        if own.maturing {
            own.gap = (maturing_balance(own) - own.rolled - own.pooled).max(0.0);
        }
    }
    reserve(system, state, requests * filled);
}

fn offer(system: &System, state: &mut State, f: usize) {
    let facility = &system.facilities[f];
    let balance = maturing_balance(&state.facilities[f]);
    let borrower = &state.obligors[facility.borrower];
    if !state.facilities[f].maturing || balance <= 0.0 || !borrower.alive {
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
    let willing: f64 = state.holdings.row(f).map(|(j, face)| face * willingness(state, j)).sum();
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
        own.pool_weight = if is_fund(lender.kind) { weight.min(own.lendable) } else { weight };
        pool += own.pool_weight;
    }
    state.pool = pool;
    pool
}

/// Credit and bond funds lend only the cash they had at the end of the last quarter.
#[must_use]
pub fn is_fund(kind: LenderType) -> bool {
    matches!(kind, LenderType::CreditFund | LenderType::BondFund)
}

/// Part of the pool's lending that one lender provides; a fund no more than it has, outside the rest.
#[must_use]
pub fn pool_part(system: &System, state: &State, lender: usize, total: f64) -> f64 {
    let own = &state.lenders[lender];
    if state.pool <= 0.0 {
        return 0.0;
    }
    let part = total * own.pool_weight / state.pool;
    if is_fund(system.lenders[lender].kind) { part.min(own.pool_limit) } else { part }
}

/// What the pool takes is no longer there for draws and lines.
fn reserve(system: &System, state: &mut State, total: f64) {
    for j in 0..system.lenders.len() {
        state.lenders[j].pool_limit = state.lenders[j].lendable;
        let part = pool_part(system, state, j, total);
        state.lenders[j].lendable -= part;
    }
    state.pool_total = total;
}

/// Step 5: the borrower survives: interest and principal go to holders, maturing balances are refinanced.
pub fn pay(system: &System, state: &mut State, f: usize) {
    pay_interest(system, state, f);
    let own = &state.facilities[f];
    let principal = own.amortisation + own.sweep + own.cure;
    repay(system, state, f, principal);
    if state.facilities[f].maturing {
        roll(system, state, f);
    }
}

/// Interest by face: the spread stays with a live lender, the base rate passes on to outside.
fn pay_interest(system: &System, state: &mut State, f: usize) {
    let facility = &system.facilities[f];
    let own = &state.facilities[f];
    if own.interest <= 0.0 {
        return;
    }
    let rate = own.spread_pa;
    state.obligors[facility.borrower].cash -= own.interest;
    state.outside += own.interest;
    for (j, face) in state.holdings.row(f) {
        if let Some(lender) = state.lenders.get_mut(j)
            && lender.alive
        {
            let spread = face * per_quarter(rate);
            lender.earn(spread);
            state.outside -= spread;
        }
    }
}

/// Principal to holders pro rata to face.
fn repay(system: &System, state: &mut State, f: usize, principal: f64) {
    let balance = state.facilities[f].balance;
    if principal <= 0.0 || balance <= 0.0 {
        return;
    }
    let kept = 1.0 - principal.min(balance) / balance;
    state.obligors[system.facilities[f].borrower].cash -= principal;
    state.outside += principal;
    for (j, face) in state.holdings.row_mut(f) {
        let paid = *face * (1.0 - kept);
        *face *= kept;
        if let Some(lender) = state.lenders.get_mut(j)
            && lender.alive
        {
            lender.cash += paid;
            state.outside -= paid;
        }
    }
    state.facilities[f].balance = state.holdings.balance(f);
}

/// A maturity: holders roll or leave, the pool pays in, the borrower pays the gap or has it prolonged.
fn roll(system: &System, state: &mut State, f: usize) {
    let facility = &system.facilities[f];
    let own = state.facilities[f].clone();
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
    for (j, face) in state.holdings.row_mut(f) {
        let willing = if in_full { 1.0 } else { state.lenders.get(j).map_or(1.0, |own| own.willingness) };
        let rolled = *face * if in_full { 1.0 } else { offered * willing };
        let kept = rolled + (*face - rolled) * stays;
        let paid = *face - kept;
        *face = kept;
        if let Some(lender) = state.lenders.get_mut(j)
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
            state.lenders[j].cash -= part;
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
    state.obligors[borrower].discount = discount(system, lowest_spread(state, borrower));
    for c in 0..system.contracts.len() {
        if system.contracts[c].supplier == Trader::Obligor(borrower) {
            value_fees(system, state, c);
        }
    }
}
