//! What a wrong scenario is told: rendered problems, pinned.
//!
//! The files are in `tests/data/diagnostics`. `INSTA_UPDATE=always cargo test --test diagnostics` pins them anew.

use std::path::{Path, PathBuf};

use knockon::scenario::Scenario;
use knockon::scenario::error::{Code, Report};
use knockon::scenario::source::{LARGEST_FILE, Sources};

fn data(name: &str) -> PathBuf {
    Path::new("tests/data/diagnostics").join(name)
}

/// The problems of a scenario, fatal or not.
fn problems(path: &Path, overrides: &[&str]) -> Report {
    let overrides: Vec<_> = overrides.iter().map(|text| text.to_string()).collect();
    match Sources::load(path, &overrides) {
        Ok(document) => document.report,
        Err(report) => report,
    }
}

fn codes(report: &Report) -> Vec<Code> {
    report.problems().iter().map(|p| p.code).collect()
}

/// Problems of one text as `line:column code`.
fn places(text: &str) -> Vec<String> {
    let report = match Sources::load_text("text.toml", text, &[]) {
        Ok(document) => document.report,
        Err(report) => report,
    };
    let problems = report.problems();
    let place = |span| report.place(span).expect("a problem of a text has a place");
    problems
        .iter()
        .map(|p| {
            let (_, line, column) = place(&p.span);
            format!("{line}:{column} {}", p.code)
        })
        .collect()
}

#[test]
fn mistakes_of_every_kind_in_parent_child_and_override_come_out_at_once() {
    let overrides = [
        "obligor.cloud.support=5 EUR bn",
        "obligor.cloud.capx=1",
        "gpu.site_beta={ value = 1, uniform = [0, 1] }",
        "credit.refinancing=nevr",
        "facility.loan.ltv_max=-1",
        "facility.loan.guarantor=cluod",
        "facility.loan.undrawn={ value = 1, source = \"bank-jpmorgn\" }",
    ];
    let loaded = Scenario::load(&data("child.toml"), &overrides.map(str::to_owned));
    insta::assert_snapshot!(loaded.err().unwrap());
}

#[test]
fn a_circle_of_extends_is_told_where_it_closes() {
    insta::assert_snapshot!(problems(&data("circle-a.toml"), &[]));
}

#[test]
fn a_missing_parent_is_told_where_it_is_named() {
    insta::assert_snapshot!(problems(&data("orphan.toml"), &[]));
}

#[test]
fn every_syntax_error_is_told_and_nothing_else() {
    insta::assert_snapshot!(problems(&data("syntax.toml"), &["gpu.salvage=[", "gpu", "=1"]));
}

#[test]
fn files_that_are_no_scenario_each_have_their_message() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let told = |path: &Path| {
        let report = problems(path, &[]);
        let message = report.problems()[0].message.clone();
        assert_eq!(report.problems().len(), 1, "{message}");
        message.replace(&folder.path().display().to_string(), "DIR")
    };
    assert_eq!(told(&folder.path().join("none.toml")), "no such file: DIR/none.toml");
    assert_eq!(told(folder.path()), "DIR is a directory, expected a scenario file");
    let latin = write("latin.toml", b"[scenario]\ntitle = \"caf\xe9\"\n");
    assert_eq!(told(&latin), "DIR/latin.toml is not UTF-8: byte 0xe9 at offset 23, line 2");
}

#[test]
fn a_huge_file_is_refused_without_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.toml");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    let report = problems(&path, &[]);
    assert_eq!(codes(&report), [Code::FileTooLarge]);
    assert!(report.to_string().contains(&LARGEST_FILE.to_string()));
}

#[test]
fn a_parent_that_is_not_utf8_is_told_at_the_extends_of_its_child() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.toml"), b"\xff").unwrap();
    let child = folder.path().join("child.toml");
    std::fs::write(&child, "# a\nextends = \"bad.toml\"\n").unwrap();
    let report = problems(&child, &[]);
    let (file, line, column) = report.place(&report.problems()[0].span).unwrap();
    assert_eq!(codes(&report), [Code::NotUtf8]);
    assert_eq!((file, line, column), (child.to_str().unwrap(), 2, 11));
}

#[test]
fn places_stay_right_behind_a_byte_order_mark_and_carriage_returns() {
    assert_eq!(places("\u{feff}[gpu]\r\nsalvage = 2\r\n"), ["2:11 out-of-range"]);
    assert_eq!(places("[scenario]\ntitle = \"é\" # ü\nstory = 1\n"), ["3:9 wrong-type"]);
}

