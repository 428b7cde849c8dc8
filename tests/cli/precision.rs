//! Precision on demand.

use std::fs;
use std::io::Read;

use super::{PAIR, TABLES, World, assert_code, begun, interrupt, read_plain, stderr, stdout};

/// The rule in a manifest.
fn rule(world: &World, directory: &str) -> serde_json::Value {
    world.manifest(directory)["run"]["sequential"].clone()
}

#[test]
fn a_run_ends_at_the_first_look_that_is_precise_enough() {
    let world = World::new();
    let output = world.knockon("run scenarios/pair.toml --precision 0.02 --out sequential");
    assert_code(&output, 0);
    let run = world.manifest("sequential")["run"].clone();
    let done = run["trials_done"].as_u64().unwrap();
    assert!(done > 8_192 && (done / 8_192).is_power_of_two() && done.is_multiple_of(8_192), "{run}");
    assert_eq!((run["partial"].as_bool(), run["trials_asked"].as_u64()), (Some(false), Some(4_194_304)));
    let rule = rule(&world, "sequential");
    assert_eq!((rule["met"].as_bool(), rule["precision"].as_f64()), (Some(true), Some(0.02)));
    assert_eq!(rule["first_check"], 8_192);
    let measure = &rule["measures"][0];
    assert_eq!(measure["metric"], "system_loss_mean");
    let (_, rows) = read_plain(&world.path("sequential/summary.csv"));
    let number = |cell: usize| rows[0][cell].parse::<f64>().unwrap();
    let width = (number(5) - number(4)) / 2.0 / number(2);
    assert!(width <= 0.02 && (width - measure["relative_half_width"].as_f64().unwrap()).abs() < 1e-12);
    let warning = rows.iter().map(|row| row[7].as_str());
    assert_eq!(warning.clone().next(), Some("the run ended when this was precise enough"));
    assert_eq!(warning.filter(|warning| warning.starts_with("the run ended")).count(), 1, "of the measure only");
    let answer = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(answer.contains("within ± 2.0 % (system_loss_mean ± ") && answer.contains("sequential rule"), "{answer}");
    let told = stderr(&output);
    assert!(
        told.starts_with("running until precise enough, at most 4,194,304 trials\n8,192 trials: system_loss"),
        "{told}"
    );

    // Half as many trials were not enough, and the numbers are those of a run of fixed length.
    let half = world.knockon(&format!("run scenarios/pair.toml --precision 0.02 --max-trials {} --out half", done / 2));
    assert_code(&half, 0);
    assert_eq!(self::rule(&world, "half")["met"], false);
    assert_code(&world.knockon(&format!("run scenarios/pair.toml --trials {done} --out fixed")), 0);
    for table in &TABLES[1..] {
        let read = |directory: &str| fs::read(world.path(directory).join(table)).unwrap();
        assert_eq!(read("sequential"), read("fixed"), "{table}");
    }
    assert!(world.manifest("fixed")["run"].get("sequential").is_none());
}

#[test]
fn the_end_of_a_sequential_run_does_not_depend_on_threads() {
    let world = World::new();
    let run = |threads: u32| {
        let words = format!("run scenarios/pair.toml --precision 0.03 --threads {threads} --out {threads}");
        assert_code(&world.knockon(&words), 0);
        let mut run = world.manifest(&threads.to_string())["run"].clone();
        let tables = TABLES.map(|table| fs::read(world.path(&threads.to_string()).join(table)).unwrap());
        (run["trials_done"].take(), run, tables)
    };
    let alone = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == alone, "{threads} threads");
    }
}

