//! What one trial can show of the model's invariants, asserted in every trial of a debug build;
//! a release build skips every one of them. (methods.md, 12)

use crate::model::clearing::{ClearingWorkspace, Network};
use crate::model::refinancing::maturing_balance;
use crate::model::state::{FacilityState, State};
use crate::model::system::{Claim, ExternalPriority, System};

/// Relative size of rounding in sums of cash and of balances.
const ROUNDING: f64 = 1e-9;

/// Ledger postings are rounded to 2^-30 each: a few thousand of them may differ from the books by this, USD bn.
const LEDGER: f64 = 1e-5;

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
pub fn assert_cash(state: &State) {
    if !cfg!(debug_assertions) {
        return;
    }
    let (sum, size) = cash(state);
    let gap = (sum - state.opening_cash).abs();
    assert!(gap <= ROUNDING * (1.0 + size), "quarter {}: cash changed by {gap:e} of {size:e}", state.quarter);
}

/// 2 and 8: faces sum to balances, offers never exceed them, refinanced plus gap is the maturing balance.
pub fn assert_facilities(state: &State) {
    if !cfg!(debug_assertions) {
        return;
    }
    for (f, own) in state.facilities.iter().enumerate() {
        let faces = state.holdings.balance(f);
        assert!((faces - own.balance).abs() <= ROUNDING * (1.0 + faces), "faces {faces} of balance {}", own.balance);
        assert!(own.balance >= 0.0 && own.undrawn >= 0.0, "balance {} undrawn {}", own.balance, own.undrawn);
        if own.maturing {
            let due = maturing_balance(own);
            assert!(own.offer <= due * (1.0 + ROUNDING), "offer {} of {due}", own.offer);
            let parts = own.rolled + own.pooled + own.gap;
            assert!((parts - due).abs() <= ROUNDING * (1.0 + due), "refinanced and gap {parts} of {due}");
        }
    }
}

/// 2 and 10: what a default costs is part of the balance, and this quarter's sales can only add to it.
pub fn assert_loss(own: &FacilityState) {
    if !cfg!(debug_assertions) {
        return;
    }
    let [before, after] = own.loss;
    let rounding = ROUNDING * (1.0 + own.balance);
    assert!(
        before >= -rounding && before <= after + rounding && after <= own.balance + rounding,
        "losses {before} and {after} of balance {}",
        own.balance
    );
}

/// 5: what the ledger took from a failed lender is all its equity but the residual, and what its creditors lack.
pub fn assert_failure(room: &ClearingWorkspace, state: &State, j: usize) {
    if !cfg!(debug_assertions) {
        return;
    }
    let own = &state.lenders[j];
    let unpaid = own.external_debt - room.external_paid[j] + room.network_debt()[j] - room.network_paid[j];
    let told = room.equity[j] - unpaid;
    let size = own.external_debt + room.network_debt()[j] + room.deadweight[j].abs();
    assert!(
        (own.equity - told).abs() <= LEDGER + ROUNDING * size,
        "quarter {}: failed lender {j} has {} not {told}",
        state.quarter,
        own.equity
    );
}

/// 3: who is paid, and in which order.
pub fn assert_payments(room: &ClearingWorkspace, system: &System, state: &State) {
    if !cfg!(debug_assertions) {
        return;
    }
    for (j, own) in state.lenders.iter().enumerate().filter(|(_, own)| own.alive) {
        let rounding = ROUNDING * (1.0 + own.external_debt + room.network_debt()[j]);
        let external_gap = own.external_debt - room.external_paid[j];
        let network_gap = room.network_debt()[j] - room.network_paid[j];
        assert!(
            external_gap >= -rounding && network_gap >= -rounding,
            "lender {j} pays {external_gap} and {network_gap} too much"
        );
        let senior = system.lenders[j].external_priority == ExternalPriority::Senior;
        assert!(
            !senior || external_gap <= rounding || room.network_paid[j] <= rounding,
            "lender {j} owes {external_gap} to senior creditors and pays {} to others",
            room.network_paid[j]
        );
        let paid = external_gap.abs() <= rounding && network_gap.abs() <= rounding;
        assert!(
            paid || (room.failed[j] && room.equity[j] <= rounding),
            "lender {j} keeps {} and owes {external_gap} and {network_gap}",
            room.equity[j]
        );
    }
}

