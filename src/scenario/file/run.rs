//! `[scenario]`, `[run]` and `[channels]`, as written.

use schemars::JsonSchema;

use crate::scenario::file::list::Event;
use crate::scenario::file::reader::{KeyReader, Keys};
use crate::scenario::file::value::{Located, Plain};
use crate::units::{Count, Horizon, Level, PositiveRatio, Seed};

/// What the scenario is about.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Title {
    /// Title of reports.
    pub title: Option<Located<String>>,
    /// Question that the scenario answers.
    pub question: Option<Located<String>>,
    /// What happens in it, in words.
    pub story: Option<Located<String>>,
}

impl Keys for Title {
    fn read(keys: &mut KeyReader) -> Self {
        Title { title: keys.take("title"), question: keys.take("question"), story: keys.take("story") }
    }
}

/// Settings of a run.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Run {
    /// Horizon in quarters.
    pub quarters: Option<Plain<Horizon>>,
    /// Number of trials.
    pub trials: Option<Plain<Count>>,
    /// Seed of all random draws.
    pub seed: Option<Plain<Seed>>,
    /// Whether each trial runs again without contagion.
    pub twin: Option<Located<bool>>,
    /// Levels of value at risk and expected shortfall.
    pub levels: Option<Located<Vec<Plain<Level>>>>,
    /// Failures from which on a trial can be a cascade.
    pub cascade_min: Option<Plain<Count>>,
    /// Multiplier of the AI sector against its lenders.
    pub scale: Option<Plain<PositiveRatio>>,
    /// Event of reverse stress: `"N>=3"` failures, or `"L>=50"` USD bn of system loss.
    pub event: Option<Located<Event>>,
}

impl Keys for Run {
    const LISTED: bool = false;

    fn read(keys: &mut KeyReader) -> Self {
        Run {
            quarters: keys.take("quarters"),
            trials: keys.take("trials"),
            seed: keys.take("seed"),
            twin: keys.take("twin"),
            levels: keys.take("levels"),
            cascade_min: keys.take("cascade_min"),
            scale: keys.take("scale"),
            event: keys.take("event"),
        }
    }
}

/// Which channels of contagion act.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Channels {
    /// Claims on failed lenders lose what the clearing says.
    pub clearing: Option<Located<bool>>,
    /// Fair-value holders mark claims on distressed lenders.
    pub revaluation: Option<Located<bool>>,
    /// Fair-value holders mark loans to distressed obligors.
    pub loan_marks: Option<Located<bool>>,
    /// Collateral sold by lenders moves the price of GPUs.
    pub collateral_fire_sale: Option<Located<bool>>,
    /// Credit sold by lenders moves its price.
    pub credit_fire_sale: Option<Located<bool>>,
    /// Redemptions, calls of lines and forced sales.
    pub funding: Option<Located<bool>>,
    /// Lenders' health limits refinancing and lowers confidence.
    pub credit_crunch: Option<Located<bool>>,
    /// A failed customer leaves a hole in its supplier's receipts.
    pub trade: Option<Located<bool>>,
    /// Vendor finance depends on the vendor's health, share prices and milestones.
    pub circular: Option<Located<bool>>,
    /// Risk transfer and shorts.
    pub hedges: Option<Located<bool>>,
}

impl Keys for Channels {
    fn read(keys: &mut KeyReader) -> Self {
        Channels {
            clearing: keys.take("clearing"),
            revaluation: keys.take("revaluation"),
            loan_marks: keys.take("loan_marks"),
            collateral_fire_sale: keys.take("collateral_fire_sale"),
            credit_fire_sale: keys.take("credit_fire_sale"),
            funding: keys.take("funding"),
            credit_crunch: keys.take("credit_crunch"),
            trade: keys.take("trade"),
            circular: keys.take("circular"),
            hedges: keys.take("hedges"),
        }
    }
}
