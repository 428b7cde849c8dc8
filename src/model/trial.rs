//! One trial: the ten steps of every quarter, in order. (methods.md, 2 and 9)

mod error;
mod fork;
mod workspace;

use crate::model::audit::TOLERANCE;
use crate::model::clearing::ClearingError;
use crate::model::draws::DrawTable;
use crate::model::driver::{Draws, struck};
use crate::model::failure::ClearingRoom;
use crate::model::grade::Drawn;
use crate::model::ledger::fixed;
use crate::model::observer::{Observer, Step, View};
use crate::model::opening;
use crate::model::outcome::{Circularity, Outcome};
use crate::model::state::State;
use crate::model::system::{LenderType, System, Target};
use crate::model::{
    contract, facility, failure, funding, invariant, lender, liquidity, obligor, path, purse, recovery, refinancing,
    vendor,
};
use crate::random::{Lanes, Streams};

pub use error::TrialError;
pub use fork::Fork;
pub use workspace::Workspace;

/// Simulates one trial; its outcome is left in the workspace.
///
/// # Errors
/// [`TrialError`] with the trial's number.
pub fn run(system: &System, streams: Streams, trial: u64, workspace: &mut Workspace) -> Result<(), TrialError> {
    run_observed(system, Draws { streams, trial }, workspace, &mut ())
}

/// As [`run`], to the last bit, before an observer.
///
/// # Errors
/// [`TrialError`] with the trial's number.
pub fn run_observed(
    system: &System,
    draws: Draws,
    workspace: &mut Workspace,
    observer: &mut impl Observer,
) -> Result<(), TrialError> {
    begin(system, draws.streams, draws.trial, workspace);
    observer.begun();
    go_on(draws, workspace, observer)
}

/// The rest of a trial that another workspace has brought to the end of that step of a quarter, from which it was copied; the draws
/// and the parameters of the trial have been taken. An observer sees the rest only.
///
/// # Errors
/// [`TrialError`] with the trial's number.
pub fn resume(
    draws: Draws,
    workspace: &mut Workspace,
    last: Step,
    observer: &mut impl Observer,
) -> Result<(), TrialError> {
    workspace.state.audit.begin(draws.trial);
    workspace.state.audit.open_quarter(workspace.state.quarter);
    observer.begun();
    let rest = proceed(workspace, last.rest(), observer);
    // Whether anybody fell before is not known here: counting again is never wrong.
    close(draws, workspace, rest.map(|_| true))?;
    go_on(draws, workspace, observer)
}

/// The quarters after the last one simulated, and the end of the trial.
fn go_on(draws: Draws, workspace: &mut Workspace, observer: &mut impl Observer) -> Result<(), TrialError> {
    for quarter in workspace.state.quarter as usize..workspace.system.quarters {
        if quarter == 0 || workspace.state.anyone_alive() {
            quarter_observed(draws, workspace, observer)?;
        } else {
            idle(workspace);
        }
    }
    finish(workspace);
    observer.ended();
    verify(draws.trial, &workspace.state)
}

/// Draws the parameters of a trial and derives the opening balances.
pub fn begin(system: &System, streams: Streams, trial: u64, workspace: &mut Workspace) {
    let Workspace { system: drawn, opening, gradings, state, draws: table, outcome, .. } = workspace;
    outcome.reset();
    for ((draw, grading), told) in system.draws.iter().zip(gradings).zip(&mut outcome.parameters) {
        let variate = draw.law.draw(draw.range, streams, trial, draw.key);
        *(draw.place)(drawn, draw.entity) = draw.rounded(variate.value * draw.factor);
        *told = Drawn { value: draw.rounded(variate.value), grade: grading.grade(variate) };
    }
    table.fill(&drawn.drivers, Draws { streams, trial });
    state.audit.begin(trial);
    opening.begin(drawn, state);
}

/// The opening world with every parameter as it stands in the system (laws at their median), before any quarter: what
/// the opening checks of a scenario look at.
#[must_use]
pub fn opening(system: &System) -> State {
    let mut state = State::new(system);
    opening::derive(system, &mut state);
    state.fleets.begin(0, &state.curve);
    obligor::assess(system, &mut state);
    facility::assess(system, &mut state);
    state
}

/// One quarter of a trial.
///
/// # Errors
/// [`TrialError::Overflow`], [`TrialError::Clearing`], [`TrialError::Invariant`].
pub fn quarter(draws: Draws, workspace: &mut Workspace) -> Result<(), TrialError> {
    quarter_observed(draws, workspace, &mut ())
}

