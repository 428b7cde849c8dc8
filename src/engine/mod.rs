//! Many trials on many threads, the same to the last bit on any number of them.
//!
//! The unit of work is a block of [`BLOCK_TRIALS`] trials. Blocks are handed out in order; each worker adds its blocks up
//! and hands them on to one shared state. All of it is integers, so neither the split nor the order of the additions
//! shows in the result, and memory does not grow with trials.

pub mod benchmark;
mod model;
mod runner;
mod sink;
mod worker;

pub use model::{Model, run};
pub use runner::Runner;
pub use sink::TrialSink;

use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use crate::model::audit::{Audit, Residual};
use crate::model::clearing::ClearingError;
use crate::model::outcome::Outcome;
use crate::model::trial::TrialError;
use crate::statistics::{Accumulators, MAX_TRIALS, StatisticsError, Subject};

/// Trials in a block; the last of a run may be shorter.
pub const BLOCK_TRIALS: u64 = 1_024;

/// Trials after which [`Runner::extend_until`] looks for the first time; then whenever their number has doubled.
pub const FIRST_LOOK: u64 = 8 * BLOCK_TRIALS;

/// How to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSettings {
    /// Seed of every random address.
    pub seed: u64,
    /// Number of trials, from 1 to 2^34.
    pub trials: u64,
    /// Worker threads; all processors where absent. No result depends on it.
    pub threads: Option<NonZeroUsize>,
    /// Runs each trial again without contagion, on the same draws.
    pub twin: bool,
    /// Runs each trial once more for every lender, on the same draws, with that lender forced to fail in quarter 1.
    pub forced: bool,
    /// Checks the model's invariants in every trial, in a release build too. No result depends on it.
    pub check: bool,
    /// Keeps what paired comparisons need ([`Accumulators::in_groups`]). No other result depends on it.
    pub groups: bool,
    /// Uses no instructions that only some processors have. No result depends on it.
    pub portable: bool,
}

impl RunSettings {
    /// So many trials from a seed, on all processors, and nothing beside them.
    #[must_use]
    pub fn new(seed: u64, trials: u64) -> Self {
        let off = false;
        RunSettings { seed, trials, threads: None, twin: off, forced: off, check: off, groups: off, portable: off }
    }
}

/// What a run leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// Everything remembered of the trials done.
    pub accumulators: Accumulators,
    /// What the checks of the invariants found in them: nothing where none was made.
    pub residuals: Vec<Residual>,
    /// Trials done, which are those from 0 up to here.
    pub trials_done: u64,
    /// The run was stopped before its last trial.
    pub interrupted: bool,
}

/// Told how far a run is, from any worker thread.
pub trait Progress: Sync {
    /// So many more trials are done.
    fn advance(&self, trials: u64);
}

/// Nobody looks on.
impl Progress for () {
    fn advance(&self, _trials: u64) {}
}

/// What a trial leaves.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'w> {
    /// Its outcome.
    pub full: &'w Outcome,
    /// The outcome of the same trial without contagion, if the run has twins: `full` itself where no contagion acted.
    pub twin: Option<&'w Outcome>,
}

/// What a trial leaves beside another in which one lender is forced to fail.
#[derive(Debug, Clone, Copy)]
pub struct ForcedOutcomes<'w> {
    /// Its outcome.
    pub full: &'w Outcome,
    /// The outcome of the same trial with that lender forced to fail.
    pub forced: &'w Outcome,
}

/// One trial, as the workers see it: mathematics that knows nothing of threads.
pub trait Simulation: Sync {
    /// What one worker needs and uses again for every trial.
    type Workspace;
    /// Why a trial could not be finished; says which trial.
    type Error: std::error::Error + Send + 'static;

    /// A new workspace.
    fn workspace(&self) -> Self::Workspace;

    /// An empty state for outcomes of this size.
    fn accumulators(&self) -> Accumulators;

