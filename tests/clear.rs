//! `knockon clear` from CSV files: published values to the printed digit, corners, and what a wrong file is told.
//!
//! The files are in `tests/data/clear`. `INSTA_UPDATE=always cargo test --test clear` pins the messages anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot read or write its files has failed")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use approx::assert_abs_diff_eq;
use tempfile::TempDir;

const HEADER: [&str; 8] =
    ["name", "payment", "payment_network", "payment_external", "payment_fraction", "fails", "round", "equity"];

/// Runs `knockon clear` in a folder.
fn knockon(folder: &Path, words: &str) -> Output {
    let words = format!("clear {words}");
    Command::new(env!("CARGO_BIN_EXE_knockon")).current_dir(folder).args(words.split_whitespace()).output().unwrap()
}

fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/clear")
}

/// What a command that must succeed prints.
fn printed(folder: &Path, words: &str) -> String {
    let output = knockon(folder, words);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{words}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a command that must be refused tells.
fn refused(folder: &Path, words: &str) -> String {
    let output = knockon(folder, words);
    assert_eq!(output.status.code(), Some(2), "{words}: {}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// Header and rows.
struct Answer {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Answer {
    fn read(text: &str) -> Self {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Answer { header, rows }
    }

    /// A case of the data folder.
    fn of(case: &str, words: &str) -> Self {
        Answer::read(&printed(&data(), &format!("{case}-nodes.csv {case}-claims.csv {words}")))
    }

    fn texts(&self, column: &str) -> Vec<&str> {
        let at = self.header.iter().position(|header| header == column).unwrap();
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }

    fn numbers(&self, column: &str) -> Vec<f64> {
        self.texts(column).iter().map(|text| text.parse().unwrap()).collect()
    }

    fn assert(&self, column: &str, expected: &[f64], tolerance: f64) {
        let found = self.numbers(column);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_abs_diff_eq!(*found, *expected, epsilon = tolerance);
        }
    }
}

/// A folder with files of its own.
struct World {
    folder: TempDir,
}

impl World {
    fn new(nodes: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("nodes.csv"), nodes).unwrap();
        fs::write(folder.path().join("claims.csv"), claims).unwrap();
        World { folder }
    }

    fn printed(&self, words: &str) -> String {
        printed(self.folder.path(), &format!("nodes.csv claims.csv {words}"))
    }

    fn answer(&self, words: &str) -> Answer {
        Answer::read(&self.printed(words))
    }

    fn refused(&self, words: &str) -> String {
        refused(self.folder.path(), &format!("nodes.csv claims.csv {words}"))
    }
}

#[test]
fn case_04_eisenberg_noe() {
    let found = Answer::of("case-04", "");
    assert_eq!(found.header, HEADER);
    assert_eq!(found.texts("name"), ["one", "two", "three"]);
    found.assert("payment", &[165.0 / 112.0, 159.0 / 112.0, 1.5], 1e-10);
    assert_eq!(found.texts("round"), ["0", "1", ""]);
    assert_eq!(found.texts("fails"), ["1", "1", "0"]);
    assert_abs_diff_eq!(found.numbers("equity")[2], 1.0 / 56.0, epsilon = 1e-10);
    let (network, external) = (found.numbers("payment_network"), found.numbers("payment_external"));
    for (node, payment) in found.numbers("payment").into_iter().enumerate() {
        assert_abs_diff_eq!(network[node] + external[node], payment, epsilon = 1e-15);
        // Pari passu without costs: all that is there is paid, in proportion.
        assert_abs_diff_eq!(found.numbers("payment_fraction")[node], payment / [2.5, 1.5, 1.5][node], epsilon = 1e-15);
    }
}

#[test]
fn case_05_rogers_veraart() {
    let found = Answer::of("case-04", "--alpha 0.5 --beta 0.7");
    found.assert("payment", &[0.502020, 0.514705, 0.565381], 5e-7);
    assert_eq!(found.texts("round"), ["0", "1", "1"]);
    // Deadweight: what is there, equity + liabilities, less what is paid.
    let there: f64 = found.numbers("equity").iter().sum::<f64>() + 5.5;
    assert_abs_diff_eq!(there - found.numbers("payment").iter().sum::<f64>(), 1.213760, epsilon = 5e-7);
}

#[test]
fn case_06_four_lenders() {
    let owed = [7.0, 7.0, 6.0, 3.0];
    for (words, p, rounds) in [
        ("", [0.384615, 0.994872, 1.0, 1.0], ["0", "1", "", ""]),
        ("--alpha 0.7 --beta 0.7", [0.269231, 0.669487, 1.0, 1.0], ["0", "1", "", ""]),
        ("--external-priority senior", [0.0, 0.714286, 0.976190, 1.0], ["0", "1", "2", ""]),
        ("--external-priority senior --alpha 0.7 --beta 0.7", [0.0, 0.157143, 0.173333, 1.0], ["0", "1", "2", ""]),
    ] {
        let found = Answer::of("case-06", words);
        let network: Vec<f64> = p.iter().zip(owed).map(|(p, owed)| p * owed).collect();
        found.assert("payment_network", &network, 7.0 * 5e-7);
        assert_eq!(found.texts("round"), rounds, "{words}");
    }
    let found = Answer::of("case-06", "--external-priority senior --alpha 0.7 --beta 0.7");
    // External assets 42 reach live owners and creditors, external creditors, or nobody.
    let equity = found.numbers("equity")[3];
    let paid: f64 = found.numbers("payment_external").iter().sum();
    assert_abs_diff_eq!(42.0 - equity - paid, 7.740571, epsilon = 5e-7);
    // Equity of a failed node counts its assets whole: 2 + 2 + 0.173333 - 6 - 7.
    assert_abs_diff_eq!(found.numbers("equity")[0], -8.826667, epsilon = 5e-7);
}

#[test]
fn case_07_furfine() {
    for words in ["--method furfine", "--alpha 0 --beta 0"] {
        let found = Answer::of("case-04", words);
        assert_eq!(found.texts("round"), ["0", "1", "1"]);
        assert_eq!(found.texts("payment"), ["0", "0", "0"]);
    }
    // Two loses 0.25 x 0.5, exactly its buffer.
    let found = Answer::of("case-04", "--method furfine --recovery 0.75");
    assert_eq!(found.texts("round"), ["0", "", ""]);
    found.assert("payment", &[1.875, 1.5, 1.5], 1e-15);
    found.assert("payment_external", &[1.125, 0.5, 0.5], 1e-15);
    found.assert("equity", &[-1.0, 0.0, 0.125], 1e-15);
}

#[test]
fn case_08_debtrank() {
    let found = Answer::of("case-08", "--method debtrank");
    assert_eq!(found.header, ["name", "initial_distress", "distress"]);
    assert_eq!(found.texts("name"), ["one", "two", "three", "system"]);
    found.assert("initial_distress", &[0.5, 0.0, 0.0, 0.5 / 3.0], 1e-15);
    found.assert("distress", &[4.0 / 7.0, 1.0 / 7.0, 2.0 / 7.0, 1.0 / 3.0], 1e-10);
    let found = Answer::of("case-08", "--method debtrank --mark-convexity 4");
    found.assert("distress", &[0.500003, 0.000355, 0.033834, 0.178064], 5e-7);
    // Ring with gain 0.25 a link: h = 0.5 / (1 - 0.25^3).
    let found = Answer::of("case-08", "--method debtrank --mark-lgd 0.5");
    assert_abs_diff_eq!(found.numbers("distress")[0], 0.5 / (1.0 - 0.015625), epsilon = 1e-10);
}

#[test]
fn case_10_a_threshold_without_costs_hurts_no_creditor() {
    let found = Answer::of("case-10", "");
    assert_eq!((found.texts("fails"), found.texts("round")), (vec!["1", "0"], vec!["0", ""]));
    found.assert("payment_fraction", &[1.0, 1.0], 0.0);
    found.assert("equity", &[0.4, 1.4], 1e-15);
    let found = Answer::of("case-10", "--alpha 0.5");
    found.assert("payment", &[0.9, 0.0], 1e-15);
    assert_abs_diff_eq!(found.numbers("equity")[0], 0.4, epsilon = 1e-15);
}

#[test]
fn worked_example_10() {
    let (owed, senior) = ([8.0, 4.0, 3.0, 0.0], "--external-priority senior");
    let third = 1.0 / 3.0;
    for (words, p, rounds, external) in [
        (senior.to_owned(), [0.5, 1.0, 1.0, 1.0], ["0", "", "1", ""], [4.0, 3.0, 5.0, 1.0]),
        (String::new(), [2.0 * third, 1.0, 1.0, 1.0], ["0", "", "1", ""], [8.0 * third, 3.0, 5.0, 1.0]),
        (
            format!("{senior} --alpha 0.8 --beta 0.8"),
            [0.3, 0.61, 0.0, 1.0],
            ["0", "1", "1", "2"],
            [4.0, 3.0, 4.832, 0.4],
        ),
        (
            "--alpha 0.8 --beta 0.8".to_owned(),
            [8.0 / 15.0, 1.0, 2.42 * third, 1.0],
            ["0", "", "1", "2"],
            [32.0 / 15.0, 3.0, 12.1 * third, 1.0],
        ),
    ] {
        let found = Answer::of("example-10", &words);
        let network: Vec<f64> = p.iter().zip(owed).map(|(p, owed)| p * owed).collect();
        found.assert("payment_network", &network, 1e-10);
        found.assert("payment_external", &external, 1e-10);
        assert_eq!(found.texts("round"), rounds, "{words}");
    }
}

/// Names as a spreadsheet writes them, in both of its dialects, with what it leaves at the end.
#[test]
fn files_of_a_spreadsheet_read_like_plain_ones() {
    let plain = World::new(
        "name,external_assets,external_liabilities,shock\n=a,1.5,1,0.25\n\"b, \"\"c\"\"\",1,0.5,\n",
        "debtor,creditor,amount\n=a,\"b, \"\"c\"\"\",2.5\n",
    );
    let excel = World::new(
        "\u{feff}name;external_assets;external_liabilities;shock;\r\n=a;1,5;1;0,25;\r\n\"b, \"\"c\"\"\";1;0,5;;\r\n;;;;\r\n\r\n",
        "\u{feff}debtor;creditor;amount\r\n=a;\"b, \"\"c\"\"\";2,5\r\n;;\r\n",
    );
    let mac = World::new(
        "shock,name,external_liabilities,external_assets\r0.25,=a,1,1.5\r,\"b, \"\"c\"\"\",.5,1",
        "amount,creditor,debtor\r2.5,\"b, \"\"c\"\"\",=a\r",
    );
    for words in ["", "--method furfine --recovery 0.5", "--method debtrank", "--csv excel"] {
        let expected = plain.printed(words);
        assert_eq!(excel.printed(words), expected);
        assert_eq!(mac.printed(words), expected);
    }
    let text = plain.printed("");
    assert!(text.contains("\n'=a,1.25,") && text.contains("\"b, \"\"c\"\"\",0.5,0,0.5,1,0,,"), "{text}");
    let text = plain.printed("--csv excel");
    assert!(text.starts_with("\u{feff}name;payment;") && text.contains("\r\n'=a;1,25;"), "{text}");
}

#[test]
fn points_between_semicolons_are_read_unless_they_may_group_thousands() {
    let claims = "debtor;creditor;amount\n";
    let of = |amounts: &str| format!("name;external_assets;external_liabilities\na;{amounts}\n");
    let equity = |amounts: &str| World::new(of(amounts), claims).answer("").numbers("equity")[0];
    assert_eq!([equity("1.5;0.125"), equity("1.234;0.5"), equity("1,234;0")], [1.375, 1.234 - 0.5, 1.234]);
    let told = World::new(of("1.234;0"), claims).refused("");
    assert!(told.contains("`1.234` may have a decimal point or thousands apart"), "{told}");
    let told = World::new(of("1.234,5;0"), claims).refused("");
    assert!(told.contains("`1.234,5` is not a number") && told.contains("decimal commas"), "{told}");
}

#[test]
fn nodes_without_anything_stand() {
    let world = World::new(
        "name,external_assets,external_liabilities\nempty,0,0\nrich,5,0\nindebted,0,2\nalone,3,3\n",
        "debtor,creditor,amount\n",
    );
    for words in ["", "--alpha 0 --beta 0", "--external-priority senior", "--method furfine --recovery 0.5"] {
        let found = world.answer(words);
        assert_eq!(found.texts("fails"), ["0", "0", "1", "0"], "{words}");
        assert_eq!(found.texts("round"), ["", "", "0", ""], "a node that fails without a shock fails in round 0");
        found.assert("equity", &[0.0, 5.0, -2.0, 0.0], 0.0);
        let paid = if words.contains("furfine") { 0.5 } else { 0.0 };
        found.assert("payment_fraction", &[1.0, 1.0, paid, 1.0], 0.0);
    }
    let found = world.answer("--method debtrank");
    found.assert("distress", &[1.0, 0.0, 1.0, 1.0, 0.0], 0.0);
    let nothing = World::new("name,external_assets,external_liabilities\na,0,0\n", "debtor,creditor,amount\n");
    assert_eq!(nothing.printed("--method debtrank"), "name,initial_distress,distress\na,1,1\nsystem,,\n");
    assert!(nothing.printed("").ends_with("\na,0,0,0,1,0,,0\n"));
}

#[test]
fn a_shock_takes_no_more_than_there_is() {
    let world = World::new(
        "name,external_assets,external_liabilities,shock\na,3,1,10\nb,1,0,0\n",
        "debtor,creditor,amount\nb,a,0.5\n",
    );
    let found = world.answer("");
    found.assert("equity", &[-0.5, 0.5], 1e-15);
    found.assert("payment", &[0.5, 0.5], 1e-15);
    world.answer("--method debtrank").assert("distress", &[1.0, 0.0, 2.5 / 3.0], 1e-15);
}

#[test]
fn claims_on_oneself_net_out_and_duplicates_add_up() {
    let nodes = "name,external_assets,external_liabilities,shock\na,2,1,0.5\nb,1.5,0.5,0\nc,1,0,0\n";
    let plain = World::new(nodes, "debtor,creditor,amount\na,b,3\nb,c,4\n");
    let split = World::new(nodes, "debtor,creditor,amount\na,b,1\nc,c,7\na,a,5\nb,c,4\na,b,2\nc,a,0\n");
    for (words, column) in [
        ("", "payment"),
        ("--alpha 0.9 --beta 0.8", "equity"),
        ("--method furfine --recovery 0.3", "equity"),
        ("--method debtrank", "distress"),
    ] {
        split.answer(words).assert(column, &plain.answer(words).numbers(column), 1e-15);
    }
}

#[test]
fn equity_at_the_threshold_stands_and_a_hair_below_fails() {
    let of = |threshold: &str| {
        let nodes = format!("name,external_assets,external_liabilities,shock,threshold\na,0.4,0.2,0.1,{threshold}\n");
        World::new(nodes, "debtor,creditor,amount\n").answer("").texts("fails")[0].to_owned()
    };
    assert_eq!([of("0.1"), of("0.1000000001")], ["0", "1"]);
}

/// Each owes the next 1 round a ring, and outside a leak of 0.001: p falls by 1.001 a link (greatest vector known).
#[test]
fn rings_are_solved_whatever_their_size() {
    for nodes in [1, 2, 30, 5_000_usize] {
        let (mut sheets, mut claims) = (String::new(), String::new());
        let last = (1..nodes).fold(0.5, |p, _| p / 1.001);
        for node in 0..nodes {
            let assets: f64 = if node == 0 { 0.5 * 1.001 - last } else { 0.0 };
            writeln!(sheets, "n{node},{},0.001", assets).unwrap();
            writeln!(claims, "n{node},n{},1", (node + 1) % nodes).unwrap();
        }
        let world = World::new(
            format!("name,external_assets,external_liabilities\n{sheets}"),
            format!("debtor,creditor,amount\n{claims}"),
        );
        let found = world.answer("");
        if nodes == 1 {
            assert_eq!(found.texts("fails"), ["1"], "a claim on oneself is no asset");
            continue;
        }
        assert_eq!(found.numbers("fails"), vec![1.0; nodes]);
        let fractions = found.numbers("payment_fraction");
        assert_abs_diff_eq!(fractions[0], 0.5, epsilon = 1e-10);
        assert_abs_diff_eq!(fractions[nodes - 1], last, epsilon = 1e-10);
    }
    let lossless = "name,external_assets,external_liabilities\na,0,0\nb,0,0\nc,0,0\n";
    let lossless = World::new(lossless, "debtor,creditor,amount\na,b,1\nb,c,1\nc,a,1\n").answer("--alpha 0 --beta 0");
    assert_eq!(lossless.texts("fails"), ["0", "0", "0"], "the greatest vector pays in full");
}

/// All of 5,000 nodes fail, each with ten claims; payments satisfy the equation that defines them.
#[test]
fn five_thousand_failures_clear_exactly() {
    let nodes = 5_000;
    let claims: Vec<(usize, usize, f64)> = (0..nodes * 10)
        .map(|claim| (claim % nodes, (claim * 7919 + claim / nodes * 31 + 1) % nodes, 1.0 + (claim % 13) as f64))
        .collect();
    let mut received = vec![0.0; nodes];
    let mut text = "debtor,creditor,amount\n".to_owned();
    for (debtor, creditor, amount) in &claims {
        writeln!(text, "n{debtor},n{creditor},{amount}").unwrap();
    }
    let mut sheets = "name,external_assets,external_liabilities,shock\n".to_owned();
    (0..nodes).for_each(|node| writeln!(sheets, "n{node},40,60,{}", 30 + node % 10).unwrap());
    let found = World::new(sheets, text).answer("--alpha 0.9 --beta 0.8");
    let (failed, network) = (found.numbers("fails"), found.numbers("payment_network"));
    assert!(failed.iter().sum::<f64>() > 4_900.0, "{}", failed.iter().sum::<f64>());
    let mut owed = vec![0.0; nodes];
    claims.iter().filter(|(k, j, _)| k != j).for_each(|(debtor, _, amount)| owed[*debtor] += amount);
    for (debtor, creditor, amount) in claims.iter().filter(|(k, j, _)| k != j) {
        received[*creditor] += amount * network[*debtor] / owed[*debtor];
    }
    for (node, payment) in found.numbers("payment").into_iter().enumerate() {
        let estate = 0.9 * (10.0 - (node % 10) as f64) + 0.8 * received[node];
        let due = 60.0 + owed[node];
        let expected = if failed[node] == 1.0 { estate.min(due) } else { due };
        assert_abs_diff_eq!(payment, expected, epsilon = 1e-9);
    }
}

#[test]
fn an_option_that_the_method_does_not_use_is_refused() {
    for (method, unused) in [
        ("clearing", vec!["--recovery 0", "--mark-lgd 1", "--mark-convexity 0"]),
        ("furfine", vec!["--alpha 1", "--beta 1", "--external-priority senior", "--mark-lgd 1", "--mark-convexity 0"]),
        ("debtrank", vec!["--alpha 1", "--beta 1", "--external-priority pari-passu", "--recovery 0"]),
    ] {
        for option in unused {
            let told = refused(&data(), &format!("banks.csv loans.csv --method {method} {option}"));
            let word = option.split(' ').next().unwrap();
            assert!(told.starts_with(&format!("error: {word} belongs to --method ")), "{told}");
            assert!(told.contains(&format!("--method {method} does not use it")), "{told}");
        }
    }
    let told = refused(&data(), "example-10-nodes.csv example-10-claims.csv --method debtrank");
    assert!(told.contains("a threshold above 0 (4 in all), but DebtRank knows no failure"), "{told}");
    assert!(told.contains("--> example-10-nodes.csv:2:7"), "{told}");
    for bad in ["--alpha 1.1", "--beta -0.1", "--recovery NaN", "--mark-convexity inf", "--method magic", ""] {
        let files = if bad.is_empty() { "banks.csv" } else { "banks.csv loans.csv" };
        refused(&data(), &format!("{files} {bad}"));
    }
}

#[test]
fn every_problem_of_both_files_is_told_at_once() {
    insta::assert_snapshot!(refused(&data(), "wrong-nodes.csv wrong-claims.csv"));
}

#[test]
fn a_wrong_header_and_a_missing_file_are_told_together() {
    insta::assert_snapshot!(refused(&data(), "broken-nodes.csv none.csv"));
}

#[test]
fn a_file_in_an_older_encoding_is_told_where_it_breaks() {
    let world = World::new(
        b"name,external_assets,external_liabilities\nK\xf6ln,1,2\n",
        "debtor,creditor,amount\nKoeln,Koeln,x\n",
    );
    insta::assert_snapshot!(world.refused(""));
}

#[test]
fn empty_files_and_folders_are_told() {
    let told = World::new("", "\n\n").refused("");
    assert!(told.contains("nodes.csv is empty, expected a header: name,external_assets,external_liabilities[,shock]"));
    assert!(told.contains("claims.csv is empty, expected a header: debtor,creditor,amount"), "{told}");
    let told = World::new("name,external_assets,external_liabilities\n", "debtor,creditor,amount\n").refused("");
    assert!(told.contains("no nodes below the header"), "{told}");
    let told = refused(Path::new(env!("CARGO_MANIFEST_DIR")), "tests tests");
    assert!(told.contains("tests is a directory, expected a CSV file"), "{told}");
}

#[test]
fn of_thousands_of_problems_some_are_shown_and_the_rest_counted() {
    let mut claims = "debtor,creditor,amount\n".to_owned();
    (0..20_000).for_each(|claim| writeln!(claims, "bank-{claim},bank-x,y").unwrap());
    let mut nodes = "name,external_assets,external_liabilities\n".to_owned();
    (0..5_000).for_each(|node| writeln!(nodes, "bunk-{node},1,1").unwrap());
    let told = World::new(nodes, claims).refused("");
    assert!(told.trim_end().ends_with("and 59800 more problems"), "{}", &told[told.len() - 200..]);
    assert_eq!(told.matches("error[").count(), 200);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let script = format!("{} clear banks.csv loans.csv | head -c 1", env!("CARGO_BIN_EXE_knockon"));
    let output = Command::new("sh").current_dir(data()).args(["-c", &script]).output().unwrap();
    assert_eq!((String::from_utf8(output.stdout).unwrap().as_str(), output.stderr.len()), ("n", 0));
}

#[test]
fn the_documentation_shows_what_the_program_prints_and_names_every_column() {
    trycmd::TestCases::new().case("docs/clear.md");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/clear.md")).unwrap();
    for column in HEADER.iter().chain(&["initial_distress", "distress"]) {
        assert!(text.contains(&format!("| `{column}` |")), "docs/clear.md does not explain `{column}`");
    }
}
