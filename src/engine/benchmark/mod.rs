//! How fast trials run here: repeated measurements on so many threads, with and without the twin, and where the time goes.
//!
//! What is timed is a whole run without files: workspaces, threads, trials, and their outcomes added up. Rounds of all
//! settings follow each other, so that a machine that grows slower does so for every setting alike.

mod parts;
mod resources;
mod spread;
mod stopwatch;

pub use parts::Parts;
pub use resources::{cpu_time, peak_memory};
pub use spread::Spread;
pub use stopwatch::{Part, Stopwatch};

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::engine::{BLOCK_TRIALS, EngineError, Progress, RunSettings, run};
use crate::model::system::System;

/// Seconds that one measurement on one thread should take where no number of trials is named.
const SECONDS: f64 = 0.5;

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchmarkSettings {
    /// Seed of every random address.
    pub seed: u64,
    /// Trials of a measurement; more than [`BLOCK_TRIALS`] for every thread but one.
    pub trials: u64,
    /// Numbers of threads, each measured with and without the twin.
    pub threads: Vec<NonZeroUsize>,
    /// Measurements of each setting.
    pub repeats: NonZeroUsize,
}

impl BenchmarkSettings {
    /// Holds that every thread has trials to run.
    ///
    /// # Errors
    /// [`EngineError::TooFewTrials`] where some thread would have nothing to do.
    pub fn refuse_idle_threads(&self) -> Result<(), EngineError> {
        let threads = self.threads.iter().copied().max().map_or(1, NonZeroUsize::get);
        let (trials, least) = (self.trials, (threads as u64 - 1) * BLOCK_TRIALS + 1);
        if trials < least { Err(EngineError::TooFewTrials { trials, threads, least }) } else { Ok(()) }
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// First without the twin, then with it; each in the order of the numbers of threads.
    pub timings: Vec<Timing>,
    /// Where the time goes on one thread, without the twin and with it.
    pub parts: [Parts; 2],
    /// Largest resident memory of the process, bytes; none where the platform cannot tell.
    pub peak_memory: Option<u64>,
}

/// One setting, measured several times.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// Worker threads.
    pub threads: usize,
    /// Whether each trial ran again without contagion.
    pub twin: bool,
    /// Seconds of the wall clock per trial.
    pub wall_seconds: Spread,
    /// Seconds of CPU time per trial, of all threads together; none where the platform cannot tell.
    pub cpu_seconds: Option<Spread>,
}

impl Benchmark {
    /// The setting with one thread beside the setting `timing`; none where one thread was not measured.
    #[must_use]
    pub fn alone(&self, timing: &Timing) -> Option<&Timing> {
        self.timings.iter().find(|other| other.threads == 1 && other.twin == timing.twin)
    }

    /// How many times as fast as one thread by the wall clock, of medians.
    #[must_use]
    pub fn speed_up(&self, timing: &Timing) -> Option<f64> {
        Some(self.alone(timing)?.wall_seconds.median / timing.wall_seconds.median)
    }

    /// How many times as much CPU time as on one thread, of medians.
    #[must_use]
    pub fn cpu_ratio(&self, timing: &Timing) -> Option<f64> {
        Some(timing.cpu_seconds?.median / self.alone(timing)?.cpu_seconds?.median)
    }
}

impl Timing {
    /// Trials per second of the wall clock.
    #[must_use]
    pub fn trials_per_second(&self) -> Spread {
        let Spread { median, min, max } = self.wall_seconds;
        Spread { median: 1.0 / median, min: 1.0 / max, max: 1.0 / min }
    }

    /// Nanoseconds of CPU time per obligor and quarter of a trial; none without obligors.
    #[must_use]
    pub fn cpu_ns_per_obligor_quarter(&self, system: &System) -> Option<Spread> {
        let obligor_quarters = (system.obligors.len() * system.quarters) as f64;
        self.cpu_seconds.filter(|_| obligor_quarters > 0.0).map(|own| own.times(1e9 / obligor_quarters))
    }
}

