//! `knockon run` with several scenarios and `knockon compare`, as their users meet them.

use std::fs;
use std::path::Path;

use crate::world::{World, rows};

/// Both scenarios on 3,000 trials, in `results`.
fn run_both(world: &World) {
    world.ends("run scenarios/pair.toml scenarios/riskier.toml -q", 0);
}

#[test]
fn several_scenarios_are_told_and_written_beside_their_differences() {
    let world = World::new();
    let (out, err) = world.ends("run scenarios/pair.toml scenarios/riskier.toml", 0);
    assert!(out.contains("pair: A pair of lenders\n") && out.contains("riskier: A pair of lenders\n"), "{out}");
    assert!(out.contains("which differ in obligor.borrower.pd_pa 0.1 -> 0.12."), "{out}");
    assert!(out.ends_with("Differences: results/differences.csv\n"), "{out}");
    assert!(err.contains("scenario riskier\nrunning 3,000 trials\n"), "{err}");
    // Each is what it would be alone.
    world.ends("run scenarios/riskier.toml -q --out alone", 0);
    for file in ["summary.csv", "lenders.csv", "cascades.csv"] {
        let read = |folder: &str| fs::read(world.path(folder).join(file)).unwrap();
        assert_eq!(read("alone"), read("results/riskier"), "{file}");
    }
    let table = fs::read(world.path("results/differences.csv")).unwrap();
    let summary = rows(&fs::read(world.path("results/riskier/summary.csv")).unwrap());
    let told = rows(&table);
    assert_eq!(told.len(), summary.len());
    let mean = &told[0];
    let number = |column: &str| mean[column].parse::<f64>().unwrap();
    assert_eq!((mean["scenario"].as_str(), mean["against"].as_str()), ("riskier", "pair"));
    assert_eq!((mean["metric"].as_str(), mean["verdict"].as_str()), ("system_loss_mean", "higher"));
    assert_eq!((mean["estimate"].as_str(), mean["trials"].as_str()), (summary[0]["estimate"].as_str(), "3000"));
    assert!((number("estimate") - number("estimate_against") - number("difference")).abs() < 1e-12);
    assert!(number("unpaired_std_error") > 2.0 * number("std_error"), "{mean:?}");
    assert!((number("difference") / number("std_error") - number("t")).abs() < 1e-9);
    for metric in ["system_loss_var_0.95", "system_loss_es_0.95", "amplification", "cascade_probability"] {
        let own = told.iter().find(|row| row["metric"] == metric).unwrap();
        assert!(!own["std_error"].is_empty() && own["warning"] != "not paired", "{own:?}");
    }
}

#[test]
fn a_scenario_against_itself_is_the_same() {
    let world = World::new();
    world.scenario("other/pair-again", "extends = \"../pair.toml\"\n");
    world.ends("run scenarios/pair.toml scenarios/other/pair-again.toml -q --out both", 0);
    let told = rows(&fs::read(world.path("both/differences.csv")).unwrap());
    assert!(told.iter().all(|row| row["verdict"] == "same"), "{told:?}");
    assert!(world.path("both/other/pair-again/manifest.json").exists());
}

#[test]
fn json_has_every_scenario_and_the_differences() {
    let world = World::new();
    let (out, _) = world.ends("run scenarios/pair.toml scenarios/riskier.toml -q --json --csv excel", 0);
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["scenarios"][1]["scenario"]["name"], "riskier");
    assert_eq!(object["scenarios"][0]["run"]["trials_done"], 3_000);
    assert_eq!(object["differences"][0]["verdict"], "higher");
    let excel = fs::read_to_string(world.path("results/differences.csv")).unwrap();
    assert!(excel.starts_with("\u{feff}scenario;against;metric;") && excel.contains("\r\n"), "{excel}");
    // The next run knows the file as its own in either form.
    run_both(&world);
}

