//! Lenders: balance sheets, thresholds, failure and its settlement, willingness to lend. (methods.md, 5.2, 7, 8.3)

use crate::model::clearing::{
    Banks, ClearingError, ClearingWorkspace, Costs, Network, THRESHOLD_MARGIN, clear, surviving_assets,
};
use crate::model::driver;
use crate::model::facility::is_fund;
use crate::model::invariant;
use crate::model::ledger::fixed;
use crate::model::outcome::{Channel, FailureCause, LenderFailure, Outcome};
use crate::model::stake;
use crate::model::state::{LenderState, State};
use crate::model::system::{ExternalPriority, Lender, LenderType, OpeningBalance, Party, System, Target};

/// Passes over the funds that let opening NAVs settle where funds own funds; each pass reaches one link further.
const NAV_PASSES: usize = 64;

impl LenderState {
    /// Income that is retained, in cash.
    pub fn earn(&mut self, income: f64) {
        self.cash += income;
        self.income += income;
    }

    /// e_j: all assets but network claims.
    #[must_use]
    pub fn external_assets(&self) -> f64 {
        self.cash + self.loans + self.stakes + self.other_assets
    }

    /// E_j < theta_j, beyond rounding.
    fn is_below_threshold(&self) -> bool {
        let assets = self.external_assets().abs() + self.claims;
        self.equity < self.threshold - THRESHOLD_MARGIN * assets
    }
}

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
}

impl ClearingRoom {
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
        })
    }
}

/// Opening balance sheets: the side that is not given balances; stakes in funds follow from the funds' NAV.
pub fn reset(system: &System, state: &mut State) {
    for (k, claim) in system.claims.iter().enumerate() {
        state.claims[k] = claim.amount;
    }
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        *own = LenderState {
            alive: true,
            cash: lender.cash,
            cash_before: lender.cash,
            other_assets: lender.other_assets,
            willingness: 1.0,
            ..LenderState::default()
        };
    }
    settle_opening_nav(system, state);
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        own.threshold = threshold(lender, own);
        own.opening_equity = own.equity;
        own.opening_buffer = own.equity - failing_level(own.threshold);
        own.opening_ratio = capital_ratio(lender, own).unwrap_or(0.0);
        own.impaired = own.opening_buffer < 0.0;
    }
}

/// Stakes in funds are carried at share . NAV, and a fund's NAV contains its own stakes.
fn settle_opening_nav(system: &System, state: &mut State) {
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        if let OpeningBalance::Equity(equity) = lender.opening {
            own.equity = equity;
        }
    }
    for _ in 0..NAV_PASSES {
        for (stake, held) in system.fund_stakes.iter().zip(&mut state.fund_stakes) {
            held.carrying = stake.share * state.lenders[stake.of].equity.max(0.0);
        }
        stake::tally(system, state);
        add_up(system, state);
        let mut moved = false;
        for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
            let worth = own.external_assets() + own.claims - own.network_debt;
            let equity = match lender.opening {
                // What a draw takes from the assets beyond all external debt, equity bears.
                OpeningBalance::Equity(equity) => equity.min(worth),
                OpeningBalance::ExternalDebt(debt) => worth - debt,
            };
            moved |= equity != own.equity;
            own.equity = equity;
            own.external_debt = match lender.opening {
                OpeningBalance::Equity(_) => worth - equity,
                OpeningBalance::ExternalDebt(debt) => debt,
            };
        }
        if !moved {
            break;
        }
    }
}

/// Loans, claims and network debt by lender.
fn add_up(system: &System, state: &mut State) {
    for own in &mut state.lenders {
        (own.loans, own.claims, own.network_debt) = (0.0, 0.0, 0.0);
    }
    for f in 0..system.facilities.len() {
        for (j, face) in state.holdings.row(f) {
            if let Some(own) = state.lenders.get_mut(j) {
                own.loans += face;
            }
        }
    }
    for (claim, amount) in system.claims.iter().zip(&state.claims) {
        if let Some(debtor) = claim.debtor {
            state.lenders[debtor].network_debt += amount;
        }
        if let Some(creditor) = claim.creditor {
            state.lenders[creditor].claims += amount;
        }
    }
}

/// Balance sheets of the living, claims at face: `E = e + x - D - l`, and the thresholds that go with them.
pub fn balance(system: &System, state: &mut State) {
    stake::tally(system, state);
    add_up(system, state);
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        if own.alive {
            own.equity = own.external_assets() + own.claims - own.external_debt - own.network_debt;
            own.threshold = threshold(lender, own);
        }
    }
}