/// 3 and 5: fractions, payments and the consolidated identity of a clearing, what marks take added back.
pub fn assert_clearing(room: &ClearingWorkspace, network: &Network, claims: &[Claim], state: &State) {
    if !cfg!(debug_assertions) {
        return;
    }
    let (mut assets, mut settled, mut size) = (0.0, 0.0, 1.0);
    for (j, own) in state.lenders.iter().enumerate().filter(|(_, own)| own.alive) {
        let p = room.fraction[j];
        assert!((0.0..=1.0).contains(&p), "payment fraction {p}");
        let paid = room.external_paid[j];
        assert!(paid <= own.external_debt * (1.0 + ROUNDING), "external {paid} of {}", own.external_debt);
        assets += own.external_assets();
        size += own.external_assets().abs();
        settled += room.equity[j] + paid + room.deadweight[j];
        assert!(!room.failed[j] || room.equity[j] >= 0.0, "residual equity {}", room.equity[j]);
    }
    let alive = |party: Option<usize>| party.is_some_and(|j| state.lenders[j].alive);
    for (c, (claim, amount)) in claims.iter().zip(&state.claims).enumerate() {
        if claim.debtor.is_none() && alive(claim.creditor) {
            assets += amount;
        }
        if alive(claim.debtor) {
            let counted = if alive(claim.creditor) { room.claim_value(network, c) } else { 0.0 };
            settled += amount * (claim.debtor.map_or(1.0, |k| room.fraction[k]) - counted);
        }
    }
    let gap = (assets - settled).abs();
    assert!(gap <= ROUNDING * size, "quarter {}: clearing settles {settled} of {assets}", state.quarter);
}

/// 4: equity is opening equity plus retained income less the losses in the ledger.
pub fn assert_equity(system: &System, state: &State) {
    if !cfg!(debug_assertions) {
        return;
    }
    for (j, own) in state.lenders.iter().enumerate().filter(|(_, own)| own.alive) {
        let told = own.opening_equity + own.income - state.ledger.lender_loss(j);
        let size = own.external_assets().abs() + own.claims;
        let gap = (own.equity - told).abs();
        let name = &system.lenders[j].name;
        assert!(gap <= LEDGER + ROUNDING * size, "quarter {}: {name} has {} not {told}", state.quarter, own.equity);
    }
}

/// 8 and 10: the fire-sale factor keeps its range; the dead hold nothing.
pub fn assert_bounds(system: &System, state: &State) {
    if !cfg!(debug_assertions) {
        return;
    }
    for sale in &state.fire_sales {
        let floor = system.compute.phi_min.min(1.0) * (1.0 - ROUNDING);
        assert!(sale.after >= floor && sale.after <= 1.0 + ROUNDING, "fire-sale factor {}", sale.after);
        assert!(sale.after <= sale.before * (1.0 + ROUNDING) || sale.before <= floor * (1.0 + 2.0 * ROUNDING));
    }
    for own in state.lenders.iter().filter(|own| own.alive) {
        let willing = (0.0..=1.0).contains(&own.willingness);
        assert!(willing, "willingness {}", own.willingness);
    }
    assert_dead(system, state);
}

/// 10: the dead hold nothing and owe nothing.
fn assert_dead(system: &System, state: &State) {
    for own in state.obligors.iter().filter(|own| !own.alive) {
        assert!(own.cash == 0.0, "a defaulted obligor holds {}", own.cash);
    }
    for (facility, own) in system.facilities.iter().zip(&state.facilities) {
        let open = own.balance != 0.0 || own.undrawn != 0.0;
        assert!(
            state.obligors[facility.borrower].alive || !open,
            "a defaulted obligor owes {} and may draw {}",
            own.balance,
            own.undrawn
        );
    }
    for own in state.lenders.iter().filter(|own| !own.alive) {
        assert!(own.cash == 0.0 && own.willingness == 0.0, "a failed lender holds {}", own.cash);
    }
    for (claim, amount) in system.claims.iter().zip(&state.claims) {
        let debtor_alive = claim.debtor.is_none_or(|k| state.lenders[k].alive);
        assert!(debtor_alive || *amount == 0.0, "a failed lender owes {amount}");
    }
}
