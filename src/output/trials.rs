//! The table of trials: one row a trial, in the order of trials, written while the run goes on.

mod comma;
#[cfg(feature = "parquet")]
mod parquet;
mod quantity;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::{Outcomes, TrialSink};
use crate::model::system::System;
use crate::output::csv::Dialect;
use crate::output::trials::comma::CommaSeparated;
use crate::output::trials::quantity::{Column, Quantity, Value};
use crate::output::{OutputError, ResultsDirectory};

/// A file of trials being written.
///
/// Rows collect in a hidden sibling, which takes the file's name when the run has ended. Dropped before that, it removes what
/// it wrote.
pub struct TrialsFile<'a> {
    system: &'a System,
    quantities: Vec<Quantity>,
    target: PathBuf,
    /// What is written now.
    staging: PathBuf,
    form: Box<dyn Form>,
}

/// A form in which rows are kept.
trait Form: Send + Sync {
    /// Appends a row to those of its block.
    fn append(&self, row: &mut dyn Iterator<Item = Value>, rows: &mut Vec<u8>);

    /// Keeps the rows of the next block.
    fn write(&self, rows: &[u8]) -> io::Result<()>;

    /// Ends the file and forces it out: some file systems tell of a full disk only then.
    fn close(&self) -> io::Result<()>;
}

impl<'a> TrialsFile<'a> {
    /// Opens the file at `path` for the trials of `system`, creating the folders above it: Parquet if its name ends in `.parquet`,
    /// else CSV in `dialect`.
    ///
    /// # Errors
    /// [`OutputError::FileExists`] where a file stands there, unless `force`; [`OutputError::NotAFile`] where something else
    /// does; [`OutputError::InResults`] within the directory of results; [`OutputError::NoParquet`] without the cargo feature
    /// `parquet`; [`OutputError::OtherForm`] where the name promises another form; [`OutputError::NoName`], [`OutputError::Unwritable`].
    pub fn create(
        path: &Path,
        system: &'a System,
        dialect: Dialect,
        results: &ResultsDirectory,
        force: bool,
    ) -> Result<Self, OutputError> {
        check_form(path)?;
        let target = locate(path, results)?;
        check_replaceable(path, &target, force)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let staging = target.with_file_name(format!(".{name}.knockon-{}", std::process::id()));
        let quantities = Quantity::all(system);
        let columns = quantities.iter().map(|quantity| quantity.column(system)).collect();
        let lenders = system.lenders.iter().map(|lender| lender.name.clone()).collect();
        let form = if is_parquet(path) {
            parquet_form(&staging, columns, lenders)
        } else {
            CommaSeparated::create(&staging, columns, lenders, dialect).map(|form| Box::new(form) as Box<dyn Form>)
        };
        let form = form.map_err(|source| OutputError::Unwritable { path: path.to_owned(), source })?;
        Ok(TrialsFile { system, quantities, target, staging, form })
    }

    /// Puts the file in its place, and returns that. What a run left that was interrupted stands beside it, as
    /// `NAME.partial.EXTENSION`: under its own name a table is whole.
    ///
    /// # Errors
    /// [`OutputError::Write`]; a file that stood there is untouched then.
    pub fn finish(self, partial: bool) -> Result<PathBuf, OutputError> {
        let place = if partial { partial_name(&self.target) } else { self.target.clone() };
        let finished = self.form.close().and_then(|()| fs::rename(&self.staging, &place));
        finished.map_err(|source| OutputError::Write { path: place.clone(), source })?;
        Ok(place)
    }
}

impl TrialSink for TrialsFile<'_> {
    fn row(&self, trial: u64, outcomes: Outcomes<'_>, rows: &mut Vec<u8>) {
        let mut values = self.quantities.iter().map(|quantity| quantity.value(self.system, trial, outcomes));
        self.form.append(&mut values, rows);
    }

    fn write(&self, rows: &[u8]) -> io::Result<()> {
        let wrapped = |source| io::Error::other(OutputError::Write { path: self.target.clone(), source });
        self.form.write(rows).map_err(wrapped)
    }
}

impl Drop for TrialsFile<'_> {
    fn drop(&mut self) {
        // After `finish` there is nothing left to remove; before it, nobody is there to hear of a failure.
        let _ = fs::remove_file(&self.staging);
    }
}

#[cfg(feature = "parquet")]
fn parquet_form(staging: &Path, columns: Vec<Column>, lenders: Vec<String>) -> io::Result<Box<dyn Form>> {
    Ok(Box::new(parquet::Parquet::create(staging, columns, lenders)?))
}

#[cfg(not(feature = "parquet"))]
fn parquet_form(_staging: &Path, _columns: Vec<Column>, _lenders: Vec<String>) -> io::Result<Box<dyn Form>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Endings that promise a form in which rows are not written.
const OTHER_FORMS: [&str; 5] = ["xlsx", "xlsm", "xls", "ods", "json"];

/// Refused by name before anything is touched.
fn check_form(path: &Path) -> Result<(), OutputError> {
    if is_parquet(path) && !cfg!(feature = "parquet") {
        return Err(OutputError::NoParquet { path: path.to_owned() });
    }
    if OTHER_FORMS.into_iter().any(|form| ends_in(path, form)) {
        return Err(OutputError::OtherForm { path: path.to_owned() });
    }
    Ok(())
}

fn is_parquet(path: &Path) -> bool {
    ends_in(path, "parquet")
}

fn ends_in(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

/// The file's true place, outside the directory of results.
fn locate(path: &Path, results: &ResultsDirectory) -> Result<PathBuf, OutputError> {
    let unwritable = |source| OutputError::Unwritable { path: path.to_owned(), source };
    let name = path.file_name().ok_or_else(|| OutputError::NoName { path: path.to_owned() })?;
    let absolute = std::path::absolute(path).map_err(unwritable)?;
    let folder = absolute.parent().ok_or_else(|| OutputError::NoName { path: path.to_owned() })?;
    let within = |folder: &Path| folder.starts_with(results.path());
    let inside = || OutputError::InResults { path: path.to_owned(), results: results.path().to_owned() };
    if within(folder) {
        return Err(inside());
    }
    fs::create_dir_all(folder).map_err(unwritable)?;
    let folder = fs::canonicalize(folder).map_err(unwritable)?;
    if within(&folder) { Err(inside()) } else { Ok(folder.join(name)) }
}

/// Nothing but a regular file is replaced, and that only by force.
fn check_replaceable(path: &Path, target: &Path, force: bool) -> Result<(), OutputError> {
    let path = path.to_owned();
    match fs::symlink_metadata(target) {
        Ok(found) if !found.is_file() => Err(OutputError::NotAFile { path }),
        Ok(_) if !force => Err(OutputError::FileExists { path }),
        _ => Ok(()),
    }
}

/// `trials.partial.csv` for `trials.csv`.
fn partial_name(target: &Path) -> PathBuf {
    let stem = target.file_stem().and_then(OsStr::to_str).unwrap_or_default();
    let extension = target.extension().and_then(OsStr::to_str);
    target.with_file_name(extension.map_or_else(|| format!("{stem}.partial"), |own| format!("{stem}.partial.{own}")))
}
