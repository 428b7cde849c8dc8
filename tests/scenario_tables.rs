//! Tables of spreadsheets in scenarios: how they are saved, how they merge, what a wrong one is told.
//!
//! The wrong files are in `tests/data/tables`. `INSTA_UPDATE=always cargo test --test scenario_tables` pins the messages anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot read or write its files has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use knockon::scenario::Scenario;
use knockon::scenario::error::{Code, Report};
use knockon::scenario::file::parameter::Parameter;
use knockon::scenario::source::{Document, Sources};
use knockon::units::Unit;
use tempfile::TempDir;

/// Two borrowers and two lenders; what is lent stands in a table.
const WORLD: &str = r#"
[obligor.lab]
type = "spv"
cash = 1
other_assets = 40
[obligor.4711]
type = "spv"
cash = 1
other_assets = 40
[lender.bank]
type = "bank"
cash = 20
equity = 10
rwa_other = 50
[lender.fund]
type = "credit_fund"
cash = 5
external_debt = 0
"#;

/// What the tables of [`forms`] say.
const LOANS: &str = r#"
[facility.senior]
borrower = "lab"
amount = 12.5
spread_pa = 0.035
maturity_q = 8
amortisation = "linear"
marketable = true
note = "first, \"A\"\nsecond"
holders = { bank = 0.6, outside = 0.4 }
[facility.junior]
borrower = "4711"
amount = 1.25
spread_pa = 0.051
maturity_q = 12
holders = { fund = 1 }
"#;

/// A folder with `world.toml`, which names `loans.csv`.
struct Bank {
    folder: TempDir,
}

