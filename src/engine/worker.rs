//! What the threads of a run share, and what each does.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;

use crate::engine::{BLOCK_TRIALS, EngineError, ForcedOutcomes, Progress, RunSettings, Simulation};
use crate::model::audit::{Audit, Residual};
use crate::model::outcome::FIXED_ONE;
use crate::statistics::{Accumulators, StatisticsError};

/// Trials that a worker adds up before it takes the lock: 16 blocks, half a second of work. Adding to the shared state
/// takes 2 ms for 30 lenders, which 16 workers would queue for if they came with every block.
const MERGE_TRIALS: u64 = 16 * BLOCK_TRIALS;

/// Threads worth starting: no more than there are blocks.
pub(super) fn threads(settings: &RunSettings) -> usize {
    let wanted = settings.threads.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let blocks = settings.trials.div_ceil(BLOCK_TRIALS);
    usize::try_from(blocks).map_or(wanted, |blocks| wanted.min(blocks))
}

/// What the workers of one run share.
pub(super) struct Run<'a, S: Simulation> {
    simulation: &'a S,
    trials: u64,
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
    /// The next block to hand out.
    next: AtomicU64,
    /// Some trial has failed.
    failed: AtomicBool,
    total: Mutex<Total<S::Error>>,
}

/// The sum of the blocks handed on, and the failure with the smallest trial.
struct Total<E: std::error::Error + 'static> {
    accumulators: Accumulators,
    audit: Audit,
    failure: Option<(u64, EngineError<E>)>,
}

impl<'a, S: Simulation> Run<'a, S> {
    pub(super) fn new(simulation: &'a S, trials: u64, progress: &'a dyn Progress, stop: &'a AtomicBool) -> Self {
        Run {
            simulation,
            trials,
            progress,
            stop,
            next: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            total: Mutex::new(Total {
                accumulators: simulation.accumulators(),
                audit: Audit::default(),
                failure: None,
            }),
        }
    }

    /// Takes blocks until none is left, with one workspace and one state for all of them.
    pub(super) fn work(&self) {
        let mut workspace = self.simulation.workspace();
        let mut accumulators = self.simulation.accumulators();
        while let Some(first) = self.take() {
            if let Err((trial, error)) = self.block(first, &mut workspace, &mut accumulators) {
                self.fail(trial, error);
                return;
            }
            self.progress.advance(self.last(first) - first);
            if accumulators.trials() >= MERGE_TRIALS {
                self.add(&mut accumulators);
            }
        }
        self.add(&mut accumulators);
        self.simulation.collect(&workspace, &mut self.lock().audit);
    }

    /// The sum of all blocks done, and what the checks found in them.
    pub(super) fn finish(self) -> Result<(Accumulators, Vec<Residual>), EngineError<S::Error>> {
        let total = self.total.into_inner().unwrap_or_else(PoisonError::into_inner);
        let done = (total.accumulators, total.audit.residuals());
        total.failure.map_or(Ok(done), |(_, error)| Err(error))
    }

    /// First trial of the next block, unless the run is over.
    ///
    /// A block once handed out is always begun, and blocks are handed out in order: so those done are the first of the run,
    /// and no trial before the first failing one goes unseen.
    fn take(&self) -> Option<u64> {
        if self.stop.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed) {
            return None;
        }
        let first = self.next.fetch_add(1, Ordering::Relaxed) * BLOCK_TRIALS;
        (first < self.trials).then_some(first)
    }

    fn last(&self, first: u64) -> u64 {
        (first + BLOCK_TRIALS).min(self.trials)
    }

    fn block(
        &self,
        first: u64,
        workspace: &mut S::Workspace,
        accumulators: &mut Accumulators,
    ) -> Result<(), (u64, EngineError<S::Error>)> {
        for trial in first..self.last(first) {
            let outcomes = self.simulation.trial(trial, workspace);
            let outcomes = outcomes.map_err(|error| (trial, EngineError::Trial(error)))?;
            accumulators.record(trial, outcomes.full, outcomes.twin).map_err(|error| (trial, self.named(error)))?;
            self.force(trial, workspace, accumulators).map_err(|error| (trial, error))?;
        }
        Ok(())
    }

    /// Runs the trial once more for every lender that the simulation forces to fail.
    fn force(
        &self,
        trial: u64,
        workspace: &mut S::Workspace,
        accumulators: &mut Accumulators,
    ) -> Result<(), EngineError<S::Error>> {
        for lender in 0.. {
            let outcomes = self.simulation.forced(trial, lender, workspace).map_err(EngineError::Trial)?;
            let Some(ForcedOutcomes { full, forced }) = outcomes else { break };
            accumulators.record_forced(trial, lender, full, forced).map_err(|error| self.named(error))?;
        }
        Ok(())
    }

    fn named(&self, error: StatisticsError) -> EngineError<S::Error> {
        match error {
            StatisticsError::OutOfRange { trial, subject, quantity, value } => EngineError::OutOfRange {
                trial,
                name: self.simulation.name(subject),
                quantity,
                value_usd_bn: value as f64 / FIXED_ONE,
            },
            other => EngineError::Statistics(other),
        }
    }

    /// Hands the sum of a worker's blocks on.
    fn add(&self, accumulators: &mut Accumulators) {
        let merged = self.lock().accumulators.merge(accumulators);
        accumulators.clear();
        if let Err(error) = merged {
            self.fail(self.trials, EngineError::Statistics(error));
        }
    }

    fn fail(&self, trial: u64, error: EngineError<S::Error>) {
        self.failed.store(true, Ordering::Relaxed);
        let mut total = self.lock();
        if total.failure.as_ref().is_none_or(|(earlier, _)| trial < *earlier) {
            total.failure = Some((trial, error));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Total<S::Error>> {
        self.total.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