/// Trials of a measurement where none are named: whole blocks for every one of so many threads, that take one thread some
/// half a second.
///
/// # Errors
/// [`EngineError`] of the trials tried.
pub fn preset_trials(system: &System, seed: u64, threads: usize) -> Result<u64, EngineError> {
    let mut trials = 8;
    let mut seconds = 0.0;
    // The first trials stand for a machine that has to wake up.
    while seconds < SECONDS / 8.0 && trials < 8 * BLOCK_TRIALS {
        trials *= 2;
        let settings = RunSettings { threads: NonZeroUsize::new(1), ..RunSettings::new(seed, trials) };
        let (wall, cpu) = measure(system, &settings)?;
        seconds = cpu.unwrap_or(wall);
    }
    let wanted = (SECONDS / seconds.max(f64::MIN_POSITIVE) * trials as f64).min(1e9) as u64;
    let round = threads as u64 * BLOCK_TRIALS;
    Ok(wanted.div_ceil(round).max(1) * round)
}

/// Measures a system; `progress` is told of trials between measurements, never during one.
///
/// # Errors
/// [`EngineError::TooFewTrials`] where some thread would have none; [`EngineError`] of a trial.
pub fn benchmark(
    system: &System,
    settings: &BenchmarkSettings,
    progress: &dyn Progress,
) -> Result<Benchmark, EngineError> {
    settings.refuse_idle_threads()?;
    let trials = settings.trials;
    let timings = timings(system, settings, progress)?;
    let apart = |twin| -> Result<Parts, EngineError> {
        let parts = Parts::measure(system, &RunSettings { twin, ..RunSettings::new(settings.seed, trials) })?;
        progress.advance(trials);
        Ok(parts)
    };
    Ok(Benchmark { timings, parts: [apart(false)?, apart(true)?], peak_memory: peak_memory() })
}

/// Rounds of measurements of every setting.
fn timings(system: &System, settings: &BenchmarkSettings, progress: &dyn Progress) -> Result<Vec<Timing>, EngineError> {
    let cases = [false, true].map(|twin| settings.threads.iter().map(move |threads| (twin, *threads)));
    let cases: Vec<_> = cases.into_iter().flatten().collect();
    let trials = settings.trials;
    let mut measured = vec![(Vec::new(), Vec::new()); cases.len()];
    for _ in 0..settings.repeats.get() {
        for ((twin, threads), (walls, cpus)) in cases.iter().zip(&mut measured) {
            let run = RunSettings { threads: Some(*threads), twin: *twin, ..RunSettings::new(settings.seed, trials) };
            let (wall, cpu) = measure(system, &run)?;
            walls.push(wall / trials as f64);
            cpus.push(cpu.map_or(f64::NAN, |cpu| cpu / trials as f64));
            progress.advance(trials);
        }
    }
    let timings = cases.into_iter().zip(measured).filter_map(|((twin, threads), (walls, cpus))| {
        let (wall_seconds, cpu_seconds) = (Spread::of(&walls)?, Spread::of(&cpus));
        Some(Timing { threads: threads.get(), twin, wall_seconds, cpu_seconds })
    });
    Ok(timings.collect())
}

/// Trials that [`benchmark`] tells its progress of.
#[must_use]
pub fn trials_in_all(settings: &BenchmarkSettings) -> u64 {
    let measurements = 2 * settings.threads.len() * settings.repeats.get() + 2;
    settings.trials.saturating_mul(measurements as u64)
}

