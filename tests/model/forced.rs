//! Forced failures: each trial beside itself with one lender failed in quarter 1 (methods.md, 11.5).

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::play::{load, world};
use approx::assert_abs_diff_eq;
use knockon::engine::{self, RunOutcome, RunSettings};
use knockon::model::trial::{Workspace, run};
use knockon::random::Streams;
use knockon::statistics::{Estimate, ForcedSummary, Settings, Summary, summarise};

/// Lenders of the world `forced`, in the order of their names.
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

fn settings(trials: u64, threads: usize, twin: bool) -> RunSettings {
    RunSettings { threads: NonZeroUsize::new(threads), twin, forced: true, check: true, ..RunSettings::new(3, trials) }
}

fn outcome(sets: &[&str], settings: &RunSettings) -> RunOutcome {
    let system = load(&world("forced"), sets).system;
    engine::run(&system, settings, &(), &AtomicBool::new(false)).expect("trials end")
}

fn summary(sets: &[&str]) -> (Summary, ForcedSummary) {
    let outcome = outcome(sets, &settings(2_000, 2, false));
    let summary = summarise(&outcome.accumulators, &Settings { levels: vec![0.95], cascade_min: 2 });
    let forced = summary.forced.clone().expect("failures were forced");
    (summary, forced)
}

fn point(estimate: Option<Estimate>) -> f64 {
    estimate.expect("the run says it").point
}

#[test]
fn a_debtor_takes_its_creditor_down_and_not_the_reverse() {
    let (_, forced) = summary(&["obligor.borrower.pd_pa=0"]);
    assert_eq!(point(forced.pairs[(A, B)].failure_probability), 1.0);
    assert_eq!(point(forced.pairs[(A, B)].increase), 1.0);
    for pair in [(B, A), (A, C), (C, A), (B, C), (C, B)] {
        assert_eq!(point(forced.pairs[pair].increase), 0.0, "{pair:?}");
    }
    // What a itself loses by its failure, 1 of its cash, is left out; so is what b loses where b is forced.
    let costs: Vec<f64> = forced.importance.iter().map(|lender| point(lender.loss_increase_usd_bn)).collect();
    assert_abs_diff_eq!(costs[A], 0.7, epsilon = 1e-8);
    assert_eq!(costs[B..], [0.0, 0.0]);
    let further: Vec<f64> = forced.importance.iter().map(|lender| point(lender.failures_increase)).collect();
    assert_eq!(further, [1.0, 0.0, 0.0]);
    assert_eq!(forced.vulnerability.iter().map(|sum| point(*sum)).collect::<Vec<_>>(), [0.0, 1.0, 0.0]);
}

/// b fails of its borrower in some trials, and of a's failure in all.
#[test]
fn the_increase_leaves_out_what_happens_anyway() {
    let (summary, forced) = summary(&[]);
    let baseline = point(summary.lenders[B].failure_probability);
    assert!((0.05..0.9).contains(&baseline), "{baseline}");
    assert_eq!(point(forced.pairs[(A, B)].failure_probability), 1.0);
    assert_abs_diff_eq!(point(forced.pairs[(A, B)].increase), 1.0 - baseline, epsilon = 1e-12);
    // The same trials: the error is that of the baseline.
    let error = |estimate: Option<Estimate>| estimate.and_then(|estimate| estimate.std_error).expect("it varies");
    let alone = error(summary.lenders[B].failure_probability);
    assert_abs_diff_eq!(error(forced.pairs[(A, B)].increase), alone, epsilon = 1e-3 * alone);
}

#[test]
fn without_claims_nobody_takes_anybody_down() {
    let (_, forced) = summary(&["claim.a-b.enabled=false", "lender.a.external_debt=8", "lender.b.external_debt=1.5"]);
    assert!(forced.pairs.iter().all(|pair| point(pair.increase) == 0.0));
    assert!(forced.importance.iter().all(|lender| point(lender.loss_increase_usd_bn) == 0.0));
    assert!(forced.vulnerability.iter().all(|sum| point(*sum) == 0.0));
}

#[test]
fn neither_threads_nor_twins_show_and_nothing_else_moves() {
    let alone = outcome(&[], &settings(5_000, 1, true));
    for threads in [2, 3, 8] {
        assert_eq!(outcome(&[], &settings(5_000, threads, true)), alone, "{threads} threads");
    }
    let questions = Settings { levels: vec![0.95, 0.999], cascade_min: 2 };
    let summary = |settings: &RunSettings| summarise(&outcome(&[], settings).accumulators, &questions);
    let unforced = summary(&RunSettings { forced: false, ..settings(5_000, 2, true) });
    let forced = summarise(&alone.accumulators, &questions);
    assert_eq!(Summary { forced: None, ..forced.clone() }, unforced);
    assert_eq!(summary(&settings(5_000, 2, false)).forced, forced.forced);
}

/// One workspace that fails one lender after the other does what the scenario's own shock does, to the last bit.
#[test]
fn a_forced_failure_is_a_scheduled_shock_in_quarter_1() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/openai-cannot-honour.toml");
    let system = load(&path, &[]).system;
    let mut workspace = Workspace::new(&system).expect("the claims form a network");
    for lender in [20, 3, 11] {
        let name = &system.lenders[lender].name;
        let target = format!("shock.decree.target=\"fail:{name}\"");
        let shocked = load(&path, &["shock.decree.quarter=1", &target]).system;
        let mut own = Workspace::new(&shocked).expect("the claims form a network");
        workspace.force_failure(lender);
        for trial in 0..20 {
            run(&system, Streams::new(1), trial, &mut workspace).expect("trials end");
            run(&shocked, Streams::new(1), trial, &mut own).expect("trials end");
            assert_eq!(workspace.outcome(), own.outcome(), "{name}, trial {trial}");
            assert_eq!(workspace.outcome().failures[lender].map(|failure| failure.quarter), Some(1));
        }
    }
}
