//! What a spreadsheet makes of the results: the workbook, and both forms of CSV as LibreOffice opens them.

#![allow(clippy::unwrap_used, reason = "a test that cannot read or write its files has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use calamine::{Data, Ods, Range, Reader, Xlsx, open_workbook};
use tempfile::TempDir;

/// Names with letters beyond ASCII, and one that a spreadsheet would run as a formula.
const WORLD: &str = r#"
[scenario]
title = "=Société, „Größe“ & <Zinsen>"
question = "Qui paie ?"
story = "+ one borrower, two lenders"

[run]
quarters = 8
trials = 3000
seed = 7

[obligor."čez-größe"]
type = "spv"
default_model = "latent"
pd_pa = 0.1
rho = 0.2
cash = 0

[facility.loan]
borrower = "čez-größe"
amount = 10
rank = 1
spread_pa = 0.02
maturity_q = 20
amortisation = "bullet"
holders = { "société-générale" = 1 }

[lender."société-générale"]
type = "credit_fund"
cash = 1
equity = 6

[lender."-insurer"]
type = "insurer"
cash = 1
external_debt = 5
required_capital = 0.5
fail_ratio = 1

[claim.between]
debtor = "société-générale"
creditor = "-insurer"
amount = 5
"#;

/// A folder with `scenarios/world.toml`, in which the program and LibreOffice run.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scenarios")).unwrap();
        let parent = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/still.toml");
        let text = format!("extends = {:?}\n{WORLD}", parent.to_str().unwrap());
        fs::write(folder.path().join("scenarios/world.toml"), text).unwrap();
        World { folder }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn run(&self, words: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knockon"));
        command.current_dir(self.folder.path()).args(["run", "scenarios/world.toml", "-q"]);
        assert_done(&command.args(words.split_whitespace()).output().unwrap());
    }

    fn manifest(&self, directory: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path(directory).join("manifest.json")).unwrap()).unwrap()
    }

    /// Names of the tables of a results directory, in the order of its manifest.
    fn tables(&self, directory: &str) -> Vec<String> {
        let manifest = self.manifest(directory);
        let files = manifest["results"].as_array().unwrap().iter().map(|file| file["file"].as_str().unwrap());
        files.filter_map(|file| file.strip_suffix(".csv").map(str::to_owned)).collect()
    }

    /// Converts `files` of `from` with LibreOffice into `to`.
    fn convert(&self, from: &str, files: &[String], to: (&str, &str), filter: Option<&str>) {
        let profile = format!("-env:UserInstallation=file://{}", self.path("profile").display());
        let mut command = Command::new("soffice");
        command.current_dir(self.path(from)).args([&profile, "--headless", "--norestore"]);
        command.args(filter.map(|filter| format!("--infilter={filter}")));
        command.args(["--convert-to", to.0, "--outdir"]).arg(self.path(to.1)).args(files);
        let output = command.output().unwrap();
        assert_done(&output);
    }
}

fn assert_done(output: &Output) {
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", told(&output.stdout), told(&output.stderr));
}