fn quarter_observed(draws: Draws, workspace: &mut Workspace, observer: &mut impl Observer) -> Result<(), TrialError> {
    let advanced = advance(draws, workspace, observer);
    close(draws, workspace, advanced)
}

/// The end of a quarter that has `advanced`: what is kept of it and what must hold.
fn close(draws: Draws, workspace: &mut Workspace, advanced: Result<bool, ClearingError>) -> Result<(), TrialError> {
    // A posting that does not fit is missing from the ledger, which no check would forgive.
    fits(draws.trial, workspace)?;
    let quarter = workspace.state.quarter;
    let fallen = advanced.map_err(|source| TrialError::Clearing { trial: draws.trial, quarter, source })?;
    note(workspace, fallen);
    verify(draws.trial, &workspace.state)
}

/// A quarter after the last obligor and lender: markets go on without them, so that what a trial tells of drivers and markets is
/// always the whole path.
fn idle(workspace: &mut Workspace) {
    let Workspace { system, draws, state, outcome, .. } = workspace;
    state.quarter += 1;
    recovery::open_quarter(system, state);
    drive(system, state, draws);
    outcome.note_drivers(state.quarter as usize, &state.drivers);
    state.hit = 0.0;
    path::note(state, outcome, false);
}

/// What the outcome keeps of the quarter; has anybody defaulted or failed in it?
fn note(workspace: &mut Workspace, fallen: bool) {
    let Workspace { state, outcome, .. } = workspace;
    for f in &state.breaching {
        outcome.facilities[*f].breached = true;
    }
    path::note(state, outcome, fallen);
}

/// Every posting so far is within the range of the ledger.
fn fits(trial: u64, workspace: &Workspace) -> Result<(), TrialError> {
    let Some((lender, amount)) = workspace.state.ledger.overflow() else { return Ok(()) };
    Err(TrialError::Overflow { trial, lender: workspace.system.lenders[lender].name.clone(), amount })
}

/// One quarter: the ten steps. Has anybody defaulted or failed?
///
/// # Errors
/// [`ClearingError::NotConverged`].
pub(in crate::model) fn advance(
    draws: Draws,
    workspace: &mut Workspace,
    observer: &mut impl Observer,
) -> Result<bool, ClearingError> {
    workspace.draws.fill(&workspace.system.drivers, draws);
    open(&workspace.system, &mut workspace.state);
    observer.opened();
    proceed(workspace, &Step::ALL, observer)
}

/// These steps of a quarter, which are its last.
fn proceed(workspace: &mut Workspace, steps: &[Step], observer: &mut impl Observer) -> Result<bool, ClearingError> {
    let mut fallen = false;
    for step in steps {
        fallen |= perform(workspace, *step)?;
        let Workspace { system, state, clearing, outcome, .. } = &*workspace;
        observer.after(*step, View { system, state, outcome, clearing });
    }
    let Workspace { system, state, .. } = workspace;
    invariant::check_cash(state);
    invariant::check_equity(state);
    invariant::check_ranges(system, state);
    invariant::check_dead(system, state);
    Ok(fallen)
}

/// One step of a quarter. Has anybody defaulted or failed in it?
fn perform(workspace: &mut Workspace, step: Step) -> Result<bool, ClearingError> {
    let Workspace { system, draws, state, clearing, outcome, .. } = workspace;
    match step {
        Step::Drivers => {
            drive(system, state, draws);
            outcome.note_drivers(state.quarter as usize, &state.drivers);
        }
        Step::Receipts => receive(system, state, draws),
        Step::Covenants => test_covenants(system, state),
        Step::Dues => owe(system, state),
        Step::Payments => pay(system, state, draws),
        Step::Resolution => return Ok(recovery::resolve(system, state, outcome)),
        Step::Profit => profit(system, state, draws.lanes()),
        Step::Liquidity => liquidity::settle(system, state),
        Step::Failures => return fail(system, state, clearing, outcome),
    }
    Ok(false)
}

/// Step 1: factors, jumps, shocks; demand, rent, equity index and share prices, confidence.
fn drive(system: &System, state: &mut State, draws: &DrawTable) {
    state.drivers.advance(system, draws, state.quarter as usize);
    state.market.advance(system, &state.drivers, state.hit);
    state.relative_confidence = state.market.confidence_share();
    obligor::reprice(system, state, draws.lanes());
    honour(system, state);
}

/// Step 2: payments in transit arrive, invoices are written, capacity earns rent, vendors pay; contracts and capex fall due.
fn receive(system: &System, state: &mut State, draws: &DrawTable) {
    contract::deliver(system, state);
    contract::invoice(system, state);
    obligor::operate(system, state, draws);
    vendor::pay(system, state);
    invariant::check_cash(state);
}