#[test]
fn what_cannot_be_paired_or_placed_is_refused_before_the_first_run() {
    let world = World::new();
    world.scenario("longer", "extends = \"pair.toml\"\n[run]\ntrials = 4000\n");
    world.scenario("sown", "extends = \"pair.toml\"\n[run]\nseed = 8\n");
    world.scenario("pair/below", "extends = \"../pair.toml\"\n");
    fs::create_dir(world.path("elsewhere")).unwrap();
    fs::copy(world.path("scenarios/pair.toml"), world.path("elsewhere/pair.toml")).unwrap();
    for (words, reason) in [
        ("scenarios/pair.toml scenarios/longer.toml", "trials = 3000, `longer` has 4000"),
        ("scenarios/pair.toml scenarios/sown.toml", "name one for all with --seed"),
        ("scenarios/pair.toml elsewhere/pair.toml", "stand in the same place"),
        ("scenarios/pair.toml scenarios/pair/below.toml", "stand in the same place"),
        ("scenarios/pair.toml scenarios/nowhere.toml", "nowhere.toml"),
    ] {
        let (out, err) = world.ends(&format!("run {words}"), 2);
        assert!(err.contains(reason) && out.is_empty(), "{words}: {err}");
        assert!(!err.contains("running"), "{err}");
    }
    assert!(!world.path("results/pair").exists());
    let (_, err) =
        world.ends("run scenarios/pair.toml scenarios/longer.toml scenarios/sown.toml --trials 200 --seed 1", 0);
    assert!(err.contains("scenario sown"), "{err}");
    let told = rows(&fs::read(world.path("results/differences.csv")).unwrap());
    assert!(told.iter().any(|row| row["scenario"] == "longer") && told.iter().any(|row| row["scenario"] == "sown"));
    fs::write(world.path("results/differences.csv"), "mine").unwrap();
    let (_, err) = world.ends("run scenarios/pair.toml scenarios/riskier.toml --trials 200", 2);
    assert!(err.contains("differences.csv") && !err.contains("running"), "{err}");
}

#[test]
fn an_override_reaches_every_scenario() {
    let world = World::new();
    let words = "run scenarios/pair.toml scenarios/riskier.toml -q --set obligor.borrower.pd_pa=0";
    assert!(world.answer(words).contains("riskier less pair: the same scenario."));
}

#[cfg(unix)]
#[test]
fn an_interrupted_command_leaves_no_differences() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let world = World::new();
    run_both(&world);
    let mut command = world.command("run scenarios/pair.toml scenarios/riskier.toml --trials 2000000000 --threads 2");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(child.stderr.take().unwrap());
    let mut lines = told.lines();
    assert_eq!(lines.next().unwrap().unwrap(), "scenario pair");
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let out = String::from_utf8(output.stdout).unwrap();
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("INTERRUPTED") && said.contains("Not run: scenarios/riskier.toml;"), "{out}");
    assert!(!said.contains("riskier: "), "{out}");
    assert!(!world.path("results/differences.csv").exists(), "those of the run before would speak of other results");
    let (out, _) = world.ends("compare results/pair results/riskier", 0);
    assert!(out.contains("partial results, interrupted after"), "{out}");
}

#[test]
fn equal_results_compare_equal_in_either_form() {
    let world = World::new();
    world.ends("run scenarios/pair.toml -q --out plain", 0);
    world.ends("run scenarios/pair.toml -q --out excel --csv excel", 0);
    for (one, other) in [("plain", "plain"), ("plain", "excel"), ("excel", "plain"), ("excel", "excel")] {
        let answer = world.answer(&format!("compare {one} {other} --fail-over 0"));
        assert!(answer.contains("estimates are the same to the last bit."), "{answer}");
        assert!(!answer.contains("Note:"), "{answer}");
    }
}

#[test]
fn a_comparison_says_what_differs_and_why() {
    let world = World::new();
    run_both(&world);
    let (out, _) = world.ends("compare results/pair results/riskier", 0);
    let row = out.lines().find(|line| line.contains("system_loss_mean, USD bn")).unwrap();
    assert!(row.contains('+'), "{row}");
    let answer = world.answer("compare results/pair results/riskier");
    assert!(answer.contains("scenario riskier, first pair."), "{answer}");
    assert!(answer.contains("keys that differ from the first: obligor.borrower.pd_pa 0.1 -> 0.12."), "{answer}");
    assert!(answer.contains("so the draws are common"), "{answer}");
    world.ends("run scenarios/pair.toml -q --seed 8 --trials 2000 --out later", 0);
    let answer = world.answer("compare results/pair later");
    assert!(answer.contains("seed 8, first 7.") && answer.contains("trials 2000, first 3000."), "{answer}");
    assert!(!answer.contains("draws are common"), "{answer}");
}

