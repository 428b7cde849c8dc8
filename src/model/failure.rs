//! Failure of lenders: the clearing of their network, and its settlement. (methods.md, 7)

use crate::model::clearing::{Banks, ClearingError, ClearingWorkspace, Costs, Network, clear, surviving_assets};
use crate::model::driver;
use crate::model::fair_value;
use crate::model::hedge;
use crate::model::invariant;
use crate::model::ledger::Origin;
use crate::model::lender::{rebalance, record_capital};
use crate::model::mark::Mark;
use crate::model::outcome::{Channel, FailureCause, LenderFailure, Outcome};
use crate::model::stake;
use crate::model::state::{LenderState, State};
use crate::model::switches::Switches;
use crate::model::system::{Accounting, Claim, ExternalPriority, Party, System, Target};

/// Inputs of the clearing, filled from the balance sheets, and its results.
#[derive(Debug, Clone)]
pub struct ClearingRoom {
    network: Network,
    results: ClearingWorkspace,
    external_assets: Vec<f64>,
    external_debt: Vec<f64>,
    threshold: Vec<f64>,
    priority: Vec<ExternalPriority>,
    alive: Vec<bool>,
    forced: Vec<bool>,
    fair_value: Vec<bool>,
    opening_buffer: Vec<f64>,
    /// Claims between lenders that the creditor carries at fair value: claim, debtor, creditor.
    markable: Vec<(usize, usize, usize)>,
}

impl ClearingRoom {
    /// Results of the last clearing.
    #[must_use]
    pub fn results(&self) -> &ClearingWorkspace {
        &self.results
    }

    /// Room for the clearings of a system.
    ///
    /// # Errors
    /// [`ClearingError::UnknownNode`] where a claim names a lender that does not exist.
    pub fn new(system: &System) -> Result<Self, ClearingError> {
        let count = system.lenders.len();
        let links: Vec<_> = system.claims.iter().map(|claim| (claim.debtor, claim.creditor)).collect();
        let network = Network::new(count, &links)?;
        Ok(ClearingRoom {
            results: ClearingWorkspace::new(&network),
            network,
            external_assets: vec![0.0; count],
            external_debt: vec![0.0; count],
            threshold: vec![0.0; count],
            priority: system.lenders.iter().map(|lender| lender.external_priority).collect(),
            alive: vec![true; count],
            forced: vec![false; count],
            fair_value: vec![false; count],
            opening_buffer: vec![0.0; count],
            markable: markable(system),
        })
    }

    /// Balance sheets without claims, who is forced to fail, and who holds claims at fair value.
    fn fill(&mut self, state: &State) {
        for (j, own) in state.lenders.iter().enumerate() {
            self.external_assets[j] = own.external_assets();
            self.external_debt[j] = own.external_debt;
            self.threshold[j] = own.threshold;
            self.alive[j] = own.alive;
            self.forced[j] = own.alive && own.is_forced();
            self.opening_buffer[j] = own.opening_buffer;
        }
        self.fair_value.fill(false);
        for &(k, debtor, creditor) in &self.markable {
            self.fair_value[creditor] |= are_alive(state, debtor, creditor) && state.claims[k] > 0.0;
        }
    }

    /// Is a claim between the living, held at fair value, carried at other than face, or its debtor in distress?
    fn is_marked(&self, state: &State) -> bool {
        self.markable.iter().any(|&(k, debtor, creditor)| {
            let face = state.claims[k];
            are_alive(state, debtor, creditor)
                && (state.claim_values[k] != face || face > 0.0 && state.lenders[debtor].distress() > 0.0)
        })
    }
}

fn are_alive(state: &State, debtor: usize, creditor: usize) -> bool {
    state.lenders[debtor].alive && state.lenders[creditor].alive
}

fn markable(system: &System) -> Vec<(usize, usize, usize)> {
    let between = |(k, claim): (usize, &Claim)| Some((k, claim.debtor?, claim.creditor?));
    let fair = |(_, _, creditor): &(usize, usize, usize)| system.lenders[*creditor].accounting == Accounting::FairValue;
    system.claims.iter().enumerate().filter_map(between).filter(fair).collect()
}