#[test]
fn every_measure_must_be_met_and_the_cap_ends_a_run_that_is_not() {
    let world = World::new();
    let measures = "--measure system_loss_mean --measure lender_failure_probability --measure system_loss_mean";
    assert_code(&world.knockon(&format!("run scenarios/pair.toml --precision 0.05 {measures} --out both")), 0);
    let both = rule(&world, "both");
    assert_eq!((both["met"].as_bool(), both["measures"].as_array().unwrap().len()), (Some(true), 2), "{both}");

    let output = world.knockon("run scenarios/pair.toml --precision 0.001 --max-trials 9000 --out capped");
    assert_code(&output, 0);
    let run = world.manifest("capped")["run"].clone();
    assert_eq!((run["trials_done"].as_u64(), run["partial"].as_bool()), (Some(9_000), Some(false)));
    assert_eq!(rule(&world, "capped")["met"], false);
    let line = "The precision of ± 0.10 % was NOT met within --max-trials: system_loss_mean ± ";
    assert!(stderr(&output).contains(line), "{}", stderr(&output));
    let answer = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(answer.contains(line), "{answer}");

    // Nobody fails, so that nothing is known of the probability but that it is small.
    let never = "--set obligor.borrower.pd_pa=0 --set run.twin=false --max-trials 100";
    for measure in ["lender_failure_probability", "system_loss_mean"] {
        let words = format!("run scenarios/pair.toml --precision 0.9 --measure {measure} {never} -q --out never");
        let output = world.knockon(&words);
        assert_code(&output, 0);
        assert_eq!(stderr(&output), "", "-q");
        let rule = rule(&world, "never");
        assert!(rule["met"] == false && rule["measures"][0]["relative_half_width"].is_null(), "{rule}");
    }
}

#[test]
fn a_rule_that_cannot_be_is_refused_before_the_run() {
    let world = World::new();
    for (words, reason) in [
        ("--precision 2%", "2 % is written 0.02"),
        ("--precision 0", "above 0 and below 1"),
        ("--precision 0.02 --trials 100", "cannot be used with"),
        ("--measure system_loss_mean", "--precision"),
        ("--max-trials 100", "--precision"),
        ("--measure system_loss_mean --trials 100", "cannot be used with"),
        ("--max-trials 100 --trials 100", "cannot be used with"),
        ("--precision 0.02 --max-trials 0", "at least 1 trial"),
        ("--precision 0.02 --measure system_loss_men", "did you mean `system_loss_mean`?"),
        ("--precision 0.02 --measure system_loss_es_0.97", "did you mean `system_loss_es_0.9"),
        ("--precision 0.02 --measure amplification --set run.twin=false", "`[run] twin = false` leaves out"),
        ("--precision 0.02 --measure zzz", "first column of summary.csv"),
    ] {
        let output = world.knockon(&format!("run scenarios/pair.toml {words}"));
        assert_code(&output, 2);
        assert!(stderr(&output).contains(reason), "{words}: {}", stderr(&output));
        assert!(!stderr(&output).contains("running"), "{words} was refused too late");
    }
    let levels = "--set run.levels=[0.9] --max-trials 100 --measure system_loss_es_0.9";
    assert_code(&world.knockon(&format!("run scenarios/pair.toml --precision 0.5 {levels}")), 0);
}

#[test]
fn json_has_the_rule() {
    let world = World::new();
    let output = world.knockon("run scenarios/pair.toml --precision 0.9 --max-trials 2000 --json -q");
    assert_code(&output, 0);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["run"]["sequential"]["met"], true);
    assert!(!PAIR.contains("precision"), "the rule is no part of the scenario");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_sequential_run_as_any_other() {
    let world = World::new();
    let mut child = begun(&world, "run scenarios/pair.toml --precision 0.0000001 --max-trials 2000000000 --threads 2");
    interrupt(&child);
    let mut told = String::new();
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("INTERRUPTED after") && told.contains("was NOT met before the run was interrupted"),
        "{told}"
    );
    let run = &world.manifest("results/pair")["run"];
    assert_eq!((run["partial"].as_bool(), run["sequential"]["met"].as_bool()), (Some(true), Some(false)));
    assert!(run["trials_done"].as_u64().unwrap().is_multiple_of(1_024));
}
