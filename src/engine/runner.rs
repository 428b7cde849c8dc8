//! A run that can be extended: stages of trials that add up to the same bits as one run.

use std::mem;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use crate::engine::model::Model;
use crate::engine::worker::{self, Stage, Sum, Watch};
use crate::engine::{EngineError, FIRST_LOOK, Progress, RunOutcome, RunSettings, Simulation, TrialSink};
use crate::model::system::System;
use crate::statistics::{Accumulators, MAX_TRIALS};

/// The trials of a run so far, added up.
///
/// ```
/// # use std::sync::atomic::AtomicBool;
/// # use knockon::engine::{EngineError, RunOutcome, RunSettings, Runner};
/// # use knockon::model::system::System;
/// fn in_two_stages(system: &System, settings: &RunSettings) -> Result<RunOutcome, EngineError> {
///     let mut runner = Runner::new(system, settings)?;
///     runner.extend_to(4_096, &(), &AtomicBool::new(false))?;
///     runner.extend_to(8_192, &(), &AtomicBool::new(false))?; // trials 4,096 to 8,191
///     Ok(runner.finish())
/// }
/// ```
pub struct Runner<'a, S> {
    simulation: S,
    threads: Option<NonZeroUsize>,
    sink: Option<&'a dyn TrialSink>,
    sum: Sum,
    /// Where the last extension was to end.
    asked: u64,
}

impl<'a> Runner<'a, Model<'a>> {
    /// A run of `system` without trials; of `settings`, the number of trials does not matter here.
    ///
    /// # Errors
    /// [`EngineError::Network`].
    pub fn new(system: &'a System, settings: &RunSettings) -> Result<Self, EngineError> {
        let model = Model::new(system, settings).map_err(EngineError::Network)?;
        Ok(Runner::of(model, settings.threads))
    }
}

impl<'a, S: Simulation> Runner<'a, S> {
    /// A run of `simulation` without trials, on so many threads; on all processors where absent.
    pub fn of(simulation: S, threads: Option<NonZeroUsize>) -> Self {
        let sum = Sum::new(&simulation);
        Runner { simulation, threads, sink: None, sum, asked: 0 }
    }

    /// The run with rows of its trials kept in `sink`.
    #[must_use]
    pub fn with_sink(self, sink: &'a dyn TrialSink) -> Self {
        Runner { sink: Some(sink), ..self }
    }

    /// Runs the trials from those done up to `trials`; none if there are already so many.
    ///
    /// `stop` is looked at between blocks: once it is true the blocks begun are finished, so that what is left is exactly a
    /// shorter run, which a later call goes on with.
    ///
    /// # Errors
    /// [`EngineError`]; a failing trial stops the run, which is without trials then.
    pub fn extend_to(
        &mut self,
        trials: u64,
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Result<(), EngineError<S::Error>> {
        if !(1..=MAX_TRIALS).contains(&trials) {
            return Err(EngineError::Trials { trials });
        }
        self.asked = trials;
        let range = self.accumulators().trials()..trials;
        if range.is_empty() {
            return Ok(());
        }
        let threads = worker::threads(self.threads, &range);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|source| EngineError::Threads { threads, source })?;
        let sum = mem::replace(&mut self.sum, Sum::new(&self.simulation));
        let stage = Stage::new(&self.simulation, range, sum, Watch { progress, stop }).with_sink(self.sink, threads);
        pool.broadcast(|_| stage.work());
        self.sum = stage.finish()?;
        Ok(())
    }

    /// Runs a fresh run on until `enough` says so of what there is, or until `most` trials are done.
    ///
    /// `enough` is asked after [`FIRST_LOOK`] trials, whenever their number has doubled, and after `most`: the number of trials
    /// at which the run ends is itself a function of the simulation alone. (methods.md, 11.38)
    ///
    /// # Errors
    /// As [`Runner::extend_to`].
    pub fn extend_until(
        &mut self,
        most: u64,
        progress: &dyn Progress,
        stop: &AtomicBool,
        mut enough: impl FnMut(&Accumulators) -> bool,
    ) -> Result<(), EngineError<S::Error>> {
        let mut look = FIRST_LOOK.min(most);
        loop {
            self.extend_to(look, progress, stop)?;
            let stopped = self.accumulators().trials() < look;
            if stopped || enough(self.accumulators()) || look == most {
                return Ok(());
            }
            look = (2 * look).min(most);
        }
    }

    /// Everything remembered of the trials done.
    #[must_use]
    pub fn accumulators(&self) -> &Accumulators {
        &self.sum.accumulators
    }

    /// What the run leaves.
    #[must_use]
    pub fn finish(self) -> RunOutcome {
        let trials_done = self.accumulators().trials();
        RunOutcome {
            residuals: self.sum.audit.residuals(),
            accumulators: self.sum.accumulators,
            trials_done,
            interrupted: trials_done < self.asked,
        }
    }
}
