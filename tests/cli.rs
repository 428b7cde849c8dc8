//! The program as its users meet it: exit codes, streams, files, and what happens when something goes wrong.

#![allow(clippy::unwrap_used, reason = "a test that cannot read or write its files has failed")]

#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/precision.rs"]
mod precision;
#[path = "cli/trials.rs"]
mod trials;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const TABLES: [&str; 14] = [
    "summary.csv",
    "lenders.csv",
    "obligors.csv",
    "facilities.csv",
    "cascades.csv",
    "exceedance.csv",
    "channels.csv",
    "losses.csv",
    "attribution.csv",
    "contagion.csv",
    "quarters.csv",
    "survival.csv",
    "drivers.csv",
    "reverse.csv",
];

/// Two lenders, one of which owes the other, and a borrower that defaults now and then.
const PAIR: &str = r#"
[scenario]
title = "A pair of lenders"

[run]
quarters = 8
trials = 3000
seed = 7

[obligor.borrower]
type = "spv"
default_model = "latent"
pd_pa = 0.1
rho = 0.2
cash = 0

[facility.loan]
borrower = "borrower"
amount = 10
rank = 1
spread_pa = 0.02
maturity_q = 20
amortisation = "bullet"
holders = { fund = 1 }

[lender.fund]
type = "credit_fund"
cash = 1
equity = 6

[lender.insurer]
type = "insurer"
cash = 1
external_debt = 5
required_capital = 0.5
fail_ratio = 1

[claim.fund-insurer]
debtor = "fund"
creditor = "insurer"
amount = 5
"#;

/// A folder with `scenarios/pair.toml`, in which the program runs.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scenarios")).unwrap();
        let parent = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/still.toml");
        let text = format!("extends = {:?}\n{PAIR}", parent.to_str().unwrap());
        fs::write(folder.path().join("scenarios/pair.toml"), text).unwrap();
        World { folder }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knockon"));
        command.current_dir(self.folder.path()).args(words.split_whitespace());
        command
    }

    fn knockon(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    fn shell(&self, script: &str) -> Output {
        let script = script.replace("knockon", env!("CARGO_BIN_EXE_knockon"));
        Command::new("sh").current_dir(self.folder.path()).args(["-c", &script]).output().unwrap()
    }

    fn manifest(&self, directory: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path(directory).join("manifest.json")).unwrap()).unwrap()
    }

    /// Everything below a folder, hidden files too.
    fn entries(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(below)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stdout: {}\nstderr: {}", stdout(output), stderr(output));
    assert!(!stderr(output).contains("panicked"), "{}", stderr(output));
}

/// Header and rows of a plain CSV.
fn read_plain(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (headers, rows)
}

#[test]
fn a_run_answers_and_leaves_its_files() {
    let world = World::new();
    let output = world.knockon("run scenarios/pair.toml");
    assert_code(&output, 0);
    let answer = stdout(&output);
    assert!(answer.contains("In 8 quarters the lenders lose"), "{answer}");
    assert!(answer.contains("3,000 trials, seed 7."), "{answer}");
    assert!(answer.ends_with("Results: results/pair\n"), "{answer}");
    assert!(!answer.contains('\u{1b}'), "no colour into a pipe");
    let told = stderr(&output);
    assert!(told.starts_with("running 3,000 trials\n"), "{told}");
    assert!(told.ends_with("100 % of 3,000 trials\n"), "{told}");
    let mut files = [TABLES.to_vec(), vec!["manifest.json"]].concat();
    files.sort_unstable();
    assert_eq!(world.entries("results/pair"), files);
    assert_eq!(world.entries("results"), ["pair"], "nothing temporary is left");
    let manifest = world.manifest("results/pair");
    assert_eq!(manifest["scenario"]["name"], "pair");
    assert_eq!(manifest["run"]["trials_done"], 3_000);
    assert_eq!(manifest["run"]["partial"], false);
}