impl Bank {
    fn new(loans: impl AsRef<[u8]>) -> Self {
        let bank = Bank { folder: tempfile::tempdir().unwrap() };
        bank.write("world.toml", format!("[tables]\nfacility = \"loans.csv\"\n{WORLD}"));
        bank.write("loans.csv", loans);
        bank
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn scenario(&self) -> Scenario {
        sound(Scenario::load(&self.path("world.toml"), &[]))
    }

    /// Problems as `row 2, column `amount`: code message`.
    fn told(&self) -> Vec<String> {
        let report = Scenario::load(&self.path("world.toml"), &[]).map(|_| ()).unwrap_err();
        let cell = |span: &std::ops::Range<usize>| {
            report.cell(span).or_else(|| report.place(span).map(|(_, line, at)| format!("{line}:{at}")))
        };
        let folder = self.folder.path().display().to_string();
        let of = |told: &&knockon::scenario::error::Problem| {
            let place = cell(&told.span).unwrap_or_default();
            format!("{place}: {} {}", told.code, told.message).replace(&folder, "DIR")
        };
        report.problems().iter().map(of).collect()
    }

    fn knockon(&self, words: &str) -> Output {
        let program = env!("CARGO_BIN_EXE_knockon");
        Command::new(program).current_dir(self.folder.path()).args(words.split_whitespace()).output().unwrap()
    }

    fn printed(&self, words: &str) -> String {
        let output = self.knockon(words);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// What was loaded without a problem.
fn sound<T>(loaded: Result<T, Report>) -> T {
    loaded.map_err(|report| report.to_string()).unwrap()
}

/// Everything the mathematics sees, to the last bit: floats print as the shortest decimal that is them. Where a law is
/// written, `order`, decides only about the rows of a result.
fn bits(scenario: &Scenario) -> String {
    let system = format!("{:#?}", scenario.system);
    system.lines().filter(|line| !line.trim_start().starts_with("order: ")).collect::<Vec<_>>().join("\n")
}

/// [`LOANS`] as spreadsheets save them, each with a habit of its own.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let plain = "name,borrower,amount,spread_pa,maturity_q,amortisation,marketable,note,holders.bank,holders.fund,holders.outside\n\
                 senior,lab,12.5,0.035,8,linear,TRUE,\"first, \"\"A\"\"\nsecond\",0.6,,0.4\n\
                 junior,4711,1.25,0.051,12,,,,,1,\n";
    // A line break inside a cell is a line feed in every one of them.
    let lines = |text: &str, end: &str| text.replace('\n', end).replace(&format!("\"{end}second"), "\"\nsecond");
    let german = plain.replace(',', ";").replace('.', ",").replace("first;", "first,").replace("holders,", "holders.");
    let german = german.replace("TRUE", "WAHR").replace("0,051", "5,1%").replace(";0,4\n", ";40 %\n");
    let wide = plain.replace('\n', ",,,\n").replace("\"\"A\"\",,,", "\"\"A\"\"") + ",,,,\n\n,,,\n";
    let rows: Vec<&str> = plain.split_inclusive("outside\n").collect();
    vec![
        ("plain", plain.into()),
        ("byte order mark and carriage returns", format!("\u{feff}{}", lines(plain, "\r\n")).into()),
        ("carriage returns alone", plain.replace("\nsecond", " second").replace('\n', "\r").into()),
        ("semicolons, decimal commas, percents, German truth", format!("\u{feff}{}", lines(&german, "\r\n")).into()),
        ("tabs", plain.replace(',', "\t").replace("first\t", "first,").into()),
        ("a line that names the separator", format!("sep=;\r\n{german}").into()),
        ("empty rows and columns at the end", wide.into()),
        ("an empty first row", format!(",,,\r\n{plain}").into()),
        (
            "an empty column amid others",
            plain
                .replace("spread_pa,", "spread_pa,,")
                .replace("0.035,", "0.035,,")
                .replace("0.051,", "0.051, ,")
                .into(),
        ),
        (
            "quotes around everything",
            format!("{}{}", rows[0], rows[1].replace("12.5", "\"12.5\"").replace("lab", " \"lab\" ")).into(),
        ),
    ]
}

#[test]
fn every_habit_of_spreadsheets_is_read_as_the_same_loans() {
    let inline = Scenario::from_text("inline.toml", &format!("{WORLD}{LOANS}"), &[]).unwrap();
    for (habit, bytes) in forms() {
        let scenario = Bank::new(&bytes).scenario();
        assert_eq!(bits(&scenario), bits(&inline), "{habit}");
        assert_eq!(scenario.parameters.len(), inline.parameters.len(), "{habit}");
    }
    let written = Bank::new(&forms()[0].1).scenario().resolved;
    assert!(written.contains("note = \"\"\"\nfirst, ") || written.contains("note = \"first, "), "{written}");
}

#[test]
fn rows_that_excel_cuts_short_have_empty_cells_at_their_end() {
    let header = "name,borrower,amount,spread_pa,maturity_q,holders.fund,advance";
    let row = |number: usize| format!("loan-{number},lab,0.1,0.03,8,1");
    let full: String = (0..15).map(|number| row(number) + ",0.5\n").collect();
    let cut: String = (15..20).map(|number| row(number) + "\n").collect();
    let scenario = Bank::new(format!("{header}\n{full}{cut}")).scenario();
    assert_eq!(scenario.system.facilities.len(), 20);
    let told = Bank::new(format!("{header}\n{}\n{full}", row(30))).told();
    assert_eq!(told, ["row 2: ragged-row 6 cells in a row, but 7 in the header"]);
}

#[test]
fn where_thousands_may_be_apart_nobody_guesses() {
    let table =
        |amount: &str| format!("name;borrower;amount;spread_pa;maturity_q;holders.fund\nx;lab;{amount};0;8;1\n");
    let ambiguous = "row 2, column `amount`: wrong-type `1.234` may have a decimal point or thousands apart";
    assert_eq!(Bank::new(table("1.234")).told(), [ambiguous]);
    let told = Bank::new(table("1.234,5")).told();
    assert_eq!(told, ["row 2, column `amount`: wrong-type `1.234,5` is not a number"]);
    let comma = Bank::new(table("1,234")).scenario();
    assert_eq!(comma.system.facilities[0].amount, 1.234);
    let tabs = Bank::new(table("1,234").replace(';', "\t")).told();
    assert_eq!(tabs, ["row 2, column `amount`: wrong-type `1,234` may have a decimal comma or thousands apart"]);
}

#[test]
fn a_cell_may_hold_what_a_scenario_file_may() {
    let loans = "name,borrower,amount,amount.source,spread_pa,maturity_q,draws,undrawn,amortisation,holders,source,enabled\n\
                 x,lab,3,judgement,0.03,8,\"{ steps = [[1, 0.5], [3, 0.25]] }\",2,\"{ sculpted = [0.25, 0.5] }\",{ fund = 1 },gpu-economic-life,\n\
                 y,lab,1,,\"{ uniform = [0.01, 0.02], source = \"\"judgement\"\" }\",8,,,,\"{ bank = 0.5, fund = 0.5 }\",,false\n";
    let inline = "[facility.x]\nborrower = 'lab'\namount = { value = 3, source = 'judgement' }\nspread_pa = 0.03\n\
                  maturity_q = 8\ndraws = { steps = [[1, 0.5], [3, 0.25]] }\nundrawn = 2\n\
                  amortisation = { sculpted = [0.25, 0.5] }\nholders = { fund = 1 }\nsource = 'gpu-economic-life'\n\
                  [facility.y]\nborrower = 'lab'\namount = { value = 1 }\n\
                  spread_pa = { uniform = [0.01, 0.02], source = 'judgement' }\nmaturity_q = 8\n\
                  holders = { bank = 0.5, fund = 0.5 }\nenabled = false\n";
    let inline = Scenario::from_text("inline.toml", &format!("{WORLD}{inline}"), &[]).unwrap();
    let table = Bank::new(loans).scenario();
    assert_eq!(bits(&table), bits(&inline));
    let sources = |scenario: &Scenario| -> BTreeSet<String> {
        scenario.parameters.iter().map(|parameter| format!("{parameter:?}")).collect()
    };
    assert_eq!(sources(&table), sources(&inline));
    let x = |key: &str| table.parameters.iter().find(|found| found.path == format!("facility.x.{key}")).unwrap();
    assert_eq!(x("amount").source.as_deref(), Some("judgement"));
    assert_eq!(x("spread_pa").source.as_deref(), Some("gpu-economic-life"));
}

fn number<U: Unit>(parameter: &Option<Parameter<U>>) -> f64 {
    parameter.as_ref().and_then(Parameter::number).expect("the key holds a number")
}

/// A parent and a child with a table each, and a table for an override.
fn family() -> Bank {
    let bank = Bank::new("");
    bank.write("deep/base.toml", format!("{WORLD}[tables]\nfacility = \"own/loans.csv\"\n[facility.b]\namount = 2\n[facility.c]\namount = 2\n[facility.d]\namount = 2\n[facility.e]\namount = 2\n[facility.f]\namount = 2\n"));
    let row = |name: &str| format!("{name},lab,1,0.03,8,0.5,0.5\n");
    let rows: String = ["f", "e", "d", "c", "b", "a"].map(row).concat();
    bank.write(
        "deep/own/loans.csv",
        format!("name,borrower,amount,spread_pa,maturity_q,holders.bank,holders.fund\n{rows}"),
    );
    bank.write("child.toml", "extends = \"deep/base.toml\"\ntables.facility = \"new.csv\"\n[facility.d]\namount = 4\n[facility.e]\namount = 4\n[facility.f]\namount = 4\n");
    bank.write("new.csv", "name;amount;borrower;spread_pa;maturity_q;holders.outside\nnew;9;lab;0;8;1\nc;3;;;;1\nd;3;;;;\ne;3;;;;\nf;3;;;;\n");
    bank.write("late.csv", "name,amount\nf,6\n");
    bank
}

fn documents(bank: &Bank, overrides: &[String]) -> Document {
    let document = sound(Sources::load(&bank.path("child.toml"), overrides));
    assert!(document.report.is_empty(), "{}", document.report);
    document
}

#[test]
fn a_table_stands_before_the_file_that_names_it_and_behind_what_that_file_extends() {
    let bank = family();
    let late = format!("tables.facility={}", bank.path("late.csv").display());
    let overrides = ["facility.e.amount=5".to_owned(), late];
    let document = documents(&bank, &overrides);
    let facilities = &document.file.facility;
    let amounts: Vec<_> = facilities.iter().map(|found| (found.name.value.as_str(), number(&found.amount))).collect();
    assert_eq!(amounts, [("f", 6.0), ("e", 5.0), ("d", 4.0), ("c", 3.0), ("b", 2.0), ("a", 1.0), ("new", 9.0)]);
    let c = facilities.named("c").unwrap();
    assert_eq!(number(&c.maturity_q), 8.0, "an empty cell leaves the key of the parent alone");
    let holders = |name: &str| -> Vec<_> {
        let holders = facilities.named(name).unwrap().holders.clone().unwrap().entries;
        holders.iter().map(|(name, share)| (name.value.clone(), share.value)).collect()
    };
    assert_eq!(holders("c"), [("outside".to_owned(), 1.0)], "the shares of a row replace those of the parent whole");
    assert_eq!(holders("d"), [("bank".to_owned(), 0.5), ("fund".to_owned(), 0.5)]);
    let files: Vec<_> = document.files.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(files, ["child.toml", "new.csv", "base.toml", "loans.csv", "late.csv"]);
    assert!(document.files.iter().all(|file| file.sha256.len() == 64));
}

#[test]
fn what_is_resolved_needs_no_table_any_more() {
    let bank = family();
    let resolved = documents(&bank, &[]).resolved();
    assert!(!resolved.contains("[tables]") && resolved.contains("[facility.new]\namount = 9\n"), "{resolved}");
    bank.write("resolved.toml", &resolved);
    let [own, again] = ["child.toml", "resolved.toml"].map(|name| Scenario::load(&bank.path(name), &[]).unwrap());
    assert_eq!(bits(&own), bits(&again));
    assert_eq!(again.resolved, resolved);
}

/// Every problem of a scenario of the data folder.
fn problems(name: &str) -> Report {
    Scenario::load(&Path::new("tests/data/tables").join(name), &[]).map(|_| ()).unwrap_err()
}

#[test]
fn every_bad_cell_is_told_at_once_with_its_row_and_column() {
    insta::assert_snapshot!(problems("wrong.toml"));
}

#[test]
fn tables_that_cannot_be_read_are_told_where_they_are_named() {
    insta::assert_snapshot!(problems("unreadable.toml"));
}

#[test]
fn a_table_without_names_or_rows_stops_before_anything_else_is_judged() {
    assert_eq!(
        Bank::new("Loan,borrower\nx,nobody\n").told(),
        ["row 1, column `Loan`: missing-column the first column is `Loan`, expected `name`"]
    );
    assert_eq!(
        Bank::new("name,borrower\n,,\n").told(),
        ["row 1, columns `name` to `borrower`: empty-table no rows below the header"]
    );
    let empty = "1:1: empty-table DIR/loans.csv is empty, expected a header: `name`, then keys of `[facility.NAME]`";
    assert_eq!(Bank::new(" \n").told(), [empty]);
    let told = Bank::new("name,borrower\nx,\"lab\ny,lab\n").told();
    assert_eq!(told, ["row 2, column `borrower`: syntax this quote never closes"]);
}

#[test]
fn other_encodings_are_told_with_a_remedy() {
    let utf16 =
        |text: &str| [&[0xff, 0xfe][..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()].concat();
    for (bytes, place, told) in [
        (b"name,borrower\nK\xf6ln,lab\n".to_vec(), "2:2", "DIR/loans.csv is not UTF-8: byte 0xf6"),
        (utf16("name,borrower\nx,lab\n"), "2:12", "DIR/loans.csv is UTF-16, expected UTF-8"),
        (utf16("name\n")[2..].to_vec(), "2:12", "DIR/loans.csv holds zero bytes: it is UTF-16 or no text"),
    ] {
        let bank = Bank::new(bytes);
        assert_eq!(bank.told(), [format!("{place}: not-utf-8 {told}")]);
        let report = Scenario::load(&bank.path("world.toml"), &[]).map(|_| ()).unwrap_err();
        assert!(report.problems()[0].hint.as_ref().is_some_and(|hint| hint.contains("CSV UTF-8")));
    }
}

#[test]
fn an_override_of_a_loan_that_a_table_has_changes_it() {
    let bank = Bank::new(&forms()[0].1);
    let set = ["facility.junior.amount=2".to_owned()];
    let scenario = Scenario::load(&bank.path("world.toml"), &set).unwrap();
    assert_eq!(scenario.system.facilities.iter().find(|found| found.name == "junior").unwrap().amount, 2.0);
    let report = Scenario::load(&bank.path("world.toml"), &["tables.facility=none.csv".to_owned()]).unwrap_err();
    let first = report.problems()[0].clone();
    assert_eq!((first.code, report.place(&first.span)), (Code::UnreadableFile, Some(("--set", 1, 17))));
}

#[test]
fn the_program_names_tables_among_what_it_read() {
    let bank = Bank::new(&forms()[0].1);
    assert!(bank.printed("check world.toml").contains("2 obligors, 2 lenders, 2 facilities"));
    assert!(
        bank.printed("check world.toml --resolved").contains("[facility.junior]\nborrower = \"4711\"\namount = 1.25\n")
    );
    let sources = bank.printed("check world.toml --sources");
    assert!(sources.contains("\nread from world.toml, loans.csv\n"), "{sources}");
    assert!(sources.contains("facility.senior.amount"), "{sources}");
    bank.printed("run world.toml --trials 64 --out results --quiet");
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(bank.path("results/manifest.json")).unwrap()).unwrap();
    let listed: Vec<_> =
        manifest["sources"].as_array().unwrap().iter().map(|file| file["file"].as_str().unwrap()).collect();
    assert_eq!(listed, ["world.toml", "loans.csv"]);
    let hash = manifest["sources"][1]["sha256"].as_str().unwrap();
    let expected = Sources::load(&bank.path("world.toml"), &[]).unwrap().files[1].sha256.clone();
    assert_eq!(hash, expected);
}

/// The block of `docs/scenario.md` that begins with a line.
fn block(begins: &str) -> String {
    let document = include_str!("../docs/scenario.md");
    let start = document.find(&format!("\n{begins}")).expect("the document has the block") + 1;
    let length = document[start..].find("```").expect("a block ends");
    document[start..start + length].to_owned()
}

#[test]
fn the_loan_tape_of_the_document_is_what_it_says() {
    let bank = Bank::new("");
    let base = fs::canonicalize("scenarios/base.toml").unwrap();
    let child = block("# our-bank.toml").replace("scenarios/base.toml", &base.display().to_string());
    bank.write("our-bank.toml", &child);
    bank.write("our-loans.csv", block("name;borrower;"));
    let checked = bank.printed("check our-bank.toml");
    let shown = block("our-bank.toml: ok: ");
    assert_eq!(checked, shown);
    let with = Scenario::load(&bank.path("our-bank.toml"), &[]).unwrap().system;
    let without = Scenario::load(&base, &[]).unwrap().system;
    assert_eq!(with.facilities.len(), without.facilities.len() + 2);
    let amount = |system: &knockon::model::system::System, name: &str| {
        system.facilities.iter().find(|facility| facility.name == name).map(|facility| facility.amount)
    };
    assert_eq!(amount(&without, "us-colocation-bank-loan"), Some(9.0));
    assert_eq!(amount(&with, "us-colocation-bank-loan"), Some(8.5));
    assert_eq!(amount(&with, "ruhr-campus"), Some(1.25));
}

/// A spreadsheet of entities: heads of columns, then cells by head.
struct Sheet {
    heads: Vec<String>,
    rows: Vec<Vec<(String, String)>>,
}

impl Sheet {
    /// Every entity of a kind, a column for each part of what is written.
    fn of(entities: &toml::Table) -> Self {
        let mut sheet = Sheet { heads: Vec::new(), rows: Vec::new() };
        for (name, keys) in entities {
            let mut cells = vec![("name".to_owned(), name.clone())];
            for (key, value) in keys.as_table().unwrap() {
                flatten(key.clone(), value, &mut cells);
            }
            sheet.rows.push(cells);
        }
        let whole: BTreeSet<String> = sheet.rows.iter().flatten().map(|(head, _)| head.clone()).collect();
        for (head, _) in sheet.rows.iter_mut().flatten() {
            // A number beside `.value` of another row is one too.
            let value = format!("{head}.value");
            if whole.contains(&value) {
                *head = value;
            }
        }
        for (head, _) in sheet.rows.iter().flatten() {
            if !sheet.heads.contains(head) {
                sheet.heads.push(head.clone());
            }
        }
        sheet
    }

    fn text(&self, separator: &str, decimal: &str) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut text = self.heads.iter().map(|head| quoted(head)).collect::<Vec<_>>().join(separator) + "\r\n";
        for row in &self.rows {
            let cell = |head: &String| {
                let found = row.iter().find(|(own, _)| own == head).map_or("", |(_, cell)| cell);
                match found.parse::<f64>() {
                    Ok(_) => found.replace('.', decimal),
                    Err(_) if found.is_empty() => String::new(),
                    Err(_) => quoted(found),
                }
            };
            text += &(self.heads.iter().map(cell).collect::<Vec<_>>().join(separator) + "\r\n");
        }
        text
    }
}

/// A value as cells: tables by their parts, lists as they are written.
fn flatten(path: String, value: &toml::Value, cells: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) => {
            for (key, below) in table {
                flatten(format!("{path}.{key}"), below, cells);
            }
        }
        toml::Value::String(text) => cells.push((path, text.clone())),
        value => cells.push((path, value.to_string())),
    }
}

