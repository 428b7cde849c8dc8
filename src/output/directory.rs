//! The results directory: opened before the run, replaced whole and at once after it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::output::OutputError;
use crate::output::manifest::{FILE, SCHEMA};

/// Folder of results where the command line names none.
pub const RESULTS: &str = "results";
/// Folder below [`RESULTS`] that is committed.
const REFERENCE: &str = "reference";

/// Where a scenario's results go if the command line does not say: `results/<scenario>`.
///
/// # Errors
/// [`OutputError::Reserved`] if that is the folder of committed reference results.
pub fn preset_directory(scenario: &str) -> Result<PathBuf, OutputError> {
    if scenario.split('/').next() == Some(REFERENCE) {
        return Err(OutputError::Reserved { scenario: scenario.to_owned() });
    }
    Ok(Path::new(RESULTS).join(scenario))
}

/// A directory that results may be written to.
///
/// Files collect in a hidden sibling, which takes the directory's place by renaming; until then the old results stay as
/// they were. Dropped before that, it removes what it wrote.
#[derive(Debug)]
pub struct ResultsDirectory {
    target: PathBuf,
    /// What is written now.
    staging: PathBuf,
    /// Where the old results stand for the moment between the two renames.
    retired: PathBuf,
}

impl ResultsDirectory {
    /// Opens `directory` for the results of `scenario`, creating the folders above it.
    ///
    /// # Errors
    /// [`OutputError::Foreign`] or [`OutputError::OtherScenario`] if it holds anything that knockon did not write there
    /// for that scenario, unless `force`; [`OutputError::NotADirectory`], [`OutputError::NoName`],
    /// [`OutputError::Unwritable`].
    pub fn create(directory: &Path, scenario: &str, force: bool) -> Result<Self, OutputError> {
        let target = locate(directory)?;
        let name = target.file_name().ok_or_else(|| OutputError::NoName { path: directory.to_owned() })?;
        let name = name.to_string_lossy();
        let opened = ResultsDirectory {
            staging: target.with_file_name(format!(".{name}.knockon-{}", std::process::id())),
            retired: target.with_file_name(format!(".{name}.knockon-old")),
            target,
        };
        opened.recover().map_err(|source| opened.unwritable(source))?;
        if opened.target.exists() && !opened.target.is_dir() {
            return Err(OutputError::NotADirectory { path: directory.to_owned() });
        }
        if !force {
            check_ours(&opened.target, scenario)?;
        }
        // Tried now and not after an hour of trials; removed again so that a killed run leaves nothing behind.
        fs::create_dir_all(&opened.staging)
            .and_then(|()| fs::remove_dir(&opened.staging))
            .map_err(|source| opened.unwritable(source))?;
        Ok(opened)
    }

    /// Where the results will stand.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.target
    }

    /// Adds a file to the results to come.
    ///
    /// # Errors
    /// [`OutputError::Write`], with the file's final name, on a full disk for one.
    pub fn add(&self, file: &str, bytes: &[u8]) -> Result<(), OutputError> {
        fs::create_dir_all(&self.staging)
            .and_then(|()| write_through(&self.staging.join(file), bytes))
            .map_err(|source| OutputError::Write { path: self.target.join(file), source })
    }

    /// Puts the new results in the place of the old. Files of others, let in by `force`, stay.
    ///
    /// # Errors
    /// [`OutputError::Replace`]; the old results are back in their place then.
    pub fn finish(self) -> Result<PathBuf, OutputError> {
        self.replace().map_err(|source| OutputError::Replace { path: self.target.clone(), source })?;
        Ok(self.target.clone())
    }

    fn replace(&self) -> io::Result<()> {
        if self.target.exists() {
            fs::rename(&self.target, &self.retired)?;
        }
        if let Err(error) = fs::rename(&self.staging, &self.target) {
            if self.retired.exists() {
                fs::rename(&self.retired, &self.target)?;
            }
            return Err(error);
        }
        self.recover()
    }

    /// Ends a replacement that was cut short: old results without a successor come back, others go.
    fn recover(&self) -> io::Result<()> {
        if !self.retired.exists() {
            return Ok(());
        }
        if !self.target.exists() {
            return fs::rename(&self.retired, &self.target);
        }
        let own = Contents::read(&self.retired).map(|contents| contents.files).unwrap_or_default();
        for name in entries(&self.retired)? {
            let successor = self.target.join(&name);
            if !own.contains(&name) && !successor.exists() {
                fs::rename(self.retired.join(&name), successor)?;
            }
        }
        fs::remove_dir_all(&self.retired)
    }

    fn unwritable(&self, source: io::Error) -> OutputError {
        OutputError::Unwritable { path: self.target.clone(), source }
    }
}

