//! What a run says: plain numbers, each with its error, in the order of the system's entities.

use ndarray::Array2;

use crate::model::outcome::{Channel, DefaultCause, FIXED_ONE, FailureCause};
use crate::statistics::accumulator::Accumulators;
use crate::statistics::association::ConditionalFailure;
use crate::statistics::capital::CapitalSummary;
use crate::statistics::cascade::CascadeSummary;
use crate::statistics::contribution::{self, Attribution};
use crate::statistics::default::DefaultSummary;
use crate::statistics::estimate::Estimate;
use crate::statistics::exceedance::{Exceedance, exceedance};
use crate::statistics::facility::FacilitySummary;
use crate::statistics::failures::FailureSummary;
use crate::statistics::fan::Fan;
use crate::statistics::forced::ForcedSummary;
use crate::statistics::reverse::ReverseSummary;
use crate::statistics::sensitivity::ParameterSummary;
use crate::statistics::survival::SurvivalSummary;
use crate::statistics::tail::{TailSummary, quantile, tail};
use crate::statistics::tally::{LenderTally, LossTally, ObligorTally};
use crate::statistics::twin::TwinSummary;
use crate::statistics::warning::Warning;

/// Levels of the quantiles of capital depletion: the worst twentieth, and the median.
pub const DEPLETION_LEVELS: [f64; 2] = [0.05, 0.5];

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
    /// Headline measures whose precision decided when the run ended; none where the number of trials was fixed.
    pub sequential: Vec<String>,
    /// Losses of all lenders but vendors.
    pub system: SystemSummary,
    /// Those losses against the twin's; empty in a run without twins.
    pub twin: TwinSummary,
    /// Failures together.
    pub failures: FailureSummary,
    /// Failures by contagion; empty in a run without twins.
    pub cascades: CascadeSummary,
    /// The mean system loss by its parts, then its expected shortfall at each level; empty without a trial.
    pub attribution: Vec<Attribution>,
    /// Who fails after whom, `[given, failing]`: association, not cause.
    pub association: Array2<ConditionalFailure>,
    /// What the forced failure of each lender does; none in a run without forced failures.
    pub forced: Option<ForcedSummary>,
    /// By lender, in the order of [`crate::model::system::System::lenders`].
    pub lenders: Vec<LenderSummary>,
    /// By obligor, in the order of [`crate::model::system::System::obligors`].
    pub obligors: Vec<ObligorSummary>,
    /// By facility, in the order of [`crate::model::system::System::facilities`].
    pub facilities: Vec<FacilitySummary>,
    /// Defaults of obligors together.
    pub defaults: DefaultSummary,
    /// Capital that banks and insurers lack together.
    pub capital: CapitalSummary,
    /// Series along the quarters: series by series in the order of results, each quarter by quarter.
    pub fans: Vec<Fan>,
    /// Survival curves.
    pub survival: SurvivalSummary,
    /// By uncertain parameter, in the order of [`crate::model::system::System::draws`].
    pub parameters: Vec<ParameterSummary>,
    /// What leads to the event of reverse stress.
    pub reverse: ReverseSummary,
}

/// Loss of the system.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemSummary {
    /// Mean system loss, USD bn.
    pub mean_loss_usd_bn: Option<Estimate>,
    /// VaR and ES, one per level.
    pub tails: Vec<TailSummary>,
    /// Exceedance curve.
    pub exceedance: Vec<Exceedance>,
}

