//! Forced sales of marketable AI credit to outside, and its common price. (methods.md, 8.2)

use crate::model::fair_value::loan_value;
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

/// Step 8: funds short of cash sell, pro rata over their marketable credit, at one common discount d; what fair-value
/// holders keep of it is marked down by d.
pub fn sell(system: &System, state: &mut State) {
    let short = |(lender, own): (&Lender, &LenderState)| shortfall(lender, own) > 0.0;
    if !system.switches.funding || !system.lenders.iter().zip(&state.lenders).any(short) {
        return;
    }
    state.contagion = true;
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
    state.marked_price = state.credit_price.after;
}

/// What a fund's cash lacks to pay its dues. Others borrow.
fn shortfall(lender: &Lender, own: &LenderState) -> f64 {
    if lender.kind.is_fund() { (own.dues() - own.liquidity.available).max(0.0) } else { 0.0 }
}

/// Fair value, before this quarter's sales, of what each lender holds of marketable credit.
fn value_marketable(system: &System, state: &mut State) {
    for f in (0..system.facilities.len()).filter(|f| system.facilities[*f].marketable) {
        let price = loan_value(system, state, f);
        for held in state.holdings.row(f) {
            if let Some(own) = state.lenders.get_mut(held.holder).filter(|own| own.alive) {
                own.liquidity.marketable += fair_value(&system.lenders[held.holder], &held, price);
            }
        }
    }
}

