//! A finished results directory, read back.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::comparison::ComparisonError;
use crate::output::manifest::{FILE, SCHEMA, SCHEMA_VERSION, sha256};
use crate::output::sheet::{Sheet, SheetError};
use crate::statistics::{Estimate, Warning};

/// Tables of estimates that are compared, each with its column of names, if it has one; the first must be there.
const TABLES: [(&str, Option<&str>); 4] =
    [("summary", None), ("lenders", Some("lender")), ("obligors", Some("obligor")), ("facilities", Some("facility"))];

/// What a manifest says of a run; its environment is left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Recorded {
    /// Version of knockon.
    pub program_version: String,
    /// The scenario as it was run.
    pub scenario: RecordedScenario,
    /// Its trials.
    pub run: RecordedRun,
    /// Every other file of the results.
    pub results: Vec<RecordedFile>,
}

/// The scenario of a finished run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedScenario {
    /// Name in results.
    pub name: String,
    /// SHA-256 of `resolved_toml`.
    pub resolved_sha256: String,
    /// The scenario after `extends` and `--set`, as TOML.
    pub resolved_toml: String,
}

/// The trials of a finished run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedRun {
    /// Seed.
    pub seed: u64,
    /// Random number generator.
    pub generator: String,
    /// Trials asked for.
    pub trials_asked: u64,
    /// Trials in the results.
    pub trials_done: u64,
    /// The run was interrupted.
    pub partial: bool,
}

/// A file of the results as the manifest has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedFile {
    /// Name.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// One estimate of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Whose it is; none for the whole run.
    pub entity: Option<String>,
    /// Name of the metric or of the column.
    pub metric: String,
    /// Its unit; empty where the table does not say.
    pub unit: String,
    /// The estimate; none where it is undefined.
    pub estimate: Option<Estimate>,
    /// What the table warns of.
    pub warning: Option<String>,
}

/// The estimates of one table, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// Name of the table without `.csv`.
    pub table: &'static str,
    /// Its estimates.
    pub rows: Vec<Measure>,
}

impl Measures {
    /// Names of the entities, each once, in the order of the table.
    pub(super) fn entities(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.rows.iter().filter_map(|row| row.entity.as_deref()).collect();
        names.dedup();
        names
    }
}

/// Finished results.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Where they stand, as the user named it.
    pub directory: PathBuf,
    /// What the manifest says.
    pub recorded: Recorded,
    /// The tables found.
    pub tables: Vec<Measures>,
    /// Files whose bytes are no longer those that the run wrote.
    pub edited: Vec<String>,
    /// Files that the manifest lists and that are not there.
    pub missing: Vec<String>,
}

impl Results {
    /// Reads the results in a directory and checks every file against its hash.
    ///
    /// # Errors
    /// [`ComparisonError`]: no such directory, none of knockon's results, another schema, a manifest or a table that cannot
    /// be read. A file with another hash is no error: see [`Results::edited`].
    pub fn read(directory: &Path) -> Result<Self, ComparisonError> {
        let recorded = manifest(directory)?;
        let (mut edited, mut missing) = (Vec::new(), Vec::new());
        if sha256(recorded.scenario.resolved_toml.as_bytes()) != recorded.scenario.resolved_sha256 {
            edited.push(FILE.to_owned());
        }
        for RecordedFile { file, sha256: hash } in &recorded.results {
            match fs::read(directory.join(file)) {
                Ok(bytes) if sha256(&bytes) == *hash => {}
                Ok(_) => edited.push(file.clone()),
                Err(_) => missing.push(file.clone()),
            }
        }
        let tables = TABLES.iter().filter_map(|(table, entity)| read_table(directory, table, *entity).transpose());
        let tables = tables.collect::<Result<_, _>>()?;
        Ok(Results { directory: directory.to_owned(), recorded, tables, edited, missing })
    }

    /// The table of that name.
    pub(super) fn table(&self, name: &str) -> Option<&Measures> {
        self.tables.iter().find(|measures| measures.table == name)
    }
}

fn manifest(directory: &Path) -> Result<Recorded, ComparisonError> {
    let path = directory.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(_) if !directory.exists() => return Err(ComparisonError::NotFound { path: directory.to_owned() }),
        Err(_) if !directory.is_dir() => return Err(ComparisonError::NotADirectory { path: directory.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(ComparisonError::NotResults { path: directory.to_owned(), within: first_within(directory) });
        }
        Err(source) => return Err(ComparisonError::Unreadable { path, source }),
    };
    let wrong = |why: String| ComparisonError::Manifest { path: path.clone(), why };
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if value["schema"] != SCHEMA || value["schema_version"] != SCHEMA_VERSION {
        let found = format!("{} {}", value["schema"].as_str().unwrap_or("unknown"), value["schema_version"]);
        return Err(ComparisonError::Schema { path, found, expected: format!("{SCHEMA} {SCHEMA_VERSION}") });
    }
    let recorded: Recorded = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
    match recorded.results.iter().find(|listed| !is_plain(&listed.file)) {
        Some(listed) => Err(wrong(format!("it lists `{}`, which is no name of a file beside it", listed.file))),
        None => Ok(recorded),
    }
}

