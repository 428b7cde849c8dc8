//! What one trial can show of the model's invariants, asserted in every trial of a debug build. (methods.md, 12)

use crate::model::clearing::ClearingWorkspace;
use crate::model::facility::maturing_balance;
use crate::model::state::State;
use crate::model::system::{Claim, System};

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
    let all = obligors
        .chain(lenders)
        .chain(transit)
        .chain([state.outside]);
    all.fold((0.0, 0.0), |(sum, size), amount| {
        (sum + amount, size + amount.abs())
    })
}

/// 1: cash only moves.
pub fn assert_cash(state: &State, opening: f64) {
    let (sum, size) = cash(state);
    let gap = (sum - opening).abs();
    assert!(
        gap <= ROUNDING * (1.0 + size),
        "quarter {}: cash changed by {gap:e} of {size:e}",
        state.quarter
    );
}

/// 2 and 8: faces sum to balances, offers never exceed them, refinanced plus gap is the maturing balance.
pub fn assert_facilities(state: &State) {
    for (f, own) in state.facilities.iter().enumerate() {
        let faces = state.holdings.balance(f);
        assert!(
            (faces - own.balance).abs() <= ROUNDING * (1.0 + faces),
            "faces {faces} of balance {}",
            own.balance
        );
        assert!(
            own.balance >= 0.0 && own.undrawn >= 0.0,
            "balance {} undrawn {}",
            own.balance,
            own.undrawn
        );
        if own.maturing {
            let due = maturing_balance(own);
            assert!(
                own.offer <= due * (1.0 + ROUNDING),
                "offer {} of {due}",
                own.offer
            );
            let parts = own.rolled + own.pooled + own.gap;
            assert!(
                (parts - due).abs() <= ROUNDING * (1.0 + due),
                "refinanced and gap {parts} of {due}"
            );
        }
    }
}

/// 3 and 5: fractions, payments and the consolidated identity of a clearing.
pub fn assert_clearing(room: &ClearingWorkspace, claims: &[Claim], amounts: &[f64], state: &State) {
    let (mut assets, mut settled, mut size) = (0.0, 0.0, 1.0);
    for (j, own) in state
        .lenders
        .iter()
        .enumerate()
        .filter(|(_, own)| own.alive)
    {
        let p = room.fraction[j];
        assert!((0.0..=1.0).contains(&p), "payment fraction {p}");
        let paid = room.external_paid[j];
        assert!(
            paid <= own.external_debt * (1.0 + ROUNDING),
            "external {paid} of {}",
            own.external_debt
        );
        assets += own.external_assets();
        size += own.external_assets().abs();
        settled += room.equity[j] + paid + room.deadweight[j];
        assert!(
            !room.failed[j] || room.equity[j] >= 0.0,
            "residual equity {}",
            room.equity[j]
        );
    }
    let alive = |party: Option<usize>| party.is_some_and(|j| state.lenders[j].alive);
    for (claim, amount) in claims.iter().zip(amounts) {
        if claim.debtor.is_none() && alive(claim.creditor) {
            assets += amount;
        }
        if alive(claim.debtor) && !alive(claim.creditor) {
            settled += amount * claim.debtor.map_or(1.0, |k| room.fraction[k]);
        }
    }
    let gap = (assets - settled).abs();
    assert!(
        gap <= ROUNDING * size,
        "quarter {}: clearing settles {settled} of {assets}",
        state.quarter
    );
}

/// 4: equity is opening equity plus retained income less the losses in the ledger.
pub fn assert_equity(system: &System, state: &State) {
    for (j, own) in state
        .lenders
        .iter()
        .enumerate()
        .filter(|(_, own)| own.alive)
    {
        let told = own.opening_equity + own.income - state.ledger.lender_loss(j);
        let size = own.external_assets().abs() + own.claims;
        let gap = (own.equity - told).abs();
        let name = &system.lenders[j].name;
        assert!(
            gap <= LEDGER + ROUNDING * size,
            "quarter {}: {name} has {} not {told}",
            state.quarter,
            own.equity
        );
    }
}

/// 8 and 10: the fire-sale factor keeps its range; the dead hold nothing.
pub fn assert_bounds(system: &System, state: &State) {
    for sale in &state.fire_sales {
        let floor = system.compute.phi_min.min(1.0) * (1.0 - ROUNDING);
        assert!(
            sale.after >= floor && sale.after <= 1.0 + ROUNDING,
            "fire-sale factor {}",
            sale.after
        );
        assert!(
            sale.after <= sale.before * (1.0 + ROUNDING)
                || sale.before <= floor * (1.0 + 2.0 * ROUNDING)
        );
    }
    for own in state.obligors.iter().filter(|own| !own.alive) {
        assert!(own.cash == 0.0, "a defaulted obligor holds {}", own.cash);
    }
    for own in state.lenders.iter().filter(|own| !own.alive) {
        assert!(
            own.cash == 0.0 && own.willingness == 0.0,
            "a failed lender holds {}",
            own.cash
        );
    }
}
