//! Fair value of AI loans: what holders that mark carry them at while the borrower lives. (methods.md, 5.2, 7, 8.2)

use crate::model::clearing::THRESHOLD_MARGIN;
use crate::model::ledger::Origin;
use crate::model::mark::{Mark, distress};
use crate::model::obligor::equity_after_payments;
use crate::model::outcome::Channel;
use crate::model::state::{State, Terms};
use crate::model::system::{Accounting, Facility, System};
use crate::random::Lanes;

/// Distress of borrowers at the last marking, with what is the same in the marks of all their loans.
///
/// # Shapes
/// One entry per obligor.
#[derive(Debug, Clone)]
pub struct Distress {
    /// h; 0 where loans are not marked.
    share: Vec<f64>,
    /// [`Mark::discount`] of h.
    discount: Vec<f64>,
}

impl Distress {
    /// Of so many obligors, none of them distressed.
    #[must_use]
    pub fn none(obligors: usize) -> Self {
        Distress { share: vec![0.0; obligors], discount: vec![1.0; obligors] }
    }

    /// Becomes the same as that of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let Distress { share, discount } = other;
        self.share.copy_from_slice(share);
        self.discount.copy_from_slice(discount);
    }
}

/// Brings every loan of a living fair-value holder to `face . V(h) . psi`.
///
/// The change from the old carrying value to `face . V(h) . psi'`, psi' being the price at the last marking, is booked as
/// `mark`; the rest, `face . V(h) . (psi' - psi)`, as `fire_sale`. The two telescope over quarters: they sum to face less
/// carrying value, and with the loss at default to the face lost. psi applies to marketable loans only, and V = 1 where
/// `loan_marks` is off. Called again after psi has moved, it books the move and nothing else. Needs the stakes added up.
pub fn mark_loans(system: &System, state: &mut State, lanes: Lanes) {
    let price = state.credit_price.after;
    let below_par = price != 1.0 || state.marked_price != 1.0;
    if below_par || state.reference_equity.nrows() > 0 {
        measure_distress(system, state, lanes);
        for i in 0..system.obligors.len() {
            if state.obligors[i].alive {
                mark_borrower(system, state, i, price);
            }
        }
    }
    state.marked_price = price;
}

/// Notes which holders are lenders that live and carry their loans at fair value; outside is none. To be called when lenders
/// have failed.
pub fn find_markers(system: &System, state: &mut State) {
    for ((marks, own), lender) in state.marks.iter_mut().zip(&state.lenders).zip(&system.lenders) {
        *marks = own.alive && lender.accounting == Accounting::FairValue;
    }
}

fn measure_distress(system: &System, state: &mut State, lanes: Lanes) {
    for i in 0..system.obligors.len() {
        state.distress.share[i] = distress_of(state, i);
    }
    let Distress { share, discount } = &mut state.distress;
    marks(system, 1.0).discounts(share, discount, lanes);
}

fn mark_borrower(system: &System, state: &mut State, i: usize, price: f64) {
    let unguaranteed = value_at(system, state, i, 1.0);
    for place in state.links.facilities.places(i) {
        let Terms { facility: f, marketable, guarantor, .. } = state.terms[place];
        let value = match guarantor {
            None => unguaranteed,
            Some(_) => value_at(system, state, i, lenders_part(state, &system.facilities[f])),
        };
        let (last, now) = if marketable { (state.marked_price, price) } else { (1.0, 1.0) };
        let at_par = std::mem::replace(&mut state.facilities[f].at_par, value == 1.0 && now == 1.0);
        // What is lent and repaid at par stays at par: there is nothing to mark.
        if !(at_par && value == 1.0 && last == 1.0 && now == 1.0) {
            mark_holders(state, f, Origin::Obligor(i), (value, last, now));
        }
    }
}

