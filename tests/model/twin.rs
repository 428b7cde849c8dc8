//! The twin: the same trial without contagion (model, section 10), and what the pair tells (section 11).

use std::path::{Path, PathBuf};

use crate::play::{load, start, summary, world};
use approx::assert_abs_diff_eq;
use knockon::engine::RunSettings;
use knockon::model::outcome::Outcome;
use knockon::model::switches::Switches;
use knockon::model::system::System;
use knockon::model::trial::{Workspace, run};
use knockon::random::Streams;
use knockon::statistics::Estimate;

/// Six printed decimals.
const PRINTED: f64 = 1e-6;

/// The switches that the twin has off.
const CONTAGION: [&str; 6] = [
    "channels.clearing=false",
    "channels.revaluation=false",
    "channels.collateral_fire_sale=false",
    "channels.credit_fire_sale=false",
    "channels.funding=false",
    "channels.credit_crunch=false",
];

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).with_extension("toml")
}

fn point(estimate: Option<Estimate>) -> f64 {
    estimate.expect("a run with twins says it").point
}

/// Every number of the twin is that of the run with those switches off, bit for bit.
#[test]
fn the_twin_is_the_run_with_contagion_off() {
    let example = world("example-01-one-quarter");
    for (path, trials) in [(example, 3), (scenario("openai-cannot-honour"), 3_000), (scenario("soft-landing"), 1_500)] {
        let paired = summary(&load(&path, &["run.twin=true"]), 5, trials);
        let off = summary(&load(&path, &[&CONTAGION[..], &["run.twin=false"]].concat()), 5, trials);
        assert_eq!(paired.twin.mean_loss_usd_bn, off.system.mean_loss_usd_bn);
        assert_eq!(paired.cascades.fundamental_failures, off.failures.mean);
        assert_eq!(paired.cascades.fundamental, off.failures.numbers);
        for (paired, off) in paired.lenders.iter().zip(&off.lenders) {
            assert_eq!(paired.fundamental_failure_probability, off.failure_probability);
        }
        // The run beside the twin is the run alone.
        let alone = summary(&load(&path, &["run.twin=false"]), 5, trials);
        assert_eq!((&paired.system, &paired.failures), (&alone.system, &alone.failures));
        assert_eq!((alone.twin.amplification, alone.cascades.probability), (None, None));
        assert!(alone.cascades.contagion.is_empty() && alone.lenders[0].contagion_failure_probability.is_none());
    }
}

#[test]
fn example_1_the_pair() {
    let pair = summary(&load(&world("example-01-one-quarter"), &["run.twin=true"]), 1, 1);
    assert_abs_diff_eq!(point(pair.system.mean_loss_usd_bn), 7.460986, epsilon = PRINTED);
    assert_abs_diff_eq!(point(pair.twin.mean_loss_usd_bn), 0.888, epsilon = 2e-9);
    assert_abs_diff_eq!(point(pair.twin.contagion_loss_usd_bn), 7.460986 - 0.888, epsilon = PRINTED);
    assert_abs_diff_eq!(point(pair.twin.amplification), 8.402011, epsilon = PRINTED);
    assert_eq!((point(pair.failures.mean), point(pair.cascades.fundamental_failures)), (1.0, 0.0));
    assert_eq!((point(pair.cascades.contagion_failures), point(pair.cascades.twin_only_failures)), (1.0, 0.0));
    // One failure is no cascade of two, but one of one. Opening assets: bank_a 10 + 14 + 12, bank_b 3 + 15.
    assert_eq!((point(pair.cascades.probability), pair.cascades.size), (0.0, None));
    let sets = ["run.twin=true", "run.cascade_min=1"];
    let single = summary(&load(&world("example-01-one-quarter"), &sets), 1, 1);
    assert_eq!((point(single.cascades.probability), point(single.cascades.size)), (1.0, 1.0));
    assert_abs_diff_eq!(point(single.cascades.assets_share), 18.0 / 54.0, epsilon = 1e-9);
    assert_abs_diff_eq!(point(single.failures.assets_share), 18.0 / 54.0, epsilon = 1e-9);
    let [a, b] = &pair.lenders[..] else { unreachable!() };
    assert_eq!((point(a.contagion_failure_probability), point(b.contagion_failure_probability)), (0.0, 1.0));
}

fn outcome(system: &System, trial: u64, workspace: &mut Workspace) -> Outcome {
    run(system, Streams::new(3), trial, workspace).expect("trials end");
    workspace.outcome().clone()
}

/// Case 9: without claims and stakes in funds, and with the channels that need none of them off, `clearing` alone has
/// nothing to do: no failure is contagion, and trial and twin are one to the last bit.
#[test]
fn case_09_no_links() {
    let off = [&CONTAGION[1..], &["run.twin=true"]].concat();
    let mut scenario = load(&scenario("openai-cannot-honour"), &off);
    assert!(!scenario.system.claims.is_empty());
    scenario.system.claims.clear();
    scenario.system.fund_stakes.clear();
    let system = &scenario.system;
    assert!(system.switches.clearing && !system.switches.twin().clearing);
    let twin = system.twin();
    let [mut room, mut twin_room] = [system, &twin].map(|system| Workspace::new(system).expect("no claims"));
    let mut failures = 0;
    for trial in 0..2_000 {
        let outcome = outcome(system, trial, &mut room);
        assert_eq!(outcome, self::outcome(&twin, trial, &mut twin_room), "trial {trial}");
        failures += outcome.failed();
    }
    assert!(failures > 20, "{failures} failures");
    let summary = summary(&scenario, 3, 2_000);
    assert_eq!(
        (point(summary.cascades.contagion_probability), point(summary.cascades.twin_only_probability)),
        (0.0, 0.0)
    );
    let amplification = summary.twin.amplification.expect("the twin loses");
    assert_eq!((amplification.point, amplification.std_error), (1.0, Some(0.0)));
}

#[test]
fn the_twin_turns_the_first_six_switches_off_and_no_other() {
    let off = load(&world("example-01-one-quarter"), &CONTAGION).system.switches;
    let [before, twin] = [off, off.twin()];
    assert_eq!(before, twin);
    let Switches { loan_marks, trade, circular, hedges, .. } = Switches::ON.twin();
    assert!(loan_marks && trade && circular && hedges);
}

/// A run begins its twins where contagion first acts, a checked run begins them anew: to the last bit the same.
#[test]
fn twins_that_begin_late_are_twins_run_in_full() {
    let worlds = std::fs::read_dir(world("still").parent().expect("a folder")).expect("a readable folder");
    let worlds = worlds.map(|entry| (entry.expect("a readable entry").path(), 40));
    let worlds = worlds.filter(|(path, _)| path.extension().is_some_and(|extension| extension == "toml"));
    let scenarios = [("openai-cannot-honour", 300), ("base", 200), ("soft-landing", 100), ("bench/reference", 60)];
    for (path, trials) in worlds.chain(scenarios.map(|(name, trials)| (scenario(name), trials))) {
        let system = load(&path, &[]).system;
        let settings = RunSettings { twin: true, ..RunSettings::new(4, trials) };
        let [late, anew] = [false, true].map(|check| start(&system, RunSettings { check, ..settings }));
        assert_eq!(late.accumulators, anew.accumulators, "{}", path.display());
    }
}
