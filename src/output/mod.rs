//! Results as files: CSV tables and the manifest, in a directory that is replaced whole.

pub mod csv;
pub mod directory;
pub mod manifest;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

pub use directory::ResultsDirectory;

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