/// What a fair-value holder carries; to others a loan is worth what fair-value holders carry it at, `price` per face.
fn fair_value(lender: &Lender, held: &Holding, price: f64) -> f64 {
    match lender.accounting {
        Accounting::FairValue => held.carrying,
        Accounting::Accrual => held.face * price,
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
    let value = loan_value(system, state, f);
    let origin = Origin::Obligor(system.facilities[f].borrower);
    state.facilities[f].at_par = false;
    let mut passed = 0.0;
    for held in state.holdings.row_mut(f) {
        let Some(own) = state.lenders.get_mut(held.holder).filter(|own| own.alive) else { continue };
        let lender = &system.lenders[held.holder];
        if own.liquidity.sold > 0.0 {
            let share = own.liquidity.sold / own.liquidity.marketable;
            let price = fair_value(lender, &held.read(), value) * share * kept;
            state.ledger.post(held.holder, Channel::Funding, origin, *held.carrying * share - price);
            own.cash += price;
            own.liquidity.available += price;
            state.outside -= price;
            let left = *held.face * (1.0 - share);
            passed += *held.face - left;
            *held.face = left;
            *held.carrying *= 1.0 - share;
        }
        if lender.accounting == Accounting::FairValue {
            state.ledger.post(held.holder, Channel::FireSale, origin, *held.carrying * (1.0 - kept));
            *held.carrying *= kept;
        }
    }
    if passed > 0.0 {
        state.holdings.add(f, state.holdings.outside(), passed);
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::model::fair_value;
    use crate::model::fixture;
    use crate::model::outcome::FIXED_ONE;
    use crate::model::system::{Facility, Obligor};
    use crate::model::trial::{Workspace, begin};
    use crate::random::{Lanes, Streams};

    /// A borrower that has lost half of its equity of 8, so that V = 0.75; a fund at fair value and one on accrual hold 4
    /// each of its marketable loan and each owe 1 without cash.
    fn state(system: &mut System) -> State {
        system.obligors.push(Obligor { cash: 16.0, ..fixture::obligor("borrower") });
        system.lenders.push(fixture::fund("fair"));
        system.lenders.push(Lender { accounting: Accounting::Accrual, ..fixture::fund("accrual") });
        let loan = fixture::facility(0, 8.0, vec![(0, 0.5), (1, 0.5)]);
        system.facilities.push(Facility { marketable: true, ..loan });
        let mut workspace = Workspace::new(system).unwrap();
        begin(system, Streams::new(1), 0, &mut workspace);
        let mut state = workspace.state().clone();
        state.quarter = 1;
        state.reference_equity.fill(8.0);
        state.obligors[0].cash -= 4.0;
        fair_value::mark_loans(system, &mut state, Lanes::detected());
        state.lenders.iter_mut().for_each(|own| own.liquidity.called = 1.0);
        state
    }

    fn booked(state: &State, lender: usize, channel: Channel) -> f64 {
        state.ledger.losses()[[lender, channel as usize]] as f64 / FIXED_ONE
    }

    #[test]
    fn sellers_share_one_discount_on_fair_value_whatever_they_carry() {
        let mut system = fixture::system(&["us"]);
        let mut state = state(&mut system);
        sell(&system, &mut state);
        // Two raise 1 each: 1 - d = 0.9^(10 x 2 / 200); each sells 1 / (1 - d) of a fair value of 3.
        let kept = libm::pow(0.9, 0.1);
        let (sold, share) = (1.0 / kept, 1.0 / kept / 3.0);
        for own in &state.lenders {
            assert_abs_diff_eq!(own.cash, 1.0, epsilon = 1e-14);
            assert_abs_diff_eq!(own.liquidity.sold, sold, epsilon = 1e-14);
        }
        assert_abs_diff_eq!(booked(&state, 0, Channel::Funding), sold - 1.0, epsilon = 2e-9);
        assert_abs_diff_eq!(booked(&state, 0, Channel::FireSale), (3.0 - sold) * (1.0 - kept), epsilon = 2e-9);
        assert_abs_diff_eq!(booked(&state, 1, Channel::Funding), 4.0 * share - 1.0, epsilon = 2e-9);
        assert_eq!(booked(&state, 1, Channel::FireSale), 0.0);
        let row: Vec<_> = state.holdings.row(0).collect();
        assert_abs_diff_eq!(row[0].carrying, (3.0 - sold) * kept, epsilon = 1e-14);
        assert_abs_diff_eq!(row[1].carrying, 4.0 - 4.0 * share, epsilon = 1e-14);
        assert_abs_diff_eq!(row[2].face, 8.0 * share, epsilon = 1e-14);
        // What step 8 has marked the next marking leaves as it is.
        let before = state.ledger.losses().to_owned();
        fair_value::mark_loans(&system, &mut state, Lanes::detected());
        assert_eq!(state.ledger.losses(), before);
    }

    /// Half of an equity of 8 is gone: V = 0.75, whoever else lends.
    #[test]
    fn what_an_accrual_seller_gets_does_not_hang_on_the_accounting_of_others() {
        for accounting in [Accounting::Accrual, Accounting::FairValue] {
            let mut system = fixture::system(&["us"]);
            system.switches.credit_fire_sale = false;
            system.obligors.push(Obligor { cash: 16.0, ..fixture::obligor("borrower") });
            system.lenders.push(Lender { accounting: Accounting::Accrual, ..fixture::fund("seller") });
            system.lenders.push(Lender { accounting, ..fixture::fund("bystander") });
            let loan = fixture::facility(0, 8.0, vec![(0, 1.0)]);
            system.facilities.push(Facility { marketable: true, ..loan });
            let mut workspace = Workspace::new(&system).unwrap();
            begin(&system, Streams::new(1), 0, &mut workspace);
            let mut state = workspace.state().clone();
            state.quarter = 1;
            state.reference_equity.fill(8.0);
            state.obligors[0].cash -= 4.0;
            fair_value::mark_loans(&system, &mut state, Lanes::detected());
            state.lenders[0].liquidity.called = 1.0;
            sell(&system, &mut state);
            assert_abs_diff_eq!(booked(&state, 0, Channel::Funding), 1.0 / 0.75 - 1.0, epsilon = 2e-9);
        }
    }

    #[test]
    fn without_price_impact_a_seller_at_fair_value_loses_nothing() {
        let mut system = fixture::system(&["us"]);
        system.switches.credit_fire_sale = false;
        let mut state = state(&mut system);
        sell(&system, &mut state);
        assert_eq!((booked(&state, 0, Channel::Funding), state.credit_price.after), (0.0, 1.0));
        assert_abs_diff_eq!(booked(&state, 1, Channel::Funding), 4.0 / 3.0 - 1.0, epsilon = 2e-9);
    }
}
