//! Results as files: CSV tables and the manifest, in a directory that is replaced whole.

pub mod cascades;
pub mod csv;
pub mod directory;
pub mod lenders;
pub mod manifest;
pub mod obligors;
pub mod summary;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::model::system::System;
use crate::output::csv::{Cell, Dialect, Table};
use crate::output::manifest::{Environment, FileRecord, Manifest, RunRecord, ScenarioRecord};
use crate::statistics::{Estimate, Summary};

pub use directory::ResultsDirectory;

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

/// Every table of a run, in the order in which the documentation has them.
#[must_use]
pub fn tables(system: &System, summary: &Summary) -> Vec<Table> {
    vec![
        summary::table(summary),
        lenders::table(system, summary),
        obligors::table(system, summary),
        cascades::table(summary),
    ]
}

/// Writes the tables and the manifest and puts them in the place of earlier results; returns where they are.
///
/// # Errors
/// [`OutputError`]; earlier results are untouched then.
pub fn write(
    directory: ResultsDirectory,
    run: Run,
    tables: &[Table],
    dialect: Dialect,
) -> Result<PathBuf, OutputError> {
    let mut results = Vec::new();
    for table in tables {
        let file = format!("{}.csv", table.name);
        let bytes = table.to_csv(dialect)?;
        directory.add(&file, &bytes)?;
        results.push(FileRecord::new(&file, &bytes));
    }
    let manifest = serde_json::to_string_pretty(&Manifest::new(run, results))? + "\n";
    directory.add(manifest::FILE, manifest.as_bytes())?;
    directory.finish()
}

/// Headers of an estimate called `name`, its unit included.
fn estimate_headers(name: &str) -> [String; 4] {
    [
        name.to_owned(),
        format!("{name}_std_error"),
        format!("{name}_ci_low"),
        format!("{name}_ci_high"),
    ]
}

/// Cells below [`estimate_headers`].
fn estimate_cells(estimate: Option<Estimate>) -> [Cell; 4] {
    estimate.map_or(
        [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty],
        |estimate| {
            [
                estimate.point.into(),
                estimate.std_error.into(),
                estimate.low.into(),
                estimate.high.into(),
            ]
        },
    )
}

/// Indices in the order of the scenario, from the place of each entity.
fn scenario_order(places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut order: Vec<(usize, usize)> = places
        .enumerate()
        .map(|(index, place)| (place, index))
        .collect();
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
    /// The manifest cannot be laid out.
    #[error("manifest.json cannot be written: {0}")]
    Manifest(#[from] serde_json::Error),
}
