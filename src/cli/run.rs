//! `knockon run`: the program is five calls.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::args::RunArguments;
use crate::cli::report::Report;
use crate::cli::terminal::{print, tell};
use crate::cli::watch::Watch;
use crate::cli::wording::grouped;
use crate::cli::{CliError, DONE, INTERRUPTED};
use crate::engine::{self, RunOutcome, RunSettings};
use crate::model::audit::Residual;
use crate::output::csv::Table;
use crate::output::directory::preset_directory;
use crate::output::manifest::{Environment, FileRecord, GENERATOR, LIMITS, RunRecord, ScenarioRecord};
use crate::output::workbook::Cover;
use crate::output::{self, Forms, OutputError, ResultsDirectory, Run, invariants};
use crate::scenario::Scenario;
use crate::scenario::source::SourceFile;
use crate::statistics::{self, Settings};

/// Runs a scenario, writes its results and prints the answer; returns the exit code.
pub(crate) fn run(arguments: &RunArguments) -> Result<u8, CliError> {
    let scenario = Scenario::load(&arguments.scenario, &arguments.sets)?;
    let (name, system) = (&scenario.name, &scenario.system);
    let place = place(arguments, name).map_err(CliError::Directory)?;
    let directory = ResultsDirectory::create(&place, name, arguments.force);
    let directory = directory.map_err(CliError::Directory)?;
    let settings = run_settings(arguments, &scenario);
    if arguments.verbose {
        tell(&beforehand(&scenario, &settings, &directory));
    }

    let watch = Watch::start(settings.trials, arguments.quiet)?;
    let outcome = engine::run(system, &settings, &watch.display, &watch.stop);
    let wall = watch.end();
    let outcome = outcome?;
    if outcome.trials_done == 0 {
        tell("interrupted before the first block of trials was done: nothing is written");
        return Ok(INTERRUPTED);
    }

    let questions = questions(&scenario);
    let summary = statistics::summarise(&outcome.accumulators, &questions);
    let tables = output::tables(system, &summary);
    let run = record(&scenario, trials(&settings, &outcome), environment(&settings, wall));
    let place = directory.path().to_owned();
    let (summary, questions, trials) = (&summary, &questions, &run.trials);
    let residuals = arguments.check.then_some(outcome.residuals.as_slice());
    let report =
        Report { title: &scenario.title, system, summary, questions, trials, residuals, directory: from_here(&place) };
    let workbook = arguments.xlsx.then(|| cover(&scenario, &run, report.answer(), &arguments.sets));
    let forms = Forms { dialect: arguments.csv.into(), workbook };
    output::write(directory, &run, &tables, &forms).map_err(CliError::Results)?;
    if run.trials.partial {
        tell(&interrupted(&run.trials));
    }

    print(&if arguments.json { json(&run, &tables, residuals)? } else { report.render() })?;
    if arguments.verbose {
        tell(&afterwards(&run.environment));
    }
    Ok(if outcome.interrupted { INTERRUPTED } else { DONE })
}

