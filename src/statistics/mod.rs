//! From the outcomes of trials to numbers with error bars.
//!
//! [`Accumulators`] takes outcomes one by one and is added to others of its kind: all of it is integers, so any split of
//! a run over threads or machines, merged in any order, gives the same bits. [`summarise`] turns it into estimates.
//!
//! ```
//! use knockon::model::outcome::Outcome;
//! use knockon::statistics::{Accumulators, Settings, summarise};
//!
//! let mut accumulators = Accumulators::new(1, &[true, false]);
//! accumulators.record(0, &Outcome::new(1, 2), None)?;
//! let settings = Settings { levels: vec![0.95], cascade_min: 2 };
//! let summary = summarise(&accumulators, &settings);
//! assert_eq!(summary.system.mean_loss_usd_bn.map(|estimate| estimate.point), Some(0.0));
//! # Ok::<(), knockon::statistics::StatisticsError>(())
//! ```

mod accumulator;
mod association;
mod attribution;
mod capital;
mod cascade;
mod contribution;
mod counts;
mod default;
mod estimate;
mod exceedance;
mod facility;
mod failures;
mod fan;
mod forced;
mod groups;
mod headline;
mod histogram;
mod metric;
mod moments;
mod pair;
mod parts;
mod precision;
mod range;
mod reverse;
mod sensitivity;
mod summary;
mod survival;
mod tail;
mod tally;
mod twin;
mod warning;
mod wide;
mod worst;

pub use accumulator::Accumulators;
pub use association::ConditionalFailure;
pub use capital::CapitalSummary;
pub use cascade::CascadeSummary;
pub use contribution::{Attribution, Part};
pub use counts::CountShare;
pub use default::DefaultSummary;
pub use estimate::{Estimate, NORMAL_975};
pub use exceedance::Exceedance;
pub use facility::FacilitySummary;
pub use failures::FailureSummary;
pub use fan::{FAN_LEVELS, Fan};
pub use forced::{ForcedPair, ForcedSummary, Importance};
pub use groups::{GROUPS, replicates};
pub use metric::{Metric, metric_names, metrics, needs_twin};
pub use parts::{LossCause, Parts};
pub use precision::{Precision, Reached};
pub use reverse::{DriverShift, LeastExtreme, ReverseSummary};
pub use sensitivity::{PARTS, ParameterSummary};
pub use summary::{
    CauseShare, DEPLETION_LEVELS, LenderSummary, ObligorSummary, Settings, Summary, SystemSummary, summarise,
};
pub use survival::SurvivalSummary;
pub use tail::TailSummary;
pub use twin::TwinSummary;
pub use warning::Warning;
pub use worst::WORST_TRIALS;

use crate::model::outcome::Fixed;

/// Amounts must lie strictly within this many units of 2^-30 USD bn on either side of zero: 2^16 USD bn.
pub const AMOUNT_BOUND: Fixed = 1 << 46;

/// Most trials of a run: below this and [`AMOUNT_BOUND`] no sum of squares leaves an `i128`.
pub const MAX_TRIALS: u64 = 1 << 34;

/// Whose number it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// All lenders together.
    System,
    /// Index into [`crate::model::system::System::lenders`].
    Lender(usize),
    /// Index into [`crate::model::system::System::obligors`].
    Obligor(usize),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Subject::System => write!(formatter, "the system"),
            Subject::Lender(index) => write!(formatter, "lender number {index}"),
            Subject::Obligor(index) => write!(formatter, "obligor number {index}"),
        }
    }
}

/// Why outcomes could not be added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatisticsError {
    /// An amount or ratio at or beyond [`AMOUNT_BOUND`].
    #[error("trial {trial}: {quantity} of {subject} is {} USD bn, not below 2^16", bn(*.value))]
    OutOfRange {
        /// Number of the trial.
        trial: u64,
        /// Whose number.
        subject: Subject,
        /// What it measures.
        quantity: &'static str,
        /// The number, in units of 2^-30 USD bn.
        value: Fixed,
    },
    /// More trials than [`MAX_TRIALS`].
    #[error("{trials} trials, more than {MAX_TRIALS}")]
    TooManyTrials {
        /// How many.
        trials: u64,
    },
    /// Two accumulators of different worlds, or of which one keeps groups.
    #[error(
        "accumulators of {ours:?} and {theirs:?} obligors and lenders cannot be added, nor those of other facilities, nor with groups and without"
    )]
    DifferentWorlds {
        /// Obligors and lenders of the accumulator added to.
        ours: (usize, usize),
        /// Obligors and lenders of the other.
        theirs: (usize, usize),
    },
}

fn bn(value: Fixed) -> f64 {
    value as f64 / crate::model::outcome::FIXED_ONE
}