fn is_plain(file: &str) -> bool {
    let mut parts = Path::new(file).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

/// The first results directory just below, for whoever names one too high.
fn first_within(directory: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(directory).ok()?;
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.retain(|path| path.join(FILE).is_file());
    found.sort();
    found.into_iter().next()
}

/// Columns of obligors and facilities that rest on the trials with a default alone.
const GIVEN_DEFAULT: [&str; 3] = ["mean_default_quarter", "loss_given_default", "exposure_at_default_usd_bn"];

/// The estimates of a table; none if the results have no such table, which the summary may not lack.
fn read_table(
    directory: &Path,
    table: &'static str,
    entity: Option<&str>,
) -> Result<Option<Measures>, ComparisonError> {
    let path = directory.join(format!("{table}.csv"));
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && entity.is_some() => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(ComparisonError::Missing { path }),
        Err(source) => return Err(ComparisonError::Unreadable { path, source }),
    };
    let wrong = |why: String| ComparisonError::Table { path: path.clone(), why };
    let sheet = Sheet::read(&bytes).map_err(|error| wrong(error.to_string()))?;
    let column = |header: &str| sheet.column(header).ok_or_else(|| wrong(format!("it has no column `{header}`")));
    let rows = match entity {
        None => summary_rows(&sheet, [column("metric")?, column("unit")?, column("estimate")?]),
        Some(header) => entity_rows(&sheet, column(header)?),
    };
    Ok(Some(Measures { table, rows: rows.map_err(|error| wrong(error.to_string()))? }))
}

fn summary_rows(sheet: &Sheet, [metric, unit, estimate]: [usize; 3]) -> Result<Vec<Measure>, SheetError> {
    let ends = ["std_error", "ci_low", "ci_high"].map(|header| sheet.column(header));
    let row = |row: usize| {
        Ok(Measure {
            entity: None,
            metric: sheet.text(row, metric).to_owned(),
            unit: sheet.text(row, unit).to_owned(),
            estimate: read_estimate(sheet, row, estimate, ends)?,
            warning: warning(sheet, row),
        })
    };
    (0..sheet.len()).map(row).collect()
}

/// Every column with an error and an interval beside it, for every row.
fn entity_rows(sheet: &Sheet, name: usize) -> Result<Vec<Measure>, SheetError> {
    let ends = |header: &str| ["std_error", "ci_low", "ci_high"].map(|end| sheet.column(&format!("{header}_{end}")));
    let estimates: Vec<_> = sheet.headers.iter().enumerate().map(|(at, header)| (at, header, ends(header))).collect();
    let mut rows = Vec::new();
    for row in 0..sheet.len() {
        for (at, header, ends) in estimates.iter().filter(|(_, _, ends)| ends.iter().all(Option::is_some)) {
            rows.push(Measure {
                entity: Some(sheet.text(row, name).to_owned()),
                metric: (*header).clone(),
                unit: unit(header).to_owned(),
                estimate: read_estimate(sheet, row, *at, *ends)?,
                warning: warning(sheet, row).filter(|_| is_warned(header, sheet, row)),
            });
        }
    }
    Ok(rows)
}

/// Whether the warning of an entity's row is about this column: a quantile or tail beyond its level, or a number given a default.
fn is_warned(header: &str, sheet: &Sheet, row: usize) -> bool {
    let tail = ["var_", "es_", "capital_depletion_quantile_"].iter().find_map(|start| header.strip_prefix(start));
    let level = tail.and_then(|rest| rest.split('_').next()).and_then(|level| level.parse::<f64>().ok());
    let trials = sheet.column("trials").and_then(|column| sheet.number(row, column).ok().flatten());
    match (level, trials) {
        (Some(level), Some(trials)) => Warning::of_level(level, trials as u64).is_some(),
        _ => GIVEN_DEFAULT.contains(&header) || header.ends_with("_share"),
    }
}

fn warning(sheet: &Sheet, row: usize) -> Option<String> {
    let warning = sheet.column("warning").map(|column| sheet.text(row, column).to_owned());
    warning.filter(|warning| !warning.is_empty())
}

fn read_estimate(
    sheet: &Sheet,
    row: usize,
    at: usize,
    ends: [Option<usize>; 3],
) -> Result<Option<Estimate>, SheetError> {
    let number = |column: Option<usize>| column.map_or(Ok(None), |column| sheet.number(row, column));
    let [std_error, low, high] = ends;
    let (std_error, low, high) = (number(std_error)?, number(low)?, number(high)?);
    let trials = number(sheet.column("trials"))?.unwrap_or(0.0) as u64;
    Ok(sheet.number(row, at)?.map(|point| Estimate { point, std_error, low, high, trials }))
}

/// The unit that a header of an entity's table ends in.
fn unit(header: &str) -> &'static str {
    let units = ["usd_bn", "probability", "ratio", "quarter", "share"];
    units.into_iter().find(|unit| header.ends_with(unit)).unwrap_or_default()
}