/// Step 3: worth of obligors and collateral, debt service, loan-to-value tests.
fn test_covenants(system: &System, state: &mut State) {
    obligor::assess(system, state);
    facility::assess(system, state);
}

/// Step 4: the rest of the dues: what breaches call and what maturities need beyond refinancing.
fn owe(system: &System, state: &mut State) {
    funding::call_on_breaches(system, state);
    refinancing::refinance(system, state);
}

/// Step 5: defaults that no money prevents, gaps closed or not, payments of the survivors.
fn pay(system: &System, state: &mut State, draws: &DrawTable) {
    obligor::test_defaults(system, state, draws);
    funding::close_gaps(system, state);
    invariant::check_facilities(state);
    funding::pay_dues(system, state);
    obligor::revalue(system, state);
    invariant::check_cash(state);
}

/// Step 7: the books of obligors are closed; profit and loss of lenders.
fn profit(system: &System, state: &mut State, lanes: Lanes) {
    obligor::close_quarter(system, state);
    invariant::check_cash(state);
    lender::book_profit(system, state, lanes);
}

/// Steps 9 and 10: failures, the clearing, its settlement, and what lenders decide for the next quarter. Has anybody failed?
fn fail(
    system: &System,
    state: &mut State,
    clearing: &mut ClearingRoom,
    outcome: &mut Outcome,
) -> Result<bool, ClearingError> {
    let failed = failure::fail(system, state, clearing)?;
    if failed {
        failure::settle(system, state, clearing, outcome);
    }
    lender::close_quarter(system, state);
    liquidity::close_quarter(system, state);
    Ok(failed)
}

fn open(system: &System, state: &mut State) {
    state.quarter += 1;
    state.audit.open_quarter(state.quarter);
    state.ledger.quarter = state.quarter;
    state.failed_loans = 0.0;
    recovery::open_quarter(system, state);
    obligor::open_quarter(state);
    facility::open_quarter(state);
    lender::open_quarter(state);
    purse::open_quarter(system, state);
    liquidity::open_quarter(system, state);
}

/// A quarter in which every check held.
fn verify(trial: u64, state: &State) -> Result<(), TrialError> {
    let Some(breach) = state.audit.breach() else { return Ok(()) };
    let (quarter, name, residual) = (breach.quarter, breach.name, breach.largest);
    Err(TrialError::Invariant { trial, quarter, name, residual, tolerance: TOLERANCE })
}

/// From its quarter on, an `honour` shock lets a customer pay only part of its invoices.
fn honour(system: &System, state: &mut State) {
    for (target, size) in struck(system, state.quarter as usize) {
        if let Target::Honour(c) = target {
            state.contracts[c].honour = 1.0 - size;
        }
    }
}

fn finish(workspace: &mut Workspace) {
    let Workspace { system, state, outcome, .. } = workspace;
    outcome.losses.assign(&state.ledger.losses());
    outcome.decreed.copy_from_slice(state.ledger.decreed());
    for (lender, counted) in outcome.counted.iter_mut().enumerate() {
        *counted = state.ledger.counted_loss(lender);
    }
    for ((depletion, shortfall), own) in outcome.depletion.iter_mut().zip(&mut outcome.shortfall).zip(&state.lenders) {
        (*depletion, *shortfall) = (fixed(own.depletion), fixed(own.shortfall));
    }
    outcome.system_loss = state.ledger.system_loss();
    outcome.losses_by_obligor.copy_from_slice(state.ledger.by_obligor());
    invariant::check_attribution(outcome, &mut state.audit);
    outcome.failed_assets = fixed(failed_assets(state, outcome));
    let vendors = system.lenders.iter().enumerate().filter(|(_, lender)| lender.kind == LenderType::Vendor);
    for (j, own) in vendors.map(|(j, _)| (j, &state.lenders[j])) {
        outcome.circularity[j] = Circularity { sales: fixed(own.sold), financed: fixed(own.invested + own.lent) };
    }
}