#[test]
fn quiet_says_nothing_on_stderr_and_verbose_says_more() {
    let world = World::new();
    let quiet = world.knockon("run scenarios/pair.toml --trials 100 -q");
    assert_code(&quiet, 0);
    assert_eq!(stderr(&quiet), "");
    let verbose = world.knockon("run scenarios/pair.toml --trials 100 -v");
    assert_code(&verbose, 0);
    assert!(stderr(&verbose).contains("1 obligors, 2 lenders, 1 facilities"), "{}", stderr(&verbose));
}

#[test]
fn usage_errors_are_refused_with_a_reason() {
    let world = World::new();
    for (words, reason) in [
        ("run scenarios/pair.toml --trials 0", "at least 1 trial"),
        ("run scenarios/pair.toml --trials 1e3", "not a whole number"),
        ("run scenarios/pair.toml --threads 0", "at least 1 thread"),
        ("run scenarios/pair.toml --csv tabs", "plain, excel"),
        ("run scenarios/pair.toml -q -v", "cannot be used with"),
        ("run", "<SCENARIO>"),
        ("check", "<FILE>"),
        ("simulate scenarios/pair.toml", "unrecognized subcommand"),
        ("run scenarios/pair.toml --shard 0/2", "unexpected argument"),
        ("run nowhere.toml", "nowhere.toml"),
        ("run scenarios", "scenarios"),
    ] {
        let output = world.knockon(words);
        assert_code(&output, 2);
        assert_eq!(stdout(&output), "", "{words}");
        assert!(stderr(&output).contains(reason), "{words}: {}", stderr(&output));
    }
    assert!(!world.path("results").exists(), "nothing was begun");
}

#[test]
fn a_rerun_replaces_and_threads_change_nothing() {
    let world = World::new();
    assert_code(&world.knockon("run scenarios/pair.toml --threads 1"), 0);
    let first: Vec<_> = TABLES.map(|table| fs::read(world.path("results/pair").join(table)).unwrap()).to_vec();
    assert_code(&world.knockon("run scenarios/pair.toml --threads 3"), 0);
    let second: Vec<_> = TABLES.map(|table| fs::read(world.path("results/pair").join(table)).unwrap()).to_vec();
    assert_eq!(first, second);
    assert_code(&world.knockon("run scenarios/pair.toml --seed 8"), 0);
    assert_ne!(first[0], fs::read(world.path("results/pair/summary.csv")).unwrap());
    assert_eq!(world.manifest("results/pair")["run"]["seed"], 8);
    assert_eq!(world.entries("results"), ["pair"]);
}

#[test]
fn an_override_reaches_the_run_and_the_manifest() {
    let world = World::new();
    let output = world.knockon("run scenarios/pair.toml --set obligor.borrower.pd_pa=0 --set run.trials=50");
    assert_code(&output, 0);
    assert!(stdout(&output).contains("no lender fails in any of 50 trials"), "{}", stdout(&output));
    let manifest = world.manifest("results/pair");
    assert_eq!(manifest["run"]["trials_asked"], 50);
    assert!(manifest["scenario"]["resolved_toml"].as_str().unwrap().contains("trials = 50"));
}

#[test]
fn a_directory_with_foreign_files_is_refused_unless_forced() {
    let world = World::new();
    assert_code(&world.knockon("run scenarios/pair.toml --trials 100"), 0);
    let before = fs::read(world.path("results/pair/summary.csv")).unwrap();
    fs::write(world.path("results/pair/thesis.tex"), "mine").unwrap();
    let refused = world.knockon("run scenarios/pair.toml --trials 200");
    assert_code(&refused, 2);
    assert!(stderr(&refused).contains("thesis.tex"), "{}", stderr(&refused));
    assert_eq!(before, fs::read(world.path("results/pair/summary.csv")).unwrap());
    assert_code(&world.knockon("run scenarios/pair.toml --trials 200 --force"), 0);
    assert_ne!(before, fs::read(world.path("results/pair/summary.csv")).unwrap());
    assert_eq!(fs::read_to_string(world.path("results/pair/thesis.tex")).unwrap(), "mine");
}

