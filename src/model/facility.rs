//! Facilities: collateral value, scheduled dues, covenants, payments to holders. (methods.md, 5.1, 5.3, 6.1)

use crate::model::obligor::purely_latent;
use crate::model::state::{FacilityState, HoldingMut, Holdings, LenderState, Schedule, State, Terms};
use crate::model::system::{Acceleration, Amortisation, Facility, Flow, System};
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

/// Notes the terms of a trial, parameters as drawn, which is before its first quarter. A purely latent borrower has no covenants.
pub fn note_terms(system: &System, state: &mut State) {
    let State { links, terms, drawing, .. } = state;
    terms.clear();
    drawing.clear();
    for (i, obligor) in system.obligors.iter().enumerate() {
        for f in &links.facilities[i] {
            let facility = &system.facilities[*f];
            let tested = secured(facility) && !purely_latent(obligor);
            terms.push(Terms {
                facility: *f,
                schedule: match facility.amortisation {
                    Amortisation::Bullet => Schedule::Bullet,
                    Amortisation::Linear => Schedule::Linear,
                    Amortisation::Sculpted(_) => Schedule::Sculpted,
                },
                collateral: facility.collateral,
                pledge_other: facility.pledge_other,
                ltv_max: if tested { facility.ltv_max } else { f64::INFINITY },
                marketable: facility.marketable,
                guarantor: facility.guarantor,
            });
        }
    }
    let draws = |facility: &Facility| facility.undrawn > 0.0 && facility.draws != Flow::default();
    let facilities = system.facilities.iter().enumerate();
    drawing.extend(facilities.filter(|(_, facility)| draws(facility)).map(|(f, _)| f));
}

/// Are all facilities of an obligor unsecured and repaid at maturity, as parameters are drawn?
#[must_use]
pub fn has_plain_loans(system: &System, state: &State, borrower: usize) -> bool {
    let mut own = state.links.facilities[borrower].iter().map(|f| &system.facilities[*f]);
    own.all(|facility| !secured(facility) && facility.amortisation == Amortisation::Bullet)
}

/// Is it lent against collateral?
#[must_use]
pub fn secured(facility: &Facility) -> bool {
    facility.collateral > 0.0 || facility.pledge_other > 0.0
}

/// Start of a quarter: what breaches and maturities of the last one brought is over; lines lapse in the quarter of maturity.
pub fn open_quarter(state: &mut State) {
    let State { facilities, breaching, maturing, quarter, .. } = state;
    for f in breaching.drain(..) {
        let own = &mut facilities[f];
        own.in_breach = false;
        (own.sweep, own.cure) = (0.0, 0.0);
    }
    for f in maturing.drain(..) {
        let own = &mut facilities[f];
        (own.maturing, own.extending) = (false, false);
        (own.offer, own.rolled, own.pooled, own.gap) = (0.0, 0.0, 0.0, 0.0);
    }
    for (f, own) in facilities.iter_mut().enumerate().filter(|(_, own)| own.maturity == *quarter) {
        own.maturing = true;
        own.undrawn = 0.0;
        maturing.push(f);
    }
}

/// Opening debt service of plain loans, which is that of the first quarter.
pub fn open_service(system: &System, state: &mut State) {
    let State { obligors, facilities, links, terms, .. } = state;
    for (i, borrower) in obligors.iter_mut().enumerate().filter(|(_, borrower)| borrower.plain_loans) {
        for terms in &terms[links.facilities.places(i)] {
            let own = &mut facilities[terms.facility];
            serve(system, terms, own, 0);
            borrower.dues.interest += own.interest;
        }
        borrower.service_stale = false;
    }
}