/// theta_j: what equity may not fall below. A bond fund has no debt and cannot fail.
fn threshold(lender: &Lender, own: &LenderState) -> f64 {
    match lender.kind {
        LenderType::Bank => lender.fail_ratio * risk_weighted_assets(lender, own),
        LenderType::Insurer => lender.fail_ratio * lender.required_capital,
        LenderType::CreditFund => (own.external_debt + own.network_debt) / lender.max_leverage,
        LenderType::BondFund => f64::NEG_INFINITY,
        LenderType::Vendor => 0.0,
    }
}

/// The threshold as a level of equity: 0 where there is none.
fn failing_level(threshold: f64) -> f64 {
    if threshold.is_finite() { threshold } else { 0.0 }
}

/// RWA = other + risk weight . AI exposure.
fn risk_weighted_assets(lender: &Lender, own: &LenderState) -> f64 {
    lender.rwa_other + lender.risk_weight * own.loans
}

/// Equity over risk-weighted assets (a bank) or required capital (an insurer); none of others.
#[must_use]
pub fn capital_ratio(lender: &Lender, own: &LenderState) -> Option<f64> {
    let basis = capital_basis(lender, own)?;
    (basis > 0.0).then(|| own.equity / basis)
}

fn capital_basis(lender: &Lender, own: &LenderState) -> Option<f64> {
    match lender.kind {
        LenderType::Bank => Some(risk_weighted_assets(lender, own)),
        LenderType::Insurer => Some(lender.required_capital),
        LenderType::CreditFund | LenderType::BondFund | LenderType::Vendor => None,
    }
}

/// Start of a quarter: what funds may lend, and the purses of those who pay for others.
pub fn open_quarter(system: &System, state: &mut State) {
    for (j, (lender, own)) in system.lenders.iter().zip(&mut state.lenders).enumerate() {
        own.cash_before = own.cash;
        own.lendable = if is_fund(lender.kind) { own.cash.max(0.0) } else { f64::INFINITY };
        own.scheduled = false;
        state.purses.fill(Party::Lender(j), if own.alive { own.cash } else { 0.0 });
    }
}

/// Step 7: income of the other business is retained; stakes follow prices and published NAVs.
pub fn book_profit(system: &System, state: &mut State) {
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        if own.alive {
            own.earn(lender.income_q);
            state.outside -= lender.income_q;
        }
    }
    stake::mark(system, state);
    balance(system, state);
}

/// Step 9: scheduled and opening failures are forced; then the network is cleared to its greatest fixed point.
///
/// # Errors
/// [`ClearingError::NotConverged`].
pub fn fail(system: &System, state: &mut State, room: &mut ClearingRoom) -> Result<bool, ClearingError> {
    balance(system, state);
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
    }
    if system.switches.clearing {
        let banks = Banks {
            external_assets: &room.external_assets,
            external_debt: &room.external_debt,
            threshold: &room.threshold,
            priority: &room.priority,
            alive: &room.alive,
            forced: &room.forced,
            costs: costs(system),
        };
        clear(&room.network, &state.claims, &banks, &mut room.results)?;
        if cfg!(debug_assertions) {
            invariant::assert_clearing(&room.results, &system.claims, &state.claims, state);
            invariant::assert_payments(&room.results, system, state);
        }
    } else {
        fail_alone(system, state, room);
    }
    Ok(room.results.failed.iter().any(|failed| *failed))
}

fn costs(system: &System) -> Costs {
    Costs { asset_recovery: system.costs.asset_recovery, claim_recovery: system.costs.claim_recovery }
}

/// A scheduled failure turns equity into external debt; it and an opening below the threshold fail in round 0.
fn force(system: &System, state: &mut State, room: &mut ClearingRoom) {
    for (j, own) in state.lenders.iter().enumerate() {
        room.forced[j] = own.alive && own.impaired;
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
            receive(state, room, claim.creditor, amount, room.results.fraction[debtor]);
        }
    }
    for j in 0..system.lenders.len() {
        if room.results.failed[j] && state.lenders[j].alive {
            close(system, state, j, room, outcome);
        }
    }
}

