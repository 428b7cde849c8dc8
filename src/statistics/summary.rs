//! What a run says: plain numbers, each with its error, in the order of the system's entities.

use crate::model::outcome::{DefaultCause, FIXED_ONE, FailureCause};
use crate::statistics::accumulator::{Accumulators, LenderTally, LossTally, ObligorTally};
use crate::statistics::cascade::CascadeSummary;
use crate::statistics::estimate::Estimate;
use crate::statistics::tail::{TailSummary, tail};

/// What to ask of the accumulators.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Levels of VaR and ES, each in (0, 1).
    pub levels: Vec<f64>,
    /// Failures that make a cascade.
    pub cascade_min: usize,
}

/// Everything a run says.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Trials behind it.
    pub trials: u64,
    /// Losses of all lenders but vendors.
    pub system: SystemSummary,
    /// Failures together.
    pub cascades: CascadeSummary,
    /// By lender, in the order of [`crate::model::system::System::lenders`].
    pub lenders: Vec<LenderSummary>,
    /// By obligor, in the order of [`crate::model::system::System::obligors`].
    pub obligors: Vec<ObligorSummary>,
}

/// Loss of the system.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemSummary {
    /// Mean system loss, USD bn.
    pub mean_loss_usd_bn: Option<Estimate>,
    /// VaR and ES, one per level.
    pub tails: Vec<TailSummary>,
    /// Probability of a cascade with contagion failures; needs the twin.
    pub cascade_probability: Option<Estimate>,
    /// Mean loss over that of the twin; needs the twin.
    pub amplification: Option<Estimate>,
}

/// One lender.
#[derive(Debug, Clone, PartialEq)]
pub struct LenderSummary {
    /// Probability that it fails by the horizon.
    pub failure_probability: Option<Estimate>,
    /// Mean loss over all channels, USD bn.
    pub expected_loss_usd_bn: Option<Estimate>,
    /// VaR and ES of its loss, one per level.
    pub tails: Vec<TailSummary>,
    /// Mean of its lowest capital ratio less the opening one; banks and insurers only.
    pub capital_depletion_ratio: Option<Estimate>,
    /// Mean of its largest shortfall to the minimum ratio, USD bn; banks and insurers only.
    pub capital_shortfall_usd_bn: Option<Estimate>,
    /// Most frequent main cause of failure, the first of [`FailureCause::ALL`] if several; none if it never failed.
    pub main_cause: Option<FailureCause>,
    /// Most frequent round of failure, the earliest if several; none if it never failed.
    pub main_round: Option<usize>,
}

/// Share of an obligor's defaults with that cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CauseShare {
    /// The cause.
    pub cause: DefaultCause,
    /// Its share of the defaults; none if there was none.
    pub share: Option<Estimate>,
}

/// One obligor.
#[derive(Debug, Clone, PartialEq)]
pub struct ObligorSummary {
    /// Probability that it defaults by the horizon.
    pub default_probability: Option<Estimate>,
    /// Mean quarter of default, from 1, given default.
    pub mean_default_quarter: Option<Estimate>,
    /// Shares of the causes, in the order of [`DefaultCause::ALL`].
    pub causes: Vec<CauseShare>,
    /// Loss given default: sum of losses over sum of balances at default; none without a balance.
    pub loss_given_default: Option<Estimate>,
}

/// The estimates of a run.
#[must_use]
pub fn summarise(accumulators: &Accumulators, settings: &Settings) -> Summary {
    let trials = accumulators.trials;
    let cascades = accumulators
        .cascades
        .summarise(settings.cascade_min, trials);
    let lender = |lender| summarise_lender(lender, &settings.levels, trials);
    Summary {
        trials,
        system: SystemSummary {
            mean_loss_usd_bn: accumulators.system.moments.mean(trials, FIXED_ONE),
            tails: tails(&accumulators.system, &settings.levels, trials),
            cascade_probability: None,
            amplification: None,
        },
        cascades,
        lenders: accumulators.lenders.iter().map(lender).collect(),
        obligors: accumulators
            .obligors
            .iter()
            .map(|obligor| summarise_obligor(obligor, trials))
            .collect(),
    }
}

fn tails(loss: &LossTally, levels: &[f64], trials: u64) -> Vec<TailSummary> {
    levels
        .iter()
        .filter_map(|level| tail(&loss.histogram, trials, *level))
        .collect()
}

fn summarise_lender(lender: &LenderTally, levels: &[f64], trials: u64) -> LenderSummary {
    let capital_trials = if lender.regulated { trials } else { 0 };
    LenderSummary {
        failure_probability: Estimate::probability(lender.failures, trials),
        expected_loss_usd_bn: lender.loss.moments.mean(trials, FIXED_ONE),
        tails: tails(&lender.loss, levels, trials),
        capital_depletion_ratio: lender.depletion.mean(capital_trials, FIXED_ONE),
        capital_shortfall_usd_bn: lender.shortfall.mean(capital_trials, FIXED_ONE),
        main_cause: most_frequent(&lender.causes).map(|place| FailureCause::ALL[place]),
        main_round: most_frequent(&lender.rounds),
    }
}

fn summarise_obligor(obligor: &ObligorTally, trials: u64) -> ObligorSummary {
    let defaults = obligor.defaults;
    let squares = [
        obligor.loss.square(),
        obligor.loss_exposure,
        obligor.exposure.square(),
    ];
    let share = |(count, cause): (&u64, DefaultCause)| CauseShare {
        cause,
        share: Estimate::probability(*count, defaults),
    };
    ObligorSummary {
        default_probability: Estimate::probability(defaults, trials),
        mean_default_quarter: obligor.quarter.mean(defaults, 1.0),
        causes: obligor
            .causes
            .iter()
            .zip(DefaultCause::ALL)
            .map(share)
            .collect(),
        loss_given_default: Estimate::ratio(
            obligor.loss.sum(),
            obligor.exposure.sum(),
            squares,
            defaults,
        ),
    }
}

/// Place of the largest count, the first of equals; none where all are zero.
fn most_frequent(counts: &[u64]) -> Option<usize> {
    let largest = counts.iter().copied().max().filter(|count| *count > 0)?;
    counts.iter().position(|count| *count == largest)
}