/// Those that mark a facility move to V . psi, from V . psi' as far as the price moves them.
fn mark_holders(state: &mut State, f: usize, origin: Origin, (value, last, now): (f64, f64, f64)) {
    let State { holdings, marks, ledger, .. } = state;
    for held in holdings.row_mut(f) {
        if !marks[held.holder] {
            continue;
        }
        let fair = *held.face * value;
        let (valued, worth) = (fair * last, fair * now);
        ledger.post(held.holder, Channel::Mark, origin, *held.carrying - valued);
        ledger.post(held.holder, Channel::FireSale, origin, valued - worth);
        *held.carrying = worth;
    }
}

/// What a loan was worth to who marks it at the last marking, per unit of face: V(h), and psi if it is marketable. Needs the loans
/// marked in this quarter.
#[must_use]
pub fn loan_value(system: &System, state: &State, f: usize) -> f64 {
    let facility = &system.facilities[f];
    let value = value_at(system, state, facility.borrower, lenders_part(state, facility));
    if facility.marketable { value * state.marked_price } else { value }
}

/// `h_i = 1 - eq_i / eq0_i,t` after the payments of the quarter, clipped to [0, 1]; 0 where loans are not marked.
fn distress_of(state: &State, i: usize) -> f64 {
    let row = (state.quarter - 1) as usize;
    if row >= state.reference_equity.nrows() {
        return 0.0;
    }
    let equity = equity_after_payments(state, i);
    let assets = equity.abs() + state.obligors[i].debt;
    distress(equity, state.reference_equity[[row, i]], THRESHOLD_MARGIN * assets)
}

/// V(h) of a loan to this borrower of whose loss its lenders bear this part; 1 without distress.
fn value_at(system: &System, state: &State, borrower: usize, borne: f64) -> f64 {
    let Distress { share, discount } = &state.distress;
    1.0 - marks(system, borne).discounted_loss(share[borrower], discount[borrower])
}

/// Marks of loans of whose loss lenders bear this part.
fn marks(system: &System, borne: f64) -> Mark {
    Mark { lgd: system.marks.mark_lgd * borne, convexity: system.marks.mark_convexity }
}

