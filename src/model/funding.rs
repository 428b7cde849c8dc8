//! The funding gap: how an obligor finds the money it lacks, or defaults. (methods.md, 6.1)
//!
//! The means are tried stage by stage, for all obligors at once, so that lenders and sponsors share what they have over
//! simultaneous requests and the order of obligors never matters. Nothing is drawn, dropped or issued unless the means
//! together close the gap.

use crate::model::contract;
use crate::model::facility::{self, secured};
use crate::model::ledger::Origin;
use crate::model::line;
use crate::model::obligor::{cause_of_illiquidity, invest, purely_latent};
use crate::model::outcome::{Channel, DefaultCause};
use crate::model::refinancing::roll;
use crate::model::state::{FacilityState, Funding, State};
use crate::model::system::{Means, Party, System};
use crate::units::per_quarter;

/// Stages of closing a gap, one per means.
pub const STAGES: usize = 5;

/// A gap of this share of the dues is rounding.
const ROUNDING: f64 = 1e-12;

/// Step 4: what breaches call.
pub fn call_on_breaches(system: &System, state: &mut State) {
    if state.breaching.is_empty() {
        return;
    }
    for i in 0..system.obligors.len() {
        if state.obligors[i].alive && state.obligors[i].in_breach {
            call_on_breach(system, state, i);
        }
    }
}

/// What a breach calls from the cash that is left after contracts and debt service.
#[cold]
fn call_on_breach(system: &System, state: &mut State, i: usize) {
    let own = &state.obligors[i];
    let before_sweep = own.dues.contracts + own.dues.interest + own.dues.amortisation;
    let free_cash = (own.cash - before_sweep).max(0.0);
    facility::sweep_and_cure(system, state, i, free_cash);
    state.obligors[i].dues.sweep = over_facilities(state, i, |f| f.sweep);
    state.obligors[i].dues.cure = over_facilities(state, i, |f| f.cure);
}

/// Sum over the facilities of an obligor.
fn over_facilities(state: &State, i: usize, amount: impl Fn(&FacilityState) -> f64) -> f64 {
    state.links.facilities[i].iter().map(|f| amount(&state.facilities[*f])).sum()
}

/// Step 5: planned draws, then the means in each obligor's order; whoever cannot close its gap defaults.
pub fn close_gaps(system: &System, state: &mut State) {
    line::plan_draws(system, state);
    let mut short = std::mem::take(&mut state.short);
    find_gaps(system, state, &mut short);
    for stage in 0..STAGES {
        if short.iter().all(|i| state.funding[*i].missing <= 0.0) {
            break;
        }
        try_stage(system, state, stage, &short);
    }
    for i in &short {
        let missing = state.funding[*i].missing;
        if missing > ROUNDING * state.obligors[*i].dues.total() && !extend(system, state, *i) {
            let cause = cause_of_illiquidity(state, *i);
            lapse(system, state, *i, cause);
        }
    }
    state.short = short;
}

/// What each obligor lacks, and who lacks anything.
fn find_gaps(system: &System, state: &mut State, short: &mut Vec<usize>) {
    for position in 0..state.maturing.len() {
        let i = system.facilities[state.maturing[position]].borrower;
        state.obligors[i].dues.gap = over_facilities(state, i, |f| f.gap);
    }
    short.clear();
    for (i, (obligor, own)) in system.obligors.iter().zip(&mut state.obligors).enumerate() {
        if !own.alive || own.defaulting.is_some() || purely_latent(obligor) {
            continue;
        }
        let missing = own.dues.total() - own.cash - own.draws;
        if missing > 0.0 {
            (own.short, state.funding[i].missing) = (true, missing);
            short.push(i);
        }
    }
}

/// Each obligor that is short tries the means that stands at `stage` in its order; simultaneous requests share what payers have.
fn try_stage(system: &System, state: &mut State, stage: usize, short: &[usize]) {
    let turns_to = |means: Means| short.iter().any(|i| system.obligors[*i].gap_order.get(stage) == Some(&means));
    let (lines, sponsors) = (turns_to(Means::Lines), turns_to(Means::Sponsor));
    if sponsors {
        state.purses.open();
    }
    if lines {
        line::open(state);
    }
    for i in short {
        if state.funding[*i].missing > 0.0 {
            try_means(system, state, *i, stage);
        }
    }
    if sponsors {
        state.purses.settle();
    }
    if lines {
        line::share_lendable(state, stage);
    }
    if lines || sponsors {
        for i in short {
            if state.funding[*i].missing > 0.0 {
                receive_grants(system, state, *i, stage);
            }
        }
    }
}

fn try_means(system: &System, state: &mut State, i: usize, stage: usize) {
    let obligor = &system.obligors[i];
    let confidence = state.relative_confidence;
    let (own, funding) = (&state.obligors[i], &mut state.funding[i]);
    match obligor.gap_order.get(stage) {
        Some(Means::Capex) => funding.take(Means::Capex, obligor.deferrable * own.dues.capex),
        Some(Means::Equity) if own.access => {
            let issue = per_quarter(obligor.raise_pa) * own.market_value * confidence;
            funding.take(Means::Equity, issue);
        }
        Some(Means::Invoices) => funding.take(Means::Invoices, own.dues.cuttable),
        Some(Means::Lines) => line::ask(system, state, i, stage),
        Some(Means::Sponsor) => {
            if let Some(sponsor) = obligor.sponsor {
                let call = support_call(state, i, sponsor);
                state.purses.ask(sponsor, call);
            }
        }
        Some(Means::Equity) | None => {}
    }
}

