//! What one trial can show of the model's invariants, told to its audit. (methods.md, 12)

use crate::model::audit::{Audit, beyond, outside};
use crate::model::clearing::{ClearingWorkspace, Network};
use crate::model::outcome::Outcome;
use crate::model::refinancing::maturing_balance;
use crate::model::state::{FacilityState, State};
use crate::model::system::{ExternalPriority, System};

/// All cash: obligors, lenders, payments in transit, outside; and the sum of their sizes.
#[must_use]
pub fn cash(state: &State) -> (f64, f64) {
    let obligors = state.obligors.iter().map(|own| own.cash);
    let lenders = state.lenders.iter().map(|own| own.cash);
    let transit = state.contracts.iter().map(|own| own.sent);
    let all = obligors.chain(lenders).chain(transit).chain([state.outside]);
    all.fold((0.0, 0.0), |(sum, size), amount| (sum + amount, size + amount.abs()))
}

/// 1: cash only moves.
pub fn check_cash(state: &mut State) {
    if state.audit.is_active() {
        let (sum, size) = cash(state);
        state.audit.check("cash", sum - state.opening_cash, size);
    }
}

/// 2 and 8: faces sum to balances, offers never exceed them, refinanced plus gap is the maturing balance.
pub fn check_facilities(state: &mut State) {
    let State { facilities, holdings, audit, .. } = state;
    if !audit.is_active() {
        return;
    }
    for (f, own) in facilities.iter().enumerate() {
        let faces = holdings.balance(f);
        audit.check("faces", faces - own.balance, faces);
        audit.check("balances", outside(own.balance.min(own.undrawn), 0.0, f64::INFINITY), 0.0);
        if own.maturing {
            let due = maturing_balance(own);
            audit.check("offers", outside(own.offer, 0.0, due), due);
            audit.check("refinancing", own.rolled + own.pooled + own.gap - due, due);
        }
    }
}

/// 2 and 10: what a default costs is part of the balance, and this quarter's sales can only add to it.
pub fn check_loss(own: &FacilityState, audit: &mut Audit) {
    let [before, after] = own.loss;
    audit.check("default losses", outside(before, 0.0, own.balance), own.balance);
    audit.check("default losses", outside(after, before, own.balance), own.balance);
}

/// 5: what the ledger took from a failed lender is all its equity but the residual, and what its creditors lack.
pub fn check_failure(room: &ClearingWorkspace, state: &mut State, j: usize) {
    let own = &state.lenders[j];
    let unpaid = own.external_debt - room.external_paid[j] + room.network_debt()[j] - room.network_paid[j];
    let told = room.equity[j] - unpaid;
    let size = own.external_debt + room.network_debt()[j] + room.deadweight[j].abs();
    state.audit.check("equity at failure", beyond(own.equity - told, state.ledger.rounding(j)), size);
}

/// 3: who is paid, and in which order.
pub fn check_payments(room: &ClearingWorkspace, system: &System, state: &mut State) {
    let State { lenders, audit, .. } = state;
    if !audit.is_active() {
        return;
    }
    for (j, own) in lenders.iter().enumerate().filter(|(_, own)| own.alive) {
        let debt = own.external_debt + room.network_debt()[j];
        let external_gap = own.external_debt - room.external_paid[j];
        let network_gap = room.network_debt()[j] - room.network_paid[j];
        audit.check("payment fractions", outside(room.fraction[j], 0.0, 1.0), 0.0);
        audit.check("payments", outside(room.external_paid[j], 0.0, own.external_debt), debt);
        audit.check("payments", outside(room.network_paid[j], 0.0, room.network_debt()[j]), debt);
        if system.lenders[j].external_priority == ExternalPriority::Senior {
            audit.check("seniority", external_gap.min(room.network_paid[j]), debt);
        }
        let unpaid = external_gap.max(network_gap);
        if room.failed[j] {
            audit.check("residual equity", outside(room.equity[j], 0.0, f64::INFINITY), debt);
            audit.check("limited liability", room.equity[j].min(unpaid), debt);
        } else {
            audit.check("debts of survivors", unpaid, debt);
        }
    }
}

