//! A scenario ready to run: read, checked and compiled.

use std::path::Path;

use crate::model::system::System;
use crate::scenario::check::check;
use crate::scenario::check::opening::check_opening;
use crate::scenario::compile::{compile, quarters};
use crate::scenario::error::{Code, Report};
use crate::scenario::evidence::SourcedParameter;
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::value::Located;
use crate::scenario::preset::run as preset;
use crate::scenario::source::{Document, SourceFile, Sources};

/// Settings of a run that the scenario gives; the command line may override trials and seed.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSettings {
    /// Horizon in quarters.
    pub quarters: usize,
    /// Number of trials.
    pub trials: u64,
    /// Seed of all random draws.
    pub seed: u64,
    /// Each trial runs again without contagion.
    pub twin: bool,
    /// Levels of value at risk and expected shortfall, ascending.
    pub levels: Vec<f64>,
    /// Failures from which on a trial can be a cascade.
    pub cascade_min: usize,
}

/// A scenario that passed every check.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Path of its file below the innermost folder `scenarios`, else the stem; parts joined by `/`, without `.toml`.
    pub name: String,
    /// Title of reports; the name where none is written.
    pub title: String,
    /// Question that it answers; may be empty.
    pub question: String,
    /// What happens in it; may be empty.
    pub story: String,
    /// Settings of a run.
    pub run: RunSettings,
    /// The opening world.
    pub system: System,
    /// Every number that is written, with its source, in the order of the tables.
    pub parameters: Vec<SourcedParameter>,
    /// The merged scenario as one TOML text.
    pub resolved: String,
    /// Files read, the one named first, then what it extends.
    pub files: Vec<SourceFile>,
}

impl Scenario {
    /// Reads the scenario at `path` with the overrides `PATH=VALUE`, checks and compiles it.
    ///
    /// # Errors
    /// Every problem at once, each with its place. Opening balance sheets and covenants are judged only where all names and
    /// values could be read: otherwise they would tell the same mistake again.
    pub fn load(path: &Path, sets: &[String]) -> Result<Scenario, Report> {
        let document = Sources::load(path, sets)?;
        Scenario::from_document(name(path), document)
    }

    /// As [`Scenario::load`], from a text that stands for a file `name`.
    ///
    /// # Errors
    /// As [`Scenario::load`].
    pub fn from_text(name: &str, text: &str, sets: &[String]) -> Result<Scenario, Report> {
        let document = Sources::load_text(name, text, sets)?;
        Scenario::from_document(name.to_owned(), document)
    }

    fn from_document(name: String, mut document: Document) -> Result<Scenario, Report> {
        let file = &document.file;
        let report = &mut document.report;
        check(file, report);
        let mut system = compile(file, report);
        if report.problems().iter().all(|problem| harmless(problem.code)) {
            system = system.scaled(scale(file));
            check_opening(file, &system, report);
        }
        std::mem::take(report).into_result()?;
        let text = |text: &Option<Located<String>>| text.as_ref().map(|text| text.value.clone());
        let about = &document.file.scenario.keys;
        Ok(Scenario {
            title: text(&about.title).unwrap_or_else(|| name.clone()),
            question: text(&about.question).unwrap_or_default(),
            story: text(&about.story).unwrap_or_default(),
            run: run_settings(&document.file),
            system,
            resolved: document.resolved(),
            parameters: document.parameters,
            files: document.files,
            name,
        })
    }
}

/// Whether the opening world is what was meant although there are such problems.
fn harmless(code: Code) -> bool {
    matches!(code, Code::NotSimulated | Code::UnknownSource | Code::Inconsistent)
}

/// Multiplier of the AI sector, as written or preset.
fn scale(file: &ScenarioFile) -> f64 {
    file.run.keys.scale.as_ref().map_or(preset::SCALE, |scale| scale.value)
}

fn run_settings(file: &ScenarioFile) -> RunSettings {
    let run = &file.run.keys;
    let levels = run.levels.as_ref();
    RunSettings {
        quarters: quarters(file),
        trials: run.trials.as_ref().map_or(preset::TRIALS, |trials| trials.value as u64),
        seed: run.seed.as_ref().map_or(preset::SEED, |seed| seed.value as u64),
        twin: run.twin.as_ref().map_or(preset::TWIN, |twin| twin.value),
        levels: levels.map_or(preset::LEVELS.to_vec(), |levels| levels.iter().map(|level| level.value).collect()),
        cascade_min: run.cascade_min.as_ref().map_or(preset::CASCADE_MIN, |count| count.value as usize),
    }
}

/// Name of the scenario in `path`, the same from whatever directory it is named.
fn name(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = absolute.parent().map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
    let file = absolute.file_name().unwrap_or_default().to_string_lossy();
    let whole = folder.unwrap_or_default().join(file.strip_suffix(".toml").unwrap_or(&file));
    let parts: Vec<_> = whole.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let last = parts.len().saturating_sub(1);
    let below = parts[..last].iter().rposition(|part| part == "scenarios").map_or(last, |at| at + 1);
    parts[below..].join("/")
}