/// One lender.
#[derive(Debug, Clone, PartialEq)]
pub struct LenderSummary {
    /// Probability that it fails by the horizon.
    pub failure_probability: Option<Estimate>,
    /// Probability that it fails in the twin: of its own losses, without contagion.
    pub fundamental_failure_probability: Option<Estimate>,
    /// Probability that it fails in the trial and not in its twin.
    pub contagion_failure_probability: Option<Estimate>,
    /// Probability that it fails in the twin and not in the trial.
    pub twin_only_failure_probability: Option<Estimate>,
    /// Mean loss over all channels, USD bn.
    pub expected_loss_usd_bn: Option<Estimate>,
    /// The parts of that mean, in the order of [`Channel::ALL`], without what scheduled failures took away.
    pub channels: [Option<Estimate>; Channel::ALL.len()],
    /// Mean equity that scheduled failures took away: the rest of that mean, never a loss of the system.
    pub decreed_usd_bn: Option<Estimate>,
    /// VaR and ES of its loss, one per level.
    pub tails: Vec<TailSummary>,
    /// Mean of its lowest capital ratio less the opening one; banks and insurers only.
    pub capital_depletion_ratio: Option<Estimate>,
    /// Quantiles of the same, in the order of [`DEPLETION_LEVELS`]; banks and insurers only.
    pub capital_depletion_quantiles: [Option<Estimate>; DEPLETION_LEVELS.len()],
    /// Mean of its largest shortfall to the minimum ratio, USD bn; banks and insurers only.
    pub capital_shortfall_usd_bn: Option<Estimate>,
    /// Probability of such a shortfall in some quarter; banks and insurers only.
    pub min_ratio_breach_probability: Option<Estimate>,
    /// Instalments paid and loans made by a vendor over its sales to obligors; none where it sold nothing.
    pub circularity_ratio: Option<Estimate>,
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
    /// Trials with its default.
    pub defaults: u64,
    /// Whether enough defaults condition the quarter, the shares and the loss given default.
    pub warning: Option<Warning>,
}

/// The estimates of a run.
#[must_use]
pub fn summarise(accumulators: &Accumulators, settings: &Settings) -> Summary {
    let trials = accumulators.trials;
    let pairs = accumulators.twin.trials;
    let system_tails = tails(&accumulators.system, &settings.levels, trials);
    let lender = |lender| summarise_lender(lender, &settings.levels, trials, pairs);
    Summary {
        trials,
        sequential: Vec::new(),
        system: SystemSummary {
            mean_loss_usd_bn: accumulators.system.moments.mean(trials, FIXED_ONE),
            tails: system_tails.clone(),
            exceedance: exceedance(&accumulators.system.histogram, trials),
        },
        twin: accumulators.twin.summarise(),
        failures: accumulators.failures.summarise(),
        cascades: accumulators.cascades.summarise(settings.cascade_min),
        attribution: contribution::summarise(&accumulators.attribution, trials, &system_tails),
        association: accumulators.association.summarise(),
        forced: accumulators.forced.summarise(),
        lenders: accumulators.lenders.iter().map(lender).collect(),
        obligors: accumulators.obligors.iter().map(|obligor| summarise_obligor(obligor, trials)).collect(),
        facilities: accumulators.facilities.iter().map(|facility| facility.summarise(trials)).collect(),
        defaults: accumulators.defaults.summarise(),
        capital: accumulators.capital.summarise(&settings.levels, trials),
        fans: accumulators.fans.summarise(),
        survival: accumulators.survival.summarise(trials),
        parameters: accumulators.sensitivity.summarise(trials),
        reverse: accumulators.reverse.summarise(trials),
    }
}

fn tails(loss: &LossTally, levels: &[f64], trials: u64) -> Vec<TailSummary> {
    levels.iter().filter_map(|level| tail(&loss.histogram, trials, *level)).collect()
}

fn summarise_lender(lender: &LenderTally, levels: &[f64], trials: u64, pairs: u64) -> LenderSummary {
    let capital_trials = if lender.regulated { trials } else { 0 };
    let depletion = |level| quantile(&lender.depletion.histogram, capital_trials, level, FIXED_ONE);
    LenderSummary {
        failure_probability: Estimate::probability(lender.failures, trials),
        fundamental_failure_probability: Estimate::probability(lender.fundamental, pairs),
        contagion_failure_probability: Estimate::probability(lender.contagion, pairs),
        twin_only_failure_probability: Estimate::probability(lender.twin_only, pairs),
        expected_loss_usd_bn: lender.loss.moments.mean(trials, FIXED_ONE),
        channels: lender.channels.map(|loss| loss.mean(trials, FIXED_ONE)),
        decreed_usd_bn: lender.decreed.mean(trials, FIXED_ONE),
        tails: tails(&lender.loss, levels, trials),
        capital_depletion_ratio: lender.depletion.moments.mean(capital_trials, FIXED_ONE),
        capital_depletion_quantiles: DEPLETION_LEVELS.map(|level| depletion(level).map(|quantile| quantile.estimate)),
        capital_shortfall_usd_bn: lender.shortfall.mean(capital_trials, FIXED_ONE),
        min_ratio_breach_probability: Estimate::probability(lender.short, capital_trials),
        circularity_ratio: lender.circularity.ratio(trials).map(|ratio| ratio.within(0.0, f64::INFINITY)),
        main_cause: most_frequent(&lender.causes).map(|place| FailureCause::ALL[place]),
        main_round: most_frequent(&lender.rounds),
    }
}

