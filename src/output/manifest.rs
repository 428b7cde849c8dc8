//! `manifest.json`: what a run was made of, so that it can be made again.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::output::Run;

/// Name of the file.
pub const FILE: &str = "manifest.json";
/// Name of the schema, by which knockon knows its own results.
pub const SCHEMA: &str = "knockon-results";
/// Version of the schema: raised when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;
/// The random number generator.
pub const GENERATOR: &str = "philox4x32-10";

/// What no number of trials mends; part of every report.
pub const LIMITS: [&str; 6] = [
    "bilateral holdings after syndication and market depths are mostly assumed",
    "quarterly lags damp runs that are faster than a quarter",
    "no rescue, no new capital for lenders, a loan book in run-off (which makes lenders safer with time), no change of strategy beyond the stated rules",
    "correlations are not estimated from defaults, because this asset class has had almost none",
    "association between failures is not causation",
    "numbers are conditional on the scenario, not forecasts",
];

/// Everything in `manifest.json`. Results are a function of all of it but `environment`.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of knockon.
    pub program_version: &'static str,
    /// The scenario as it was run.
    pub scenario: ScenarioRecord,
    /// Every file it was read from.
    pub sources: Vec<FileRecord>,
    /// The trials.
    pub run: RunRecord,
    /// Every other file of the results.
    pub results: Vec<FileRecord>,
    /// [`LIMITS`].
    pub limits: [&'static str; 6],
    /// What differs between two runs of the same numbers.
    pub environment: Environment,
}

impl Manifest {
    /// The manifest of a run whose result files are `results`.
    #[must_use]
    pub fn new(run: &Run, results: Vec<FileRecord>) -> Self {
        Manifest {
            schema: SCHEMA,
            schema_version: SCHEMA_VERSION,
            program_version: env!("CARGO_PKG_VERSION"),
            scenario: run.scenario.clone(),
            sources: run.sources.clone(),
            run: run.trials.clone(),
            results,
            limits: LIMITS,
            environment: run.environment.clone(),
        }
    }
}

/// A scenario in the manifest.
#[derive(Debug, Clone, Serialize)]
pub struct ScenarioRecord {
    /// Name in results.
    pub name: String,
    /// `[scenario] title`.
    pub title: String,
    /// SHA-256 of `resolved_toml`.
    pub resolved_sha256: String,
    /// The scenario after `extends` and `--set`, as TOML.
    pub resolved_toml: String,
}

impl ScenarioRecord {
    /// The record of a scenario called `name` in results.
    #[must_use]
    pub fn new(name: String, title: String, resolved_toml: String) -> Self {
        ScenarioRecord { name, title, resolved_sha256: sha256(resolved_toml.as_bytes()), resolved_toml }
    }
}

/// A file and its hash.
#[derive(Debug, Clone, Serialize)]
pub struct FileRecord {
    /// Name.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl FileRecord {
    /// The record of a file with these bytes.
    #[must_use]
    pub fn new(file: &str, bytes: &[u8]) -> Self {
        FileRecord { file: file.to_owned(), sha256: sha256(bytes) }
    }
}

/// The trials of a run.
#[derive(Debug, Clone, Serialize)]
pub struct RunRecord {
    /// Seed.
    pub seed: u64,
    /// [`GENERATOR`].
    pub generator: &'static str,
    /// Trials asked for.
    pub trials_asked: u64,
    /// Trials in the results.
    pub trials_done: u64,
    /// The run was interrupted: fewer trials than asked for.
    pub partial: bool,
    /// The rule that ended the run where its precision did; `trials_asked` is then the most it might have taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequential: Option<SequentialRecord>,
}

/// A sequential rule of stopping, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct SequentialRecord {
    /// Relative half-width that was asked for.
    pub precision: f64,
    /// Trials at the first check; the others are at its doubles, and at the most trials.
    pub first_check: u64,
    /// Every measure was precise enough.
    pub met: bool,
    /// The measures.
    pub measures: Vec<MeasureRecord>,
}

/// A measure that decided when a run ended.
#[derive(Debug, Clone, Serialize)]
pub struct MeasureRecord {
    /// Its name in `summary.csv`.
    pub metric: String,
    /// Half of its 95 % interval over the size of its estimate.
    pub relative_half_width: Option<f64>,
    /// That is no more than the precision asked for.
    pub met: bool,
}

/// Where and how a run was made; no result depends on it.
#[derive(Debug, Clone, Serialize)]
pub struct Environment {
    /// The command line, word by word.
    pub command_line: Vec<String>,
    /// Name of the machine.
    pub host: String,
    /// Threads that ran trials.
    pub threads: usize,
    /// Seconds from the first trial to the last.
    pub wall_seconds: f64,
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_fips_180() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), expected);
    }
}
