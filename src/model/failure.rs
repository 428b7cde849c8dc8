//! Failure of lenders: the clearing of their network, and its settlement. (methods.md, 7)

use crate::model::clearing::{Banks, ClearingError, ClearingWorkspace, Costs, Network, clear, surviving_assets};
use crate::model::driver;
use crate::model::hedge;
use crate::model::invariant;
use crate::model::ledger::Origin;
use crate::model::lender::{balance, record_capital};
use crate::model::outcome::{Channel, FailureCause, LenderFailure, Outcome};
use crate::model::stake;
use crate::model::state::State;
use crate::model::system::{ExternalPriority, Party, System, Target};

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
        })
    }
}

/// Step 9: scheduled and opening failures are forced; then the network is cleared to its greatest fixed point.
///
/// # Errors
/// [`ClearingError::NotConverged`].
pub fn fail(system: &System, state: &mut State, room: &mut ClearingRoom) -> Result<bool, ClearingError> {
    force(system, state, room);
    let failing = |j: usize| -> bool {
        let own = &state.lenders[j];
        own.alive && (room.forced[j] || own.is_below_threshold())
    };
    if !(0..system.lenders.len()).any(failing) {
        return Ok(false);
    }
    for (j, own) in state.lenders.iter().enumerate() {
        room.external_assets[j] = own.external_assets();
        room.external_debt[j] = own.external_debt;
        room.threshold[j] = own.threshold;
        room.alive[j] = own.alive;
        room.opening_buffer[j] = own.opening_buffer;
    }
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
            marks: None,
            costs: costs(system),
        };
        clear(&room.network, &state.claims, &banks, &mut room.results)?;
        invariant::check_clearing(&room.results, system, state);
        invariant::check_payments(&room.results, system, state);
    } else {
        fail_alone(system, state, room);
    }
    Ok(room.results.failed.iter().any(|failed| *failed))
}

fn costs(system: &System) -> Costs {
    Costs { asset_recovery: system.costs.asset_recovery, claim_recovery: system.costs.claim_recovery }
}

/// A scheduled failure turns equity into external debt; it, an opening below the threshold and a call unpaid beyond its
/// grace fail in round 0.
fn force(system: &System, state: &mut State, room: &mut ClearingRoom) {
    for (j, own) in state.lenders.iter().enumerate() {
        room.forced[j] = own.alive && (own.impaired || own.liquidity.overdue);
    }
    for (target, _) in driver::struck(system, state.quarter as usize) {
        let Target::Fail(j) = target else { continue };
        let own = &mut state.lenders[j];
        if own.alive {
            room.forced[j] = true;
            own.scheduled = true;
            let equity = own.equity.max(0.0);
            own.external_debt += equity;
            own.equity -= equity;
            state.ledger.decree(j, equity);
        }
    }
}

/// `clearing` off: outside repays claims on the failed in full, and each bears (1 - alpha) e of its own estate; step by
/// step as the clearing reckons a lender without links, so that the switch then changes no bit.
fn fail_alone(system: &System, state: &State, room: &mut ClearingRoom) {
    let results = &mut room.results;
    results.rounds = 1;
    for (j, own) in state.lenders.iter().enumerate() {
        let failed = own.alive && (room.forced[j] || own.is_below_threshold());
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

/// Steps 9 and 10: claims on the failed are exchanged for cash, costs are booked, estates pass to outside.
pub fn settle(system: &System, state: &mut State, room: &ClearingRoom, outcome: &mut Outcome) {
    for (k, claim) in system.claims.iter().enumerate() {
        let Some(debtor) = claim.debtor else { continue };
        if room.results.failed[debtor] && state.lenders[debtor].alive {
            let amount = std::mem::take(&mut state.claims[k]);
            receive(state, room, claim.creditor, debtor, amount);
        }
    }
    for j in 0..system.lenders.len() {
        if room.results.failed[j] && state.lenders[j].alive {
            close(system, state, j, room, outcome);
        }
    }
    balance(system, state);
}

/// A creditor loses (1 - p) of its claim; one that is failing too leaves its receipts to its estate.
fn receive(state: &mut State, room: &ClearingRoom, creditor: Option<usize>, debtor: usize, amount: f64) {
    let Some(j) = creditor else { return };
    let fraction = room.results.fraction[debtor];
    if !state.lenders[j].alive {
        return;
    }
    state.ledger.post(j, Channel::Counterparty, Origin::Lender(debtor), amount * (1.0 - fraction));
    if !room.results.failed[j] {
        state.lenders[j].cash += amount * fraction;
        state.outside -= amount * fraction;
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
    record_capital(state, outcome, j, &system.lenders[j]);
    state.failed_loans += own.loan_face;
    state.outside += own.cash;
    state.lenders[j].alive = false;
    state.lenders[j].cash = 0.0;
    state.lenders[j].willingness = 0.0;
    stake::settle_fund(system, state, j, room.results.equity[j]);
    stake::release(system, state, Party::Lender(j));
    hedge::release(system, state, j);
}
