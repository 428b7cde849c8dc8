//! Where the time of a trial goes.

use crate::engine::EngineError;
use crate::engine::benchmark::{BenchmarkSettings, Part, Stopwatch};
use crate::model::driver::Draws;
use crate::model::system::System;
use crate::model::trial::{Workspace, run_observed};
use crate::random::Streams;
use crate::statistics::Accumulators;

/// Seconds per trial by part, measured apart by a clock read after every part.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// Whether each trial ran again without contagion.
    pub twin: bool,
    /// In the order of [`Part::ALL`].
    pub seconds: [f64; Part::ALL.len()],
}

impl Parts {
    /// Runs the trials one after the other before a stopwatch.
    ///
    /// # Errors
    /// [`EngineError`] of a trial.
    pub fn measure(system: &System, settings: &BenchmarkSettings, twin: bool) -> Result<Parts, EngineError> {
        let streams = Streams::new(settings.seed);
        let mut accumulators = Accumulators::for_system(system);
        let twin_system = twin.then(|| system.twin());
        let mut full = Workspace::new(system).map_err(EngineError::Network)?;
        let mut other = twin_system.as_ref().map(Workspace::new).transpose().map_err(EngineError::Network)?;
        other.iter_mut().for_each(Workspace::forget_paths);
        let mut stopwatch = Stopwatch::start();
        for trial in 0..settings.trials {
            let draws = Draws { streams, trial };
            run_observed(system, draws, &mut full, &mut stopwatch).map_err(EngineError::Trial)?;
            stopwatch.read(Part::Quarters);
            if let (Some(system), Some(workspace)) = (&twin_system, &mut other) {
                run_observed(system, draws, workspace, &mut stopwatch).map_err(EngineError::Trial)?;
                stopwatch.read(Part::Quarters);
            }
            accumulators.record(trial, full.outcome(), other.as_ref().map(Workspace::outcome))?;
            stopwatch.read(Part::Recording);
            stopwatch.next();
        }
        Ok(Parts { twin, seconds: stopwatch.seconds().map(|own| own / settings.trials as f64) })
    }

    /// Share of each part in all of them, in the order of [`Part::ALL`].
    #[must_use]
    pub fn shares(&self) -> [f64; Part::ALL.len()] {
        let all: f64 = self.seconds.iter().sum();
        self.seconds.map(|own| if all > 0.0 { own / all } else { 0.0 })
    }
}