/// Step 3: interest and scheduled amortisation of the quarter, collateral values and loan-to-value tests.
///
/// `K_f = collateral . max(V_i, X_i) + pledged other assets`, and a breach where the balance exceeds `ltv_max . K_f`. (5.3)
pub fn assess(system: &System, state: &mut State) {
    let State { obligors, facilities, links, terms, breaching, quarter, .. } = state;
    let (facilities, terms, quarter) = (&mut facilities[..], &terms[..], *quarter);
    for (i, borrower) in obligors.iter_mut().enumerate() {
        if !borrower.service_stale && (borrower.plain_loans || !borrower.alive) {
            continue;
        }
        borrower.service_stale = false;
        let terms = &terms[links.facilities.places(i)];
        if !borrower.alive {
            for terms in terms {
                (facilities[terms.facility].interest, facilities[terms.facility].amortisation) = (0.0, 0.0);
            }
            continue;
        }
        let (hardware, other) = (borrower.hardware(), borrower.other_assets);
        let (mut interest, mut amortisation) = (0.0, 0.0);
        borrower.in_breach = false;
        for terms in terms {
            let own = &mut facilities[terms.facility];
            serve(system, terms, own, quarter);
            own.collateral_value = terms.collateral * hardware + terms.pledge_other * other;
            interest += own.interest;
            amortisation += own.amortisation;
            // Where no covenant is tested the limit is infinite, or undefined for want of collateral: never exceeded.
            if own.balance > terms.ltv_max * own.collateral_value {
                own.in_breach = true;
                own.breaches += 1.0;
                borrower.in_breach = true;
                breaching.push(terms.facility);
            } else {
                own.breaches = 0.0;
            }
        }
        (borrower.dues.interest, borrower.dues.amortisation) = (interest, amortisation);
    }
}

/// Interest and scheduled amortisation of a quarter. Nothing is due at a rate below 0, and nothing is netted against what other loans
/// bear.
#[inline]
fn serve(system: &System, terms: &Terms, own: &mut FacilityState, quarter: i64) {
    own.interest = (own.balance * per_quarter(system.credit.base_rate_pa + own.spread_pa)).max(0.0);
    own.amortisation = scheduled(system, terms, own, quarter);
}

/// Amortisation that its schedule asks for this quarter.
#[inline]
fn scheduled(system: &System, terms: &Terms, own: &FacilityState, quarter: i64) -> f64 {
    match terms.schedule {
        Schedule::Bullet => 0.0,
        _ if own.balance <= 0.0 => 0.0,
        Schedule::Linear => own.balance / (own.maturity - quarter + 1) as f64,
        Schedule::Sculpted => sculpted(&system.facilities[terms.facility], own, quarter),
    }
}

/// The share of its opening amount that a sculpted loan repays this quarter.
fn sculpted(facility: &Facility, own: &FacilityState, quarter: i64) -> f64 {
    let Amortisation::Sculpted(shares) = &facility.amortisation else { return 0.0 };
    let position = usize::try_from(quarter - own.schedule_start - 1).ok();
    let share = position.and_then(|at| shares.get(at)).copied().unwrap_or(0.0);
    (share * own.schedule_balance).min(own.balance)
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

/// Step 5: debt service of a borrower that survives, all facilities in order, where none of them matures or is drawn on.
#[inline]
pub fn pay_all(state: &mut State, i: usize) {
    let State { facilities, obligors, holdings, lenders, links, outside, .. } = state;
    let (borrower, facilities) = (&mut obligors[i], &mut facilities[..]);
    // In registers while it goes through the facilities.
    let (mut cash, mut debt, mut rest) = (borrower.cash, 0.0, *outside);
    let mut creditors = Creditors { holdings, lenders, outside: &mut rest };
    for f in &links.facilities[i] {
        let own = &mut facilities[*f];
        creditors.receive(*f, own, &mut cash);
        debt += own.balance;
    }
    (borrower.cash, borrower.debt, *outside) = (cash, debt, rest);
}

/// Step 5: debt service of one facility, whose borrower survives. Returns the facility after it.
pub fn pay(state: &mut State, borrower: usize, f: usize) -> &FacilityState {
    let State { facilities, obligors, holdings, lenders, outside, .. } = state;
    let own = &mut facilities[f];
    Creditors { holdings, lenders, outside }.receive(f, own, &mut obligors[borrower].cash);
    own
}

/// Who receives debt service.
struct Creditors<'a> {
    holdings: &'a mut Holdings,
    lenders: &'a mut [LenderState],
    outside: &'a mut f64,
}