/// A creditor loses (1 - p) of its claim; one that is failing too leaves its receipts to its estate.
fn receive(state: &mut State, room: &ClearingRoom, creditor: Option<usize>, amount: f64, fraction: f64) {
    let Some(j) = creditor else { return };
    if !state.lenders[j].alive {
        return;
    }
    state.ledger.post(j, Channel::Counterparty, amount * (1.0 - fraction));
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
    } else {
        state.ledger.main_cause(j)
    };
    let quarter = state.quarter as usize;
    outcome.failures[j] = Some(LenderFailure { quarter, round: room.results.round[j], cause });
    state.ledger.post(j, Channel::Bankruptcy, room.results.deadweight[j]);
    state.lenders[j].equity = own.opening_equity + own.income - state.ledger.lender_loss(j);
    if cfg!(debug_assertions) && system.switches.clearing {
        invariant::assert_failure(&room.results, state, j);
    }
    record_capital(state, outcome, j, &system.lenders[j]);
    state.failed_loans += own.loans;
    state.outside += own.cash;
    state.lenders[j].alive = false;
    state.lenders[j].cash = 0.0;
    state.lenders[j].willingness = 0.0;
    stake::settle_fund(system, state, j, room.results.equity[j]);
    stake::release(system, state, Party::Lender(j));
}

/// Step 10: balance sheets after the settlement, capital records, willingness, and the hit to confidence.
pub fn close_quarter(system: &System, state: &mut State, outcome: &mut Outcome) {
    balance(system, state);
    for (j, lender) in system.lenders.iter().enumerate() {
        if !state.lenders[j].alive {
            continue;
        }
        record_capital(state, outcome, j, lender);
        let willing = willingness(system, lender, &state.lenders[j]);
        state.lenders[j].willingness = willing;
    }
    state.hit = confidence_hit(system, state);
}

fn record_capital(state: &State, outcome: &mut Outcome, j: usize, lender: &Lender) {
    let own = &state.lenders[j];
    let (Some(ratio), Some(basis)) = (capital_ratio(lender, own), capital_basis(lender, own)) else {
        return;
    };
    outcome.depletion[j] = outcome.depletion[j].min(fixed(ratio - own.opening_ratio));
    outcome.shortfall[j] = outcome.shortfall[j].max(fixed(lender.min_ratio * basis - own.equity));
}

/// `w = clamp((b / b_0) / full willingness, 0, 1)`, 0 below the minimum ratio; 1 where `credit_crunch` is off. (5.2)
fn willingness(system: &System, lender: &Lender, own: &LenderState) -> f64 {
    if !system.switches.credit_crunch {
        return 1.0;
    }
    if capital_ratio(lender, own).is_some_and(|ratio| ratio < lender.min_ratio) {
        return 0.0;
    }
    let buffer = own.equity - failing_level(own.threshold);
    if own.opening_buffer <= 0.0 {
        return 0.0;
    }
    let full = lender.full_willingness.unwrap_or(system.full_willingness);
    (buffer / own.opening_buffer / full).clamp(0.0, 1.0)
}

/// hit = hit_default . defaulted balance + hit_failure . loans of failed lenders, over all opening balances. (8.3)
fn confidence_hit(system: &System, state: &State) -> f64 {
    if !system.switches.credit_crunch || state.opening_balance <= 0.0 {
        return 0.0;
    }
    let defaults = system.confidence.hit_default * state.defaulted;
    let failures = system.confidence.hit_failure * state.failed_loans;
    (defaults + failures) / state.opening_balance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::trial::{Workspace, begin};
    use crate::random::Streams;

    #[test]
    fn equity_bears_what_a_draw_takes_from_the_assets_beyond_all_debt() {
        let mut system = fixture::system(&["us"]);
        system.lenders.push(Lender {
            name: "fund".into(),
            place: 0,
            kind: LenderType::CreditFund,
            cash: 0.4,
            other_assets: 0.5,
            opening: OpeningBalance::Equity(1.0),
            external_priority: ExternalPriority::PariPassu,
            rwa_other: 0.0,
            risk_weight: 1.0,
            required_capital: 0.0,
            fail_ratio: 0.0,
            min_ratio: 0.0,
            max_leverage: 1.5,
            target_leverage: 1.0,
            new_lending: 0.0,
            income_q: 0.0,
            sales_margin: 0.0,
            full_willingness: None,
        });
        let mut workspace = Workspace::new(&system).unwrap();
        begin(&system, Streams::new(1), 0, &mut workspace);
        let own = workspace.state().lenders[0];
        assert_eq!(own.external_debt, 0.0);
        assert!((own.equity - 0.9).abs() < 1e-15, "{}", own.equity);
        assert_eq!(own.opening_equity, own.equity);
    }
}
