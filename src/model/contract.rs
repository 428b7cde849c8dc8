//! Contracts between obligors: invoices, payments in transit, renewal, and their worth to lenders.
//! (methods.md, 5.1, 5.3, 6.4)

use crate::model::compute::Market;
use crate::model::state::{ContractState, FeeTerms, ObligorState, State, Year};
use crate::model::system::{Contract, System, Trader};

/// Opening contracts, with the fee of quarter 0 in transit where they already run.
pub fn reset(system: &System, state: &mut State) {
    for (c, contract) in system.contracts.iter().enumerate() {
        let start = contract.start_q as i64;
        let first = start.max(1);
        let running = start <= 0 && contract.customer != Trader::Market;
        let sent = if running { contract.fee.at(0) } else { 0.0 };
        state.contracts[c] = ContractState {
            start: first,
            end: contract.end_q as i64,
            term: contract.end_q as i64 - first + 1,
            sent,
            counted: contract.contract_credit.unwrap_or(system.gpu.contract_credit) * contract.take_or_pay,
            ..ContractState::new(contract.customer)
        };
        state.outside -= sent;
        if let Some(terms) = fee_terms(system, state, c) {
            state.fee_values.open(c, &contract.fee, terms);
        }
    }
    state.fee_values.begin();
}

/// Step 2: payments sent in the last quarter arrive.
pub fn deliver(system: &System, state: &mut State) {
    let State { contracts, obligors, outside, .. } = state;
    for (contract, terms) in system.contracts.iter().zip(contracts) {
        let amount = std::mem::take(&mut terms.sent);
        if amount == 0.0 {
            continue;
        }
        match contract.supplier {
            Trader::Obligor(i) if obligors[i].alive && !terms.stepped_in => {
                obligors[i].cash += amount * (1.0 - contract.service_cost);
                *outside += amount * contract.service_cost;
            }
            _ => *outside += amount,
        }
    }
}

/// Step 2: renewals are decided, the quarter's invoices are written and fall due, the market pays its own at once, and fleets are
/// let: those of running contracts, or idling after a customer's default.
pub fn invoice(system: &System, state: &mut State) {
    if system.contracts.is_empty() {
        return;
    }
    renew_ended(system, state);
    let State { contracts, obligors, market, links, outside, quarter, occupied, invoiced, lost_receipts, .. } = state;
    let t = *quarter;
    occupied.fill(0.0);
    let invoiced = invoiced.of(t);
    for ((contract, terms), region) in system.contracts.iter().zip(contracts).zip(&links.regions) {
        (terms.due, terms.firm) = (0.0, 0.0);
        let runs = terms.runs(t);
        if runs {
            let invoice = terms.invoice(contract, t, use_ratio(market, *region));
            match terms.customer {
                Trader::Obligor(i) => {
                    invoiced[i] += invoice;
                    obligors[i].dues.contracts += terms.due;
                    obligors[i].dues.cuttable += terms.due - terms.firm;
                }
                Trader::Market => *outside -= receive_from_market(contract, terms, obligors),
            }
        }
        if let Trader::Obligor(i) = contract.supplier
            && (runs || t <= terms.idle_until)
        {
            occupied[i] += contract.fleet_share;
        }
        if terms.lost {
            remember_loss(contract, terms, lost_receipts, t);
        }
    }
}

fn renew_ended(system: &System, state: &mut State) {
    for c in 0..system.contracts.len() {
        let terms = &state.contracts[c];
        if terms.active && state.quarter == terms.end + 1 {
            renew(system, state, c);
        }
    }
}