/// Header and rows of a plain CSV.
fn read_plain(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Whether a cell of a spreadsheet is what the plain CSV says: numbers as numbers, to one part in `precision`.
fn same(cell: Option<&Data>, text: &str, precision: f64) -> bool {
    match (cell, text.parse::<f64>()) {
        (None | Some(Data::Empty), _) => text.is_empty(),
        (Some(Data::Float(found)), Ok(number)) => (found - number).abs() <= number.abs() / precision,
        (Some(Data::Int(found)), Ok(number)) => *found as f64 == number,
        (Some(Data::String(found)), Err(_)) => found == text,
        _ => false,
    }
}

fn assert_same(table: &str, sheet: &Range<Data>, rows: &[Vec<String>], precision: f64) {
    assert_eq!(sheet.get_size(), (rows.len(), rows[0].len()), "{table}");
    for (row, cells) in rows.iter().enumerate() {
        for (column, text) in cells.iter().enumerate() {
            let cell = sheet.get((row, column));
            assert!(same(cell, text, precision), "{table} [{row}, {column}]: {cell:?} for `{text}`");
        }
    }
}

/// The rows of a plain CSV as the workbook has them: blanks for underscores in the header, no quotes before signs.
fn in_workbook(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let header = rows[0].iter().map(|cell| cell.replace('_', " ")).collect();
    let below = rows[1..].iter().map(|row| row.iter().map(|cell| without_quote(cell)).collect());
    std::iter::once(header).chain(below).collect()
}

/// A text as it was before the CSV put a quote in front of it.
fn without_quote(text: &str) -> String {
    let bare = text.strip_prefix('\'').filter(|bare| bare.starts_with(['=', '+', '-', '@']));
    bare.unwrap_or(text).to_owned()
}

#[test]
fn every_cell_of_the_workbook_is_that_of_its_csv() {
    let world = World::new();
    world.run("--xlsx --out results");
    let mut workbook: Xlsx<_> = open_workbook(world.path("results/results.xlsx")).unwrap();
    let tables = world.tables("results");
    assert_eq!(workbook.sheet_names()[0], "about");
    assert_eq!(workbook.sheet_names()[2..], tables, "one sheet a table, in order");
    for table in tables {
        let rows = read_plain(&world.path("results").join(format!("{table}.csv")));
        let sheet = workbook.worksheet_range(&table).unwrap();
        assert_same(&table, &sheet, &in_workbook(&rows), f64::INFINITY);
        assert_eq!(workbook.worksheet_formula(&table).unwrap().used_cells().count(), 0, "{table} has a formula");
    }
}

#[test]
fn the_first_sheet_says_what_this_is_and_how_sure() {
    let world = World::new();
    world.run("--xlsx --out results --seed 9 --set obligor.\"čez-größe\".rho=0.3");
    let mut workbook: Xlsx<_> = open_workbook(world.path("results/results.xlsx")).unwrap();
    let about = workbook.worksheet_range("about").unwrap();
    let said: Vec<String> = about.used_cells().map(|(_, _, cell)| cell.to_string()).collect();
    let said = said.join("\n");
    let limits = world.manifest("results")["limits"].clone();
    let limits = limits.as_array().unwrap().iter().map(|limit| limit.as_str().unwrap());
    assert_eq!(limits.clone().count(), 6);
    for words in limits.chain([
        "=Société, „Größe“ & <Zinsen>",
        "Qui paie ?",
        "+ one borrower, two lenders",
        "In 8 quarters the lenders lose",
        "3000, seed 9",
        "not the error of the model",
        "summary: fewer than 100 trials beyond the quantile: ",
        " (system_loss_var_0.99, ",
        "knockon run world.toml --seed 9 --xlsx --trials 3000 --set 'obligor.\"čez-größe\".rho=0.3'",
        env!("CARGO_PKG_VERSION"),
        world.manifest("results")["scenario"]["resolved_sha256"].as_str().unwrap(),
    ]) {
        assert!(said.contains(words), "`{words}` is not in\n{said}");
    }
    for chart in world.tables("results") {
        assert!(!said.contains(&format!("no chart of {chart}")), "{said}");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes_and_the_manifest_has_their_hash() {
    let world = World::new();
    let read = || fs::read(world.path("results/results.xlsx")).unwrap();
    world.run("--xlsx --out results --threads 1");
    let first = read();
    world.run("--xlsx --out results --threads 3");
    assert_eq!(first, read());
    let listed = world.manifest("results")["results"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(listed["file"], "results.xlsx");
    assert_eq!(listed["sha256"], knockon::output::manifest::sha256(&first));
    // Without the word the workbook goes, as part of the whole that is replaced.
    world.run("--out results");
    assert!(!world.path("results/results.xlsx").exists());
}

#[test]
fn libreoffice_reads_numbers_and_names_in_every_form() {
    if Command::new("soffice").arg("--version").output().is_err() {
        println!("SKIPPED: soffice is not here, so nobody looked at how LibreOffice opens the results");
        return;
    }
    let world = World::new();
    world.run("--xlsx --out plain");
    world.run("--csv excel --out excel");
    let tables = world.tables("plain");
    let files: Vec<String> = tables.iter().map(|table| format!("{table}.csv")).collect();
    // Separator, quote, UTF-8, from the first line, columns as they are, locale, no quoted text, no special numbers but those.
    world.convert("plain", &files, ("xlsx", "from-plain"), Some("CSV:44,34,76,1,,1033,false,true"));
    world.convert("excel", &files, ("xlsx", "from-excel"), Some("CSV:59,34,76,1,,1031,false,true"));
    world.convert("plain", &["results.xlsx".to_owned()], ("ods", "from-workbook"), None);
    let mut workbook: Ods<_> = open_workbook(world.path("from-workbook/results.ods")).unwrap();
    for table in tables {
        let rows = read_plain(&world.path("plain").join(format!("{table}.csv")));
        for form in ["from-plain", "from-excel"] {
            let mut opened: Xlsx<_> = open_workbook(world.path(form).join(format!("{table}.xlsx"))).unwrap();
            let sheet = opened.worksheet_range_at(0).unwrap().unwrap();
            assert_same(&format!("{form}/{table}"), &sheet, &rows, 1e14);
        }
        assert_same(&table, &workbook.worksheet_range(&table).unwrap(), &in_workbook(&rows), 1e14);
    }
}
