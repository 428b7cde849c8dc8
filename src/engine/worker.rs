//! What the threads of one stage of a run share, and what each does.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, available_parallelism};

use crate::engine::sink::Queue;
use crate::engine::{BLOCK_TRIALS, EngineError, ForcedOutcomes, Progress, Simulation, TrialSink};
use crate::model::audit::Audit;
use crate::model::outcome::FIXED_ONE;
use crate::statistics::{Accumulators, StatisticsError};

/// Trials that a worker adds up before it takes the lock: 16 blocks, half a second of work. Adding to the shared state
/// takes 2 ms for 30 lenders, which 16 workers would queue for if they came with every block.
const MERGE_TRIALS: u64 = 16 * BLOCK_TRIALS;

/// Blocks of rows per worker that may wait for the slowest, so that memory is bounded.
const BLOCKS_WAITING: u64 = 4;

/// Threads worth starting: no more than there are blocks.
pub(super) fn threads(wanted: Option<NonZeroUsize>, trials: &Range<u64>) -> usize {
    let wanted = wanted.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let blocks = trials.end.div_ceil(BLOCK_TRIALS) - trials.start / BLOCK_TRIALS;
    usize::try_from(blocks).map_or(wanted, |blocks| wanted.min(blocks))
}

/// The sum of the blocks handed on.
pub(super) struct Sum {
    pub(super) accumulators: Accumulators,
    pub(super) audit: Audit,
}

impl Sum {
    pub(super) fn new<S: Simulation>(simulation: &S) -> Self {
        Sum { accumulators: simulation.accumulators(), audit: Audit::default() }
    }
}

/// Who looks on, and who may end the stage.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    pub(super) progress: &'a dyn Progress,
    pub(super) stop: &'a AtomicBool,
}

/// What the workers of one stage share.
pub(super) struct Stage<'a, S: Simulation> {
    simulation: &'a S,
    trials: Range<u64>,
    watch: Watch<'a>,
    queue: Option<Queue<'a>>,
    /// The next block to hand out.
    next: AtomicU64,
    /// Some trial has failed.
    failed: AtomicBool,
    total: Mutex<Total<S::Error>>,
}

/// The sum, and the failure with the smallest trial.
struct Total<E: std::error::Error + 'static> {
    sum: Sum,
    failure: Option<(u64, EngineError<E>)>,
}

/// A trial that ended the stage, and why.
type Failure<S> = (u64, EngineError<<S as Simulation>::Error>);

impl<'a, S: Simulation> Stage<'a, S> {
    /// The stage of `trials`, which follow those in `sum`.
    pub(super) fn new(simulation: &'a S, trials: Range<u64>, sum: Sum, watch: Watch<'a>) -> Self {
        Stage {
            simulation,
            watch,
            queue: None,
            next: AtomicU64::new(trials.start / BLOCK_TRIALS),
            failed: AtomicBool::new(false),
            total: Mutex::new(Total { sum, failure: None }),
            trials,
        }
    }

    /// The stage of so many workers with rows of its trials handed to `sink`.
    pub(super) fn with_sink(self, sink: Option<&'a dyn TrialSink>, workers: usize) -> Self {
        let first = self.trials.start / BLOCK_TRIALS;
        let queue = sink.map(|sink| Queue::new(sink, first, BLOCKS_WAITING * workers as u64));
        Stage { queue, ..self }
    }

    /// Takes blocks until none is left, with one workspace and one state for all of them.
    pub(super) fn work(&self) {
        let _closing = Closing(self.queue.as_ref());
        let mut workspace = self.simulation.workspace();
        let mut accumulators = self.simulation.accumulators();
        while let Some(block) = self.take() {
            if let Err((trial, error)) = self.block(block, &mut workspace, &mut accumulators) {
                self.fail(trial, error);
                return;
            }
            let trials = self.trials_of(block);
            self.watch.progress.advance(trials.end - trials.start);
            if accumulators.trials() >= MERGE_TRIALS {
                self.add(&mut accumulators);
            }
        }
        self.add(&mut accumulators);
        self.simulation.collect(&workspace, &mut self.lock().sum.audit);
    }

    /// The sum with all blocks done.
    pub(super) fn finish(self) -> Result<Sum, EngineError<S::Error>> {
        let total = self.total.into_inner().unwrap_or_else(PoisonError::into_inner);
        total.failure.map_or(Ok(total.sum), |(_, error)| Err(error))
    }

    /// The next block, unless the stage is over.
    ///
    /// A block once handed out is always begun, and blocks are handed out in order: so those done are the first of the run,
    /// and no trial before the first failing one goes unseen.
    fn take(&self) -> Option<u64> {
        if self.watch.stop.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed) {
            return None;
        }
        let block = self.next.fetch_add(1, Ordering::Relaxed);
        (!self.trials_of(block).is_empty()).then_some(block)
    }

    /// Trials of a block; the first and the last of a stage may be shorter.
    fn trials_of(&self, block: u64) -> Range<u64> {
        let first = block * BLOCK_TRIALS;
        first.max(self.trials.start)..(first + BLOCK_TRIALS).min(self.trials.end)
    }

    fn block(
        &self,
        block: u64,
        workspace: &mut S::Workspace,
        accumulators: &mut Accumulators,
    ) -> Result<(), Failure<S>> {
        let mut rows = Vec::new();
        for trial in self.trials_of(block) {
            let outcomes = self.simulation.trial(trial, workspace);
            let outcomes = outcomes.map_err(|error| (trial, EngineError::Trial(error)))?;
            accumulators.record(trial, outcomes.full, outcomes.twin).map_err(|error| (trial, self.named(error)))?;
            if let Some(queue) = &self.queue {
                queue.sink().row(trial, outcomes, &mut rows);
            }
            self.force(trial, workspace, accumulators).map_err(|error| (trial, error))?;
        }
        let handed = self.queue.as_ref().map_or(Ok(()), |queue| queue.hand(block, rows));
        handed.map_err(|error| (self.trials_of(block).start, EngineError::Sink(error)))
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
        let merged = self.lock().sum.accumulators.merge(accumulators);
        accumulators.clear();
        if let Err(error) = merged {
            self.fail(self.trials.end, EngineError::Statistics(error));
        }
    }

    fn fail(&self, trial: u64, error: EngineError<S::Error>) {
        self.failed.store(true, Ordering::Relaxed);
        if let Some(queue) = &self.queue {
            queue.close();
        }
        let mut total = self.lock();
        if total.failure.as_ref().is_none_or(|(earlier, _)| trial < *earlier) {
            total.failure = Some((trial, error));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Total<S::Error>> {
        self.total.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the queue where its worker panics: the others would wait for a block that never comes.
struct Closing<'a>(Option<&'a Queue<'a>>);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        if let Some(queue) = self.0.filter(|_| thread::panicking()) {
            queue.close();
        }
    }
}