/// Step 9: scheduled and opening failures are forced; then the network is cleared to its greatest fixed point, if somebody
/// fails with every claim at face or a claim at fair value is or may be marked. `true` if there is something to settle.
///
/// # Errors
/// [`ClearingError::NotConverged`].
pub fn fail(system: &System, state: &mut State, room: &mut ClearingRoom) -> Result<bool, ClearingError> {
    strike(system, state);
    let marks = claim_mark(system);
    let marked = marks.is_some() && room.is_marked(state);
    if !marked && !state.lenders.iter().any(LenderState::fails_at_face) {
        return Ok(false);
    }
    clear_network(system, state, room, marks)?;
    Ok(marked || room.results.failed.iter().any(|failed| *failed))
}

/// Will step 9 clear the network, as far as can be seen before it?
#[must_use]
pub fn is_near(system: &System, state: &State, room: &ClearingRoom) -> bool {
    claim_mark(system).is_some() && room.is_marked(state)
        || state.lenders.iter().any(LenderState::fails_at_face)
        || driver::struck(system, state.quarter as usize).any(|(target, _)| matches!(target, Target::Fail(_)))
}

#[cold]
fn clear_network(
    system: &System,
    state: &mut State,
    room: &mut ClearingRoom,
    marks: Option<Mark>,
) -> Result<(), ClearingError> {
    state.contagion = true;
    room.fill(state);
    if system.switches.clearing {
        let banks = Banks {
            external_assets: &room.external_assets,
            external_debt: &room.external_debt,
            threshold: &room.threshold,
            priority: &room.priority,
            alive: &room.alive,
            forced: &room.forced,
            fair_value: &room.fair_value,
            opening_buffer: &room.opening_buffer,
            marks,
            costs: costs(system),
        };
        clear(&room.network, &state.claims, &banks, &mut room.results)?;
        invariant::check_clearing(&room.results, &room.network, system, state);
        invariant::check_payments(&room.results, system, state);
    } else {
        fail_alone(system, state, room);
    }
    Ok(())
}

/// The mark of claims on lenders; none without `clearing`, where outside stands in for every debtor.
fn claim_mark(system: &System) -> Option<Mark> {
    let Switches { revaluation, clearing, .. } = system.switches;
    let mark = Mark { lgd: system.marks.mark_lgd, convexity: system.marks.mark_convexity };
    (revaluation && clearing && mark.lgd > 0.0).then_some(mark)
}

fn costs(system: &System) -> Costs {
    Costs { asset_recovery: system.costs.asset_recovery, claim_recovery: system.costs.claim_recovery }
}

/// A scheduled failure turns equity into external debt.
fn strike(system: &System, state: &mut State) {
    for (target, _) in driver::struck(system, state.quarter as usize) {
        let Target::Fail(j) = target else { continue };
        let own = &mut state.lenders[j];
        if own.alive {
            own.scheduled = true;
            let equity = own.equity.max(0.0);
            own.external_debt += equity;
            own.equity -= equity;
            state.ledger.decree(j, equity);
        }
    }
}

impl LenderState {
    /// A scheduled failure, an opening below the threshold and a call unpaid beyond its grace fail in round 0.
    fn is_forced(&self) -> bool {
        self.scheduled | self.impaired | self.liquidity.overdue
    }

    /// It fails with every claim at face.
    #[inline]
    fn fails_at_face(&self) -> bool {
        self.alive && (self.is_forced() || self.is_below_threshold())
    }
}

/// `clearing` off: outside repays claims on the failed in full, and each bears (1 - alpha) e of its own estate; step by
/// step as the clearing reckons a lender without links, so that the switch then changes no bit.
fn fail_alone(system: &System, state: &State, room: &mut ClearingRoom) {
    let results = &mut room.results;
    results.rounds = 1;
    for (j, own) in state.lenders.iter().enumerate() {
        let failed = own.fails_at_face();
        let assets = own.external_assets();
        let estate = surviving_assets(assets, costs(system)) + own.claims;
        let estate = estate.max(0.0);
        results.failed[j] = failed;
        results.round[j] = 0;
        results.fraction[j] = 1.0;
        (results.deadweight[j], results.equity[j]) = if failed {
            let residual = estate - own.external_debt.min(estate) - own.network_debt;
            (assets + own.claims - estate, residual.max(0.0))
        } else {
            (0.0, own.equity)
        };
    }
}