/// What is missing, up to the support still promised by a sponsor that began the quarter alive: one that defaults in
/// it still pays.
fn support_call(state: &State, i: usize, sponsor: Party) -> f64 {
    let promised = match sponsor {
        Party::Obligor(s) => state.obligors[s].alive,
        Party::Lender(_) | Party::Outside => state.is_alive(sponsor),
    };
    if promised { state.funding[i].missing.min(state.obligors[i].support_left) } else { 0.0 }
}

fn receive_grants(system: &System, state: &mut State, i: usize, stage: usize) {
    match system.obligors[i].gap_order.get(stage) {
        Some(Means::Lines) => {
            let granted = line::granted(system, state, i);
            let funding = &mut state.funding[i];
            funding.take(Means::Lines, granted);
            funding.lines_granted = granted;
        }
        Some(Means::Sponsor) => {
            if let Some(sponsor) = system.obligors[i].sponsor {
                let granted = state.purses.granted(sponsor, support_call(state, i, sponsor));
                state.funding[i].take(Means::Sponsor, granted);
            }
        }
        _ => {}
    }
}

/// Amend and extend: secured gaps that keep their covenant are prolonged, once, if that closes what is missing. (6.2)
#[cold]
fn extend(system: &System, state: &mut State, i: usize) -> bool {
    if !state.obligors[i].access || state.drivers.frozen {
        return false;
    }
    let list = &state.links.facilities[i];
    let prolonged: f64 = list.iter().filter(|f| extendable(system, state, **f)).map(|f| state.facilities[*f].gap).sum();
    if prolonged <= 0.0 || prolonged < state.funding[i].missing * (1.0 - ROUNDING) {
        return false;
    }
    for place in state.links.facilities.places(i) {
        let f = state.links.facilities.at(place);
        state.facilities[f].extending = extendable(system, state, f);
    }
    give_back(system, state, i, prolonged);
    true
}

fn extendable(system: &System, state: &State, f: usize) -> bool {
    let (facility, own) = (&system.facilities[f], &state.facilities[f]);
    secured(facility) && facility.extension_q > 0.0 && !own.extended && !own.in_breach && own.gap > 0.0
}

/// With less to pay, the means are used again in order, each only as far as needed.
fn give_back(system: &System, state: &mut State, i: usize, prolonged: f64) {
    let funding = &mut state.funding[i];
    let mut needed = funding.filled.iter().sum::<f64>() + funding.missing - prolonged;
    funding.missing = 0.0;
    for means in &system.obligors[i].gap_order {
        let filled = &mut funding.filled[*means as usize];
        let used = filled.min(needed.max(0.0));
        needed -= used;
        let unused = std::mem::replace(filled, used) - used;
        if let (Means::Sponsor, Some(sponsor)) = (means, system.obligors[i].sponsor) {
            state.purses.refund(sponsor, unused);
        }
    }
}

/// The gap stays open: the obligor defaults, and what its sponsor would have paid stays in the purse.
#[cold]
fn lapse(system: &System, state: &mut State, i: usize, cause: DefaultCause) {
    state.obligors[i].defaulting = Some(cause);
    if let Some(sponsor) = system.obligors[i].sponsor {
        state.purses.refund(sponsor, state.funding[i].filled[Means::Sponsor as usize]);
    }
}

/// Step 5: every obligor that survives the quarter pays its dues and takes in what closed its gap.
pub fn pay_dues(system: &System, state: &mut State) {
    for i in 0..system.obligors.len() {
        let own = &state.obligors[i];
        if !own.alive || own.defaulting.is_some() {
            continue;
        }
        if own.short {
            pay_as_funded(system, state, i);
            continue;
        }
        // Who owes nothing, and on whose facilities nothing is drawn or rolled, has nothing to pay.
        if own.dues.is_nothing() && !own.service_stale {
            continue;
        }
        contract::send(system, state, i, 0.0);
        if state.obligors[i].service_stale {
            pay_one_by_one(system, state, i, false);
        } else {
            facility::pay_all(state, i);
        }
        invest(system, state, i, 0.0);
    }
}

/// What an obligor that was short pays and takes in.
#[cold]
fn pay_as_funded(system: &System, state: &mut State, i: usize) {
    let Funding { filled, lines_granted, .. } = state.funding[i];
    let filled = |means: Means| filled[means as usize];
    contract::send(system, state, i, filled(Means::Invoices));
    pay_one_by_one(system, state, i, lines_granted > 0.0);
    receive_new_money(system, state, i, filled(Means::Equity), filled(Means::Sponsor));
    invest(system, state, i, filled(Means::Capex));
}

/// Debt service, maturities and draws of an obligor, and what it owes after them.
fn pay_one_by_one(system: &System, state: &mut State, i: usize, on_lines: bool) {
    let mut debt = 0.0;
    for place in state.links.facilities.places(i) {
        let f = state.links.facilities.at(place);
        let own = facility::pay(state, i, f);
        let draws = on_lines || own.draw_request > 0.0;
        if own.maturing {
            roll(system, state, f);
        }
        if draws {
            line::pay_out(system, state, f);
            state.obligors[i].service_stale = true;
        }
        debt += state.facilities[f].balance;
    }
    state.obligors[i].debt = debt;
}

/// Equity issued and the sponsor's support; a lender books what it gives as a credit loss.
fn receive_new_money(system: &System, state: &mut State, i: usize, issued: f64, support: f64) {
    if issued > 0.0 {
        state.obligors[i].cash += issued;
        state.outside -= issued;
    }
    let Some(sponsor) = system.obligors[i].sponsor.filter(|_| support > 0.0) else {
        return;
    };
    let own = &mut state.obligors[i];
    own.cash += support;
    own.support_left -= support;
    state.take_cash(sponsor, support);
    if let Party::Lender(j) = sponsor {
        state.ledger.post(j, Channel::Credit, Origin::Obligor(i), support);
    }
}