/// What the first sheet of a workbook says; its command makes the trials that were done, also where more were asked for.
fn cover(scenario: &Scenario, run: &Run, answer: String, sets: &[String]) -> Cover {
    let file = run.sources.first().map_or(scenario.name.as_str(), |source| source.file.as_str());
    let RunRecord { seed, trials_done, .. } = run.trials;
    let mut command = format!("knockon run {} --seed {seed} --trials {trials_done} --xlsx", quoted(file));
    sets.iter().for_each(|set| command += &format!(" --set {}", quoted(set)));
    Cover { question: scenario.question.clone(), story: scenario.story.clone(), answer, command }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./=,:+".contains(letter);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// What is told of results that lack trials.
fn interrupted(trials: &RunRecord) -> String {
    let (done, asked) = (grouped(trials.trials_done), grouped(trials.trials_asked));
    format!("interrupted: partial results of {done} of {asked} trials are written")
}

fn questions(scenario: &Scenario) -> Settings {
    Settings { levels: scenario.run.levels.clone(), cascade_min: scenario.run.cascade_min }
}

/// What `--verbose` tells after the run.
fn afterwards(environment: &Environment) -> String {
    format!("{:.1} s on {} threads", environment.wall_seconds, environment.threads)
}

fn place(arguments: &RunArguments, name: &str) -> Result<PathBuf, OutputError> {
    arguments.out.clone().map_or_else(|| preset_directory(name), Ok)
}

/// A path as short as it can be said from the working directory.
fn from_here(path: &Path) -> &Path {
    std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}

fn run_settings(arguments: &RunArguments, scenario: &Scenario) -> RunSettings {
    RunSettings {
        seed: arguments.seed.unwrap_or(scenario.run.seed),
        trials: arguments.trials.unwrap_or(scenario.run.trials),
        threads: arguments.threads,
        twin: scenario.run.twin,
        check: arguments.check,
    }
}

/// What `--verbose` tells before the run.
fn beforehand(scenario: &Scenario, settings: &RunSettings, directory: &ResultsDirectory) -> String {
    let system = &scenario.system;
    let sources: Vec<String> = scenario.files.iter().map(|file| file.path.display().to_string()).collect();
    format!(
        "read {}\n{} obligors, {} lenders, {} facilities, {} contracts, {} claims, {} uncertain parameters\nseed {}, results to {}",
        sources.join(", "),
        system.obligors.len(),
        system.lenders.len(),
        system.facilities.len(),
        system.contracts.len(),
        system.claims.len(),
        system.draws.len(),
        settings.seed,
        directory.path().display()
    )
}

fn trials(settings: &RunSettings, outcome: &RunOutcome) -> RunRecord {
    RunRecord {
        seed: settings.seed,
        generator: GENERATOR,
        trials_asked: settings.trials,
        trials_done: outcome.trials_done,
        partial: outcome.interrupted,
    }
}

fn record(scenario: &Scenario, trials: RunRecord, environment: Environment) -> Run {
    let folder = scenario.files.first().and_then(|file| file.path.parent());
    Run {
        scenario: ScenarioRecord::new(scenario.name.clone(), scenario.title.clone(), scenario.resolved.clone()),
        sources: scenario.files.iter().map(|file| source(file, folder)).collect(),
        trials,
        environment,
    }
}

/// A source file by its path from the folder of the scenario, which is the same from every working directory.
fn source(file: &SourceFile, folder: Option<&Path>) -> FileRecord {
    let below = folder.and_then(|folder| file.path.strip_prefix(folder).ok()).unwrap_or(&file.path);
    FileRecord { file: below.display().to_string(), sha256: file.sha256.clone() }
}

fn environment(settings: &RunSettings, wall: Duration) -> Environment {
    let threads = settings.threads.or_else(|| std::thread::available_parallelism().ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.or_else(|| std::env::var("COMPUTERNAME").ok()).or_else(|| std::env::var("HOSTNAME").ok());
    Environment {
        command_line: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
        host: host.unwrap_or_default().trim().to_owned(),
        threads: threads.map_or(1, NonZeroUsize::get),
        wall_seconds: wall.as_secs_f64(),
    }
}

/// The tables and what they rest on, as one object.
fn json(run: &Run, tables: &[Table], residuals: Option<&[Residual]>) -> Result<String, serde_json::Error> {
    let mut object = serde_json::json!({
        "scenario": { "name": run.scenario.name, "title": run.scenario.title, "resolved_sha256": run.scenario.resolved_sha256 },
        "run": run.trials,
        "limits": LIMITS,
    });
    let invariants = residuals.map(invariants::table);
    for table in tables.iter().chain(&invariants) {
        object[table.name] = table.to_json();
    }
    Ok(serde_json::to_string_pretty(&object)? + "\n")
}
