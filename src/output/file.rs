//! A single file of results that stands beside results directories: opened before the runs, replaced at once after them.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::output::OutputError;
use crate::output::csv::{Dialect, Table};
use crate::output::sheet::Sheet;

/// A place for one table. Dropped before [`ResultsFile::write`], it leaves nothing behind.
#[derive(Debug)]
pub struct ResultsFile {
    target: PathBuf,
    staging: PathBuf,
}

impl ResultsFile {
    /// Opens `folder`/`name`.csv for a table whose first two headers are `heads`, creating the folder.
    ///
    /// # Errors
    /// [`OutputError::Foreign`] if something else stands there, unless it is a file and `force`;
    /// [`OutputError::Unwritable`].
    pub fn create(folder: &Path, name: &str, heads: [&str; 2], force: bool) -> Result<Self, OutputError> {
        let file = format!("{name}.csv");
        let opened = ResultsFile {
            target: folder.join(&file),
            staging: folder.join(format!(".{file}.knockon-{}", std::process::id())),
        };
        let foreign = opened.target.is_dir() || !(force || opened.is_ours(heads));
        if foreign {
            return Err(OutputError::Foreign { path: folder.to_owned(), file });
        }
        let tried = fs::create_dir_all(folder).and_then(|()| fs::write(&opened.staging, ""));
        tried
            .and_then(|()| fs::remove_file(&opened.staging))
            .map_err(|source| OutputError::Unwritable { path: folder.to_owned(), source })?;
        Ok(opened)
    }

    /// Nothing stands there yet, or a table with these first headers.
    fn is_ours(&self, heads: [&str; 2]) -> bool {
        match fs::read(&self.target) {
            Ok(bytes) => Sheet::read(&bytes).is_ok_and(|sheet| sheet.headers.iter().take(2).eq(heads.iter())),
            Err(error) => error.kind() == ErrorKind::NotFound || error.kind() == ErrorKind::NotADirectory,
        }
    }

    /// Takes an earlier file away, which would speak of results that are no longer there.
    ///
    /// # Errors
    /// [`OutputError::Write`]
    pub fn withdraw(&self) -> Result<(), OutputError> {
        match fs::remove_file(&self.target) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.unwritten(error)),
            _ => Ok(()),
        }
    }

    /// Writes the table in its place.
    ///
    /// # Errors
    /// [`OutputError::Write`], [`OutputError::Table`]
    pub fn write(self, table: &Table, dialect: Dialect) -> Result<PathBuf, OutputError> {
        let bytes = table.to_csv(dialect)?;
        fs::write(&self.staging, bytes)
            .and_then(|()| fs::File::open(&self.staging)?.sync_all())
            .and_then(|()| fs::rename(&self.staging, &self.target))
            .map_err(|error| self.unwritten(error))?;
        Ok(self.target.clone())
    }

    fn unwritten(&self, source: io::Error) -> OutputError {
        OutputError::Write { path: self.target.clone(), source }
    }
}

impl Drop for ResultsFile {
    fn drop(&mut self) {
        // After `write` there is nothing left to remove; before it, nobody is there to hear of a failure.
        let _ = fs::remove_file(&self.staging);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: [&str; 2] = ["a", "b"];

    fn table(first: &str) -> Table {
        Table { name: "t", headers: vec![first.into(), "b".into()], rows: vec![vec!["x".into(), 1_u64.into()]] }
    }

    #[test]
    fn a_file_is_replaced_by_its_like_and_by_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("below");
        for dialect in [Dialect::Plain, Dialect::Excel, Dialect::Plain] {
            let file = ResultsFile::create(&folder, "t", HEADS, false).unwrap();
            let written = file.write(&table("a"), dialect).unwrap();
            assert_eq!(fs::read(written).unwrap(), table("a").to_csv(dialect).unwrap());
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing temporary is left");
        fs::write(folder.join("t.csv"), "mine\n").unwrap();
        let refused = ResultsFile::create(&folder, "t", HEADS, false).unwrap_err();
        assert!(refused.to_string().contains("`t.csv`"), "{refused}");
        let forced = ResultsFile::create(&folder, "t", HEADS, true).unwrap();
        forced.withdraw().unwrap();
        forced.withdraw().unwrap();
        assert!(!folder.join("t.csv").exists());
    }

    #[test]
    fn a_place_that_cannot_be_is_refused_at_once() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        assert!(ResultsFile::create(&place.path().join("file"), "t", HEADS, false).is_err());
        fs::create_dir(place.path().join("t.csv")).unwrap();
        assert!(ResultsFile::create(place.path(), "t", HEADS, true).is_err());
    }
}
