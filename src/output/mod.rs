//! Results as files: tables, the workbook, the rows of trials and the manifest, in places that are replaced whole.

pub mod attribution;
pub mod cascades;
pub mod channels;
pub mod contagion;
pub mod csv;
pub mod directory;
pub mod drivers;
pub mod exceedance;
pub mod exposures;
pub mod facilities;
pub mod file;
#[cfg(test)]
pub(crate) mod fixture;
pub mod forced;
pub mod invariants;
pub mod lenders;
pub mod losses;
pub mod manifest;
pub mod obligors;
pub mod quarters;
pub mod reverse;
pub mod sheet;
pub mod summary;
pub mod survival;
pub mod trials;
pub mod workbook;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::model::system::System;
use crate::output::csv::{Cell, Dialect, Table};
use crate::output::manifest::{Environment, FileRecord, Manifest, RunRecord, ScenarioRecord};
use crate::output::workbook::Cover;
use crate::statistics::{Estimate, Summary, Warning};

pub use directory::ResultsDirectory;
pub use file::ResultsFile;
pub use trials::TrialsFile;

/// What a run was made of, beside its numbers.
#[derive(Debug, Clone)]
pub struct Run {
    /// The scenario.
    pub scenario: ScenarioRecord,
    /// The files it was read from.
    pub sources: Vec<FileRecord>,
    /// Its trials.
    pub trials: RunRecord,
    /// Where it was made.
    pub environment: Environment,
}

/// In which forms tables are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forms {
    /// How the CSV files are written.
    pub dialect: Dialect,
    /// What a workbook of all tables says first; none if there is to be no workbook.
    pub workbook: Option<Cover>,
}

/// Every table of a run, in the order in which the documentation has them.
#[must_use]
pub fn tables(system: &System, summary: &Summary) -> Vec<Table> {
    let mut tables = vec![
        summary::table(summary),
        lenders::table(system, summary),
        obligors::table(system, summary),
        facilities::table(system, summary),
        cascades::table(summary),
        exceedance::table(summary),
        channels::table(summary),
        losses::table(system, summary),
        attribution::table(system, summary),
        contagion::table(system, summary),
    ];
    tables.extend(forced::table(system, summary));
    tables.extend([
        quarters::table(system, summary),
        survival::table(system, summary),
        drivers::table(system, summary),
        reverse::table(system, summary),
    ]);
    tables
}

/// Writes the tables in their forms and the manifest and puts them in the place of earlier results; returns where they are.
///
/// # Errors
/// [`OutputError`]; earlier results are untouched then.
pub fn write(directory: ResultsDirectory, run: &Run, tables: &[Table], forms: &Forms) -> Result<PathBuf, OutputError> {
    let mut results = Vec::new();
    let mut add = |file: &str, bytes: &[u8]| {
        results.push(FileRecord::new(file, bytes));
        directory.add(file, bytes)
    };
    for table in tables {
        add(&format!("{}.csv", table.name), &table.to_csv(forms.dialect)?)?;
    }
    if let Some(cover) = &forms.workbook {
        add(workbook::FILE, &workbook::workbook(cover, run, tables)?)?;
    }
    let manifest = serde_json::to_string_pretty(&Manifest::new(run, results))? + "\n";
    directory.add(manifest::FILE, manifest.as_bytes())?;
    directory.finish()
}

/// Headers of an estimate called `name`, its unit included.
fn estimate_headers(name: &str) -> [String; 4] {
    [name.to_owned(), format!("{name}_std_error"), format!("{name}_ci_low"), format!("{name}_ci_high")]
}

/// Cells below [`estimate_headers`].
fn estimate_cells(estimate: Option<Estimate>) -> [Cell; 4] {
    estimate.map_or([Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty], |estimate| {
        [estimate.point.into(), estimate.std_error.into(), estimate.low.into(), estimate.high.into()]
    })
}

/// What there is to say of a row that holds estimates at every level, and at others.
fn tail_warning(summary: &Summary, others: impl IntoIterator<Item = (f64, Warning)>) -> Cell {
    let thin = summary.system.tails.iter().filter_map(|tail| Some((tail.level, tail.warning?)));
    let words: Vec<String> =
        thin.chain(others).map(|(level, warning)| format!("{level}: {}", warning.name())).collect();
    if words.is_empty() { Cell::Empty } else { Cell::Text(words.join("; ")) }
}

