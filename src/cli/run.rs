//! `knockon run`: the program is five calls.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::cli::args::RunArguments;
use crate::cli::progress::Display;
use crate::cli::report::Report;
use crate::cli::terminal::{print, tell};
use crate::cli::{CliError, DONE, INTERRUPTED};
use crate::engine::{self, RunOutcome, RunSettings};
use crate::output::csv::Table;
use crate::output::directory::{preset_directory, scenario_name};
use crate::output::manifest::{Environment, FileRecord, GENERATOR, RunRecord, ScenarioRecord};
use crate::output::{self, ResultsDirectory, Run};
use crate::scenario::Scenario;
use crate::statistics::{self, Settings};

pub(crate) fn run(arguments: &RunArguments) -> Result<u8, CliError> {
    let scenario = Scenario::load(&arguments.scenario, &arguments.sets)?;
    let name = scenario_name(&arguments.scenario);
    let place = place(arguments, &name)?;
    let directory = ResultsDirectory::create(&place, &name, arguments.force).map_err(CliError::Directory)?;

    let settings = run_settings(arguments, &scenario);
    let questions = Settings { levels: scenario.run.levels.clone(), cascade_min: scenario.run.cascade_min };
    let display = Display::new(settings.trials, arguments.quiet);
    let stop = stop_on_interrupt()?;
    let started = Instant::now();
    let outcome = engine::run(&scenario.system, &settings, &display, &stop);
    display.finish();
    let (outcome, wall_seconds) = (outcome?, started.elapsed().as_secs_f64());
    if outcome.trials_done == 0 {
        tell("interrupted before the first block of trials was done; nothing is written");
        return Ok(INTERRUPTED);
    }

    let summary = statistics::summarise(&outcome.accumulators, &questions);
    let tables = output::tables(&scenario.system, &summary);
    let trials = record(&settings, &outcome);
    let made_of = Run {
        scenario: ScenarioRecord::new(name, scenario.title.clone(), scenario.resolved.clone()),
        sources: scenario.sources.iter().map(|source| FileRecord::new(&source.name, &source.bytes)).collect(),
        trials: trials.clone(),
        environment: environment(&settings, wall_seconds),
    };
    let written = output::write(directory, made_of, &tables, arguments.csv.into()).map_err(CliError::Results)?;

    let report = Report {
        title: &scenario.title,
        system: &scenario.system,
        summary: &summary,
        settings: &questions,
        trials: &trials,
        directory: &written,
    };
    print(&if arguments.json { json(&trials, &tables)? } else { report.render() })?;
    Ok(if outcome.interrupted { INTERRUPTED } else { DONE })
}