    /// Runs one trial; its outcome must depend on nothing but the simulation and the trial's number.
    ///
    /// # Errors
    /// Whatever keeps the trial from an outcome; it ends the run.
    fn trial<'w>(&self, trial: u64, workspace: &'w mut Self::Workspace) -> Result<Outcomes<'w>, Self::Error>;

    /// Runs the last trial once more, with this lender forced to fail; none beyond the last lender, or where nobody is forced.
    ///
    /// # Errors
    /// As [`Simulation::trial`].
    fn forced<'w>(
        &self,
        _trial: u64,
        _lender: usize,
        _workspace: &'w mut Self::Workspace,
    ) -> Result<Option<ForcedOutcomes<'w>>, Self::Error> {
        Ok(None)
    }

    /// Adds what the checks found in all trials of this workspace.
    fn collect(&self, _workspace: &Self::Workspace, _audit: &mut Audit) {}

    /// What messages call that party (`lender jpmorgan`).
    fn name(&self, subject: Subject) -> String;
}

/// Why a run has no outcome. Of several failing trials it is the one with the smallest number, on any number of threads.
#[derive(Debug, thiserror::Error)]
pub enum EngineError<E: std::error::Error + 'static = TrialError> {
    /// A number of trials that cannot be run.
    #[error("{trials} trials asked for: a run has at least 1 and at most {MAX_TRIALS}")]
    Trials {
        /// The number asked for.
        trials: u64,
    },
    /// Fewer trials than would keep every thread at work.
    #[error(
        "{trials} trials keep no {threads} threads at work, which take {BLOCK_TRIALS} at a time: measure at least {least}"
    )]
    TooFewTrials {
        /// The number asked for.
        trials: u64,
        /// Threads asked for.
        threads: usize,
        /// Trials from which on each has some.
        least: u64,
    },
    /// The operating system gave no threads.
    #[error("no {threads} threads could be started")]
    Threads {
        /// The number asked for.
        threads: usize,
        /// What the thread pool says.
        source: rayon::ThreadPoolBuildError,
    },
    /// The claims between lenders form no network, or their clearing has no answer on the calm path of the run.
    #[error(transparent)]
    Network(ClearingError),
    /// A trial could not be finished.
    #[error(transparent)]
    Trial(E),
    /// A number of a trial is beyond the range of the sums.
    #[error("trial {trial}: {quantity} of {name} is {value_usd_bn} USD bn, not below 2^16")]
    OutOfRange {
        /// The trial's number.
        trial: u64,
        /// Whose number it is.
        name: String,
        /// What it measures.
        quantity: &'static str,
        /// The number (a ratio, if it is the capital depletion).
        value_usd_bn: f64,
    },
    /// The rows of the trials could not be kept.
    #[error(transparent)]
    Sink(io::Error),
    /// The outcomes could not be added up for another reason.
    #[error("the outcomes could not be added up")]
    Statistics(#[from] StatisticsError),
}

