//! What a trial writes to.

use crate::model::calm;
use crate::model::clearing::ClearingError;
use crate::model::draws::DrawTable;
use crate::model::failure::ClearingRoom;
use crate::model::grade::Grading;
use crate::model::observer::View;
use crate::model::opening::{self, Opening};
use crate::model::outcome::Outcome;
use crate::model::path::Paths;
use crate::model::state::State;
use crate::model::system::{Draw, Shock, System, Target};

/// Everything a trial writes to: made once per worker, used for one trial after the other without allocating.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub(super) system: System,
    pub(super) opening: Opening,
    pub(super) gradings: Vec<Grading>,
    pub(super) draws: DrawTable,
    pub(super) state: State,
    pub(super) clearing: ClearingRoom,
    pub(super) outcome: Outcome,
    /// Place of the shock that [`Workspace::force_failure`] adds.
    forced: Option<usize>,
}

impl Workspace {
    /// Room for the trials of a system.
    ///
    /// # Errors
    /// [`ClearingError::UnknownNode`] where a claim names a lender that does not exist; [`ClearingError::NotConverged`] on the
    /// calm path that marks of loans are measured by.
    pub fn new(system: &System) -> Result<Self, ClearingError> {
        let mut state = State::new(system);
        opening::derive(system, &mut state);
        Ok(Workspace {
            opening: Opening::new(system),
            gradings: system.draws.iter().map(|draw| Grading::new(&draw.law)).collect(),
            draws: DrawTable::new(system),
            state: State { reference_equity: calm::reference_equity(system)?, ..state },
            clearing: ClearingRoom::new(system)?,
            outcome: Outcome::for_system(system),
            forced: None,
            system: system.clone(),
        })
    }

    /// Lets one lender fail in quarter 1 of the trials to come, in place of that of an earlier call, beside whatever the
    /// scenario's own shocks do. Every draw stays where it was, and so does the calm path, which knows no shocks. Allocates
    /// at the first call only.
    pub fn force_failure(&mut self, lender: usize) {
        let shocks = &mut self.system.shocks;
        let place = *self.forced.get_or_insert_with(|| {
            shocks.push(Shock::failure(lender));
            shocks.len() - 1
        });
        shocks[place].targets[0] = Target::Fail(lender);
    }

    /// Keeps every posting of the trials to come, for an observer that tells them.
    pub fn keep_journal(&mut self) {
        self.state.ledger.keep_journal();
    }

    /// Keeps no series along the quarters in the outcomes to come: nobody asks a twin for them.
    pub fn forget_paths(&mut self) {
        self.outcome.paths = Paths::default();
    }

    /// Takes the draws that another workspace of the same world has made, and leaves it its own: a trial of the same number
    /// finds them ready.
    pub fn take_draws(&mut self, other: &mut Workspace) {
        std::mem::swap(&mut self.draws, &mut other.draws);
    }

    /// Takes the parameters that another workspace of the same world has drawn.
    pub fn take_parameters(&mut self, other: &mut Workspace) {
        for number in 0..self.system.draws.len() {
            let Draw { place, entity, .. } = self.system.draws[number];
            *place(&mut self.system, entity) = *place(&mut other.system, entity);
        }
    }

    /// Uses no instructions that only some processors have: slower, with the same bits.
    pub fn make_portable(&mut self) {
        self.draws.make_portable();
    }

    /// The system of the last trial, its parameters drawn.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The outcome of the last trial.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Checks the invariants in a release build too.
    pub fn audit(&mut self) {
        self.state.audit.activate();
    }

    /// Would the twin of this system's trials be the last trial itself, to the last bit? `twin` is a workspace of the twin: their
    /// calm paths, which trials do not change, must be the same wherever both are used.
    #[must_use]
    pub fn is_its_own_twin(&self, twin: &Workspace) -> bool {
        let (own, other) = (&self.state.reference_equity, &twin.state.reference_equity);
        !self.state.contagion && (other.nrows() == 0 || own == other)
    }

    /// Do both workspaces measure the distress of obligors alike, in all their trials?
    #[must_use]
    pub fn shares_measure(&self, other: &Workspace) -> bool {
        self.state.reference_equity == other.state.reference_equity
    }

    /// Becomes the workspace of a trial that stands where another one stands, but for the draws and parameters of the trial.
    pub fn copy_from(&mut self, trial: &View<'_>) {
        self.state.copy_from(trial.state);
        self.outcome.copy_from(trial.outcome);
    }

    /// The world at the end of the last quarter simulated.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }
}