#[test]
fn results_of_another_scenario_and_the_reference_folder_are_refused() {
    let world = World::new();
    assert_code(&world.knockon("run scenarios/pair.toml --trials 100 --out here"), 0);
    fs::copy(world.path("scenarios/pair.toml"), world.path("scenarios/reference.toml")).unwrap();
    let other = world.knockon("run scenarios/reference.toml --trials 100 --out here");
    assert_code(&other, 2);
    assert!(stderr(&other).contains("results of scenario `pair`"), "{}", stderr(&other));
    let reserved = world.knockon("run scenarios/reference.toml --trials 100");
    assert_code(&reserved, 2);
    assert!(stderr(&reserved).contains("--out"), "{}", stderr(&reserved));
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_the_run() {
    let world = World::new();
    fs::write(world.path("file"), "").unwrap();
    for out in ["file", "file/below", "/dev/null/below", "/dev/full", "/"] {
        let output = world.knockon(&format!("run scenarios/pair.toml --trials 100 --out {out}"));
        assert_code(&output, 2);
        assert!(!stderr(&output).contains("running"), "{out} was refused too late");
    }
}

#[test]
fn csvs_read_back_the_same_numbers_in_both_forms() {
    let world = World::new();
    assert_code(&world.knockon("run scenarios/pair.toml --out plain"), 0);
    assert_code(&world.knockon("run scenarios/pair.toml --out excel --csv excel"), 0);
    for table in TABLES {
        let (headers, rows) = read_plain(&world.path("plain").join(table));
        assert!(rows.iter().all(|row| row.len() == headers.len()), "{table}");
        let excel = fs::read_to_string(world.path("excel").join(table)).unwrap();
        let excel = excel.strip_prefix('\u{feff}').expect("a byte order mark");
        assert_eq!(excel.matches("\r\n").count(), rows.len() + 1);
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(excel.as_bytes());
        let read: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(|cell| cell.replace(',', ".")).collect()).collect();
        assert_eq!(read, rows, "{table}");
        let bad = ["NaN", "nan", "inf", "-inf", "-0"];
        assert!(rows.iter().flatten().all(|cell| !bad.contains(&cell.as_str())), "{table}");
    }
}

#[test]
fn every_estimate_has_its_error_beside_it() {
    let world = World::new();
    assert_code(&world.knockon("run scenarios/pair.toml"), 0);
    let (headers, rows) = read_plain(&world.path("results/pair/summary.csv"));
    assert_eq!(headers, ["metric", "unit", "estimate", "std_error", "ci_low", "ci_high", "trials", "warning"]);
    let mean = rows.iter().find(|row| row[0] == "system_loss_mean").unwrap();
    let number = |cell: usize| mean[cell].parse::<f64>().unwrap();
    assert!(number(2) > 0.0 && number(3) > 0.0 && number(4) < number(2) && number(2) < number(5));
    for table in &TABLES[1..] {
        let (headers, _) = read_plain(&world.path("results/pair").join(table));
        for (at, header) in headers.iter().enumerate().filter(|(_, header)| header.ends_with("_std_error")) {
            assert_eq!(headers[at - 1], header.trim_end_matches("_std_error"), "{table}");
            assert!(headers[at + 1].ends_with("_ci_low") && headers[at + 2].ends_with("_ci_high"), "{table}");
        }
    }
}

