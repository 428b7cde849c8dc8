//! Committed lines: planned draws and draws that close a gap. (methods.md, 5.1, 6.1)

use crate::model::funding::STAGES;
use crate::model::obligor::purely_latent;
use crate::model::state::{FacilityState, Funding, HoldingMut, LenderState, ObligorState, State};
use crate::model::system::{Facility, Means, Obligor, System};

/// Row of the scales that serves planned draws, after those of the stages.
const PLANNED: usize = STAGES;

/// Rows of [`State::line_scales`].
pub const SCALES: usize = STAGES + 1;

/// Before a stage: nothing has been asked of any lender.
pub fn open(state: &mut State) {
    state.lenders.iter_mut().for_each(|lender| lender.asked = 0.0);
}

/// A fund meets requests pro rata out of the cash it had at the end of the last quarter. Nobody else runs short.
pub fn share_lendable(state: &mut State, stage: usize) {
    for (own, scale) in state.lenders.iter_mut().zip(&mut state.line_scales[stage]) {
        *scale = 1.0;
        if own.asked != 0.0 {
            *scale = if own.asked > own.lendable { own.lendable / own.asked } else { 1.0 };
            // Rounding must not leave less than nothing, which the next stage would divide by what is asked: by 0.
            own.lendable = (own.lendable - own.asked * *scale).max(0.0);
        }
    }
}

/// Step 5: planned draws out of the undrawn commitment, unless the borrower is in breach or has lost access.
pub fn plan_draws(system: &System, state: &mut State) {
    let State { links, drawing, facilities, obligors, quarter, .. } = state;
    let mut limited = false;
    for f in &*drawing {
        let (facility, own) = (&system.facilities[*f], &mut facilities[*f]);
        let borrower = &mut obligors[facility.borrower];
        borrower.draws = 0.0;
        let may_draw = borrower.alive && !is_barred(&system.obligors[facility.borrower], borrower);
        own.draw_request = if may_draw { facility.draws.at(*quarter).min(own.undrawn).max(0.0) } else { 0.0 };
        own.draw = 0.0;
        borrower.service_stale |= own.draw_request > 0.0;
        limited |= own.draw_request > 0.0 && links.limited[*f];
    }
    if limited {
        ask_for_draws(system, state);
    }
    for position in 0..state.drawing.len() {
        let f = state.drawing[position];
        if state.facilities[f].draw_request > 0.0 {
            let draw = planned(system, state, f);
            state.facilities[f].draw = draw;
            state.obligors[system.facilities[f].borrower].draws += draw;
        }
    }
}

/// Planned draws on lines of funds, which may not meet them all; the scales of other lenders are always 1.
fn ask_for_draws(system: &System, state: &mut State) {
    open(state);
    let State { drawing, facilities, lenders, .. } = state;
    for f in &*drawing {
        for (j, share) in &system.facilities[*f].holders {
            let lender = &mut lenders[*j];
            lender.asked += if lender.alive { facilities[*f].draw_request * share } else { 0.0 };
        }
    }
    share_lendable(state, PLANNED);
}

/// Does a breach or the loss of access keep a borrower from drawing?
fn is_barred(obligor: &Obligor, own: &ObligorState) -> bool {
    own.in_breach || (!own.access && !purely_latent(obligor))
}

/// What a facility's planned draw brings.
fn planned(system: &System, state: &State, f: usize) -> f64 {
    let (request, scales) = (state.facilities[f].draw_request, &state.line_scales[PLANNED]);
    let of_holder = |(j, share): &(usize, f64)| planned_part(&state.lenders[*j], request * share, scales[*j]);
    system.facilities[f].holders.iter().map(of_holder).sum::<f64>() + request * state.links.outside[f]
}

fn planned_part(lender: &LenderState, request: f64, scale: f64) -> f64 {
    if lender.alive { request * scale } else { 0.0 }
}

/// Outside's share of a commitment.
#[must_use]
pub fn outside_share(facility: &Facility) -> f64 {
    (1.0 - facility.holders.iter().map(|(_, share)| share).sum::<f64>()).max(0.0)
}

/// Undrawn lines are asked for pro rata, where the borrower has access and no covenant is in breach.
pub fn ask(system: &System, state: &mut State, i: usize, stage: usize) {
    let own = &state.obligors[i];
    if !own.access || own.in_breach {
        return;
    }
    let available: f64 = state.links.facilities[i].iter().map(|f| available(system, state, *f)).sum();
    if available <= 0.0 {
        return;
    }
    let funding = &mut state.funding[i];
    let share = (funding.missing / available).min(1.0);
    (funding.line_share, funding.line_stage) = (share, stage);
    let State { links, facilities, lenders, .. } = state;
    for f in &links.facilities[i] {
        let request = share * open_line(&facilities[*f]);
        if request == 0.0 {
            continue;
        }
        for (j, part) in &system.facilities[*f].holders {
            let lender = &mut lenders[*j];
            lender.asked += request * part * lender.willingness;
        }
    }
}

