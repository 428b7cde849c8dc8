//! Committed lines: planned draws and draws that close a gap. (methods.md, 5.1, 6.1)

use crate::model::funding::STAGES;
use crate::model::obligor::purely_latent;
use crate::model::refinancing::willingness;
use crate::model::state::{ObligorState, State};
use crate::model::system::{Facility, Means, Obligor, System};

/// Row of the scales that serves planned draws, after those of the stages.
const PLANNED: usize = STAGES;

/// Rows of [`State::line_scales`].
pub const SCALES: usize = STAGES + 1;

/// Before a stage: nothing has been asked of any lender.
pub fn open(state: &mut State) {
    state.lenders.iter_mut().for_each(|lender| lender.asked = 0.0);
}

/// A fund meets requests pro rata out of the cash it had at the end of the last quarter.
pub fn share_lendable(system: &System, state: &mut State, stage: usize) {
    for (j, (lender, own)) in system.lenders.iter().zip(&mut state.lenders).enumerate() {
        let short = lender.kind.is_fund() && own.asked > own.lendable;
        let scale = if short { own.lendable / own.asked } else { 1.0 };
        // Rounding must not leave less than nothing, which the next stage would divide by what is asked: by 0.
        own.lendable = (own.lendable - own.asked * scale).max(0.0);
        state.line_scales[stage][j] = scale;
    }
}

/// Step 5: planned draws out of the undrawn commitment, unless the borrower is in breach or has lost access.
pub fn plan_draws(system: &System, state: &mut State) {
    open(state);
    let mut asked = false;
    for f in 0..system.facilities.len() {
        let facility = &system.facilities[f];
        let own = &mut state.facilities[f];
        (own.draw_request, own.draw) = (0.0, 0.0);
        let wanted = facility.draws.at(state.quarter).min(own.undrawn);
        let borrower = &state.obligors[facility.borrower];
        if wanted <= 0.0 || !borrower.alive || is_barred(&system.obligors[facility.borrower], borrower) {
            continue;
        }
        own.draw_request = wanted;
        asked = true;
        for (j, share) in &facility.holders {
            let request = own.draw_request * share;
            let lender = &mut state.lenders[*j];
            lender.asked += if lender.alive { request } else { 0.0 };
        }
    }
    if !asked {
        return;
    }
    share_lendable(system, state, PLANNED);
    for f in 0..system.facilities.len() {
        if state.facilities[f].draw_request <= 0.0 {
            continue;
        }
        let draw = planned(system, state, f);
        state.facilities[f].draw = draw;
        state.obligors[system.facilities[f].borrower].draws += draw;
    }
}

/// Does a breach or the loss of access keep a borrower from drawing?
fn is_barred(obligor: &Obligor, own: &ObligorState) -> bool {
    own.in_breach || (!own.access && !purely_latent(obligor))
}

/// What a facility's planned draw brings.
fn planned(system: &System, state: &State, f: usize) -> f64 {
    let request = state.facilities[f].draw_request;
    let holders = &system.facilities[f].holders;
    holders.iter().map(|(j, share)| planned_part(state, request * share, *j)).sum::<f64>()
        + request * state.links.outside[f]
}

fn planned_part(state: &State, request: f64, lender: usize) -> f64 {
    if state.lenders[lender].alive { request * state.line_scales[PLANNED][lender] } else { 0.0 }
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
    let share = (own.funding.missing / available).min(1.0);
    state.obligors[i].funding.line_share = share;
    state.obligors[i].funding.line_stage = stage;
    for position in 0..state.links.facilities[i].len() {
        let f = state.links.facilities[i][position];
        let request = share * open_line(state, f);
        for (j, part) in &system.facilities[f].holders {
            let willing = willingness(state, *j);
            state.lenders[*j].asked += request * part * willing;
        }
    }
}

/// Commitment left after the planned draw.
fn open_line(state: &State, f: usize) -> f64 {
    state.facilities[f].undrawn - state.facilities[f].draw
}

/// What the holders of a line are willing to pay out: undrawn . sum of share . w.
fn available(system: &System, state: &State, f: usize) -> f64 {
    let holders = &system.facilities[f].holders;
    let willing: f64 = holders.iter().map(|(j, share)| share * willingness(state, *j)).sum();
    open_line(state, f) * (willing + state.links.outside[f])
}

/// What lenders grant on all lines of an obligor.
#[must_use]
pub fn granted(system: &System, state: &State, i: usize) -> f64 {
    let of_facility = |f: &usize| -> f64 {
        let holders = &system.facilities[*f].holders;
        holders.iter().map(|(j, share)| granted_part(state, i, open_line(state, *f) * share, *j)).sum::<f64>()
            + state.obligors[i].funding.line_share * open_line(state, *f) * state.links.outside[*f]
    };
    state.links.facilities[i].iter().map(of_facility).sum()
}

fn granted_part(state: &State, i: usize, committed: f64, lender: usize) -> f64 {
    let funding = &state.obligors[i].funding;
    let scale = state.line_scales[funding.line_stage][lender];
    funding.line_share * committed * willingness(state, lender) * scale
}

/// Step 5: planned draws and drawn lines are paid out, at par, and become face of their lenders.
#[inline]
pub fn draw(system: &System, state: &mut State, f: usize) {
    let granted = state.obligors[system.facilities[f].borrower].funding.lines_granted;
    if state.facilities[f].draw_request > 0.0 || granted > 0.0 {
        pay_out(system, state, f);
    }
}

fn pay_out(system: &System, state: &mut State, f: usize) {
    let facility = &system.facilities[f];
    let i = facility.borrower;
    let funding = &state.obligors[i].funding;
    let request = state.facilities[f].draw_request;
    let filled = funding.filled[Means::Lines as usize];
    let used = if funding.lines_granted > 0.0 { filled / funding.lines_granted } else { 0.0 };
    let line = open_line(state, f);
    if request <= 0.0 && used * line <= 0.0 {
        return;
    }
    let mut drawn = 0.0;
    for (j, share) in &facility.holders {
        let part = planned_part(state, request * share, *j) + used * granted_part(state, i, line * share, *j);
        if part > 0.0 {
            state.holdings.add(f, *j, part);
            state.lenders[*j].lend(part);
            drawn += part;
        }
    }
    let outside = state.links.outside[f] * (request + used * state.obligors[i].funding.line_share * line);
    if outside > 0.0 {
        state.holdings.add(f, state.holdings.outside(), outside);
        state.outside -= outside;
        drawn += outside;
    }
    state.obligors[i].cash += drawn;
    let own = &mut state.facilities[f];
    own.undrawn = (own.undrawn - drawn).max(0.0);
    own.balance = state.holdings.balance(f);
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
            share_lendable(&system, &mut state, 0);
            state.lenders[0].asked = 0.0;
            share_lendable(&system, &mut state, 1);
            state.lenders[0].asked = 1.0;
            share_lendable(&system, &mut state, 2);
            let scales = [1, 2].map(|stage| state.line_scales[stage][0]);
            assert!(scales[0] == 1.0 || scales[0] == 0.0, "{k}: {scales:?}");
            assert!((0.0..1e-12).contains(&scales[1]), "{k}: {scales:?}");
        }
    }
}