#[test]
fn the_documentation_names_every_file_and_header() {
    let world = World::new();
    let levels = "--set run.levels=[0.95,0.99,0.999]";
    assert_code(&world.knockon(&format!("run scenarios/pair.toml {levels}")), 0);
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md")).unwrap();
    let documented = |name: &str| {
        let base = ["_std_error", "_ci_low", "_ci_high"].iter().find_map(|end| name.strip_suffix(end));
        docs.contains(&format!("`{}`", base.unwrap_or(name)))
    };
    for table in TABLES {
        assert!(docs.contains(&format!("`{table}`")), "{table} is not in docs/output.md");
        let (headers, rows) = read_plain(&world.path("results/pair").join(table));
        for header in headers {
            assert!(documented(&header), "{table}: `{header}` is not in docs/output.md");
        }
        if table == "summary.csv" {
            assert!(rows.iter().all(|row| documented(&row[0])), "a metric of summary.csv is not in docs/output.md");
        }
    }
    fn keys(value: &serde_json::Value, found: &mut Vec<String>) {
        if let Some(object) = value.as_object() {
            found.extend(object.keys().cloned());
            object.values().for_each(|value| keys(value, found));
        }
        value.as_array().into_iter().flatten().for_each(|value| keys(value, found));
    }
    let mut found = Vec::new();
    keys(&world.manifest("results/pair"), &mut found);
    assert!(found.len() > 15);
    for key in found {
        assert!(documented(&key), "manifest.json: `{key}` is not in docs/output.md");
    }
}

#[test]
fn checks_change_no_result_and_are_told_with_the_answer() {
    let world = World::new();
    assert_code(&world.knockon("run scenarios/pair.toml -q --trials 2000 --out plain"), 0);
    let checked = world.knockon("run scenarios/pair.toml -q --trials 2000 --out checked --check");
    assert_code(&checked, 0);
    for table in TABLES {
        let read = |directory: &str| fs::read(world.path(directory).join(table)).unwrap();
        assert_eq!(read("plain"), read("checked"), "{table}");
    }
    let text = stdout(&checked);
    let row = |name: &str| text.lines().any(|line| line.starts_with(name) && line.split_whitespace().count() >= 5);
    assert!(text.contains("largest residual (at most 1e-9)") && row("cash ") && row("equity at failure "), "{text}");

    let object = stdout(&world.knockon("run scenarios/pair.toml -q --trials 2000 --check --json"));
    let object: serde_json::Value = serde_json::from_str(&object).unwrap();
    let checks = object["invariants"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["largest_relative_residual"].as_f64().unwrap() < 1e-9), "{checks:?}");
    let unasked = stdout(&world.knockon("run scenarios/pair.toml -q --trials 2000 --json"));
    assert!(!unasked.contains("invariants"));
}

#[test]
fn forced_failures_add_one_file_and_change_no_other() {
    let world = World::new();
    assert_code(&world.knockon("run scenarios/pair.toml -q --out plain"), 0);
    let forced = world.knockon("run scenarios/pair.toml -q --out forced --forced-failures");
    assert_code(&forced, 0);
    for table in TABLES {
        let read = |directory: &str| fs::read(world.path(directory).join(table)).unwrap();
        assert_eq!(read("plain"), read("forced"), "{table}");
    }
    assert!(!world.path("plain/forced.csv").exists());
    let (headers, rows) = read_plain(&world.path("forced/forced.csv"));
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md")).unwrap();
    let quantities = rows.iter().map(|row| &row[4]);
    assert!(docs.contains("`forced.csv`"));
    for word in headers.iter().chain(quantities) {
        assert!(docs.contains(&format!("`{word}`")), "forced.csv: `{word}` is not in docs/output.md");
    }
    let facts: Vec<_> = rows.iter().map(|row| format!("{}, {}: {}", row[0], row[2], row[4])).collect();
    let expected = [
        "none, fund: failure_probability",
        "none, insurer: failure_probability",
        "fund, insurer: failure_probability",
        "fund, insurer: failure_probability_increase",
        "fund, system: failures_increase",
        "fund, system: system_loss_increase",
        "insurer, fund: failure_probability",
        "insurer, fund: failure_probability_increase",
        "insurer, system: failures_increase",
        "insurer, system: system_loss_increase",
        "all, fund: vulnerability",
        "all, insurer: vulnerability",
    ];
    assert_eq!(facts, expected);
    // Of the two only the fund owes anything.
    assert_eq!(rows[7][6], "0");
    assert!(stdout(&forced).contains("Forced to fail in quarter 1"), "{}", stdout(&forced));
    let json = stdout(&world.knockon("run scenarios/pair.toml -q --trials 100 --forced-failures --json"));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["forced"].as_array().unwrap().len(), expected.len());
}

