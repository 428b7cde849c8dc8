//! Results are a function of scenario, seed and trials: not of threads, of the order of a file, or of who else is in it.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::play::{each_quarter, each_trial, load, simulate};
use knockon::engine::{self, BLOCK_TRIALS, RunSettings};
use knockon::model::outcome::Outcome;
use knockon::model::system::System;
use knockon::scenario::Scenario;

/// A little over three blocks, the last one short.
const TRIALS: u64 = 3 * BLOCK_TRIALS + 100;

fn scenario(sets: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/openai-cannot-honour.toml");
    load(&path, sets)
}

/// Outcomes of the first trials.
fn outcomes(system: &System, trials: u64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    each_trial(system, 1, trials, |workspace| outcomes.push(workspace.outcome().clone()));
    outcomes
}

#[test]
fn any_number_of_threads_and_any_second_run_give_the_same_bits() {
    let scenario = scenario(&[]);
    let alone = simulate(&scenario.system, 1, TRIALS, Some(1));
    assert_eq!(alone.trials_done, TRIALS);
    for threads in [1, 2, 3, 8] {
        let again = simulate(&scenario.system, 1, TRIALS, Some(threads));
        assert_eq!(again, alone, "{threads} threads");
    }
    assert_ne!(simulate(&scenario.system, 2, TRIALS, Some(2)), alone);
}

#[test]
fn instructions_that_only_some_processors_have_change_no_bit() {
    let scenario = scenario(&[]);
    let run = |portable| {
        let settings = RunSettings { portable, twin: true, forced: true, ..RunSettings::new(1, 60) };
        engine::run(&scenario.system, &settings, &(), &AtomicBool::new(false)).expect("trials end")
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn the_trials_of_a_run_are_those_of_the_model_in_their_order() {
    let scenario = scenario(&[]);
    let mut accumulators = knockon::statistics::Accumulators::for_system(&scenario.system);
    let outcomes = outcomes(&scenario.system, BLOCK_TRIALS + 1);
    for (trial, outcome) in (0..=BLOCK_TRIALS).rev().zip(outcomes.iter().rev()) {
        accumulators.record(trial, outcome, None).unwrap();
    }
    let run = simulate(&scenario.system, 1, BLOCK_TRIALS + 1, Some(2));
    assert_eq!(run.accumulators, accumulators);
}

/// The resolved scenario with the tables of every section, and the keys of each table, in reverse order.
fn reversed(resolved: &str) -> String {
    let table: toml::Table = resolved.parse().expect("a resolved scenario is TOML");
    let reverse = |table: toml::Table| -> toml::Table { table.into_iter().rev().collect() };
    let turn = |(name, value): (String, toml::Value)| match value {
        toml::Value::Table(inner) => (name, toml::Value::Table(reverse(inner))),
        other => (name, other),
    };
    let turned: toml::Table = reverse(table).into_iter().map(turn).collect();
    toml::to_string(&turned).expect("a table is TOML")
}

#[test]
fn the_order_of_a_file_changes_no_number() {
    let forward = scenario(&[]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("reversed.toml");
    std::fs::write(&path, reversed(&forward.resolved)).unwrap();
    let backward = load(&path, &[]);
    let names = |scenario: &Scenario| -> Vec<String> {
        let mut placed: Vec<_> = scenario.system.lenders.iter().map(|own| (own.place, own.name.clone())).collect();
        placed.sort();
        placed.into_iter().map(|(_, name)| name).collect()
    };
    let mut listed = names(&backward);
    assert_ne!(listed, names(&forward));
    listed.reverse();
    assert_eq!(listed, names(&forward), "results follow the file");
    let place = |system: &System, name: &str| system.lenders.iter().position(|own| own.name == name).unwrap();
    let debtor = |system: &System, name: &str| system.obligors.iter().position(|own| own.name == name).unwrap();
    for (one, other) in outcomes(&forward.system, 300).iter().zip(&outcomes(&backward.system, 300)) {
        assert_eq!(one.system_loss, other.system_loss);
        for lender in &forward.system.lenders {
            let (here, there) = (place(&forward.system, &lender.name), place(&backward.system, &lender.name));
            assert_eq!(one.losses.row(here), other.losses.row(there), "{}", lender.name);
            assert_eq!(one.failures[here], other.failures[there], "{}", lender.name);
            assert_eq!(one.depletion[here], other.depletion[there], "{}", lender.name);
            assert_eq!(one.shortfall[here], other.shortfall[there], "{}", lender.name);
        }
        for obligor in &forward.system.obligors {
            let (here, there) = (debtor(&forward.system, &obligor.name), debtor(&backward.system, &obligor.name));
            assert_eq!(one.defaults[here], other.defaults[there], "{}", obligor.name);
        }
    }
}

/// A borrower and its lender that nobody else deals with. Their loan would count in the hit to confidence, which is a share
/// of all balances: the credit crunch, which ties everybody together, is off.
const STRANGERS: &str = r#"
[channels]
credit_crunch = false

[obligor.a-stranger]
type = "hyperscaler"
default_model = "latent"
pd_pa = 0.3
rho = 0.2

[facility.a-strange-loan]
borrower = "a-stranger"
amount = 5
rank = 1
spread_pa = 0.02
maturity_q = 40
amortisation = "bullet"
holders = { a-strange-bank = 1 }

[lender.a-strange-bank]
type = "bank"
cash = 10
equity = 4
rwa_other = 0
"#;

#[test]
fn an_unrelated_borrower_and_its_lender_move_nobody() {
    let parent = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/openai-cannot-honour.toml");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("strangers.toml");
    std::fs::write(&path, format!("extends = {:?}\n{STRANGERS}", parent.display().to_string())).unwrap();
    let (without, with) = (scenario(&["channels.credit_crunch=false"]), load(&path, &[]));
    let stranger = with.system.lenders.iter().position(|own| own.name == "a-strange-bank").unwrap();
    assert_eq!(stranger, 0, "it comes first, so that every index moves");
    let mut seen = 0;
    for (one, other) in outcomes(&without.system, 300).iter().zip(&outcomes(&with.system, 300)) {
        assert_eq!(
            one.losses.rows().into_iter().collect::<Vec<_>>(),
            other.losses.rows().into_iter().skip(1).collect::<Vec<_>>()
        );
        assert_eq!(one.failures, other.failures[1..]);
        assert_eq!(one.defaults, other.defaults[1..]);
        assert_eq!(one.system_loss, other.system_loss - other.lender_loss(0));
        seen += usize::from(other.lender_loss(0) > 0);
    }
    assert!(seen > 100, "the stranger defaults in {seen} of 300 trials");
}

#[test]
fn runs_that_differ_in_a_switch_share_their_shocks() {
    let drivers = |set: &str| {
        let scenario = scenario(&[set]);
        let mut path = Vec::new();
        let quarters = scenario.system.quarters;
        each_quarter(&scenario.system, 1, 50, |state| {
            let drivers = &state.drivers;
            path.push((
                drivers.normals.clone(),
                drivers.factors.clone(),
                drivers.mixing,
                drivers.jumps.clone(),
                state.market.equity,
            ));
        });
        assert_eq!(path.len(), 50 * quarters);
        path
    };
    let all_on = drivers("channels.clearing=true");
    for switch in ["clearing", "collateral_fire_sale", "credit_crunch", "trade", "circular"] {
        assert!(drivers(&format!("channels.{switch}=false")) == all_on, "{switch}");
    }
}