/// Opening assets of the lenders that failed over those of all; 0 where nobody has any.
fn failed_assets(state: &State, outcome: &Outcome) -> f64 {
    let all: f64 = state.lenders.iter().map(|own| own.opening_assets).sum();
    let failed = state.lenders.iter().zip(&outcome.failures).filter(|(_, failure)| failure.is_some());
    let failed: f64 = failed.map(|(own, _)| own.opening_assets).sum();
    if all > 0.0 { failed / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::outcome::{Circularity, FacilityEvents};
    use crate::model::system::{Facility, Flow, Instalment, Lender, Obligor, Party, Shock};

    #[test]
    fn a_loss_beyond_the_range_is_named_though_the_checks_miss_it_too() {
        let mut system = fixture::system(&["us"]);
        system.lenders = vec![Lender { cash: 1.0, ..fixture::fund("fund") }];
        system.obligors = vec![fixture::obligor("borrower")];
        system.facilities = vec![fixture::facility(0, 1e6, vec![(0, 1.0)])];
        system.shocks = vec![Shock {
            name: "end".into(),
            quarter: 1.0,
            size: 1.0,
            length_q: 1.0,
            targets: vec![Target::Default(0)],
            region: None,
        }];
        let mut workspace = Workspace::new(&system).unwrap();
        workspace.audit();
        let error = run(&system, Streams::new(1), 3, &mut workspace).unwrap_err();
        assert!(matches!(&error, TrialError::Overflow { trial: 3, lender, .. } if lender == "fund"), "{error}");
        assert!(workspace.state.audit.breach().is_some());
    }

    fn constant(constant: f64) -> Flow {
        Flow { constant, steps: vec![] }
    }

    /// A vendor sells half of a capex of 2, pays an instalment of 0.3 and lends 0.25 on a line, over two quarters.
    #[test]
    fn what_a_vendor_finances_of_its_sales() {
        let mut system = fixture::system(&["us"]);
        system.quarters = 2;
        system.lenders = vec![Lender { kind: LenderType::Vendor, cash: 50.0, ..fixture::fund("vendor") }];
        let (capex, vendor) = (constant(2.0), Some(0));
        system.obligors = vec![Obligor { cash: 50.0, capex, gpu_share: 0.5, vendor, ..fixture::obligor("lab") }];
        let draws = constant(0.25);
        system.facilities = vec![Facility { undrawn: 9.0, draws, ..fixture::facility(0, 1.0, vec![(0, 1.0)]) }];
        system.instalments = vec![Instalment {
            name: "stake".into(),
            payer: Party::Lender(0),
            recipient: 0,
            amount: constant(0.3),
            total: 9.0,
            equity_trigger: 0.0,
            milestone: 0.0,
        }];
        let mut workspace = Workspace::new(&system).unwrap();
        run(&system, Streams::new(1), 0, &mut workspace).unwrap();
        let Circularity { sales, financed } = workspace.outcome().circularity[0];
        assert_eq!((sales, financed), (fixed(2.0), fixed(2.0 * (0.3 + 0.25))));
    }

    /// Two loans, one in breach of its covenant and repaid, one defaulted by decree.
    #[test]
    fn facilities_tell_of_breaches_and_defaults() {
        let mut system = fixture::system(&["us"]);
        system.quarters = 1;
        system.obligors = vec![
            Obligor { cash: 10.0, other_assets: 1.0, ..fixture::obligor("pledged") },
            Obligor { cash: 1.0, ..fixture::obligor("fallen") },
        ];
        let loan = |borrower| fixture::facility(borrower, 4.0, vec![]);
        system.facilities = vec![Facility { pledge_other: 1.0, ltv_max: 0.5, ..loan(0) }, loan(1)];
        let targets = vec![Target::Default(1)];
        let name = "end".to_owned();
        system.shocks = vec![Shock { name, quarter: 1.0, size: 1.0, length_q: 1.0, targets, region: None }];
        let mut workspace = Workspace::new(&system).unwrap();
        run(&system, Streams::new(1), 0, &mut workspace).unwrap();
        let [pledged, fallen] = workspace.outcome().facilities[..] else { unreachable!() };
        assert_eq!(pledged, FacilityEvents { breached: true, ..FacilityEvents::default() });
        // Cash of 1 less a tenth for the bankruptcy.
        assert_eq!(fallen, FacilityEvents { exposure: fixed(4.0), loss: fixed(3.1), breached: false });
    }

    #[test]
    fn a_broken_invariant_ends_the_trial_and_says_which_and_by_how_much() {
        let mut system = fixture::system(&["us"]);
        system.obligors = vec![fixture::obligor("a")];
        let mut workspace = Workspace::new(&system).unwrap();
        workspace.audit();
        let draws = Draws { streams: Streams::new(1), trial: 5 };
        begin(&system, draws.streams, draws.trial, &mut workspace);
        quarter(draws, &mut workspace).unwrap();
        workspace.state.outside += 1.0;
        let error = quarter(draws, &mut workspace).unwrap_err();
        assert!(matches!(error, TrialError::Invariant { trial: 5, quarter: 2, name: "cash", .. }), "{error}");
        assert!(error.to_string().ends_with("of what it compares, beyond 1e-9"), "{error}");
        begin(&system, draws.streams, 6, &mut workspace);
        quarter(draws, &mut workspace).unwrap();
    }
}
