//! `knockon run`: load, open the places, run, summarise, write and answer, for one scenario or several.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use crate::cli::CliError;
use crate::cli::args::{PRESET_MAX_TRIALS, RunArguments};
use crate::cli::command;
use crate::cli::finished::{Finished, answer, from_here};
use crate::cli::places::Places;
use crate::cli::progress::Display;
use crate::cli::sequential;
use crate::cli::terminal::tell;
use crate::cli::watch::{Interrupt, Watch};
use crate::cli::wording::grouped;
use crate::engine::{EngineError, RunOutcome, RunSettings, Runner};
use crate::output::manifest::{Environment, FileRecord, GENERATOR, RunRecord, ScenarioRecord, SequentialRecord};
use crate::output::{self, Forms, ResultsDirectory, ResultsFile, Run, TrialsFile};
use crate::scenario::Scenario;
use crate::scenario::source::SourceFile;
use crate::statistics::{self, Precision, Settings};

/// Runs one scenario, or several on the same draws, writes the results and prints the answer; returns the exit code.
pub(crate) fn run(arguments: &RunArguments) -> Result<u8, CliError> {
    let scenarios = arguments.scenarios.iter().map(|path| Scenario::load(path, &arguments.sets));
    let scenarios = scenarios.collect::<Result<Vec<_>, _>>()?;
    let settings = scenarios.iter().map(|scenario| run_settings(arguments, scenario)).collect::<Vec<_>>();
    refuse_other_draws(&scenarios, &settings)?;
    let rule = sequential::rule(&arguments.sequential, &scenarios)?;
    let Places { directories, differences, mut rows } = Places::open(arguments, &scenarios)?;
    let interrupt = Interrupt::catch()?;
    let mut finished = Vec::new();
    let named = arguments.scenarios.iter().zip(&scenarios);
    for (((path, scenario), settings), directory) in named.zip(&settings).zip(directories) {
        beforehand(arguments, scenario, settings, &directory);
        let display = if rule.is_some() { Display::sequential } else { Display::new };
        let watch = interrupt.watch(display(settings.trials, arguments.quiet));
        let outcome = simulate(scenario, settings, &watch, (rule.as_ref(), rows.as_ref()));
        let wall = watch.end();
        let outcome = outcome?;
        if outcome.trials_done == 0 {
            tell("interrupted before the first block of trials was done: nothing is written");
            break;
        }
        // Those of an earlier command, which no longer speak of what is there.
        differences.iter().try_for_each(ResultsFile::withdraw).map_err(CliError::Results)?;
        let one = finish(arguments, (path, scenario), (settings, outcome, wall, rule.as_ref()), directory)?;
        keep(rows.take(), one.is_partial(), arguments.quiet)?;
        finished.push(one);
        if finished.iter().any(Finished::is_partial) {
            break;
        }
    }
    answer(arguments, &finished, differences)
}

