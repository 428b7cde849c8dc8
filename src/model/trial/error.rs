//! Why a trial has no outcome.

use crate::model::clearing::ClearingError;

/// What can go wrong in a trial.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrialError {
    /// The clearing of a quarter has no answer.
    #[error("trial {trial}, quarter {quarter}: {source}")]
    Clearing {
        /// Number of the trial.
        trial: u64,
        /// Quarter, from 1.
        quarter: i64,
        /// What the clearing says.
        source: ClearingError,
    },
    /// An invariant does not hold.
    #[error(
        "trial {trial}, quarter {quarter}: invariant `{name}` is off by {residual:e} of what it compares, beyond {tolerance:e}"
    )]
    Invariant {
        /// Number of the trial.
        trial: u64,
        /// Quarter, from 1.
        quarter: i64,
        /// Name of the check.
        name: &'static str,
        /// Its relative residual.
        residual: f64,
        /// The largest residual that is rounding.
        tolerance: f64,
    },
    /// The same trial without contagion could not be finished.
    #[error("{0}, in the twin")]
    Twin(Box<TrialError>),
    /// The same trial could not be finished with a lender forced to fail.
    #[error("{source}, with lender `{lender}` forced to fail")]
    Forced {
        /// Name of that lender.
        lender: String,
        /// What went wrong in it.
        source: Box<TrialError>,
    },
    /// A loss beyond the range of the accumulators.
    #[error(
        "trial {trial}: a loss of {amount:e} USD bn at lender `{lender}` is beyond the range of the accumulators (65536)"
    )]
    Overflow {
        /// Number of the trial.
        trial: u64,
        /// Name of the lender.
        lender: String,
        /// The posting that went beyond.
        amount: f64,
    },
}
