//! `knockon bench`: how fast trials run here, and where their time goes.

mod object;
mod tables;

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use crate::cli::args::BenchArguments;
use crate::cli::progress::Display;
use crate::cli::terminal::print;
use crate::cli::{CliError, DONE};
use crate::engine::benchmark::{Benchmark, BenchmarkSettings, benchmark, preset_trials, trials_in_all};
use crate::scenario::Scenario;

/// The world that is measured where no scenario is named.
const REFERENCE: &str = include_str!("../../scenarios/bench/reference.toml");

/// A scenario, what was measured of it, and on how many processors.
struct Measured<'a> {
    scenario: &'a Scenario,
    settings: &'a BenchmarkSettings,
    benchmark: &'a Benchmark,
    processors: Option<usize>,
}

/// Measures and prints; returns the exit code.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<u8, CliError> {
    let scenario = match &arguments.scenario {
        Some(path) => Scenario::load(path, &arguments.sets)?,
        None => Scenario::from_text("bench/reference", REFERENCE, &arguments.sets)?,
    };
    let processors = available_parallelism().ok().map(NonZeroUsize::get);
    let threads =
        if arguments.threads.is_empty() { doubles(processors.unwrap_or(1)) } else { arguments.threads.clone() };
    let settings = settings(arguments, &scenario, without_repetition(threads))?;
    settings.refuse_idle_threads()?;
    let display = Display::new(trials_in_all(&settings), arguments.quiet);
    let benchmark = benchmark(&scenario.system, &settings, &display);
    display.finish();
    let benchmark = benchmark?;
    let measured = Measured { scenario: &scenario, settings: &settings, benchmark: &benchmark, processors };
    let text =
        if arguments.json { serde_json::to_string_pretty(&measured.object())? + "\n" } else { measured.tables() };
    print(&text)?;
    Ok(DONE)
}

fn settings(
    arguments: &BenchArguments,
    scenario: &Scenario,
    threads: Vec<NonZeroUsize>,
) -> Result<BenchmarkSettings, CliError> {
    let seed = scenario.run.seed;
    let most = threads.iter().copied().max().map_or(1, NonZeroUsize::get);
    let trials = match arguments.trials {
        Some(trials) => trials,
        None => preset_trials(&scenario.system, seed, most)?,
    };
    Ok(BenchmarkSettings { seed, trials, threads, repeats: arguments.repeats })
}

/// 1, 2, 4 and so on, and `most` at the end.
fn doubles(most: usize) -> Vec<NonZeroUsize> {
    let doubles = std::iter::successors(Some(1), |threads| Some(2 * threads)).take_while(|threads| *threads < most);
    doubles.chain([most]).filter_map(NonZeroUsize::new).collect()
}

/// Each number once, where it stands first.
fn without_repetition(threads: Vec<NonZeroUsize>) -> Vec<NonZeroUsize> {
    let mut once = Vec::new();
    for threads in threads {
        if !once.contains(&threads) {
            once.push(threads);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_double_up_to_the_processors() {
        let numbers = |most| doubles(most).into_iter().map(NonZeroUsize::get).collect::<Vec<_>>();
        assert_eq!(numbers(1), [1]);
        assert_eq!(numbers(2), [1, 2]);
        assert_eq!(numbers(6), [1, 2, 4, 6]);
        assert_eq!(numbers(8), [1, 2, 4, 8]);
    }

    #[test]
    fn a_number_of_threads_is_measured_once_and_in_the_order_asked_for() {
        let threads = [2, 1, 2, 4, 1].into_iter().filter_map(NonZeroUsize::new).collect();
        assert_eq!(without_repetition(threads).into_iter().map(NonZeroUsize::get).collect::<Vec<_>>(), [2, 1, 4]);
    }

    #[test]
    fn the_built_in_world_is_the_one_promised() {
        let scenario = Scenario::from_text("bench/reference", REFERENCE, &[]).unwrap();
        let system = &scenario.system;
        let sizes = [system.obligors.len(), system.lenders.len(), system.facilities.len(), system.quarters];
        assert_eq!(sizes, [30, 30, 100, 20]);
        assert_eq!([system.contracts.len(), system.claims.len()], [30, 60]);
    }
}