/// Steps 9 and 10: claims take the values of the clearing, and where lenders failed their estates are settled.
pub fn settle(system: &System, state: &mut State, room: &ClearingRoom, outcome: &mut Outcome) {
    if room.results.failed.contains(&true) {
        settle_failures(system, state, room, outcome);
    } else {
        // Claims at accrual stay at face.
        room.markable.iter().for_each(|claim| mark(state, room, *claim));
    }
    state.claims_moved = true;
    rebalance(system, state);
}

/// Claims on the failed are exchanged for cash; costs are booked, estates pass to outside.
#[cold]
fn settle_failures(system: &System, state: &mut State, room: &ClearingRoom, outcome: &mut Outcome) {
    for (k, claim) in system.claims.iter().enumerate() {
        match (claim.debtor.filter(|debtor| state.lenders[*debtor].alive), claim.creditor) {
            (Some(debtor), _) if room.results.failed[debtor] => receive(state, room, claim, k),
            (Some(debtor), Some(creditor)) => mark(state, room, (k, debtor, creditor)),
            _ => {}
        }
    }
    for j in 0..system.lenders.len() {
        if room.results.failed[j] && state.lenders[j].alive {
            close(system, state, j, room, outcome);
        }
    }
    fair_value::find_markers(system, state);
    stake::tally(system, state);
}

/// A claim on a debtor that lives on moves to the value that its holder counts; one that is failing leaves it so to its estate.
fn mark(state: &mut State, room: &ClearingRoom, (k, debtor, j): (usize, usize, usize)) {
    if are_alive(state, debtor, j) {
        let worth = state.claims[k] * room.results.claim_value(&room.network, k);
        let before = std::mem::replace(&mut state.claim_values[k], worth);
        state.ledger.post(j, Channel::NetworkMark, Origin::Lender(debtor), before - worth);
    }
}

/// A creditor loses what a claim was carried at beyond what it counts now, p or less at fair value. One that lives is paid
/// p and gains the difference; one that is failing too leaves its receipts to its estate.
fn receive(state: &mut State, room: &ClearingRoom, claim: &Claim, k: usize) {
    let amount = std::mem::take(&mut state.claims[k]);
    let marked = amount - std::mem::take(&mut state.claim_values[k]);
    let (Some(debtor), Some(j)) = (claim.debtor, claim.creditor) else { return };
    if !state.lenders[j].alive {
        return;
    }
    let counted = room.results.claim_value(&room.network, k);
    let origin = Origin::Lender(debtor);
    state.ledger.post(j, Channel::Counterparty, origin, amount * (1.0 - counted) - marked);
    if !room.results.failed[j] {
        let paid = amount * room.results.fraction[debtor];
        state.ledger.post(j, Channel::NetworkMark, origin, -amount * room.results.settlement_gain(&room.network, k));
        state.lenders[j].cash += paid;
        state.outside -= paid;
    }
}

fn close(system: &System, state: &mut State, j: usize, room: &ClearingRoom, outcome: &mut Outcome) {
    let own = state.lenders[j];
    let cause = if own.scheduled {
        FailureCause::Scheduled
    } else if own.impaired {
        FailureCause::Opening
    } else if own.liquidity.overdue {
        FailureCause::Channel(Channel::Funding)
    } else {
        state.ledger.main_cause(j)
    };
    let quarter = state.quarter as usize;
    outcome.failures[j] = Some(LenderFailure { quarter, round: room.results.round[j], cause });
    state.ledger.post(j, Channel::Bankruptcy, Origin::None, room.results.deadweight[j]);
    state.lenders[j].equity = own.capital() - state.ledger.lender_loss(j);
    if system.switches.clearing {
        invariant::check_failure(&room.results, state, j);
    }
    record_capital(&system.lenders[j], &mut state.lenders[j]);
    state.failed_loans += state.holdings.face_of(j);
    state.outside += own.cash;
    state.lenders[j].alive = false;
    state.lenders[j].cash = 0.0;
    state.lenders[j].willingness = 0.0;
    stake::settle_fund(system, state, j, room.results.equity[j]);
    stake::release(system, state, Party::Lender(j));
    hedge::release(system, state, j);
}