/// A contract whose term ended last quarter renews at the current rent, or ends. Rent is an index of the opening, so that it
/// multiplies the written fee, however often the contract has renewed before.
#[cold]
fn renew(system: &System, state: &mut State, c: usize) {
    let contract = &system.contracts[c];
    let region = state.links.regions[c];
    let use_ratio = use_ratio(&state.market, region);
    let terms = &mut state.contracts[c];
    if contract.renew_if_utilisation.is_some_and(|share| use_ratio > share) {
        let rent = region.map_or(1.0, |r| state.market.rent[r]);
        terms.end += terms.term;
        terms.fee_scale = libm::pow(rent, contract.renewal_rent_beta);
        value_fees(system, state, c);
    } else {
        terms.active = false;
    }
}

/// `u / u_0` in the region of a contract.
#[inline]
fn use_ratio(market: &Market, region: Option<usize>) -> f64 {
    region.map_or(1.0, |r| market.use_ratio[r])
}

/// A fee of the market is received in its own quarter. Returns what the supplier keeps of it.
#[inline]
fn receive_from_market(contract: &Contract, terms: &mut ContractState, obligors: &mut [ObligorState]) -> f64 {
    let amount = std::mem::take(&mut terms.due);
    match contract.supplier {
        Trader::Obligor(i) if !terms.stepped_in => {
            let received = amount * (1.0 - contract.service_cost);
            obligors[i].cash += received;
            received
        }
        _ => 0.0,
    }
}

/// The fee that a defaulted customer would have paid is a lost receipt of its supplier.
#[cold]
fn remember_loss(contract: &Contract, terms: &ContractState, lost_receipts: &mut Year, t: i64) {
    let earlier = t - 1;
    if let Trader::Obligor(i) = contract.supplier
        && earlier >= terms.start
        && earlier <= terms.end
    {
        lost_receipts.of(t)[i] += contract.fee.at(earlier) * terms.fee_scale;
    }
}

/// Values the fees of this quarter and those to come anew: the contract or the discount of its supplier has changed.
pub fn value_fees(system: &System, state: &mut State, c: usize) {
    if let Some(terms) = fee_terms(system, state, c) {
        state.fee_values.value(c, &system.contracts[c].fee, terms, state.quarter);
    }
}

/// What the fees of a contract are valued by, at the discount of its supplier; nothing where the market supplies.
fn fee_terms(system: &System, state: &State, c: usize) -> Option<FeeTerms> {
    let contract = &system.contracts[c];
    let supplier = contract.supplier.obligor()?;
    let ContractState { start, end, fee_scale, .. } = state.contracts[c];
    let discount = state.obligors[supplier].discount;
    Some(FeeTerms { constant: contract.fee.constant, scale: fee_scale, quarters: (start, end), discount })
}

/// X_i of every obligor that is alive: what lenders count of the remaining firm fees of its customers that are alive.
/// (methods.md, 5.3)
pub fn value(system: &System, state: &mut State) {
    let State { contracts, obligors, fee_values, quarter, .. } = state;
    obligors.iter_mut().for_each(|own| own.contract_value = 0.0);
    for ((contract, terms), fees) in system.contracts.iter().zip(contracts).zip(fee_values.at(*quarter)) {
        if let Trader::Obligor(i) = contract.supplier
            && obligors[i].alive
        {
            obligors[i].contract_value += counted_value(terms, obligors, *fees);
        }
    }
}

/// X_i of one obligor as its contracts stand now.
#[must_use]
pub fn contract_value(state: &State, supplier: usize) -> f64 {
    let fees = state.fee_values.at(state.quarter);
    let worth = |c: &usize| counted_value(&state.contracts[*c], &state.obligors, fees[*c]);
    state.links.supplies[supplier].iter().map(worth).sum()
}

/// What lenders count of a contract whose remaining fees are worth so much.
#[inline]
fn counted_value(terms: &ContractState, obligors: &[ObligorState], fees: f64) -> f64 {
    let paid = match terms.customer {
        Trader::Market => true,
        Trader::Obligor(i) => obligors[i].alive,
    };
    if terms.active && paid { terms.counted * terms.honour * fees } else { 0.0 }
}