/// Commitment left after the planned draw.
fn open_line(own: &FacilityState) -> f64 {
    own.undrawn - own.draw
}

/// What the holders of a line are willing to pay out: undrawn . sum of share . w.
fn available(system: &System, state: &State, f: usize) -> f64 {
    let line = open_line(&state.facilities[f]);
    if line == 0.0 {
        return 0.0;
    }
    let holders = &system.facilities[f].holders;
    let willing: f64 = holders.iter().map(|(j, share)| share * state.lenders[*j].willingness).sum();
    line * (willing + state.links.outside[f])
}

/// What lenders grant on all lines of an obligor.
#[must_use]
pub fn granted(system: &System, state: &State, i: usize) -> f64 {
    let funding = &state.funding[i];
    let scales = &state.line_scales[funding.line_stage];
    let of_facility = |f: &usize| -> f64 {
        let line = open_line(&state.facilities[*f]);
        if line == 0.0 {
            return 0.0;
        }
        let part = |(j, share): &(usize, f64)| {
            granted_part(&state.lenders[*j], funding.line_share * (line * share), scales[*j])
        };
        system.facilities[*f].holders.iter().map(part).sum::<f64>()
            + funding.line_share * line * state.links.outside[*f]
    };
    state.links.facilities[i].iter().map(of_facility).sum()
}

fn granted_part(lender: &LenderState, request: f64, scale: f64) -> f64 {
    request * lender.willingness * scale
}

/// Step 5: planned draws and drawn lines are paid out, at par, and become face of their lenders.
pub fn pay_out(system: &System, state: &mut State, f: usize) {
    let State { facilities, obligors, funding, lenders, holdings, line_scales, links, outside, .. } = state;
    let (facility, own) = (&system.facilities[f], &mut facilities[f]);
    let borrower = &mut obligors[facility.borrower];
    let (request, line) = (own.draw_request, open_line(own));
    let Funding { line_share, line_stage, lines_granted, filled, .. } = funding[facility.borrower];
    let used = if lines_granted > 0.0 { filled[Means::Lines as usize] / lines_granted } else { 0.0 };
    if request <= 0.0 && used * line <= 0.0 {
        return;
    }
    let (planned, granted) = (&line_scales[PLANNED], &line_scales[line_stage]);
    let mut row = holdings.row_mut(f);
    let (mut drawn, mut balance) = (0.0, 0.0);
    // Holders of the opening keep their places.
    for ((j, share), mut held) in facility.holders.iter().zip(row.by_ref()) {
        debug_assert_eq!(held.holder, *j);
        let lender = &mut lenders[*j];
        let mut part = planned_part(lender, request * share, planned[*j]);
        if used > 0.0 {
            part += used * granted_part(lender, line_share * (line * share), granted[*j]);
        }
        if part > 0.0 {
            lender.lend(part);
            held.add(part);
            drawn += part;
        }
        balance += *held.face;
    }
    let part = (links.outside[f] * (request + used * line_share * line)).max(0.0);
    *outside -= part;
    drawn += part;
    let (balance, joining) = add_to_outside(row, lenders.len(), (balance, part));
    if joining > 0.0 {
        holdings.add(f, holdings.outside(), joining);
    }
    borrower.cash += drawn;
    own.undrawn = (own.undrawn - drawn).max(0.0);
    own.balance = balance + joining;
}

/// Adds `part` to the holding of outside in the rest of a row, and the rest of the row to its `balance`: the balance, and what is left of
/// the part where outside does not hold any.
fn add_to_outside<'a>(
    rest: impl Iterator<Item = HoldingMut<'a>>,
    outside: usize,
    (mut balance, mut part): (f64, f64),
) -> (f64, f64) {
    for mut held in rest {
        if held.holder == outside {
            held.add(std::mem::take(&mut part));
        }
        balance += *held.face;
    }
    (balance, part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::trial::opening;

    #[test]
    fn a_fund_that_has_lent_all_it_had_meets_no_further_request_and_none_is_no_request() {
        let mut system = fixture::system(&["us"]);
        system.lenders.push(fixture::fund("fund"));
        let mut state = opening(&system);
        for k in 1..10_000 {
            let own = &mut state.lenders[0];
            (own.lendable, own.asked) = (1.0 / f64::from(k), 1.0 + 1.0 / f64::from(k + 7));
            share_lendable(&mut state, 0);
            state.lenders[0].asked = 0.0;
            share_lendable(&mut state, 1);
            state.lenders[0].asked = 1.0;
            share_lendable(&mut state, 2);
            let scales = [1, 2].map(|stage| state.line_scales[stage][0]);
            assert!(scales[0] == 1.0 || scales[0] == 0.0, "{k}: {scales:?}");
            assert!((0.0..1e-12).contains(&scales[1]), "{k}: {scales:?}");
        }
    }
}