#[test]
fn json_is_one_object_and_nothing_else() {
    let world = World::new();
    let output = world.knockon("run scenarios/pair.toml --json");
    assert_code(&output, 0);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["run"]["trials_done"], 3_000);
    let (_, rows) = read_plain(&world.path("results/pair/summary.csv"));
    let metrics = object["summary"].as_array().unwrap();
    assert_eq!(metrics.len(), rows.len());
    // As text: the reader of the test would round the last digit.
    assert!(stdout(&output).contains(&format!("\"estimate\": {}", rows[0][2])));
    assert_eq!(object["lenders"].as_array().unwrap().len(), 2);
    assert_eq!(object["losses"][0]["channel"], "credit");
}

#[test]
fn the_counted_losses_rebuild_that_of_the_system() {
    let world = World::new();
    // The decree takes equity from the insurer, which is no loss of the system.
    let shock = "--set shock.decree.quarter=3 --set shock.decree.target=\"fail:insurer\"";
    assert_code(&world.knockon(&format!("run scenarios/pair.toml {shock}")), 0);
    let read = |table: &str| read_plain(&world.path("results/pair").join(table)).1;
    let number = |cell: &str| cell.parse::<f64>().unwrap();
    let losses = read("losses.csv");
    let total = |taken: &dyn Fn(&[String]) -> bool| -> f64 {
        losses.iter().filter(|row| taken(row)).map(|row| number(&row[4])).sum()
    };
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12 * b.abs();
    assert!(near(total(&|row| row[3] == "1"), number(&read("summary.csv")[0][2])), "{losses:?}");
    assert!(total(&|row| row[2] == "scheduled") > 0.1 && total(&|row| row[2] == "counterparty") > 0.1, "{losses:?}");
    let (headers, lenders) = read_plain(&world.path("results/pair/lenders.csv"));
    let expected = headers.iter().position(|header| header == "expected_loss_usd_bn").unwrap();
    for lender in lenders {
        assert!(near(total(&|row| row[0] == lender[0]), number(&lender[expected])), "{lender:?}");
    }
}

#[test]
fn check_counts_and_lists() {
    let world = World::new();
    let output = world.knockon("check scenarios/pair.toml");
    assert_code(&output, 0);
    let text = stdout(&output);
    assert!(text.starts_with("scenarios/pair.toml: ok: 1 obligor, 2 lenders, 1 facility, 0 contracts, 1 claim, "));
    let sources = stdout(&world.knockon("check scenarios/pair.toml --sources"));
    assert!(sources.contains("obligor.borrower.pd_pa"), "{sources}");
    assert!(sources.trim_end().ends_with("parameters are unsourced"), "{sources}");
    let both = world.knockon("check nowhere.toml scenarios/pair.toml");
    assert_code(&both, 2);
    assert!(stdout(&both).contains("pair.toml: ok"), "a bad file hides no good one");
}

#[test]
fn a_resolved_scenario_runs_to_the_same_numbers() {
    let world = World::new();
    let resolved = world.shell("knockon check scenarios/pair.toml --resolved > scenarios/resolved.toml");
    assert_code(&resolved, 0);
    assert_code(&world.knockon("run scenarios/pair.toml"), 0);
    assert_code(&world.knockon("run scenarios/resolved.toml"), 0);
    let read = |name: &str| fs::read(world.path("results").join(name).join("summary.csv")).unwrap();
    assert_eq!(read("pair"), read("resolved"));
}