/// Step 5: a customer that survives the quarter sends what it owes, less what it cuts.
#[inline(always)]
pub fn send(system: &System, state: &mut State, customer: usize, cut: f64) {
    let State { obligors, contracts, links, paid, outside, quarter, .. } = state;
    let pays = &links.pays[customer];
    if pays.is_empty() {
        return;
    }
    let (own, paid) = (&mut obligors[customer], &mut paid.of(*quarter)[customer]);
    let cuttable = own.dues.cuttable;
    let share = if cuttable > 0.0 { cut / cuttable } else { 0.0 };
    for c in pays {
        let terms = &mut contracts[*c];
        if terms.customer != Trader::Obligor(customer) {
            continue;
        }
        let amount = terms.due - share * (terms.due - terms.firm);
        own.cash -= amount;
        *paid += amount;
        match system.contracts[*c].supplier {
            Trader::Obligor(_) => terms.sent = amount,
            Trader::Market => *outside += amount,
        }
    }
}

/// Step 6: the contracts that a defaulted obligor pays end, or pass to the market where `trade` is off.
pub fn lose_customer(system: &System, state: &mut State, customer: usize) {
    for position in 0..state.links.pays[customer].len() {
        let c = state.links.pays[customer][position];
        let relet = system.compute.relet_q as i64;
        let t = state.quarter;
        let terms = &mut state.contracts[c];
        if !terms.active || terms.customer != Trader::Obligor(customer) {
            continue;
        }
        if system.switches.trade {
            terms.active = false;
            terms.lost = true;
            if t >= terms.start && t <= terms.end {
                terms.idle_until = t + relet;
            }
        } else {
            terms.customer = Trader::Market;
            terms.sent = terms.due;
            state.outside -= terms.due;
        }
    }
}

/// Step 6: the contracts that a defaulted obligor supplies end if its fleet is sold, and pay outside if lenders step in.
pub fn lose_supplier(state: &mut State, supplier: usize, stepped_in: bool) {
    for position in 0..state.links.supplies[supplier].len() {
        let c = state.links.supplies[supplier][position];
        if stepped_in {
            state.contracts[c].stepped_in = true;
        } else {
            state.contracts[c].active = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::driver::Draws;
    use crate::model::fixture;
    use crate::model::system::{Flow, Obligor};
    use crate::model::trial::{Workspace, begin, quarter};
    use crate::random::Streams;

    /// Demand grows by a tenth (log) every quarter; a contract of one quarter renews whatever the market does.
    #[test]
    fn a_contract_that_renews_again_and_again_follows_rent_once() {
        let mut system = fixture::system(&["us"]);
        system.regions[0].utilisation = 0.2;
        system.regions[0].growth_pa = 0.4;
        system.obligors.push(Obligor { region: Some(0), ..fixture::obligor("owner") });
        system.contracts.push(Contract {
            name: "lease".into(),
            customer: Trader::Market,
            supplier: Trader::Obligor(0),
            fee: Flow { constant: 1.0, steps: vec![] },
            start_q: 0.0,
            end_q: 1.0,
            take_or_pay: 1.0,
            fleet_share: 0.0,
            renew_if_utilisation: Some(0.0),
            renewal_rent_beta: 0.5,
            service_cost: 0.0,
            contract_credit: None,
        });
        let draws = Draws { streams: Streams::new(1), trial: 0 };
        let mut workspace = Workspace::new(&system).unwrap();
        begin(&system, draws.streams, draws.trial, &mut workspace);
        let mut received = 0.0;
        for t in 1..=10 {
            quarter(draws, &mut workspace).unwrap();
            let state = workspace.state();
            let fee = if t == 1 { 1.0 } else { libm::sqrt(state.market.rent[0]) };
            received += fee;
            assert!((state.obligors[0].cash - received).abs() < 1e-12, "quarter {t}: {fee}");
        }
        let rent = workspace.state().market.rent[0];
        assert!((rent - libm::exp(1.5)).abs() < 1e-12, "{rent}");
    }
}