#[test]
fn the_base_world_written_as_tables_is_the_same_world_to_the_last_bit() {
    let base = Scenario::load(Path::new("scenarios/base.toml"), &[]).unwrap();
    let mut world: toml::Table = base.resolved.parse().unwrap();
    let bank = Bank::new("");
    let mut tables = toml::Table::new();
    let kinds = ["obligor", "facility", "lender", "contract", "claim", "stake", "region", "jump", "instalment"];
    for (place, kind) in kinds.into_iter().enumerate() {
        let Some(toml::Value::Table(entities)) = world.remove(kind) else { continue };
        let (separator, decimal) = [(",", "."), (";", ","), ("\t", ".")][place % 3];
        bank.write(&format!("{kind}.csv"), Sheet::of(&entities).text(separator, decimal));
        tables.insert(kind.to_owned(), toml::Value::String(format!("{kind}.csv")));
    }
    assert!(tables.len() >= 5, "{tables}");
    world.insert("tables".to_owned(), toml::Value::Table(tables));
    bank.write("world.toml", toml::to_string(&world).unwrap());
    let read = bank.scenario();
    assert!(bits(&read) == bits(&base), "another world: compare `check --resolved` of both");
    assert_eq!(read.run, base.run);
    let basis = |scenario: &Scenario| -> BTreeSet<String> {
        let of = |found: &knockon::scenario::evidence::SourcedParameter| format!("{} {:?}", found.path, found.source);
        scenario.parameters.iter().map(of).collect()
    };
    assert_eq!(basis(&read), basis(&base));
}
