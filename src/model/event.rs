//! The event of reverse stress: decided within one trial. (methods.md, 11.4)

use std::fmt;

use crate::model::outcome::{FIXED_ONE, Outcome};

/// What a trial must come to for the statistics given the event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// At least so many lenders fail.
    Failures(usize),
    /// The system loss is at least so many USD bn.
    Loss(f64),
}

impl Event {
    /// Whether a trial came to it; the loss is compared exactly, as the ledger has it.
    #[must_use]
    pub fn occurs(self, outcome: &Outcome) -> bool {
        match self {
            Event::Failures(least) => outcome.failed() >= least,
            Event::Loss(least) => outcome.system_loss as f64 / FIXED_ONE >= least,
        }
    }
}

/// As scenarios write it: `N>=3`, `L>=50`.
impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Failures(least) => write!(formatter, "N>={least}"),
            Event::Loss(least) => write!(formatter, "L>={least}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{FailureCause, LenderFailure};

    #[test]
    fn the_bound_belongs_to_the_event() {
        let mut outcome = Outcome::new(0, 3);
        outcome.system_loss = (2.5 * FIXED_ONE) as i64;
        outcome.failures[1] = Some(LenderFailure { quarter: 1, round: 0, cause: FailureCause::None });
        for (event, occurs) in [
            (Event::Failures(1), true),
            (Event::Failures(2), false),
            (Event::Loss(2.5), true),
            (Event::Loss(2.5 + 1e-9), false),
            (Event::Loss(-1.0), true),
        ] {
            assert_eq!(event.occurs(&outcome), occurs, "{event}");
        }
    }

    #[test]
    fn it_is_told_as_it_is_written() {
        assert_eq!((Event::Failures(3).to_string(), Event::Loss(0.1).to_string()), ("N>=3".into(), "L>=0.1".into()));
    }
}
