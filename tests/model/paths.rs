//! Series along the quarters end where the outcome of the trial does.

use std::path::Path;

use crate::play::{each_trial, load};
use knockon::model::outcome::{FIXED_ONE, Fixed, Outcome};
use knockon::model::path::{Series, UNDEFINED};
use knockon::model::system::System;
use knockon::model::trial::Workspace;

/// A bank and a vendor of the base case fail by decree.
fn base() -> System {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/base.toml");
    let sets = ["shock.decree.quarter=2", "shock.decree.target=[\"fail:citi\", \"fail:nvidia\"]"];
    load(&path, &sets).system
}

fn path(outcome: &Outcome, series: Series) -> Vec<Option<Fixed>> {
    outcome.paths.of(series).map(|value| (value != UNDEFINED).then_some(value)).collect()
}

fn last(outcome: &Outcome, series: Series) -> Fixed {
    path(outcome, series).last().copied().flatten().expect("every quarter is told")
}

fn check(system: &System, workspace: &Workspace) {
    let outcome = workspace.outcome();
    assert_eq!(last(outcome, Series::SystemLoss), outcome.system_loss);
    assert_eq!(last(outcome, Series::FailedLenders), outcome.failed() as Fixed);
    assert_eq!(last(outcome, Series::DefaultedObligors), outcome.defaults.iter().flatten().count() as Fixed);
    for (j, lender) in system.lenders.iter().enumerate().filter(|(_, lender)| lender.kind.is_regulated()) {
        let opening = workspace.state().lenders[j].opening_ratio;
        let lowest = path(outcome, Series::CapitalRatio(j)).into_iter().flatten().min().expect("a ratio in quarter 1");
        let fall = (lowest as f64 / FIXED_ONE - opening).min(0.0);
        assert!((fall - outcome.depletion[j] as f64 / FIXED_ONE).abs() < 1e-8, "{}: {fall}", lender.name);
    }
    for (i, default) in outcome.defaults.iter().enumerate() {
        let own = || system.facilities.iter().zip(&outcome.facilities).filter(|(facility, _)| facility.borrower == i);
        let (exposure, loss) = default.map_or((0, 0), |default| (default.exposure, default.loss));
        let rounding = own().count() as Fixed + 1;
        assert!((own().map(|(_, events)| events.exposure).sum::<Fixed>() - exposure).abs() <= rounding);
        assert!((own().map(|(_, events)| events.loss).sum::<Fixed>() - loss).abs() <= rounding);
    }
}

#[test]
fn paths_end_where_the_trial_does() {
    let system = base();
    let (mut defaults, mut breaches, mut sales) = (0, 0, 0);
    each_trial(&system, 1, 100, |workspace| {
        check(&system, workspace);
        let outcome = workspace.outcome();
        defaults += outcome.facilities.iter().filter(|events| events.exposure > 0).count();
        breaches += outcome.facilities.iter().filter(|events| events.breached).count();
        sales += outcome.circularity.iter().filter(|own| own.sales > 0).count();
    });
    assert!(
        defaults > 20 && breaches > 20 && sales > 20,
        "{defaults} defaults, {breaches} breaches, {sales} with sales"
    );
}