fn summarise_obligor(obligor: &ObligorTally, trials: u64) -> ObligorSummary {
    let defaults = obligor.defaults;
    let share =
        |(count, cause): (&u64, DefaultCause)| CauseShare { cause, share: Estimate::probability(*count, defaults) };
    ObligorSummary {
        default_probability: Estimate::probability(defaults, trials),
        mean_default_quarter: obligor.quarter.mean(defaults, 1.0).map(|quarter| quarter.within(1.0, f64::INFINITY)),
        causes: obligor.causes.iter().zip(DefaultCause::ALL).map(share).collect(),
        loss_given_default: obligor.severity.ratio(defaults).map(|share| share.within(0.0, 1.0)),
        defaults,
        warning: (defaults > 0).then(|| Warning::of_events(defaults)).flatten(),
    }
}

/// Place of the largest count, the first of equals; none where all are zero.
fn most_frequent(counts: &[u64]) -> Option<usize> {
    let largest = counts.iter().copied().max().filter(|count| *count > 0)?;
    counts.iter().position(|count| *count == largest)
}

#[cfg(test)]
mod tests {
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    use super::*;
    use crate::model::outcome::{Channel, LenderFailure, ObligorDefault, Outcome};

    fn fixed(amount: f64) -> i64 {
        (amount * FIXED_ONE).round() as i64
    }

    /// A bank with 0.3 and a fund with 0.7 of losses 1 to 10; the fund fails from 7 on, in round 1 of 8 and 9; the first
    /// obligor defaults from 8 on, the second never.
    fn outcome(loss: i32) -> Outcome {
        let mut outcome = Outcome::new(2, 2);
        let amount = f64::from(loss);
        outcome.losses[(0, 0)] = fixed(0.3 * amount);
        outcome.losses[(1, 1)] = fixed(0.7 * amount);
        outcome.system_loss = fixed(amount);
        outcome.depletion = vec![fixed(-0.01 * amount), 0];
        outcome.shortfall = vec![fixed(0.5), 0];
        if loss >= 7 {
            let round = usize::from(loss == 8 || loss == 9);
            let cause = if loss == 9 { FailureCause::Opening } else { FailureCause::Channel(Channel::FireSale) };
            outcome.failures[1] = Some(LenderFailure { quarter: 3, round, cause });
        }
        if loss >= 8 {
            let cause = if loss == 10 { DefaultCause::Burn } else { DefaultCause::Maturity };
            let (quarter, exposure, loss) = (loss as usize, fixed(amount), fixed(4.0));
            outcome.defaults[0] = Some(ObligorDefault { quarter, cause, exposure, loss });
        }
        outcome
    }

    fn summary(losses: std::ops::RangeInclusive<i32>) -> Summary {
        let mut accumulators = Accumulators::new(2, &[true, false]);
        for loss in losses {
            let twin = Outcome { failures: vec![None; 2], ..outcome(loss) };
            accumulators.record(0, &outcome(loss), Some(&twin)).unwrap();
        }
        summarise(&accumulators, &Settings { levels: vec![0.7, 0.75], cascade_min: 1 })
    }

    fn point(estimate: Option<Estimate>) -> f64 {
        estimate.unwrap().point
    }