#[test]
fn the_schema_is_json() {
    let world = World::new();
    let output = world.knockon("schema");
    assert_code(&output, 0);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema.is_object());
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly_with_the_code_of_the_run() {
    let world = World::new();
    let script = "{ knockon run scenarios/pair.toml --json -q; echo $? > code; } | head -1";
    let output = world.shell(script);
    assert_eq!(stdout(&output), "{\n");
    assert_eq!(stderr(&output), "");
    assert_eq!(fs::read_to_string(world.path("code")).unwrap(), "0\n");
    let script = "{ knockon run scenarios/pair.toml 2>&1; echo $? > code; } | true";
    let output = world.shell(script);
    assert_eq!(stderr(&output), "");
    assert_eq!(fs::read_to_string(world.path("code")).unwrap(), "0\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_with_a_reason_and_leaves_nothing_that_looks_whole() {
    let world = World::new();
    let output = world.shell("knockon run scenarios/pair.toml -q > /dev/full");
    assert_code(&output, 1);
    assert!(stderr(&output).contains("No space left"), "{}", stderr(&output));

    assert_code(&world.knockon("run scenarios/pair.toml --out old"), 0);
    let before = fs::read(world.path("old/summary.csv")).unwrap();
    // A limit of 0 on the size of files stands in for the full disk; without the trap the signal would kill.
    for out in ["new", "old"] {
        let script = format!("trap '' XFSZ; ulimit -f 0; knockon run scenarios/pair.toml --seed 9 -q --out {out}");
        let output = world.shell(&script);
        assert_code(&output, 1);
        assert!(stderr(&output).contains("cannot be written"), "{}", stderr(&output));
    }
    assert!(!world.path("new").exists());
    assert_eq!(before, fs::read(world.path("old/summary.csv")).unwrap());
    assert!(world.entries("").iter().all(|name| !name.contains("knockon-")), "{:?}", world.entries(""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_writes_what_is_done_and_marks_it() {
    let world = World::new();
    let mut child = begun(&world, "run scenarios/pair.toml --trials 2000000000 --threads 2");
    interrupt(&child);
    let mut told = String::new();
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(told.contains("INTERRUPTED after"), "{told}");
    let mut aside = String::new();
    child.stderr.take().unwrap().read_to_string(&mut aside).unwrap();
    assert!(aside.contains("stopping after the blocks of trials begun; Ctrl-C again leaves"), "{aside}");
    assert!(
        aside.contains("interrupted: partial results of ") && aside.contains(" of 2,000,000,000 trials"),
        "{aside}"
    );
    let run = &world.manifest("results/pair")["run"];
    assert_eq!(run["partial"], true);
    let done = run["trials_done"].as_u64().unwrap();
    assert!(done > 0 && done.is_multiple_of(1_024), "{done}");

    // What is left is exactly a shorter run.
    assert_code(&world.knockon(&format!("run scenarios/pair.toml --trials {done} --out short")), 0);
    let read = |directory: &str| fs::read(world.path(directory).join("lenders.csv")).unwrap();
    assert_eq!(read("results/pair"), read("short"));
}

#[cfg(unix)]
#[test]
fn a_killed_run_leaves_the_old_results_untouched() {
    let world = World::new();
    assert_code(&world.knockon("run scenarios/pair.toml"), 0);
    let before = fs::read(world.path("results/pair/manifest.json")).unwrap();
    let mut child = begun(&world, "run scenarios/pair.toml --trials 2000000000 --threads 2");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(before, fs::read(world.path("results/pair/manifest.json")).unwrap());
    assert_eq!(world.entries("results"), ["pair"], "nothing half-written is left");
}

/// A run that has told of its first tenth, or of its start and half a second of work.
#[cfg(unix)]
fn begun(world: &World, words: &str) -> Child {
    let mut command = world.command(words);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    told.read_line(&mut first).unwrap();
    child.stderr = Some(told.into_inner());
    assert!(first.starts_with("running"), "{first}");
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    child
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}