impl Drop for ResultsDirectory {
    fn drop(&mut self) {
        // After `finish` there is nothing left to remove; before it, nobody is there to hear of a failure.
        let _ = fs::remove_dir_all(&self.staging);
    }
}

/// The directory's true place, so that a link is written through and `.` has a name.
fn locate(directory: &Path) -> Result<PathBuf, OutputError> {
    let unwritable = |source| OutputError::Unwritable { path: directory.to_owned(), source };
    if directory.exists() {
        return fs::canonicalize(directory).map_err(unwritable);
    }
    if !matches!(directory.components().next_back(), Some(Component::Normal(_))) {
        return Err(OutputError::NoName { path: directory.to_owned() });
    }
    let absolute = std::path::absolute(directory).map_err(unwritable)?;
    let parent = absolute.parent().ok_or_else(|| OutputError::NoName { path: directory.to_owned() })?;
    fs::create_dir_all(parent).map_err(unwritable)?;
    let parent = fs::canonicalize(parent).map_err(unwritable)?;
    Ok(parent.join(absolute.file_name().unwrap_or_default()))
}

/// What knockon's manifest says about a directory.
struct Contents {
    scenario: String,
    files: BTreeSet<String>,
}

impl Contents {
    fn read(directory: &Path) -> Option<Self> {
        let text = fs::read(directory.join(FILE)).ok()?;
        let manifest: serde_json::Value = serde_json::from_slice(&text).ok()?;
        if manifest["schema"] != SCHEMA {
            return None;
        }
        let listed = manifest["results"].as_array()?.iter();
        let listed = listed.filter_map(|entry| entry["file"].as_str().map(str::to_owned));
        Some(Contents {
            scenario: manifest["scenario"]["name"].as_str()?.to_owned(),
            files: listed.chain([FILE.to_owned()]).collect(),
        })
    }
}

fn check_ours(directory: &Path, scenario: &str) -> Result<(), OutputError> {
    if !directory.exists() {
        return Ok(());
    }
    let found = entries(directory).map_err(|source| OutputError::Unwritable { path: directory.to_owned(), source })?;
    let foreign = |file: &String| OutputError::Foreign { path: directory.to_owned(), file: file.clone() };
    let Some(first) = found.first() else {
        return Ok(());
    };
    let contents = Contents::read(directory).ok_or_else(|| foreign(first))?;
    if contents.scenario != scenario {
        let (path, found) = (directory.to_owned(), contents.scenario);
        return Err(OutputError::OtherScenario { path, found, expected: scenario.to_owned() });
    }
    match found.iter().find(|name| !contents.files.contains(*name)) {
        Some(name) => Err(foreign(name)),
        None => Ok(()),
    }
}

