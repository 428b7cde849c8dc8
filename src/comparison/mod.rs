//! What differs between runs, and whether more than chance makes it differ.
//!
//! Runs of one command share every random draw: [`paired`] compares them trial group by trial group. Finished results of
//! other days and machines are read by [`Results::read`] and compared as if their draws had nothing in common, by
//! [`compare`]. (methods.md, 11.6)

mod difference;
mod entities;
mod paired;
mod remark;
mod results;
mod table;
mod tolerance;
mod unpaired;

use std::io;
use std::path::PathBuf;

pub use difference::{Difference, Verdict};
pub use paired::{NOT_PAIRED, RunMeasures, paired};
pub use remark::{KeyDifference, Remark, key_differences, keys_in_words, remarks};
pub use results::{Measure, Measures, Recorded, RecordedFile, RecordedRun, RecordedScenario, Results};
pub use table::{comparison_table, differences_table};
pub use tolerance::{Excess, beyond};
pub use unpaired::{Compared, compare};

/// Why results cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    /// Nothing stands there.
    #[error("{} does not exist; name a directory that `knockon run` wrote, such as results/NAME", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// Something else than a directory stands there.
    #[error("{} is no directory; name the directory that holds manifest.json", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// A directory without a manifest.
    #[error("{} has no manifest.json, so it is no results directory of knockon; name one that `knockon run` wrote{}", path.display(), below(.within))]
    NotResults {
        /// The directory.
        path: PathBuf,
        /// The first results directory in it, if any.
        within: Option<PathBuf>,
    },
    /// A manifest that cannot be understood.
    #[error("{} cannot be understood: {why}; run the scenario again, or restore the file", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Results of another form.
    #[error("{} is of schema {found}, this knockon compares {expected}; run the scenario again with this version", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema and version.
        found: String,
        /// Those that can be read.
        expected: String,
    },
    /// A file of the results is not there.
    #[error("{} is missing; run the scenario again, or restore the file", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A table that is not as knockon writes it.
    #[error("{}: {why}; run the scenario again, or restore the file", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        why: String,
    },
}

fn below(within: &Option<PathBuf>) -> String {
    within.as_ref().map_or(String::new(), |path| format!(" (it holds {}, which is one)", path.display()))
}