#[test]
fn csv_and_json_hold_every_estimate() {
    let world = World::new();
    run_both(&world);
    let (out, err) = world.ends("compare results/pair results/riskier --format csv", 0);
    assert!(err.contains("keys that differ"), "{err}");
    let plain = rows(out.as_bytes());
    let entity = |table: &str, name: &str| {
        plain.iter().find(|row| row["table"] == table && row["entity"] == name).unwrap().clone()
    };
    let defaults = entity("obligors", "borrower");
    assert_eq!((defaults["metric"].as_str(), defaults["verdict"].as_str()), ("default_probability", "higher"));
    let number = |column: &str| plain[0][column].parse::<f64>().unwrap();
    let summary = |name: &str| rows(&fs::read(world.path("results").join(name).join("summary.csv")).unwrap());
    let error = |name: &str| summary(name)[0]["std_error"].parse::<f64>().unwrap();
    let expected = (error("pair") * error("pair") + error("riskier") * error("riskier")).sqrt();
    assert!((number("std_error") - expected).abs() < 1e-12);
    assert!((number("z") - number("difference") / expected).abs() < 1e-9);
    let (excel, _) = world.ends("compare results/pair results/riskier --format csv --csv excel", 0);
    assert!(excel.starts_with('\u{feff}') && excel.matches("\r\n").count() == plain.len() + 1);
    let (out, _) = world.ends("compare results/pair results/riskier --format json --fail-over 1000000", 0);
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["differences"].as_array().unwrap().len(), plain.len());
    assert_eq!(object["keys"][0]["keys"][0]["key"], "obligor.borrower.pd_pa");
    assert_eq!(object["results"][1]["scenario"], "riskier");
    let (_, err) = world.ends("compare results/pair results/riskier --csv excel", 2);
    assert!(err.contains("--format csv"), "{err}");
}

#[test]
fn a_difference_beyond_the_tolerance_ends_with_3() {
    let world = World::new();
    run_both(&world);
    let (_, err) = world.ends("compare results/pair results/riskier --fail-over 0.01", 3);
    assert!(err.contains("results/riskier: system_loss_mean is ") && err.contains("tolerance of 0.01"), "{err}");
    let (out, _) = world.ends("compare results/pair results/riskier --fail-over 0.01 --format json", 3);
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(object["beyond_tolerance"][0]["metric"], "system_loss_mean");
    // Nothing fails in the first: absolutely, then.
    let words = "run scenarios/pair.toml -q --out calm --set obligor.borrower.pd_pa=0 --set obligor.second.pd_pa=0";
    world.ends(words, 0);
    let (_, err) = world.ends("compare calm results/pair --fail-over 0.9", 3);
    assert!(err.contains("system_loss_mean is ") && !err.contains("lender_failure_probability"), "{err}");
    assert!(world.ends("compare --help", 0).0.contains("--fail-over"));
    assert!(world.ends("--help", 0).0.contains("3    compare --fail-over"));
}

#[test]
fn entities_that_come_go_and_change_their_name_are_told() {
    let world = World::new();
    world.ends("run scenarios/pair.toml -q", 0);
    world.scenario(
        "renamed",
        &world
            .pair()
            .replace("insurer]", "life]")
            .replace("\"insurer\"\namount", "\"life\"\namount")
            .replace("{ insurer", "{ life"),
    );
    let more = "[lender.new]\ntype = \"credit_fund\"\ncash = 1\nequity = 1\n";
    world.scenario("larger", &format!("{}\n{more}", world.pair()));
    world.ends("run scenarios/renamed.toml -q", 0);
    world.ends("run scenarios/larger.toml -q", 0);
    let answer = world.answer("compare results/pair results/renamed results/larger");
    assert!(answer.contains("results/renamed: lender insurer only in the first; life only here."), "{answer}");
    assert!(answer.contains("lender insurer seems to be called life now: all its keys are the same."), "{answer}");
    assert!(answer.contains("results/larger: lender new only here."), "{answer}");
    let (out, _) = world.ends("compare results/pair results/renamed --format csv", 0);
    let verdicts = |name: &str| -> Vec<String> {
        let own = rows(out.as_bytes()).into_iter().filter(|row| row["entity"] == name);
        own.map(|row| row["verdict"].clone()).collect()
    };
    assert!(verdicts("insurer").iter().all(|verdict| verdict == "missing") && !verdicts("insurer").is_empty());
    assert!(verdicts("life").iter().all(|verdict| verdict == "extra") && !verdicts("life").is_empty());
}

#[test]
fn an_edited_file_is_said_to_be_one() {
    let world = World::new();
    run_both(&world);
    let summary = world.path("results/riskier/summary.csv");
    let text = fs::read_to_string(&summary).unwrap();
    fs::write(&summary, text.replacen("system_loss_mean,usd_bn,", "system_loss_mean,usd_bn,1", 1)).unwrap();
    fs::remove_file(world.path("results/riskier/obligors.csv")).unwrap();
    let answer = world.answer("compare results/pair results/riskier");
    assert!(answer.contains("results/riskier: summary.csv was edited after the run"), "{answer}");
    assert!(answer.contains("results/riskier: obligors.csv, which the run wrote, is missing."), "{answer}");
}

