//! Runs whose results are written, and how they are told.

use std::path::{Path, PathBuf};

use crate::cli::args::RunArguments;
use crate::cli::differences::Told;
use crate::cli::report::{Report, WIDTH};
use crate::cli::terminal::{print, tell};
use crate::cli::wording::wrap;
use crate::cli::{CliError, DONE, INTERRUPTED};
use crate::comparison::{Difference, RunMeasures, differences_table, key_differences, paired};
use crate::model::audit::Residual;
use crate::output::csv::Table;
use crate::output::manifest::{LIMITS, ScenarioRecord};
use crate::output::{ResultsFile, Run, invariants};
use crate::scenario::Scenario;
use crate::statistics::{Metric, Settings, Summary, metrics};

/// A run whose results are written.
pub(super) struct Finished<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) summary: Summary,
    pub(super) questions: Settings,
    /// Its headline measures with each group of trials left out; empty where the scenario is the only one.
    pub(super) replicates: Vec<Vec<Metric>>,
    /// What the checks found, if any were asked for.
    pub(super) residuals: Option<Vec<Residual>>,
    pub(super) run: Run,
    pub(super) tables: Vec<Table>,
    pub(super) directory: PathBuf,
    /// What tells one of its trials, but for the number.
    pub(super) trace: String,
    /// Keys of the scenario that the command set otherwise.
    pub(super) sets: &'a [String],
}

impl Finished<'_> {
    /// The run was interrupted.
    pub(super) fn is_partial(&self) -> bool {
        self.run.trials.partial
    }

    pub(super) fn report(&self) -> Report<'_> {
        Report {
            title: &self.scenario.title,
            system: &self.scenario.system,
            summary: &self.summary,
            questions: &self.questions,
            trials: &self.run.trials,
            residuals: self.residuals.as_deref(),
            directory: from_here(&self.directory),
            trace: &self.trace,
            sets: self.sets,
        }
    }

    /// The tables and what they rest on, as one object.
    fn json(&self) -> serde_json::Value {
        let ScenarioRecord { name, title, resolved_sha256, .. } = &self.run.scenario;
        let mut object = serde_json::json!({
            "scenario": { "name": name, "title": title, "resolved_sha256": resolved_sha256 },
            "run": self.run.trials,
            "limits": LIMITS,
        });
        let invariants = self.residuals.as_deref().map(invariants::table);
        for table in self.tables.iter().chain(&invariants) {
            object[table.name] = table.to_json();
        }
        object
    }
}

/// Writes the differences, if there are any to write, and prints the answer; returns the exit code.
pub(super) fn answer(
    arguments: &RunArguments,
    finished: &[Finished<'_>],
    differences: Option<ResultsFile>,
) -> Result<u8, CliError> {
    let interrupted = finished.len() < arguments.scenarios.len() || finished.iter().any(Finished::is_partial);
    let told = match (finished, differences) {
        ([], _) => return Ok(INTERRUPTED),
        ([alone], None) if arguments.json => pretty(&alone.json())?,
        ([alone], None) => alone.report().render(),
        (_, Some(file)) if !interrupted => compared(arguments, finished, file)?,
        _ => uncompared(arguments, finished)?,
    };
    print(&told)?;
    if arguments.verbose {
        finished.iter().for_each(|one| tell(&afterwards(one)));
    }
    Ok(if interrupted { INTERRUPTED } else { DONE })
}

/// Writes the differences of several scenarios and tells them with their answers.
fn compared(arguments: &RunArguments, finished: &[Finished<'_>], file: ResultsFile) -> Result<String, CliError> {
    let differences = differences(finished);
    let first = finished.first().map_or("", |first| first.scenario.name.as_str());
    let table = differences_table(first, &differences);
    let path = file.write(&table, arguments.csv.into()).map_err(CliError::Results)?;
    if arguments.json {
        return Ok(pretty(&several(finished, Some(&table)))?);
    }
    let mut text = answers(finished);
    for ((name, own), one) in differences.iter().zip(&finished[1..]) {
        let keys = key_differences(&finished[0].scenario.resolved, &one.scenario.resolved).unwrap_or_default();
        text += &format!("\n{}\n", Told { first, other: name, differences: own, keys: &keys }.text());
    }
    let certainty = finished.first().map_or(String::new(), |first| first.report().certainty_of_differences());
    Ok(text + &format!("\n{certainty}\nDifferences: {}\n", from_here(&path).display()))
}

/// Some scenarios were not run to their end: there is nothing to pair.
fn uncompared(arguments: &RunArguments, finished: &[Finished<'_>]) -> Result<String, CliError> {
    if arguments.json {
        return Ok(pretty(&several(finished, None))?);
    }
    let mut text = "INTERRUPTED: differences need all trials of every scenario.".to_owned();
    if !finished.is_empty() {
        text += " Those of an earlier command are gone.";
    }
    let unrun = arguments.scenarios[finished.len()..].iter().map(|path| path.display().to_string());
    let unrun: Vec<String> = unrun.collect();
    if !unrun.is_empty() {
        text += &format!(" Not run: {}; results of theirs, if any, are older.", unrun.join(", "));
    }
    Ok(format!("{}\n{}\n", answers(finished), wrap(&text, WIDTH)))
}

/// Every scenario against the first.
fn differences(finished: &[Finished<'_>]) -> Vec<(String, Vec<Difference>)> {
    let metrics: Vec<_> = finished.iter().map(|one| metrics(&one.summary)).collect();
    let measures = |at: usize| RunMeasures { metrics: &metrics[at], replicates: &finished[at].replicates };
    let names = finished.iter().map(|one| one.scenario.name.clone());
    names.enumerate().skip(1).map(|(at, name)| (name, paired(measures(at), measures(0)))).collect()
}

fn several(finished: &[Finished<'_>], differences: Option<&Table>) -> serde_json::Value {
    let scenarios: Vec<_> = finished.iter().map(Finished::json).collect();
    serde_json::json!({ "scenarios": scenarios, "differences": differences.map(Table::to_json) })
}

/// The answer of each, with the name of its scenario and where its results are.
fn answers(finished: &[Finished<'_>]) -> String {
    let answers = finished.iter().map(|one| one.report().short(&one.scenario.name));
    answers.collect::<Vec<_>>().join("\n")
}

fn pretty(object: &serde_json::Value) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(object)? + "\n")
}

/// What `--verbose` tells after the run.
fn afterwards(finished: &Finished<'_>) -> String {
    let environment = &finished.run.environment;
    format!("{:.1} s on {} threads", environment.wall_seconds, environment.threads)
}

/// A path as short as it can be said from the working directory.
pub(super) fn from_here(path: &Path) -> &Path {
    std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}