/// Indices in the order of the scenario, from the place of each entity.
fn scenario_order(places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut order: Vec<(usize, usize)> = places.enumerate().map(|(index, place)| (place, index)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}

/// Why results could not be placed or written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The directory holds a file that knockon did not write.
    #[error("{} holds `{file}`, which is not a result of knockon; choose another --out, or --force to write beside it", path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// The first such file.
        file: String,
    },
    /// The directory holds the results of another scenario.
    #[error("{} holds results of scenario `{found}`, not of `{expected}`; choose another --out, or --force to replace them", path.display())]
    OtherScenario {
        /// The directory.
        path: PathBuf,
        /// Whose results it holds.
        found: String,
        /// Whose results were to be written.
        expected: String,
    },
    /// The place of the committed reference results.
    #[error("results/{scenario} is kept for reference results; name a directory with --out")]
    Reserved {
        /// The scenario.
        scenario: String,
    },
    /// Something else than a directory stands there.
    #[error("{} is not a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// A path without a last name, such as `/`.
    #[error("{} cannot be replaced as a whole; name a directory below it", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// A file stands where the table of trials is to stand.
    #[error("{} exists; choose another --trials-out, or --force to replace it", path.display())]
    FileExists {
        /// The path.
        path: PathBuf,
    },
    /// Something stands there that no file can replace.
    #[error("{} is no regular file; choose another --trials-out", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The table of trials lies where the results are replaced as a whole.
    #[error("{} lies in the results directory {}, which is replaced whole; choose a --trials-out outside it", path.display(), results.display())]
    InResults {
        /// The path.
        path: PathBuf,
        /// The results directory.
        results: PathBuf,
    },
    /// The name of the table of trials promises a form in which it is not written.
    #[error("{} asks for a form in which rows of trials are not written; choose a name that ends in .csv", path.display())]
    OtherForm {
        /// The path.
        path: PathBuf,
    },
    /// Parquet was left out of the program.
    #[error("{} asks for Parquet, which this program was built without: build it with `--features parquet`, or choose a name that ends in .csv", path.display())]
    NoParquet {
        /// The path.
        path: PathBuf,
    },
    /// The directory cannot be created or replaced.
    #[error("results cannot be written to {}: {source}", path.display())]
    Unwritable {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}; earlier results are untouched", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The new results cannot take the place of the old.
    #[error("{} cannot be replaced: {source}; earlier results are untouched", path.display())]
    Replace {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A table cannot be laid out.
    #[error("table {table} cannot be written: {source}")]
    Table {
        /// The table.
        table: &'static str,
        /// What the CSV writer says.
        source: ::csv::Error,
    },
    /// The workbook cannot be laid out.
    #[error("results.xlsx cannot be laid out: {0}; leave out --xlsx to get the CSV files")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The manifest cannot be laid out.
    #[error("manifest.json cannot be written: {0}")]
    Manifest(#[from] serde_json::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::fixture::{calm, cascade, failure, forced_summary, summary, world};

    fn column(table: &Table, header: &str) -> Vec<Cell> {
        let at = table.headers.iter().position(|known| known == header).expect("the header exists");
        table.rows.iter().map(|row| row[at].clone()).collect()
    }

    fn all() -> Vec<Table> {
        tables(&world(), &summary(&[cascade(), failure(), calm(1.0), calm(0.0)]))
    }

    #[test]
    fn every_row_has_every_column_and_headers_are_unique() {
        for table in all() {
            let mut headers = table.headers.clone();
            headers.sort();
            headers.dedup();
            assert_eq!(headers.len(), table.headers.len(), "{}", table.name);
            assert!(!table.rows.is_empty(), "{}", table.name);
            assert!(table.rows.iter().all(|row| row.len() == table.headers.len()), "{}", table.name);
        }
    }

    fn named(name: &str) -> Table {
        all().into_iter().find(|table| table.name == name).expect("the table exists")
    }

    #[test]
    fn rows_stand_in_the_order_of_the_scenario() {
        assert_eq!(column(&named("lenders"), "lender"), ["zeta".into(), "alpha".into()]);
        assert_eq!(column(&named("obligors"), "obligor"), ["second".into(), "first".into()]);
        let mut entities = column(&named("survival"), "entity");
        entities.dedup();
        assert_eq!(entities, [Cell::Empty, "zeta".into(), "alpha".into(), "second".into(), "first".into()]);
    }

    #[test]
    fn tables_say_what_happened() {
        let [summary, lenders, obligors] = ["summary", "lenders", "obligors"].map(named);
        assert_eq!(column(&summary, "metric")[0], "system_loss_mean".into());
        assert_eq!(column(&summary, "estimate")[0], 2.75.into());
        assert_eq!(column(&lenders, "failure_probability"), [0.5.into(), 0.25.into()]);
        assert_eq!(column(&lenders, "main_cause"), ["credit".into(), "counterparty".into()]);
        assert_eq!(column(&lenders, "main_round"), [0_u64.into(), 1_u64.into()]);
        assert_eq!(column(&obligors, "loss_given_default"), [0.5.into(), Cell::Empty]);
        assert_eq!(column(&obligors, "cause_maturity_share"), [1.0.into(), Cell::Empty]);
        assert_eq!(column(&obligors, "defaults"), [2_u64.into(), 0_u64.into()]);
        assert_eq!(column(&named("cascades"), "probability"), [0.5, 0.25, 0.25, 0.5, 0.25, 0.25].map(Cell::from));
    }

    #[test]
    fn new_tables_say_what_happened_when() {
        let survival = column(&named("survival"), "survival_probability");
        // Twenty quarters of the system, of zeta that fails twice in quarter 3, of alpha that fails once.
        assert_eq!([1, 2, 21, 22, 42].map(|row| survival[row].clone()), [1.0, 0.5, 1.0, 0.5, 0.75].map(Cell::from));
        let facilities = named("facilities");
        for (header, cell) in [
            ("obligor", "second".into()),
            ("opening_balance_usd_bn", 10.0.into()),
            ("default_probability", 0.5.into()),
            ("exposure_at_default_usd_bn", 10.0.into()),
            ("loss_given_default", 0.5.into()),
            ("mean_loss_usd_bn", 2.5.into()),
            ("warning", "fewer than 30 events".into()),
        ] {
            assert_eq!(column(&facilities, header), [cell], "{header}");
        }
        let exceedance = named("exceedance");
        assert_eq!(column(&exceedance, "exceedance_probability").len(), 14);
        assert_eq!(column(&exceedance, "loss_usd_bn")[5], 1.0.into());
        let mut series = column(&named("quarters"), "series");
        series.dedup();
        assert_eq!((series.len(), series[3].clone()), (9, "capital_ratio".into()));
    }

    #[test]
    fn pairs_of_lenders_follow_the_scenario_and_thin_ones_say_so() {
        let table = |cascades| {
            let tables = tables(&world(), &summary(&[vec![cascade(); cascades], vec![failure(); 2]].concat()));
            tables.into_iter().find(|table| table.name == "contagion").expect("a run always has it")
        };
        let table = [table(28), table(29), table(30)];
        for contagion in &table {
            assert_eq!(column(contagion, "given"), ["zeta".into(), "alpha".into()]);
            assert_eq!(column(contagion, "failing_type"), ["credit_fund".into(), "bank".into()]);
            assert_eq!(column(contagion, "failure_probability")[1], 1.0.into());
        }
        let probability = |contagion| column(contagion, "conditional_failure_probability");
        assert_eq!(probability(&table[0]), [(28.0 / 30.0).into(), Cell::Empty]);
        assert_eq!(probability(&table[2]), [(30.0 / 32.0).into(), 1.0.into()]);
        assert_eq!(column(&table[1], "events"), [31_u64.into(), 29_u64.into()]);
        assert_eq!(column(&table[1], "warning"), [Cell::Empty, "fewer than 30 events".into()]);
    }

    #[test]
    fn forced_failures_are_a_table_of_their_own_where_asked_for() {
        let name = |table: &Table| table.name;
        let trials = [(calm(1.0), [failure(), cascade()]), (calm(0.5), [failure(), cascade()])];
        let forced = tables(&world(), &forced_summary(&trials));
        let place = forced.iter().position(|table| table.name == "forced").expect("failures were forced");
        assert_eq!(name(&forced[place - 1]), "contagion");
        let without: Vec<_> = forced.iter().map(name).filter(|name| *name != "forced").collect();
        assert_eq!(all().iter().map(name).collect::<Vec<_>>(), without);
        let table = &forced[place];
        let words = ["none", "none", "zeta", "zeta", "zeta", "zeta", "alpha", "alpha", "alpha", "alpha", "all", "all"];
        assert_eq!(column(table, "forced"), words.map(Cell::from));
        let estimates = [0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 4.25, 1.0, 1.0];
        assert_eq!(column(table, "estimate"), estimates.map(Cell::from));
        assert_eq!(column(table, "affected")[2..6], ["alpha", "alpha", "system", "system"].map(Cell::from));
    }

    #[test]
    fn capital_of_a_fund_is_undefined_not_zero() {
        let depletion = column(&named("lenders"), "capital_depletion_ratio");
        assert_eq!(depletion, [0.0.into(), Cell::Empty]);
    }

    #[test]
    fn the_manifest_lists_every_file_with_the_hash_of_its_bytes() {
        let place = tempfile::tempdir().unwrap();
        let directory = ResultsDirectory::create(&place.path().join("pair"), "pair", false).unwrap();
        let run = Run {
            scenario: ScenarioRecord::new("pair".into(), "A pair".into(), "x = 1\n".into()),
            sources: vec![],
            trials: RunRecord {
                seed: 1,
                generator: manifest::GENERATOR,
                trials_asked: 9,
                trials_done: 4,
                partial: true,
                sequential: None,
            },
            environment: Environment { command_line: vec![], host: String::new(), threads: 1, wall_seconds: 0.0 },
        };
        let written = write(directory, &run, &all(), &Forms::default()).unwrap();
        let text = std::fs::read(written.join(manifest::FILE)).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(manifest["run"]["partial"], true);
        let listed = manifest["results"].as_array().unwrap();
        assert_eq!(listed.len(), all().len());
        for entry in listed {
            let bytes = std::fs::read(written.join(entry["file"].as_str().unwrap())).unwrap();
            assert_eq!(entry["sha256"], manifest::sha256(&bytes));
        }
    }
}