/// Seconds of one run: of the wall clock, and of CPU where the platform can tell.
fn measure(system: &System, settings: &RunSettings) -> Result<(f64, Option<f64>), EngineError> {
    let (cpu, wall) = (cpu_time(), Instant::now());
    let outcome = run(system, settings, &(), &AtomicBool::new(false))?;
    let wall = wall.elapsed();
    let cpu = cpu_time().zip(cpu).map(|(after, before)| (after - before).as_secs_f64());
    drop(outcome);
    Ok((wall.as_secs_f64(), cpu))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::model::driver::Draws;
    use crate::model::fixture;
    use crate::model::trial::{self, Workspace, run_observed};
    use crate::random::Streams;

    fn world() -> System {
        let mut system = fixture::system(&["us"]);
        system.quarters = 4;
        system.obligors = ["a", "b", "c"].map(fixture::obligor).into();
        system.lenders = vec![fixture::fund("fund")];
        system
    }

    fn settings(trials: u64, threads: &[usize]) -> BenchmarkSettings {
        let threads = threads.iter().filter_map(|threads| NonZeroUsize::new(*threads)).collect();
        BenchmarkSettings { seed: 1, trials, threads, repeats: NonZeroUsize::new(3).unwrap() }
    }

    struct Counted(AtomicU64);

    impl Progress for Counted {
        fn advance(&self, trials: u64) {
            self.0.fetch_add(trials, Ordering::Relaxed);
        }
    }

    #[test]
    fn every_setting_is_measured_and_told() {
        let (settings, counted) = (settings(2_048, &[2, 1]), Counted(AtomicU64::new(0)));
        let measured = benchmark(&world(), &settings, &counted).unwrap();
        let cases: Vec<_> = measured.timings.iter().map(|timing| (timing.twin, timing.threads)).collect();
        assert_eq!(cases, [(false, 2), (false, 1), (true, 2), (true, 1)]);
        for Timing { wall_seconds: own, .. } in &measured.timings {
            assert!(0.0 < own.min && own.min <= own.median && own.median <= own.max, "{own:?}");
        }
        assert_eq!(counted.0.into_inner(), trials_in_all(&settings));
    }

    #[test]
    fn figures_follow_from_the_medians() {
        let spread = |median| Spread { median, min: 0.8 * median, max: 2.0 * median };
        let timing = |threads, wall, cpu| Timing {
            threads,
            twin: false,
            wall_seconds: spread(wall),
            cpu_seconds: Some(spread(cpu)),
        };
        let mut measured = benchmark(&world(), &settings(1_024, &[1]), &()).unwrap();
        measured.timings = vec![timing(2, 1.25e-4, 2.2e-4), timing(1, 2e-4, 2e-4)];
        let [two, one] = &measured.timings[..] else { unreachable!() };
        assert_eq!(two.trials_per_second(), Spread { median: 8_000.0, min: 4_000.0, max: 10_000.0 });
        approx::assert_relative_eq!(measured.speed_up(two).unwrap(), 1.6, max_relative = 1e-12);
        approx::assert_relative_eq!(measured.cpu_ratio(two).unwrap(), 1.1, max_relative = 1e-12);
        assert_eq!(measured.speed_up(one), Some(1.0));
        // 2e-4 s over 3 obligors and 4 quarters.
        let per = one.cpu_ns_per_obligor_quarter(&world()).unwrap();
        approx::assert_relative_eq!(per.median, 2e5 / 12.0, max_relative = 1e-12);
        assert_eq!(one.cpu_ns_per_obligor_quarter(&fixture::system(&["us"])), None);
        measured.timings.truncate(1);
        assert_eq!((measured.speed_up(&measured.timings[0]), measured.cpu_ratio(&measured.timings[0])), (None, None));
    }

    #[test]
    fn shares_add_up_and_the_steps_have_some() {
        let [alone, both] = benchmark(&world(), &settings(1_024, &[1]), &()).unwrap().parts;
        assert_eq!((alone.twin, both.twin), (false, true));
        for parts in [alone, both] {
            approx::assert_abs_diff_eq!(parts.shares().iter().sum::<f64>(), 1.0, epsilon = 1e-12);
            assert!(parts.seconds[2] > 0.0, "drivers take time: {parts:?}");
        }
    }

    #[test]
    fn threads_without_work_are_refused() {
        let error = benchmark(&world(), &settings(1_024, &[1, 2]), &()).unwrap_err();
        assert!(matches!(error, EngineError::TooFewTrials { trials: 1_024, threads: 2, least: 1_025 }), "{error}");
        assert!(benchmark(&world(), &settings(1_025, &[1, 2]), &()).is_ok());
    }

    #[test]
    fn preset_trials_are_whole_blocks_for_every_thread() {
        let trials = preset_trials(&world(), 1, 3).unwrap();
        assert!(trials > 0 && trials.is_multiple_of(3 * BLOCK_TRIALS), "{trials}");
    }

    #[test]
    fn a_trial_before_the_stopwatch_is_the_same_trial() {
        let system = world();
        let draws = Draws { streams: Streams::new(1), trial: 7 };
        let mut rooms = [(); 2].map(|()| Workspace::new(&system).unwrap());
        trial::run(&system, draws.streams, draws.trial, &mut rooms[0]).unwrap();
        run_observed(&system, draws, &mut rooms[1], &mut Stopwatch::start()).unwrap();
        assert_eq!(rooms[0].outcome(), rooms[1].outcome());
    }
}
