//! A told trial is the trial: same bits, and its losses are those of the results.

#![allow(clippy::unwrap_used, reason = "a test that cannot run the program or read its answer has failed")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;

use knockon::engine::{self, RunSettings};
use knockon::model::outcome::{Channel, FIXED_ONE};
use knockon::model::trial::{self, Workspace};
use knockon::random::Streams;
use knockon::scenario::Scenario;
use knockon::story::{Event, tell};
use serde_json::Value;

const SCENARIO: &str = "scenarios/openai-cannot-honour.toml";

fn scenario() -> Scenario {
    Scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(SCENARIO), &[]).unwrap()
}

#[test]
fn a_story_is_its_trial_to_the_last_bit() {
    let system = scenario().system;
    let mut workspace = Workspace::new(&system).unwrap();
    let (mut losses_told, mut failures_told, mut defaults_told) = (0, 0, 0);
    for trial in 0..60 {
        trial::run(&system, Streams::new(3), trial, &mut workspace).unwrap();
        let outcome = workspace.outcome();
        let story = tell(&system, 3, trial, false).unwrap();
        assert_eq!(story.system_loss_usd_bn, outcome.system_loss as f64 / FIXED_ONE);
        let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for event in story.chapters.iter().flat_map(|chapter| &chapter.events) {
            match event {
                Event::Loss(loss) => {
                    *sums.entry((&loss.lender, loss.channel)).or_default() += (loss.loss_usd_bn * FIXED_ONE) as i64;
                    losses_told += 1;
                }
                Event::Failure { lender, round, .. } => {
                    let j = system.lenders.iter().position(|known| known.name == *lender).unwrap();
                    assert_eq!(outcome.failures[j].unwrap().round, *round);
                    failures_told += 1;
                }
                Event::Default { .. } => defaults_told += 1,
                _ => {}
            }
        }
        for (j, lender) in system.lenders.iter().enumerate() {
            for (channel, loss) in Channel::ALL.iter().zip(outcome.losses.row(j)) {
                let told = sums.get(&(lender.name.as_str(), channel.name())).copied().unwrap_or(0);
                assert_eq!(told, *loss, "trial {trial}: {} {}", lender.name, channel.name());
            }
        }
        failures_told -= outcome.failed();
        defaults_told -= outcome.defaults.iter().flatten().count();
    }
    assert_eq!((failures_told, defaults_told), (0, 0), "every failure and default is told once");
    assert!(losses_told > 100);
}

#[test]
fn the_worst_trials_of_a_run_are_found_by_their_loss() {
    let system = scenario().system;
    let settings =
        |threads| RunSettings { threads: std::num::NonZeroUsize::new(threads), ..RunSettings::new(5, 3_000) };
    let stop = AtomicBool::new(false);
    let worst = |threads| engine::run(&system, &settings(threads), &(), &stop).unwrap().accumulators.worst_trials();
    let found = worst(1);
    assert_eq!(found, worst(3));
    assert!(found.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    for (trial, loss) in &found[..3] {
        assert_eq!(tell(&system, 5, *trial, false).unwrap().system_loss_usd_bn, *loss as f64 / FIXED_ONE);
    }
}

fn trace(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_knockon"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["trace", SCENARIO]).args(words).output().unwrap()
}

fn json(words: &[&str]) -> Value {
    let output = trace(words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_trial_is_told_alike_by_its_number_and_by_its_rank() {
    let by_rank = json(&["--worst", "2", "--trials", "1500", "--json", "--quiet"]);
    assert_eq!(by_rank["worst"], serde_json::json!({ "rank": 2, "of_trials": 1500 }));
    let number = by_rank["story"]["trial"].to_string();
    let by_number = json(&["--trial", &number, "--json"]);
    assert_eq!(by_number["story"], by_rank["story"]);
    assert_eq!(by_number["worst"], Value::Null);
    let text = String::from_utf8(trace(&["--trial", &number]).stdout).unwrap();
    assert!(text.contains(&format!("Trial {number} of seed 1")) && text.contains("In the end"), "{text}");
}

#[test]
fn what_no_run_has_is_refused() {
    for (words, message) in [
        (&["--worst", "3", "--trials", "2"][..], "there is no trial of rank 3"),
        (&["--worst", "0"], "the worst trial is number 1"),
        (&["--worst", "1001"], "1000 worst"),
        (&["--trial", "99999999999"], "there is no trial 99999999999"),
        (&["--trial", "1", "--worst", "1"], "cannot be used with"),
        (&["--trial", "1", "--trials", "10"], "cannot be used with"),
        (&[], "--trial <N>|--worst <K>"),
    ] {
        let output = trace(words);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {told}");
        assert!(told.contains(message), "{words:?}: {told}");
    }
}