/// Runs so many trials, or as many of them as the rule wants, and keeps a row of each where there is a place for it.
fn simulate(
    scenario: &Scenario,
    settings: &RunSettings,
    watch: &Watch,
    (rule, rows): (Option<&Precision>, Option<&TrialsFile<'_>>),
) -> Result<RunOutcome, EngineError> {
    let mut runner = Runner::new(&scenario.system, settings)?;
    if let Some(rows) = rows {
        runner = runner.with_sink(rows);
    }
    match rule {
        Some(rule) => sequential::extend(&mut runner, settings.trials, watch, (rule, &questions(scenario)))?,
        None => runner.extend_to(settings.trials, &watch.display, &watch.stop)?,
    }
    Ok(runner.finish())
}

/// Puts the table of trials in its place.
fn keep(rows: Option<TrialsFile<'_>>, partial: bool, quiet: bool) -> Result<(), CliError> {
    let file = rows.map(|rows| rows.finish(partial)).transpose().map_err(CliError::Results)?;
    if let Some(file) = file.filter(|_| partial || !quiet) {
        let which = if partial { "trials done" } else { "trials" };
        tell(&format!("the {which} are in {}", from_here(&file).display()));
    }
    Ok(())
}

/// Sums a run up and writes its results.
fn finish<'a>(
    arguments: &'a RunArguments,
    (path, scenario): (&Path, &'a Scenario),
    (settings, outcome, wall, rule): (&RunSettings, RunOutcome, Duration, Option<&Precision>),
    directory: ResultsDirectory,
) -> Result<Finished<'a>, CliError> {
    let questions = questions(scenario);
    let mut summary = statistics::summarise(&outcome.accumulators, &questions);
    let met = rule.filter(|rule| !outcome.interrupted && rule.is_met(&summary));
    summary.sequential = met.map_or(Vec::new(), |rule| rule.measures.clone());
    let sequential = rule.map(|rule| sequential::record(rule, &summary));
    let tables = output::tables(&scenario.system, &summary);
    let run = record(scenario, trials(settings, &outcome, sequential), environment(settings, wall));
    let replicates = statistics::replicates(&outcome.accumulators, &questions);
    let residuals = arguments.check.then_some(outcome.residuals);
    let place = directory.path().to_owned();
    let trace = command::trace(path, arguments);
    let sets = &arguments.sets;
    let finished =
        Finished { scenario, summary, questions, replicates, residuals, run, tables, directory: place, trace, sets };
    let workbook = arguments.xlsx.then(|| finished.cover(arguments));
    let forms = Forms { dialect: arguments.csv.into(), workbook };
    output::write(directory, &finished.run, &finished.tables, &forms).map_err(CliError::Results)?;
    if finished.is_partial() {
        tell(&interrupted(&finished.run.trials));
    }
    let trials = &finished.run.trials;
    if let Some(rule) = trials.sequential.as_ref().filter(|rule| !rule.met && !arguments.quiet) {
        tell(&sequential::verdict(rule, trials));
    }
    Ok(finished)
}

/// What is told of results that lack trials.
fn interrupted(trials: &RunRecord) -> String {
    let (done, asked) = (grouped(trials.trials_done), grouped(trials.trials_asked));
    format!("interrupted: partial results of {done} of {asked} trials are written")
}

pub(super) fn questions(scenario: &Scenario) -> Settings {
    Settings { levels: scenario.run.levels.clone(), cascade_min: scenario.run.cascade_min }
}

fn run_settings(arguments: &RunArguments, scenario: &Scenario) -> RunSettings {
    RunSettings {
        seed: arguments.seed.unwrap_or(scenario.run.seed),
        trials: match arguments.sequential.precision {
            Some(_) => arguments.sequential.max_trials.unwrap_or(PRESET_MAX_TRIALS),
            None => arguments.trials.unwrap_or(scenario.run.trials),
        },
        threads: arguments.threads,
        twin: scenario.run.twin,
        forced: arguments.forced_failures,
        check: arguments.check,
        groups: arguments.scenarios.len() > 1,
        portable: std::env::var_os("KNOCKON_PORTABLE").is_some(),
    }
}

/// What is told before a run: its name where there are several, and with `--verbose` what was read.
fn beforehand(arguments: &RunArguments, scenario: &Scenario, settings: &RunSettings, directory: &ResultsDirectory) {
    if arguments.scenarios.len() > 1 && !arguments.quiet {
        tell(&format!("scenario {}", scenario.name));
    }
    if !arguments.verbose {
        return;
    }
    let system = &scenario.system;
    let sources: Vec<String> = scenario.files.iter().map(|file| file.path.display().to_string()).collect();
    tell(&format!(
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
    ));
}

/// Common random numbers need the same seed and trials: which of two would hold is not for the program to guess.
fn refuse_other_draws(scenarios: &[Scenario], settings: &[RunSettings]) -> Result<(), CliError> {
    let Some(first) = settings.first() else { return Ok(()) };
    for (scenario, other) in scenarios.iter().zip(settings) {
        let pairs = [("seed", first.seed, other.seed), ("trials", first.trials, other.trials)];
        if let Some((what, first, other)) = pairs.into_iter().find(|(_, first, other)| first != other) {
            let names = [&scenarios[0].name, &scenario.name].map(String::clone);
            return Err(CliError::OtherDraws { what, names, numbers: [first, other] });
        }
    }
    Ok(())
}

fn trials(settings: &RunSettings, outcome: &RunOutcome, sequential: Option<SequentialRecord>) -> RunRecord {
    RunRecord {
        seed: settings.seed,
        generator: GENERATOR,
        trials_asked: settings.trials,
        trials_done: outcome.trials_done,
        partial: outcome.interrupted,
        sequential,
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