#[test]
fn nan_and_infinity_are_refused_wherever_a_number_stands() {
    let text = "[gpu]\nsalvage = nan\nlife_q = { value = inf }\nsite_beta = { uniform = [0, -inf] }\n\
                [obligor.a]\nloadings = { demand = nan }\ncapex = { steps = [[1, inf]] }\n";
    let expected = ["2:11", "3:20", "4:29", "6:23", "7:24"].map(|place| format!("{place} not-finite"));
    assert_eq!(places(text), expected);
}

#[test]
fn a_list_of_fixed_length_swallows_no_further_item() {
    assert_eq!(places("[gpu]\nlife_q = { uniform = [12, 14, 16] }\n"), ["2:22 wrong-type"]);
    assert_eq!(places("[drivers]\ncorrelation = [[\"demand\", \"equity\", 0.5, 1]]\n"), ["2:16 wrong-type"]);
}

#[test]
fn a_law_that_leaves_the_range_of_its_key_is_out_of_range() {
    for law in [
        "uniform = [-0.1, 0.5]",
        "triangular = [0.2, 0.1, 0.5]",
        "pert = [0.2, 0.3, 1.5]",
        "normal = [1.2, 0.1]",
        "normal = [0.5, 0]",
        "lognormal = [0, 0.1]",
        "discrete = [[0.5, 1], [2, 0.1]]",
        "discrete = [[0.5, -1]]",
        "discrete = [[0.5, 0]]",
        "beta = [0, 1]",
    ] {
        let codes = places(&format!("[gpu]\nsalvage = {{ {law} }}\n"));
        assert_eq!(codes.len(), 1, "{law}");
        assert!(codes[0].ends_with("out-of-range"), "{law}: {codes:?}");
    }
    for law in ["beta = [2, 5]", "normal = [0.15, 5]", "discrete = [[0, 1], [1, 0]]"] {
        assert!(places(&format!("[gpu]\nsalvage = {{ {law} }}\n")).is_empty(), "{law}");
    }
}

#[test]
fn tables_and_values_in_each_others_place_are_told() {
    let text = "gpu = 1\nobligor = [1]\nextends = 3\n[facility]\na = 1\n[lender.b]\nother_book = 1\nholders = 1\n";
    let report = places(text);
    assert_eq!(
        report,
        [
            "1:7 wrong-type",
            "2:11 wrong-type",
            "3:11 wrong-type",
            "5:5 wrong-type",
            "7:14 wrong-type",
            "8:1 unknown-key"
        ]
    );
}

#[test]
fn a_text_nested_beyond_reason_is_a_syntax_error() {
    let text = format!("[gpu]\nsalvage = {}", "[".repeat(100_000));
    let told = places(&text);
    assert!(!told.is_empty() && told.iter().all(|place| place.ends_with("syntax")));
}

#[test]
fn thousands_of_problems_are_counted_and_some_shown() {
    let keys: String = (0..5_000).map(|key| format!("key_{key} = 1\n")).collect();
    let document = Sources::load_text("text.toml", &format!("[gpu]\n{keys}"), &[]).unwrap();
    let told = document.report.to_string();
    assert_eq!(document.report.problems().len(), 5_000);
    assert!(told.ends_with("and 4800 more problems"), "{}", &told[told.len() - 200..]);
}

#[test]
fn a_long_text_is_cut_in_messages() {
    let text = format!("[gpu]\nsalvage = \"{}\"\n", "x".repeat(10_000));
    let document = Sources::load_text("text.toml", &text, &[]).unwrap();
    let message = &document.report.problems()[0].message;
    assert!(message.len() < 200, "{message}");
}

#[test]
fn a_table_of_a_later_release_is_an_unknown_key() {
    assert_eq!(places("[charts]\nx = 1\n"), ["1:2 unknown-key"]);
    assert_eq!(places("[tables]\nfacilty = 'x.csv'\nlender = 1\n"), ["2:1 unknown-key", "3:10 wrong-type"]);
    assert_eq!(places("tables = 1\n"), ["1:10 wrong-type"]);
    assert_eq!(places("[run]\nx = 1\n\n[obligor]\n"), ["2:1 unknown-key"]);
}

#[test]
fn nobody_is_taken_out_under_a_name_that_no_file_has() {
    let base = Path::new("scenarios/base.toml");
    let told = |set: &str| Scenario::load(base, &[set.to_owned()]).err().map(|report| report.to_string());
    let misspelt = told("lender.jpmorgn.enabled=false").unwrap();
    assert!(misspelt.contains("there is no `lender.jpmorgn` to take out"), "{misspelt}");
    assert!(misspelt.contains("did you mean `jpmorgan`?"), "{misspelt}");
    assert_eq!(told("lender.jpmorgan.enabled=false"), None);
    let alone = "[shock.nonesuch]\nenabled = false\nnote = \"nobody\"\n";
    assert!(places(alone).contains(&"1:8 unknown-name".to_owned()), "{:?}", places(alone));
}
