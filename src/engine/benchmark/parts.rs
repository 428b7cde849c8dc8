//! Where the time of a trial goes.

use crate::engine::benchmark::{Part, Stopwatch};
use crate::engine::{EngineError, Model, RunSettings, Simulation};
use crate::model::system::System;

/// Seconds per trial by part, measured apart by a clock read after every part.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// Whether each trial ran again without contagion, where that can make a difference.
    pub twin: bool,
    /// In the order of [`Part::ALL`].
    pub seconds: [f64; Part::ALL.len()],
}

impl Parts {
    /// Runs the trials of `settings` one after the other before a stopwatch, on this thread.
    ///
    /// # Errors
    /// [`EngineError`] of a trial.
    pub fn measure(system: &System, settings: &RunSettings) -> Result<Parts, EngineError> {
        let model = Model::new(system, settings).map_err(EngineError::Network)?;
        let (mut rooms, mut accumulators) = (model.workspace(), model.accumulators());
        let mut stopwatch = Stopwatch::start();
        for trial in 0..settings.trials {
            let outcomes = model.observed(trial, &mut rooms, &mut stopwatch).map_err(EngineError::Trial)?;
            accumulators.record(trial, outcomes.full, outcomes.twin)?;
            stopwatch.read(Part::Recording);
            stopwatch.next();
        }
        Ok(Parts { twin: settings.twin, seconds: stopwatch.seconds().map(|own| own / settings.trials as f64) })
    }

    /// Share of each part in all of them, in the order of [`Part::ALL`].
    #[must_use]
    pub fn shares(&self) -> [f64; Part::ALL.len()] {
        let all: f64 = self.seconds.iter().sum();
        self.seconds.map(|own| if all > 0.0 { own / all } else { 0.0 })
    }
}
