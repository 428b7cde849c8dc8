//! The command line: words in, answers on stdout, everything else on stderr, and an exit code.

mod answer;
pub mod args;
mod bench;
mod check;
mod clear;
mod command;
mod compare;
mod contagion;
mod cover;
mod differences;
mod drivers;
mod finished;
mod importance;
mod manual;
mod places;
mod progress;
mod report;
mod run;
mod schema;
mod sequential;
mod tale;
mod terminal;
mod trace;
mod watch;
mod wording;

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::args::{Arguments, Command};
use crate::comparison::ComparisonError;
use crate::engine::EngineError;
use crate::exposure::DistressError;
use crate::model::clearing::ClearingError;
use crate::output::OutputError;
use crate::scenario::error::Report;
use crate::story::StoryError;

/// Done.
const DONE: u8 = 0;
/// The run failed.
const FAILED: u8 = 1;
/// Usage, scenario, input file or results directory refused before the run.
const REFUSED: u8 = 2;
/// `compare` found a difference beyond the tolerance.
const DIFFERENT: u8 = 3;
/// Interrupted; what was done is written and marked.
const INTERRUPTED: u8 = 130;

/// Why a command did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The scenario, or a table of exposures, is refused.
    #[error("the input has problems")]
    Scenario(#[from] Report),
    /// An option belongs to another method than the one asked for.
    #[error("{option} belongs to --method {method}, and --method {asked} does not use it: leave one of them out")]
    Unused {
        /// The option.
        option: &'static str,
        /// The method that uses it.
        method: &'static str,
        /// The method asked for.
        asked: &'static str,
    },
    /// `--measure` names no headline measure.
    #[error("--measure {measure} is no metric of the summary.csv of this run: {hint}")]
    Measure {
        /// The name.
        measure: String,
        /// What may have been meant.
        hint: String,
    },
    /// `--trials-out` names a file that the scenario was read from.
    #[error("{} is a file that the scenario is read from: name another for --trials-out", path.display())]
    Input {
        /// The file.
        path: PathBuf,
    },
    /// An option of runs of one scenario beside several scenarios.
    #[error("{option} belongs to a run of one scenario: run the scenarios one by one, or leave it out")]
    OneScenario {
        /// The option.
        option: &'static str,
    },
    /// `--csv` without CSV.
    #[error("--csv belongs to --format csv: leave one of them out, or ask for that format")]
    NotCsv,
    /// Two scenarios whose results would stand in one place.
    #[error(
        "results of scenario `{second}` would stand in the same place as those of `{first}`: rename one of the files, or run them apart"
    )]
    SamePlace {
        /// The first scenario.
        first: String,
        /// The other.
        second: String,
    },
    /// Scenarios that cannot be paired.
    #[error("scenario `{}` has {what} = {}, `{}` has {}: several scenarios run on the same draws; name one for all with --{what}", names[0], numbers[0], names[1], numbers[1])]
    OtherDraws {
        /// `seed` or `trials`.
        what: &'static str,
        /// The first scenario and the other.
        names: [String; 2],
        /// What each has.
        numbers: [u64; 2],
    },
    /// Finished results cannot be read.
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    /// The results directory, or the place of the table of trials, is refused.
    #[error(transparent)]
    Directory(OutputError),
    /// The trials failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Payments do not settle.
    #[error(transparent)]
    Clearing(#[from] ClearingError),
    /// Distress does not settle.
    #[error(transparent)]
    Distress(#[from] DistressError),
    /// The trial cannot be told.
    #[error(transparent)]
    Story(#[from] StoryError),
    /// A trial that the run does not have.
    #[error("the run has {trials} trials: there is no {wanted}")]
    NoSuchTrial {
        /// Trials of the run.
        trials: u64,
        /// What was asked for.
        wanted: String,
    },
    /// The results cannot be written.
    #[error(transparent)]
    Results(OutputError),
    /// The answer cannot be written.
    #[error("the answer cannot be written to standard output")]
    Answer(#[from] io::Error),
    /// The answer cannot be laid out.
    #[error("the answer cannot be laid out")]
    Json(#[from] serde_json::Error),
    /// Ctrl-C cannot be caught.
    #[error("the handler of Ctrl-C cannot be set")]
    Handler(#[from] ctrlc::Error),
}

impl CliError {
    fn code(&self) -> u8 {
        match self {
            CliError::Scenario(_)
            | CliError::Unused { .. }
            | CliError::Measure { .. }
            | CliError::Input { .. }
            | CliError::OneScenario { .. }
            | CliError::NotCsv
            | CliError::SamePlace { .. }
            | CliError::OtherDraws { .. }
            | CliError::Comparison(_)
            | CliError::Directory(_)
            | CliError::Engine(EngineError::TooFewTrials { .. })
            | CliError::NoSuchTrial { .. } => REFUSED,
            _ => FAILED,
        }
    }

    /// The error for stderr, with what caused it.
    fn render(&self) -> String {
        match self {
            CliError::Scenario(problems) => problems.render(true),
            other => format!("error: {}", with_causes(other)),
        }
    }
}

/// Does what the command line says and returns the exit code: 0 done, 1 failed, 2 refused before the run, 3 results differ,
/// 130 interrupted.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Trace(arguments) => trace::trace(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Clear(arguments) => clear::clear(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Schema => schema::print_schema(),
        Command::Completions { shell } => manual::print_completions(shell),
        Command::Man => manual::print_manual(),
    };
    let code = done.unwrap_or_else(|error| {
        terminal::tell(&error.render());
        error.code()
    });
    ExitCode::from(code)
}

/// An error and what caused it, on one line.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let source_text = source.to_string();
        if !text.contains(&source_text) {
            text += &format!(": {source_text}");
        }
        cause = source.source();
    }
    text
}