#[test]
fn what_is_no_whole_result_is_refused_with_a_remedy() {
    let world = World::new();
    run_both(&world);
    let spoilt = |name: &str, spoil: &dyn Fn(&Path)| {
        world.ends(&format!("run scenarios/pair.toml -q --out {name}"), 0);
        spoil(&world.path(name));
    };
    let rewrite = |path: &Path, change: &dyn Fn(String) -> String| {
        fs::write(path, change(fs::read_to_string(path).unwrap())).unwrap();
    };
    let manifest =
        |change: &'static dyn Fn(String) -> String| move |folder: &Path| rewrite(&folder.join("manifest.json"), change);
    spoilt("no-summary", &|folder| fs::remove_file(folder.join("summary.csv")).unwrap());
    spoilt("cut", &|folder| rewrite(&folder.join("summary.csv"), &|text| text[..text.len() / 2 - 3].to_owned()));
    spoilt("empty", &|folder| fs::write(folder.join("lenders.csv"), "").unwrap());
    spoilt("words", &|folder| rewrite(&folder.join("summary.csv"), &|text| text.replacen("usd_bn,", "usd_bn,x", 1)));
    spoilt("headless", &|folder| rewrite(&folder.join("summary.csv"), &|text| text.replacen("estimate", "e", 1)));
    spoilt("binary", &|folder| fs::write(folder.join("obligors.csv"), b"obligor\n\xff\n").unwrap());
    spoilt("torn", &manifest(&|text| text[..200].to_owned()));
    spoilt("newer", &manifest(&|text| text.replace("\"schema_version\": 1", "\"schema_version\": 2")));
    spoilt("foreign", &manifest(&|text| text.replace("knockon-results", "other-results")));
    spoilt("lacking", &manifest(&|text| text.replace("\"seed\"", "\"sown\"")));
    spoilt("sly", &manifest(&|text| text.replace("\"lenders.csv\"", "\"../lenders.csv\"")));
    fs::create_dir(world.path("void")).unwrap();
    for (bad, reason) in [
        ("nowhere", "nowhere does not exist; name a directory that `knockon run` wrote"),
        ("void", "void has no manifest.json, so it is no results directory"),
        ("results", "it holds results/pair, which is one"),
        ("scenarios/pair.toml", "is no directory"),
        ("no-summary", "summary.csv is missing; run the scenario again"),
        ("cut", "summary.csv: not a whole table"),
        ("empty", "lenders.csv: the file is empty"),
        ("words", "column `estimate`: `x"),
        ("headless", "it has no column `estimate`"),
        ("binary", "UTF-8"),
        ("torn", "manifest.json cannot be understood"),
        ("newer", "is of schema knockon-results 2, this knockon compares knockon-results 1"),
        ("foreign", "is of schema other-results 1"),
        ("lacking", "missing field `seed`"),
        ("sly", "`../lenders.csv`, which is no name of a file beside it"),
    ] {
        for words in [format!("compare results/pair {bad}"), format!("compare {bad} results/pair")] {
            let (out, err) = world.ends(&words, 2);
            assert!(err.contains(reason), "{words}: {err}");
            assert_eq!(out, "");
        }
    }
    world.ends("compare results/pair", 2);
    world.ends("compare results/pair results/riskier --fail-over -1", 2);
}

#[test]
fn the_documentation_names_every_column() {
    let world = World::new();
    run_both(&world);
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md")).unwrap();
    let compare = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compare.md")).unwrap();
    let differences = fs::read_to_string(world.path("results/differences.csv")).unwrap();
    let (comparison, _) = world.ends("compare results/pair results/riskier --format csv", 0);
    for (text, docs) in [(&differences, &docs), (&comparison, &compare)] {
        for header in text.lines().next().unwrap().split(',') {
            assert!(docs.contains(&format!("`{header}`")), "`{header}` is not documented");
        }
    }
    let (json, _) = world.ends("compare results/pair results/riskier --format json --fail-over 9", 0);
    let object: serde_json::Value = serde_json::from_str(&json).unwrap();
    let keys = object.as_object().unwrap().keys().chain(object["results"][0].as_object().unwrap().keys());
    for key in keys {
        assert!(compare.contains(&format!("`{key}`")), "`{key}` is not documented");
    }
}
