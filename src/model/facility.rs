//! Facilities: collateral value, scheduled dues, covenants, payments to holders. (methods.md, 5.1, 5.3, 6.1)

use crate::model::obligor::purely_latent;
use crate::model::refinancing::roll;
use crate::model::state::{FacilityState, Holding, HoldingMut, LenderState, State};
use crate::model::system::{Acceleration, Amortisation, Facility, System};
use crate::units::per_quarter;

/// What is left of an amount below this share of it is rounding.
const DUST: f64 = 1e-12;

/// What is left of `whole`, rounding apart: a loan that is paid off is gone, whatever the last digit of its parts says.
#[must_use]
pub fn beyond_dust(left: f64, whole: f64) -> f64 {
    if left > DUST * whole { left } else { 0.0 }
}

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
        own.guaranteed = 0.0;
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
    for (facility, own) in system.facilities.iter().zip(&mut state.facilities).filter(|(facility, _)| secured(facility))
    {
        let borrower = &state.obligors[facility.borrower];
        own.collateral_value = facility.collateral * borrower.value().max(borrower.contract_value)
            + facility.pledge_other * borrower.other_assets;
    }
}

/// Step 3: loan-to-value tests and breach counters. A purely latent borrower has no covenants.
pub fn test_covenants(system: &System, state: &mut State) {
    for (facility, own) in system.facilities.iter().zip(&mut state.facilities) {
        let borrower = &mut state.obligors[facility.borrower];
        let tested = secured(facility) && borrower.alive;
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
#[cold]
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

/// Step 5: the borrower survives: interest and principal go to holders, maturing balances are refinanced.
pub fn pay(system: &System, state: &mut State, f: usize) {
    let own = &state.facilities[f];
    if own.balance <= 0.0 {
        return;
    }
    let maturing = own.maturing;
    pay_holders(system, state, f);
    if maturing {
        roll(system, state, f);
    }
}

/// Interest by face, of which the spread stays with a live lender and the base rate passes on to outside, and principal pro rata to
/// face.
fn pay_holders(system: &System, state: &mut State, f: usize) {
    let State { facilities, obligors, holdings, lenders, .. } = state;
    let own = &mut facilities[f];
    let principal = (own.amortisation + own.sweep + own.cure).max(0.0);
    let interest = own.interest.max(0.0);
    let spread = if interest > 0.0 { per_quarter(own.spread_pa) } else { 0.0 };
    let borrower = &mut obligors[system.facilities[f].borrower];
    borrower.cash -= interest;
    borrower.cash -= principal;
    let received = if principal > 0.0 {
        let left = beyond_dust(own.balance - principal, own.balance);
        let kept = if left > 0.0 { 1.0 - principal / own.balance } else { 0.0 };
        let (balance, received) = repay_holders(holdings.row_mut(f), lenders, (spread, kept));
        own.balance = balance;
        received
    } else {
        pay_interest(holdings.row(f), lenders, spread)
    };
    state.outside += interest + principal - received;
}

/// Interest by face; what live lenders receive.
fn pay_interest(row: impl Iterator<Item = Holding>, lenders: &mut [LenderState], spread: f64) -> f64 {
    let mut received = 0.0;
    for held in row {
        if let Some(lender) = lenders.get_mut(held.holder).filter(|lender| lender.alive) {
            let income = held.face * spread;
            lender.earn(income);
            received += income;
        }
    }
    received
}

/// Interest and principal by face, of which the share `kept` remains: the balance that remains and what live lenders receive.
fn repay_holders<'a>(
    row: impl Iterator<Item = HoldingMut<'a>>,
    lenders: &mut [LenderState],
    (spread, kept): (f64, f64),
) -> (f64, f64) {
    let repaid = 1.0 - kept;
    let (mut balance, mut received) = (0.0, 0.0);
    for mut held in row {
        let (income, paid, left) = (*held.face * spread, *held.face * repaid, *held.face * kept);
        held.repay(paid, left);
        balance += left;
        if let Some(lender) = lenders.get_mut(held.holder).filter(|lender| lender.alive) {
            lender.earn(income);
            lender.cash += paid;
            received += income + paid;
        }
    }
    (balance, received)
}
