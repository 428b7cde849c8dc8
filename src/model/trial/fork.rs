//! Where a trial and its twin part. (methods.md, 10)

use crate::model::observer::{Observer, Step, View};
use crate::model::trial::Workspace;
use crate::model::{failure, lender, recovery, redemption};

/// Copies a trial into the workspace of its twin before the step in which contagion is about to act, for up to there both are the
/// same.
///
/// Any step that ends before contagion has acted will do. What is looked at is only how near it is: a default, of which sales of
/// collateral and a hit to confidence follow; a clearing; a redemption. Where it comes from elsewhere the twin begins at an earlier
/// copy, or anew.
#[derive(Debug)]
pub struct Fork<'a, O> {
    twin: Option<&'a mut Workspace>,
    observer: &'a mut O,
    last: Option<Step>,
}

impl<'a, O: Observer> Fork<'a, O> {
    /// Looks for the place to part from that twin, if any, and lets `observer` look on as well.
    pub fn new(twin: Option<&'a mut Workspace>, observer: &'a mut O) -> Self {
        Fork { twin, observer, last: None }
    }

    /// The last step that the twin has in common with the trial, at whose end its workspace stands; none where it is to begin
    /// anew.
    #[must_use]
    pub fn last(&self) -> Option<Step> {
        self.last
    }
}

impl<O: Observer> Observer for Fork<'_, O> {
    fn begun(&mut self) {
        self.observer.begun();
    }

    fn opened(&mut self) {
        self.observer.opened();
    }

    fn ended(&mut self) {
        self.observer.ended();
    }

    fn after(&mut self, step: Step, view: View<'_>) {
        if let Some(twin) = &mut self.twin
            && !view.state.contagion
            && is_near(step, &view)
        {
            twin.copy_from(&view);
            self.last = Some(step);
        }
        self.observer.after(step, view);
    }
}

/// Is contagion likely to act in the steps that follow this one, and not later?
fn is_near(step: Step, View { system, state, clearing, .. }: &View<'_>) -> bool {
    match step {
        Step::Payments => recovery::is_near(system, state),
        Step::Liquidity => {
            lender::confidence_hit(system, state) > 0.0
                || failure::is_near(system, state, clearing)
                || redemption::is_near(system, state)
        }
        _ => false,
    }
}