/// 5: the consolidated identity of a clearing, what marks take added back.
pub fn check_clearing(room: &ClearingWorkspace, network: &Network, system: &System, state: &mut State) {
    let State { lenders, claims, audit, .. } = state;
    if !audit.is_active() {
        return;
    }
    let (mut assets, mut settled, mut size) = (0.0, 0.0, 0.0);
    for (j, own) in lenders.iter().enumerate().filter(|(_, own)| own.alive) {
        assets += own.external_assets();
        size += own.external_assets().abs();
        settled += room.equity[j] + room.external_paid[j] + room.deadweight[j];
    }
    let alive = |party: Option<usize>| party.is_some_and(|j| lenders[j].alive);
    for (c, (claim, amount)) in system.claims.iter().zip(claims).enumerate() {
        if claim.debtor.is_none() && alive(claim.creditor) {
            assets += *amount;
        }
        if alive(claim.debtor) {
            let counted = if alive(claim.creditor) { room.claim_value(network, c) } else { 0.0 };
            settled += *amount * (claim.debtor.map_or(1.0, |k| room.fraction[k]) - counted);
        }
    }
    audit.check("clearing", assets - settled, size);
}

/// 4: equity is opening equity plus retained income less redemptions and the losses in the ledger.
pub fn check_equity(state: &mut State) {
    let State { lenders, ledger, audit, .. } = state;
    if !audit.is_active() {
        return;
    }
    for (j, own) in lenders.iter().enumerate().filter(|(_, own)| own.alive) {
        let told = own.capital() - ledger.lender_loss(j);
        let size = own.external_assets().abs() + own.claims;
        audit.check("equity", beyond(own.equity - told, ledger.rounding(j)), size);
    }
}

/// 5: the loss of the system by lender and channel is its loss by obligor.
pub fn check_attribution(outcome: &Outcome, audit: &mut Audit) {
    if audit.is_active() {
        let by_obligor: i128 = outcome.losses_by_obligor.iter().map(|loss| i128::from(*loss)).sum();
        let gap = by_obligor - i128::from(outcome.system_loss);
        // In units of the ledger: between integers nothing is rounding.
        audit.check("losses by obligor", gap as f64, 0.0);
    }
}

/// 8: the fire-sale factor keeps its range and falls with sales; so does willingness to lend.
pub fn check_ranges(system: &System, state: &mut State) {
    let State { fire_sales, lenders, audit, .. } = state;
    if !audit.is_active() {
        return;
    }
    let floor = system.compute.phi_min.min(1.0);
    for sale in fire_sales {
        audit.check("fire-sale factor", outside(sale.after, floor, 1.0), 0.0);
        audit.check("fire-sale factor", outside(sale.after, floor, sale.before.max(floor)), 0.0);
    }
    for own in lenders.iter().filter(|own| own.alive) {
        audit.check("willingness", outside(own.willingness, 0.0, 1.0), 0.0);
    }
}

/// 10: the dead hold nothing and owe nothing.
pub fn check_dead(system: &System, state: &mut State) {
    let State { obligors, facilities, lenders, claims, audit, .. } = state;
    if !audit.is_active() {
        return;
    }
    let borrowed = system.facilities.iter().zip(facilities).filter(|(facility, _)| !obligors[facility.borrower].alive);
    let borrowed: f64 = borrowed.map(|(_, own)| own.balance.abs() + own.undrawn.abs()).sum();
    let held: f64 = obligors.iter().filter(|own| !own.alive).map(|own| own.cash.abs()).sum();
    audit.check("defaulted obligors", borrowed + held, 0.0);
    let failed = |j: usize| !lenders[j].alive;
    let owed = system.claims.iter().zip(claims).filter(|(claim, _)| claim.debtor.is_some_and(failed));
    let owed: f64 = owed.map(|(_, amount)| amount.abs()).sum();
    let held: f64 = lenders.iter().filter(|own| !own.alive).map(|own| own.cash.abs() + own.willingness).sum();
    audit.check("failed lenders", owed + held, 0.0);
}
