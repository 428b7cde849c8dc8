//! Forced sales of marketable AI credit to outside, and its common price. (methods.md, 8.2)

use crate::model::facility::is_fund;
use crate::model::ledger::Origin;
use crate::model::outcome::Channel;
use crate::model::state::{Holding, LenderState, State};
use crate::model::system::{Accounting, Lender, System};

/// Start of a quarter: the price recovers, `ln psi = (1 - k) ln psi_t-1`.
pub fn open_quarter(system: &System, state: &mut State) {
    let price = &mut state.credit_price;
    price.log_factor *= 1.0 - system.compute.impact_reversion_q;
    price.before = libm::exp(price.log_factor);
    price.after = price.before;
    state.credit_sold = 0.0;
}

/// Step 7: fair-value holders carry marketable credit at `face . psi`; what psi changes is booked as `fire_sale`.
pub fn reprice(system: &System, state: &mut State) {
    let psi = state.credit_price.after;
    for (f, facility) in system.facilities.iter().enumerate().filter(|(_, facility)| facility.marketable) {
        for held in state.holdings.row_mut(f) {
            if let Some(own) = state.lenders.get(held.holder)
                && own.alive
                && system.lenders[held.holder].accounting == Accounting::FairValue
            {
                let worth = held.face * psi;
                if worth != held.carrying {
                    let origin = Origin::Obligor(facility.borrower);
                    state.ledger.post(held.holder, Channel::FireSale, origin, held.carrying - worth);
                    held.carrying = worth;
                }
            }
        }
    }
}

/// Step 8: funds short of cash sell, pro rata over their marketable credit, at one common discount d; what fair-value
/// holders keep of it is marked down by d.
pub fn sell(system: &System, state: &mut State) {
    let short = |(lender, own): (&Lender, &LenderState)| shortfall(lender, own) > 0.0;
    if !system.switches.funding || !system.lenders.iter().zip(&state.lenders).any(short) {
        return;
    }
    value_marketable(system, state);
    let mut raised = 0.0;
    for (lender, own) in system.lenders.iter().zip(&state.lenders) {
        raised += shortfall(lender, own).min(own.liquidity.marketable);
    }
    if raised <= 0.0 {
        return;
    }
    let kept = depress(system, state, raised);
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        let wanted = shortfall(lender, own).min(own.liquidity.marketable);
        own.liquidity.sold = (wanted / kept).min(own.liquidity.marketable);
        state.credit_sold += own.liquidity.sold;
    }
    for f in (0..system.facilities.len()).filter(|f| system.facilities[*f].marketable) {
        hand_over(system, state, f, kept);
    }
}

/// What a fund's cash lacks to pay its dues. Others borrow.
fn shortfall(lender: &Lender, own: &LenderState) -> f64 {
    if is_fund(lender.kind) { (own.dues() - own.cash.max(0.0)).max(0.0) } else { 0.0 }
}

/// Fair value, before this quarter's sales, of what each lender holds of marketable credit.
fn value_marketable(system: &System, state: &mut State) {
    let psi = state.credit_price.before;
    for f in (0..system.facilities.len()).filter(|f| system.facilities[*f].marketable) {
        for held in state.holdings.row(f) {
            if let Some(own) = state.lenders.get_mut(held.holder).filter(|own| own.alive) {
                own.liquidity.marketable += fair_value(&system.lenders[held.holder], held, psi);
            }
        }
    }
}

/// A fair-value holder carries it; to others a loan is worth what fair-value holders carry it at.
fn fair_value(lender: &Lender, held: &Holding, psi: f64) -> f64 {
    match lender.accounting {
        Accounting::FairValue => held.carrying,
        Accounting::Accrual => held.face * psi,
    }
}

/// Lowers psi by `d = 1 - exp(-lambda_c . raised / depth)`. Returns 1 - d.
fn depress(system: &System, state: &mut State, raised: f64) -> f64 {
    if !system.switches.credit_fire_sale {
        return 1.0;
    }
    let market = &system.credit_market;
    let impact = -libm::log1p(-market.credit_impact_at_10pct) / 0.1 * raised / market.credit_depth;
    let price = &mut state.credit_price;
    price.log_factor -= impact;
    price.after = libm::exp(price.log_factor);
    libm::exp(-impact)
}

/// Sellers' part of a facility passes to outside; they book carrying less price as `funding`, and remaining fair-value
/// holders the fall of the price as `fire_sale`.
fn hand_over(system: &System, state: &mut State, f: usize, kept: f64) {
    let psi = state.credit_price.before;
    let origin = Origin::Obligor(system.facilities[f].borrower);
    let mut passed = 0.0;
    for held in state.holdings.row_mut(f) {
        let Some(own) = state.lenders.get_mut(held.holder).filter(|own| own.alive) else { continue };
        let lender = &system.lenders[held.holder];
        if own.liquidity.sold > 0.0 {
            let share = own.liquidity.sold / own.liquidity.marketable;
            let price = fair_value(lender, held, psi) * share * kept;
            state.ledger.post(held.holder, Channel::Funding, origin, held.carrying * share - price);
            own.cash += price;
            state.outside -= price;
            let left = Holding { face: held.face * (1.0 - share), carrying: held.carrying * (1.0 - share), ..*held };
            passed += held.face - left.face;
            *held = left;
        }
        if lender.accounting == Accounting::FairValue {
            state.ledger.post(held.holder, Channel::FireSale, origin, held.carrying * (1.0 - kept));
            held.carrying *= kept;
        }
    }
    if passed > 0.0 {
        state.holdings.add(f, state.holdings.outside(), passed);
    }
}