fn entries(directory: &Path) -> io::Result<Vec<String>> {
    let names = fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Some file systems tell of a full disk only when the bytes are forced out.
fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes)?;
    fs::File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(directory: &Path, scenario: &str, files: &[&str], force: bool) -> Result<PathBuf, OutputError> {
        let opened = ResultsDirectory::create(directory, scenario, force)?;
        let listed: Vec<_> = files.iter().map(|file| serde_json::json!({ "file": file })).collect();
        let manifest = serde_json::json!({"schema": SCHEMA, "scenario": {"name": scenario}, "results": listed});
        for file in files {
            opened.add(file, scenario.as_bytes())?;
        }
        opened.add(FILE, manifest.to_string().as_bytes())?;
        opened.finish()
    }

    #[test]
    fn a_rerun_replaces_the_whole() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("deep/base");
        results(&target, "base", &["a.csv", "b.csv"], false).unwrap();
        results(&target, "base", &["a.csv"], false).unwrap();
        assert_eq!(entries(&target).unwrap(), ["a.csv", "manifest.json"]);
        assert_eq!(entries(target.parent().unwrap()).unwrap(), ["base"]);
    }

    #[test]
    fn foreign_files_and_other_scenarios_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("base");
        fs::create_dir(&target).unwrap();
        results(&target, "base", &["a.csv"], false).unwrap();
        let other = results(&target, "other", &["a.csv"], false);
        assert!(matches!(other, Err(OutputError::OtherScenario { .. })));
        fs::write(target.join("thesis.docx"), "mine").unwrap();
        let foreign = results(&target, "base", &["a.csv"], false);
        assert!(matches!(foreign, Err(OutputError::Foreign { file, .. }) if file == "thesis.docx"));
        let bare = results(place.path(), "base", &["a.csv"], false);
        assert!(matches!(bare, Err(OutputError::Foreign { file, .. }) if file == "base"));
    }

    #[test]
    fn force_replaces_results_and_keeps_what_others_put_there() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("base");
        results(&target, "base", &["a.csv", "b.csv"], false).unwrap();
        fs::create_dir(target.join("notes")).unwrap();
        fs::write(target.join("notes/thesis.docx"), "mine").unwrap();
        results(&target, "other", &["a.csv"], true).unwrap();
        assert_eq!(entries(&target).unwrap(), ["a.csv", "manifest.json", "notes"]);
        assert_eq!(fs::read_to_string(target.join("a.csv")).unwrap(), "other");
        assert_eq!(fs::read_to_string(target.join("notes/thesis.docx")).unwrap(), "mine");
    }

    #[test]
    fn an_unfinished_run_leaves_the_old_results_alone() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("base");
        results(&target, "base", &["a.csv"], false).unwrap();
        let opened = ResultsDirectory::create(&target, "base", false).unwrap();
        assert_eq!(entries(place.path()).unwrap(), ["base"], "a kill during the run leaves nothing");
        opened.add("b.csv", b"new").unwrap();
        drop(opened);
        assert_eq!(entries(place.path()).unwrap(), ["base"]);
        assert_eq!(entries(&target).unwrap(), ["a.csv", "manifest.json"]);
    }

    #[test]
    fn a_replacement_cut_short_is_ended_by_the_next_run() {
        let place = tempfile::tempdir().unwrap();
        let (target, retired) = (place.path().join("base"), place.path().join(".base.knockon-old"));
        results(&target, "base", &["a.csv"], false).unwrap();
        fs::rename(&target, &retired).unwrap();
        drop(ResultsDirectory::create(&target, "base", false).unwrap());
        assert_eq!(entries(&target).unwrap(), ["a.csv", "manifest.json"], "the old results came back");
        fs::rename(&target, &retired).unwrap();
        fs::write(retired.join("mine"), "mine").unwrap();
        fs::create_dir(&target).unwrap();
        drop(ResultsDirectory::create(&target, "base", true).unwrap());
        assert_eq!(entries(&target).unwrap(), ["mine"], "the successor stays, with what was not ours");
        assert!(!retired.exists());
    }

    #[test]
    fn places_that_cannot_hold_results_are_refused_before_the_run() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        for force in [false, true] {
            let onto = ResultsDirectory::create(&file, "base", force);
            assert!(matches!(onto, Err(OutputError::NotADirectory { .. })));
            let below = ResultsDirectory::create(&file.join("below"), "base", force);
            assert!(matches!(below, Err(OutputError::Unwritable { .. })));
            let root = ResultsDirectory::create(Path::new("/"), "base", force);
            assert!(matches!(root, Err(OutputError::NoName { .. })));
        }
    }

    #[test]
    fn reference_results_are_not_overwritten_by_habit() {
        assert!(matches!(preset_directory("reference"), Err(OutputError::Reserved { .. })));
        assert!(matches!(preset_directory("reference/base"), Err(OutputError::Reserved { .. })));
        assert_eq!(preset_directory("bench/reference").unwrap(), Path::new("results/bench/reference"));
    }
}