    #[test]
    fn worked_example_14() {
        let summary = summary(1..=10);
        assert_eq!(point(summary.system.mean_loss_usd_bn), 5.5);
        let tails = |tails: &[TailSummary]| -> Vec<(f64, f64)> {
            tails.iter().map(|tail| (tail.value_at_risk_usd_bn.point, tail.expected_shortfall_usd_bn.point)).collect()
        };
        assert_eq!(tails(&summary.system.tails), [(7.0, 9.0), (8.0, 9.2)]);
        // At 2^-8 each of the ten losses still has a bucket of its own: exact but for the rounding to 2^-30.
        for (lender, share) in summary.lenders.iter().zip([0.3, 0.7]) {
            for ((value_at_risk, shortfall), whole) in tails(&lender.tails).into_iter().zip([(7.0, 9.0), (8.0, 9.2)]) {
                assert_abs_diff_eq!(value_at_risk, share * whole.0, epsilon = 1e-9);
                assert_abs_diff_eq!(shortfall, share * whole.1, epsilon = 1e-9);
            }
        }
    }

    #[test]
    fn lenders_by_hand() {
        let summary = summary(1..=10);
        let [bank, fund] = &summary.lenders[..] else { unreachable!() };
        assert_eq!((point(bank.failure_probability), point(fund.failure_probability)), (0.0, 0.4));
        assert_relative_eq!(point(fund.expected_loss_usd_bn), 3.85, max_relative = 1e-9);
        assert_relative_eq!(point(bank.capital_depletion_ratio), -0.055, max_relative = 1e-8);
        assert_eq!(
            bank.capital_shortfall_usd_bn.map(|estimate| (estimate.point, estimate.std_error)),
            Some((0.5, Some(0.0)))
        );
        assert_eq!((fund.capital_depletion_ratio, fund.capital_shortfall_usd_bn), (None, None));
        assert_eq!((bank.main_cause, bank.main_round), (None, None));
        // Two failures in round 0 and two in round 1: the earlier is named.
        assert_eq!((fund.main_cause, fund.main_round), (Some(FailureCause::Channel(Channel::FireSale)), Some(0)));
        // Nobody fails in the twins.
        assert_eq!(point(fund.contagion_failure_probability), 0.4);
        assert_eq!(
            (point(fund.fundamental_failure_probability), point(fund.twin_only_failure_probability)),
            (0.0, 0.0)
        );
        assert_eq!(point(summary.cascades.probability), 0.4);
        assert_eq!(point(summary.twin.amplification), 1.0);
    }

    #[test]
    fn obligors_by_hand() {
        let summary = summary(1..=10);
        let [first, second] = &summary.obligors[..] else { unreachable!() };
        assert_eq!(point(first.default_probability), 0.3);
        assert_eq!(point(first.mean_default_quarter), 9.0);
        // Sums, not the mean of shares: 12 lost of 27.
        assert_relative_eq!(point(first.loss_given_default), 12.0 / 27.0);
        let residuals: f64 = [8.0, 9.0, 10.0]
            .iter()
            .map(|exposure| 4.0 - 12.0 / 27.0 * exposure)
            .map(|residual| residual * residual)
            .sum();
        let error = first.loss_given_default.unwrap().std_error.unwrap();
        assert_relative_eq!(error, (residuals * 1.5).sqrt() / 27.0, max_relative = 1e-9);
        let share = |cause| point(first.causes.iter().find(|share| share.cause == cause).unwrap().share);
        assert_relative_eq!(share(DefaultCause::Maturity), 2.0 / 3.0);
        assert_relative_eq!(share(DefaultCause::Burn), 1.0 / 3.0);
        assert_eq!(share(DefaultCause::Latent), 0.0);
        assert_eq!((second.mean_default_quarter, second.loss_given_default), (None, None));
        assert!(second.causes.iter().all(|share| share.share.is_none()));
    }

    #[test]
    fn without_a_trial_nothing_is_said() {
        let summary = summarise(&Accumulators::new(1, &[true]), &Settings { levels: vec![0.95], cascade_min: 2 });
        assert_eq!(summary.system.mean_loss_usd_bn, None);
        assert!(summary.system.tails.is_empty());
        assert_eq!(summary.lenders[0].failure_probability, None);
        assert_eq!(summary.obligors[0].default_probability, None);
    }
}
