//! `knockon trace`: one trial, replayed by its address and told.

use crate::cli::args::TraceArguments;
use crate::cli::progress::Display;
use crate::cli::tale::Tale;
use crate::cli::terminal::{print, tell};
use crate::cli::watch::Interrupt;
use crate::cli::{CliError, DONE, INTERRUPTED};
use crate::engine::{self, RunSettings};
use crate::scenario::Scenario;
use crate::statistics::MAX_TRIALS;
use crate::story;

/// Tells a trial and returns the exit code.
pub(crate) fn trace(arguments: &TraceArguments) -> Result<u8, CliError> {
    let scenario = Scenario::load(&arguments.scenario, &arguments.sets)?;
    let seed = arguments.seed.unwrap_or(scenario.run.seed);
    let found = match (arguments.trial, arguments.worst) {
        (Some(trial), _) if trial < MAX_TRIALS => Found { trial, rank: None },
        (Some(trial), _) => {
            return Err(CliError::NoSuchTrial { trials: MAX_TRIALS, wanted: format!("trial {trial}") });
        }
        (None, rank) => match search(arguments, &scenario, seed, rank.map_or(1, std::num::NonZero::get))? {
            Some(found) => found,
            None => return Ok(INTERRUPTED),
        },
    };
    let story = story::tell(&scenario.system, seed, found.trial, scenario.run.twin)?;
    let tale = Tale { title: &scenario.title, scenario: &scenario.name, story: &story, rank: found.rank };
    let text = if arguments.json { serde_json::to_string_pretty(&tale.json()?)? + "\n" } else { tale.text() };
    print(&text)?;
    Ok(DONE)
}

/// A trial and, where it was searched for, its rank and the trials of the run.
struct Found {
    trial: u64,
    rank: Option<(usize, u64)>,
}

/// The trial with the `rank`-th largest system loss of the run; none if the search was interrupted.
fn search(arguments: &TraceArguments, scenario: &Scenario, seed: u64, rank: usize) -> Result<Option<Found>, CliError> {
    let trials = arguments.trials.unwrap_or(scenario.run.trials);
    if rank as u64 > trials {
        return Err(CliError::NoSuchTrial { trials, wanted: format!("trial of rank {rank}") });
    }
    let settings = RunSettings { threads: arguments.threads, ..RunSettings::new(seed, trials) };
    let watch = Interrupt::catch()?.watch(Display::new(trials, arguments.quiet));
    let outcome = engine::run(&scenario.system, &settings, &watch.display, &watch.stop);
    watch.end();
    let outcome = outcome?;
    if outcome.interrupted {
        tell("interrupted: the worst of all trials is not known");
        return Ok(None);
    }
    let worst = outcome.accumulators.worst_trials();
    Ok(worst.get(rank - 1).map(|(trial, _)| Found { trial: *trial, rank: Some((rank, trials)) }))
}