/// The part of its loss that the lenders of a facility bear: a living guarantor bears the rest.
fn lenders_part(state: &State, facility: &Facility) -> f64 {
    let guaranteed = facility.guarantor.filter(|guarantor| state.is_alive(*guarantor));
    1.0 - guaranteed.map_or(0.0, |_| facility.guarantee_share)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::model::fixture;
    use crate::model::outcome::FIXED_ONE;
    use crate::model::system::{Lender, Obligor, Party};
    use crate::model::trial::{self, Workspace, begin};
    use crate::random::{Lanes, Streams};

    /// A borrower of equity 8 (cash 12 less debt 4) and a fund that holds its marketable loan of 4.
    fn world() -> System {
        let mut system = fixture::system(&["us"]);
        system.obligors.push(Obligor { cash: 12.0, ..fixture::obligor("borrower") });
        system.lenders.push(Lender { cash: 1.0, ..fixture::fund("fund") });
        system.facilities.push(Facility { marketable: true, ..fixture::facility(0, 4.0, vec![(0, 1.0)]) });
        system
    }

    /// The state of a world in quarter 1 before it is marked, with eq0 = 8.
    fn state(system: &System) -> State {
        let mut workspace = Workspace::new(system).unwrap();
        begin(system, Streams::new(1), 0, &mut workspace);
        let mut state = workspace.state().clone();
        state.quarter = 1;
        state.reference_equity.fill(8.0);
        state
    }

    /// What the fund carries its loan at.
    fn held(state: &State) -> f64 {
        state.holdings.row(0).map(|held| held.carrying).sum()
    }

    fn booked(state: &State) -> [f64; 2] {
        [Channel::Mark, Channel::FireSale]
            .map(|channel| state.ledger.losses()[[0, channel as usize]] as f64 / FIXED_ONE)
    }

    #[test]
    fn price_and_distress_are_booked_apart_and_telescope() {
        let system = world();
        let mut state = state(&system);
        // (cash of the borrower, psi): V = 1 - 0.5 (12 - cash) / 8.
        for (cash, price) in [(8.0, 0.9), (8.0, 0.95), (12.0, 0.95), (4.0, 0.8), (12.0, 1.0)] {
            let (value, last) = (1.0 - (12.0 - cash) / 16.0, state.marked_price);
            let before = held(&state);
            let [mark, fire_sale] = booked(&state);
            state.obligors[0].cash = cash;
            state.credit_price.after = price;
            mark_loans(&system, &mut state, Lanes::detected());
            let told = booked(&state);
            assert_abs_diff_eq!(told[0] - mark, before - 4.0 * value * last, epsilon = 4e-9);
            assert_abs_diff_eq!(told[1] - fire_sale, 4.0 * value * (last - price), epsilon = 4e-9);
            assert_abs_diff_eq!(told[0] + told[1], 4.0 - held(&state), epsilon = 8e-9);
            assert_abs_diff_eq!(held(&state), 4.0 * value * price, epsilon = 1e-14);
        }
        assert_eq!(held(&state), 4.0);
    }

    #[test]
    fn what_is_lent_and_repaid_at_par_below_the_price_shows_in_the_mark() {
        let system = world();
        let mut state = state(&system);
        state.credit_price.after = 0.9;
        mark_loans(&system, &mut state, Lanes::detected());
        state.holdings.row_mut(0).for_each(|mut held| held.repay(1.0, 3.0));
        assert_abs_diff_eq!(held(&state), 2.6, epsilon = 1e-14);
        state.obligors[0].cash -= 1.0;
        (state.facilities[0].balance, state.obligors[0].debt) = (3.0, 3.0);
        mark_loans(&system, &mut state, Lanes::detected());
        assert_abs_diff_eq!(booked(&state)[0], -0.1, epsilon = 2e-9);
        assert_abs_diff_eq!(booked(&state)[1], 0.4, epsilon = 2e-9);
        state.holdings.add(0, 0, 1.0);
        mark_loans(&system, &mut state, Lanes::detected());
        assert_abs_diff_eq!(booked(&state)[0], 0.0, epsilon = 2e-9);
    }

    #[test]
    fn price_moves_marketable_loans_of_the_living_alone() {
        let mut system = world();
        system.switches.loan_marks = false;
        system.facilities[0].marketable = false;
        let mut unmoved = state(&system);
        unmoved.credit_price.after = 0.5;
        mark_loans(&system, &mut unmoved, Lanes::detected());
        assert_eq!(held(&unmoved), 4.0);
        system.facilities[0].marketable = true;
        let mut estate = state(&system);
        estate.credit_price.after = 0.5;
        estate.lenders[0].alive = false;
        find_markers(&system, &mut estate);
        mark_loans(&system, &mut estate, Lanes::detected());
        assert_eq!(held(&estate), 4.0);
        let mut moved = state(&system);
        moved.credit_price.after = 0.5;
        mark_loans(&system, &mut moved, Lanes::detected());
        assert_eq!((held(&moved), booked(&moved)), (2.0, [0.0, 2.0]));
    }

    #[test]
    fn guarantors_count_while_they_live() {
        let mut system = world();
        system.facilities[0].guarantor = Some(Party::Lender(0));
        system.facilities[0].guarantee_share = 0.25;
        let mut state = state(&system);
        assert_eq!(lenders_part(&state, &system.facilities[0]), 0.75);
        state.lenders[0].alive = false;
        assert_eq!(lenders_part(&state, &system.facilities[0]), 1.0);
    }

    #[test]
    fn opening_equity_is_that_of_the_balance_sheet() {
        let system = world();
        assert_eq!(trial::opening(&system).obligors[0].equity, 8.0);
        assert_eq!(equity_after_payments(&state(&system), 0), 8.0);
    }
}