impl Creditors<'_> {
    /// Interest and principal of a facility, out of the cash of its borrower. Interest goes by face, of which the spread stays
    /// with a live lender and the base rate passes on to outside, and principal pro rata to face.
    #[inline(always)]
    fn receive(&mut self, f: usize, own: &mut FacilityState, cash: &mut f64) {
        if own.balance <= 0.0 {
            return;
        }
        let principal = (own.amortisation + own.sweep + own.cure).max(0.0);
        let interest = own.interest;
        let spread = if interest > 0.0 { per_quarter(own.spread_pa) } else { 0.0 };
        *cash -= interest;
        *cash -= principal;
        let received = if principal > 0.0 {
            let left = beyond_dust(own.balance - principal, own.balance);
            let kept = if left > 0.0 { 1.0 - principal / own.balance } else { 0.0 };
            let (balance, received) = repay_holders(self.holdings.row_mut(f), self.lenders, (spread, kept));
            own.balance = balance;
            received
        } else if spread == 0.0 {
            // Nothing to add to anybody, holder by holder.
            0.0
        } else {
            pay_interest(self.holdings.faces(f), self.lenders, spread)
        };
        *self.outside += interest + principal - received;
    }
}

/// Interest by face; what live lenders receive.
#[inline]
fn pay_interest<'a>(faces: impl Iterator<Item = (&'a u32, &'a f64)>, lenders: &mut [LenderState], spread: f64) -> f64 {
    let mut received = 0.0;
    for (holder, face) in faces {
        if let Some(lender) = lenders.get_mut(*holder as usize).filter(|lender| lender.alive) {
            let income = face * spread;
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

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::model::driver::Draws;
    use crate::model::fixture;
    use crate::model::system::{Flow, Obligor};
    use crate::model::trial::{Workspace, begin, quarter};
    use crate::random::Streams;

    /// Two loans of 8 at 4 % a year above and below 0: what one bears is due and paid, whatever the other says.
    #[test]
    fn a_rate_below_0_bears_nothing_and_offsets_nothing() {
        let mut system = fixture::system(&["us"]);
        system.credit.base_rate_pa = 0.0;
        system.obligors.push(Obligor { cash: 50.0, ..fixture::obligor("borrower") });
        let loan = |spread_pa| Facility { spread_pa, maturity_q: 20.0, ..fixture::facility(0, 8.0, vec![]) };
        system.facilities = vec![loan(0.04), loan(-0.04)];
        let draws = Draws { streams: Streams::new(1), trial: 0 };
        let mut workspace = Workspace::new(&system).unwrap();
        begin(&system, draws.streams, draws.trial, &mut workspace);
        quarter(draws, &mut workspace).unwrap();
        let own = &workspace.state().obligors[0];
        assert_abs_diff_eq!(own.dues.interest, 0.08, epsilon = 1e-14);
        assert_abs_diff_eq!(own.cash, 50.0 - 0.08, epsilon = 1e-14);
    }

    /// A bond of 8 and a line of 4 of which 1 is drawn in quarters 2 and 3, at 4 % and no spread: 1 % a quarter. Nothing falls due in the
    /// first three quarters; then the bond, which is not refinanced, is paid.
    #[test]
    fn debt_service_of_plain_loans_follows_draws_and_maturities() {
        let mut system = fixture::system(&["us"]);
        system.obligors.push(Obligor { cash: 50.0, ..fixture::obligor("borrower") });
        let draws = Flow { constant: 0.0, steps: vec![(2, 1.0), (4, 0.0)] };
        system.facilities = vec![
            Facility { maturity_q: 3.0, ..fixture::facility(0, 8.0, vec![]) },
            Facility { undrawn: 4.0, draws, maturity_q: 20.0, ..fixture::facility(0, 0.0, vec![]) },
        ];
        system.credit.refinancing = crate::model::system::Refinancing::Never;
        let draws = Draws { streams: Streams::new(1), trial: 0 };
        let mut workspace = Workspace::new(&system).unwrap();
        for _ in 0..2 {
            begin(&system, draws.streams, draws.trial, &mut workspace);
            for (interest, debt) in [(0.08, 8.0), (0.08, 9.0), (0.09, 2.0), (0.02, 2.0), (0.02, 2.0)] {
                quarter(draws, &mut workspace).unwrap();
                let own = &workspace.state().obligors[0];
                assert!(own.plain_loans);
                assert_abs_diff_eq!(own.dues.interest, interest, epsilon = 1e-14);
                assert_abs_diff_eq!(own.debt, debt, epsilon = 1e-14);
            }
        }
    }
}
