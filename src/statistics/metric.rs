//! The headline measures of a run by name: what `summary.csv` lists, `--measure` names and comparisons compare.

use crate::model::outcome::Outcome;
use crate::model::system::System;
use crate::statistics::accumulator::Accumulators;
use crate::statistics::estimate::Estimate;
use crate::statistics::summary::{Settings, Summary, summarise};
use crate::statistics::tail::TailSummary;
use crate::statistics::warning::Warning;

/// One headline measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name (`system_loss_mean`).
    pub name: String,
    /// Its unit (`usd_bn`).
    pub unit: &'static str,
    /// The estimate; none where it is undefined.
    pub estimate: Option<Estimate>,
    /// Why to read it with care.
    pub warning: Option<Warning>,
}

impl Metric {
    fn new(name: impl Into<String>, unit: &'static str, estimate: Option<Estimate>) -> Self {
        Metric { name: name.into(), unit, estimate, warning: None }
    }

    /// A mean over the trials with some event, which are those the estimate counts.
    fn given_events(name: &str, unit: &'static str, estimate: Option<Estimate>) -> Self {
        let warning = estimate.and_then(|estimate| Warning::of_events(estimate.trials));
        Metric { warning, ..Metric::new(name, unit, estimate) }
    }

    fn of_tail(name: &str, tail: &TailSummary, estimate: Estimate) -> Self {
        let name = format!("{name}_{}", tail.level);
        Metric { warning: tail.warning, ..Metric::new(name, "usd_bn", Some(estimate)) }
    }
}

/// The headline measures of a run, always in the same order.
#[must_use]
pub fn metrics(summary: &Summary) -> Vec<Metric> {
    let losses = [losses(summary), capital(summary), defaults(summary)].concat();
    let mut metrics = [losses, failures(summary), contagion(summary)].concat();
    for metric in metrics.iter_mut().filter(|metric| summary.sequential.contains(&metric.name)) {
        metric.warning.get_or_insert(Warning::Sequential);
    }
    metrics
}

/// Beginnings of the names of measures that a run without twins leaves undefined.
const AGAINST_THE_TWIN: [&str; 5] = ["twin_", "contagion_", "fundamental_", "cascade_", "amplification"];

/// Whether a headline measure compares with the twin.
#[must_use]
pub fn needs_twin(metric: &str) -> bool {
    AGAINST_THE_TWIN.iter().any(|start| metric.starts_with(start))
}

/// Names of the headline measures that a run of `system` will have.
#[must_use]
pub fn metric_names(system: &System, settings: &Settings) -> Vec<String> {
    let calm = Outcome::for_system(system);
    let mut accumulators = Accumulators::for_system(system);
    accumulators.record(0, &calm, Some(&calm)).expect("a trial without events is within every bound");
    metrics(&summarise(&accumulators, settings)).into_iter().map(|metric| metric.name).collect()
}

fn losses(summary: &Summary) -> Vec<Metric> {
    let (system, twin) = (&summary.system, &summary.twin);
    let mut metrics = vec![Metric::new("system_loss_mean", "usd_bn", system.mean_loss_usd_bn)];
    let tails = || system.tails.iter();
    metrics.extend(tails().map(|tail| Metric::of_tail("system_loss_var", tail, tail.value_at_risk_usd_bn)));
    metrics.extend(tails().map(|tail| Metric::of_tail("system_loss_es", tail, tail.expected_shortfall_usd_bn)));
    for (tail, mean) in tails().filter_map(|tail| Some((tail, system.mean_loss_usd_bn?))) {
        metrics.push(Metric::of_tail("system_loss_ul", tail, tail.value_at_risk_usd_bn.less(mean)));
    }
    metrics.extend([
        Metric::new("twin_loss_mean", "usd_bn", twin.mean_loss_usd_bn),
        Metric::new("contagion_loss_mean", "usd_bn", twin.contagion_loss_usd_bn),
        Metric::new("contagion_loss_negative_probability", "probability", twin.lower_loss_probability),
        Metric::new("amplification", "ratio", twin.amplification),
    ]);
    metrics
}

fn capital(summary: &Summary) -> Vec<Metric> {
    let capital = &summary.capital;
    let mut metrics = vec![Metric::new("capital_shortfall_mean", "usd_bn", capital.mean_shortfall_usd_bn)];
    let es = |tail| Metric::of_tail("capital_shortfall_es", tail, tail.expected_shortfall_usd_bn);
    metrics.extend(capital.shortfall_tails.iter().map(es));
    metrics
}

fn defaults(summary: &Summary) -> Vec<Metric> {
    let defaults = &summary.defaults;
    vec![
        Metric::new("obligor_defaults_mean", "obligors", defaults.mean),
        Metric::given_events("pd_lgd_correlation", "correlation", defaults.severity_correlation),
    ]
}

fn failures(summary: &Summary) -> Vec<Metric> {
    let (failures, survival) = (&summary.failures, &summary.survival);
    let mut metrics = vec![
        Metric::new("lender_failures_mean", "lenders", failures.mean),
        Metric::new("lender_failure_probability", "probability", failures.probability),
        Metric::new("lender_failures_assets_mean", "ratio", failures.assets_share),
        Metric::given_events("first_failure_quarter_mean", "quarter", survival.first_failure_quarter),
    ];
    for (round, mean) in ["0", "1", "2_plus"].into_iter().zip(failures.by_round) {
        metrics.push(Metric::new(format!("lender_failures_round_{round}_mean"), "lenders", mean));
    }
    for (cause, mean) in &failures.by_cause {
        metrics.push(Metric::new(format!("lender_failures_cause_{}_mean", cause.name()), "lenders", *mean));
    }
    metrics
}

fn contagion(summary: &Summary) -> Vec<Metric> {
    let cascades = &summary.cascades;
    vec![
        Metric::new("fundamental_failures_mean", "lenders", cascades.fundamental_failures),
        Metric::new("contagion_failures_mean", "lenders", cascades.contagion_failures),
        Metric::new("contagion_failure_probability", "probability", cascades.contagion_probability),
        Metric::new("twin_only_failures_mean", "lenders", cascades.twin_only_failures),
        Metric::new("twin_only_failure_probability", "probability", cascades.twin_only_probability),
        Metric::new("cascade_probability", "probability", cascades.probability),
        Metric::given_events("cascade_size_mean", "lenders", cascades.size),
        Metric::given_events("cascade_assets_mean", "ratio", cascades.assets_share),
    ]
}