/// Runs the trials `0..settings.trials` of a simulation and adds their outcomes up, as [`Runner::extend_to`] does.
///
/// The seed is the simulation's business.
///
/// # Errors
/// [`EngineError`]; a failing trial stops the run.
pub fn simulate<S: Simulation>(
    simulation: S,
    settings: &RunSettings,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<RunOutcome, EngineError<S::Error>> {
    let mut runner = Runner::of(simulation, settings.threads);
    runner.extend_to(settings.trials, progress, stop)?;
    Ok(runner.finish())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::model::outcome::{Channel, DefaultCause, FIXED_ONE, FailureCause, LenderFailure, ObligorDefault};
    use crate::statistics::{Settings, summarise};

    #[derive(Debug, thiserror::Error)]
    #[error("trial {0}: no luck")]
    struct NoLuck(u64);

    /// Two lenders and one obligor whose losses are hashes of the trial; trials in `bad` fail, in `huge` overflow.
    #[derive(Clone, Default)]
    struct Hashes {
        bad: Vec<u64>,
        huge: Vec<u64>,
    }

    fn hash(trial: u64, salt: u64) -> u64 {
        let mut word = (trial * 4 + salt + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    impl Simulation for Hashes {
        type Workspace = Outcome;
        type Error = NoLuck;

        fn workspace(&self) -> Outcome {
            Outcome::new(1, 2)
        }

        fn accumulators(&self) -> Accumulators {
            Accumulators::new(1, &[true, false])
        }

        fn trial<'w>(&self, trial: u64, outcome: &'w mut Outcome) -> Result<Outcomes<'w>, NoLuck> {
            if self.bad.contains(&trial) {
                return Err(NoLuck(trial));
            }
            let losses = [0, 1].map(|lender| (hash(trial, lender) >> 20) as i64 - (1 << 40));
            outcome.losses[(0, 0)] = losses[0];
            outcome.losses[(1, Channel::Equity as usize)] =
                if self.huge.contains(&trial) { i64::MAX } else { losses[1] };
            outcome.system_loss = losses[0] + losses[1];
            let round = (hash(trial, 2) % 3) as usize;
            outcome.failures[1] =
                (round > 0).then_some(LenderFailure { quarter: 2, round, cause: FailureCause::Opening });
            outcome.defaults[0] =
                Some(ObligorDefault { quarter: round, cause: DefaultCause::Burn, exposure: 1 << 30, loss: 1 << 29 });
            outcome.depletion[0] = -losses[1];
            Ok(Outcomes { full: outcome, twin: Some(outcome) })
        }

        fn name(&self, subject: Subject) -> String {
            format!("the {subject}")
        }
    }

    fn settings(trials: u64, threads: usize) -> RunSettings {
        RunSettings { threads: NonZeroUsize::new(threads), twin: true, ..RunSettings::new(1, trials) }
    }

    fn run(trials: u64, threads: usize) -> RunOutcome {
        simulate(Hashes::default(), &settings(trials, threads), &(), &AtomicBool::new(false)).unwrap()
    }

    /// Counts trials and stops the run once so many are done.
    struct StopAfter<'a> {
        trials: u64,
        done: AtomicU64,
        stop: &'a AtomicBool,
    }

    impl Progress for StopAfter<'_> {
        fn advance(&self, trials: u64) {
            let done = self.done.fetch_add(trials, Ordering::Relaxed) + trials;
            self.stop.fetch_or(done >= self.trials, Ordering::Relaxed);
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let questions = Settings { levels: vec![0.95, 0.99, 0.999], cascade_min: 1 };
        let alone = run(20_000, 1);
        let summary = format!("{:?}", summarise(&alone.accumulators, &questions));
        assert_eq!((alone.trials_done, alone.interrupted), (20_000, false));
        for threads in [2, 3, 8] {
            let outcome = run(20_000, threads);
            assert_eq!(outcome, alone, "{threads} threads");
            assert_eq!(format!("{:?}", summarise(&outcome.accumulators, &questions)), summary);
        }
        assert_ne!(run(19_999, 2), alone);
    }

    #[test]
    fn progress_adds_up_to_the_trials() {
        for trials in [1, 1_023, 1_024, 1_025, 5_000] {
            let never = AtomicBool::new(false);
            let progress = StopAfter { trials: u64::MAX, done: AtomicU64::new(0), stop: &never };
            let outcome = simulate(Hashes::default(), &settings(trials, 3), &progress, &never).unwrap();
            assert_eq!(progress.done.into_inner(), trials);
            assert_eq!(outcome.trials_done, trials);
        }
    }

    #[test]
    fn an_interrupted_run_is_exactly_a_shorter_run() {
        for threads in [1, 2, 8] {
            let stop = AtomicBool::new(false);
            let progress = StopAfter { trials: 10_000, done: AtomicU64::new(0), stop: &stop };
            let outcome = simulate(Hashes::default(), &settings(100_000, threads), &progress, &stop).unwrap();
            assert!(outcome.interrupted);
            assert!((10_000..100_000).contains(&outcome.trials_done));
            assert_eq!(outcome.trials_done % BLOCK_TRIALS, 0);
            assert_eq!(outcome.accumulators, run(outcome.trials_done, 1).accumulators);
        }
    }

    #[test]
    fn stages_add_up_to_one_run() {
        let never = AtomicBool::new(false);
        for stages in [&[1_024, 2_048, 10_000][..], &[1, 1_000, 1_025, 9_999, 10_000], &[10_000, 10_000, 5_000]] {
            for threads in [1, 2, 8] {
                let mut runner = Runner::of(Hashes::default(), NonZeroUsize::new(threads));
                for trials in stages {
                    runner.extend_to(*trials, &(), &never).unwrap();
                }
                let outcome = runner.finish();
                assert_eq!(outcome.trials_done, 10_000);
                assert_eq!(outcome.accumulators, run(10_000, 1).accumulators, "{stages:?} on {threads} threads");
            }
        }
    }

    #[test]
    fn a_sequential_run_looks_at_fixed_numbers_of_trials() {
        let looks = |most: u64, enough_at: u64, threads| {
            let mut seen = Vec::new();
            let mut runner = Runner::of(Hashes::default(), NonZeroUsize::new(threads));
            let enough = |accumulators: &Accumulators| {
                seen.push(accumulators.trials());
                accumulators.trials() >= enough_at
            };
            runner.extend_until(most, &(), &AtomicBool::new(false), enough).unwrap();
            let outcome = runner.finish();
            assert!(!outcome.interrupted);
            assert_eq!(outcome.accumulators, run(outcome.trials_done, 1).accumulators);
            (outcome.trials_done, seen)
        };
        for threads in [1, 2, 8] {
            assert_eq!(looks(1 << 22, 20_000, threads), (32_768, vec![8_192, 16_384, 32_768]));
            assert_eq!(looks(20_000, u64::MAX, threads), (20_000, vec![8_192, 16_384, 20_000]));
            assert_eq!(looks(500, u64::MAX, threads), (500, vec![500]));
        }
    }

    #[test]
    fn a_sequential_run_that_is_stopped_does_not_look_again() {
        let stop = AtomicBool::new(false);
        let progress = StopAfter { trials: 10_000, done: AtomicU64::new(0), stop: &stop };
        let mut looks = 0;
        let mut runner = Runner::of(Hashes::default(), NonZeroUsize::new(2));
        let enough = |_: &Accumulators| {
            looks += 1;
            false
        };
        runner.extend_until(1 << 20, &progress, &stop, enough).unwrap();
        assert_eq!(looks, 1);
        assert!(runner.finish().interrupted);
    }

    #[test]
    fn an_interrupted_stage_is_gone_on_with() {
        let stop = AtomicBool::new(false);
        let progress = StopAfter { trials: 10_000, done: AtomicU64::new(0), stop: &stop };
        let mut runner = Runner::of(Hashes::default(), NonZeroUsize::new(3));
        runner.extend_to(30_000, &progress, &stop).unwrap();
        assert!(runner.accumulators().trials() < 30_000);
        runner.extend_to(30_000, &(), &AtomicBool::new(false)).unwrap();
        assert_eq!(runner.finish(), run(30_000, 1));
    }

    /// Keeps the number of every trial; full after so many blocks.
    #[derive(Default)]
    struct Numbers {
        kept: Mutex<Vec<Vec<u8>>>,
        capacity: Option<usize>,
    }

    impl TrialSink for Numbers {
        fn row(&self, trial: u64, outcomes: Outcomes<'_>, rows: &mut Vec<u8>) {
            rows.extend(format!("{trial} {}\n", outcomes.full.system_loss).bytes());
        }

        fn write(&self, rows: &[u8]) -> io::Result<()> {
            let mut kept = self.kept.lock().unwrap();
            if self.capacity.is_some_and(|capacity| kept.len() >= capacity) {
                return Err(io::Error::other("no room"));
            }
            kept.push(rows.to_vec());
            Ok(())
        }
    }

    #[test]
    fn rows_come_in_the_order_of_trials_on_any_number_of_threads() {
        let rows = |threads, stages: &[u64]| {
            let numbers = Numbers::default();
            let mut runner = Runner::of(Hashes::default(), NonZeroUsize::new(threads)).with_sink(&numbers);
            stages.iter().for_each(|trials| runner.extend_to(*trials, &(), &AtomicBool::new(false)).unwrap());
            String::from_utf8(numbers.kept.into_inner().unwrap().concat()).unwrap()
        };
        let alone = rows(1, &[50_000]);
        let trials = alone.lines().map(|row| row.split_once(' ').unwrap().0.parse::<u64>().unwrap());
        assert!(trials.eq(0..50_000));
        for threads in [2, 3, 8] {
            assert_eq!(rows(threads, &[50_000]), alone, "{threads} threads");
        }
        assert_eq!(rows(2, &[700, 4_096, 50_000]), alone);
    }

    #[test]
    fn a_sink_without_room_ends_the_run() {
        for threads in [1, 3, 8] {
            let numbers = Numbers { capacity: Some(4), ..Numbers::default() };
            let mut runner = Runner::of(Hashes::default(), NonZeroUsize::new(threads)).with_sink(&numbers);
            let error = runner.extend_to(100_000, &(), &AtomicBool::new(false)).unwrap_err();
            assert!(matches!(&error, EngineError::Sink(source) if source.to_string() == "no room"), "{error}");
            assert_eq!(runner.accumulators().trials(), 0);
            assert_eq!(numbers.kept.into_inner().unwrap().len(), 4);
        }
    }

    #[test]
    fn a_failing_trial_ends_a_run_with_a_sink() {
        for threads in [1, 2, 8] {
            let numbers = Numbers::default();
            let simulation = Hashes { bad: vec![5_000], huge: vec![] };
            let mut runner = Runner::of(simulation, NonZeroUsize::new(threads)).with_sink(&numbers);
            let error = runner.extend_to(200_000, &(), &AtomicBool::new(false)).unwrap_err();
            assert!(matches!(error, EngineError::Trial(NoLuck(5_000))), "{error}");
            assert!(numbers.kept.into_inner().unwrap().len() <= 4, "no block from the failing one on");
        }
    }

    #[test]
    fn a_run_stopped_before_its_first_block_is_empty() {
        let outcome = simulate(Hashes::default(), &settings(5_000, 2), &(), &AtomicBool::new(true)).unwrap();
        assert_eq!((outcome.trials_done, outcome.interrupted), (0, true));
        assert_eq!(outcome.accumulators, Hashes::default().accumulators());
    }

    #[test]
    fn the_smallest_failing_trial_is_named_on_any_number_of_threads() {
        let simulation = Hashes { bad: vec![9_000, 4_100, 4_099, 7_000], huge: vec![4_500] };
        for threads in [1, 2, 3, 8] {
            let error =
                simulate(simulation.clone(), &settings(20_000, threads), &(), &AtomicBool::new(false)).unwrap_err();
            assert!(matches!(error, EngineError::Trial(NoLuck(4_099))), "{error}");
        }
    }

    #[test]
    fn an_overflow_names_trial_and_lender() {
        let simulation = Hashes { bad: vec![9_000], huge: vec![8_999, 1_500] };
        for threads in [1, 3] {
            let error =
                simulate(simulation.clone(), &settings(20_000, threads), &(), &AtomicBool::new(false)).unwrap_err();
            let value = i64::MAX as f64 / FIXED_ONE;
            assert_eq!(
                error.to_string(),
                format!("trial 1500: equity of the lender number 1 is {value} USD bn, not below 2^16")
            );
        }
    }

    #[test]
    fn impossible_numbers_of_trials_are_refused() {
        for trials in [0, MAX_TRIALS + 1, u64::MAX] {
            let error = simulate(Hashes::default(), &settings(trials, 1), &(), &AtomicBool::new(false)).unwrap_err();
            assert!(matches!(error, EngineError::Trials { .. }));
        }
    }
}
