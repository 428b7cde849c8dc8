//! `summary.csv`: the run in some dozen lines.

use crate::output::csv::{Cell, Table};
use crate::output::estimate_cells;
use crate::statistics::{Estimate, FailureSummary, Summary};

/// One row a metric.
#[must_use]
pub fn table(summary: &Summary) -> Table {
    let headers = ["metric", "unit", "estimate", "std_error", "ci_low", "ci_high", "trials"];
    let metrics = [losses(summary), failures(&summary.failures), contagion(summary)].concat();
    Table {
        name: "summary",
        headers: headers.map(str::to_owned).to_vec(),
        rows: metrics.into_iter().map(row).collect(),
    }
}

type Metric = (String, &'static str, Option<Estimate>);

fn losses(summary: &Summary) -> Vec<Metric> {
    let (system, twin) = (&summary.system, &summary.twin);
    let mut metrics: Vec<Metric> = vec![("system_loss_mean".into(), "usd_bn", system.mean_loss_usd_bn)];
    for tail in &system.tails {
        metrics.push((format!("system_loss_var_{}", tail.level), "usd_bn", Some(tail.value_at_risk_usd_bn)));
    }
    for tail in &system.tails {
        metrics.push((format!("system_loss_es_{}", tail.level), "usd_bn", Some(tail.expected_shortfall_usd_bn)));
    }
    metrics.extend([
        ("twin_loss_mean".into(), "usd_bn", twin.mean_loss_usd_bn),
        ("contagion_loss_mean".into(), "usd_bn", twin.contagion_loss_usd_bn),
        ("contagion_loss_negative_probability".into(), "probability", twin.lower_loss_probability),
        ("amplification".into(), "ratio", twin.amplification),
    ]);
    metrics
}

fn failures(failures: &FailureSummary) -> Vec<Metric> {
    let mut metrics: Vec<Metric> = vec![
        ("lender_failures_mean".into(), "lenders", failures.mean),
        ("lender_failure_probability".into(), "probability", failures.probability),
        ("lender_failures_assets_mean".into(), "ratio", failures.assets_share),
    ];
    for (round, mean) in ["0", "1", "2_plus"].into_iter().zip(failures.by_round) {
        metrics.push((format!("lender_failures_round_{round}_mean"), "lenders", mean));
    }
    for (cause, mean) in &failures.by_cause {
        metrics.push((format!("lender_failures_cause_{}_mean", cause.name()), "lenders", *mean));
    }
    metrics
}

fn contagion(summary: &Summary) -> Vec<Metric> {
    let cascades = &summary.cascades;
    vec![
        ("fundamental_failures_mean".into(), "lenders", cascades.fundamental_failures),
        ("contagion_failures_mean".into(), "lenders", cascades.contagion_failures),
        ("contagion_failure_probability".into(), "probability", cascades.contagion_probability),
        ("twin_only_failures_mean".into(), "lenders", cascades.twin_only_failures),
        ("twin_only_failure_probability".into(), "probability", cascades.twin_only_probability),
        ("cascade_probability".into(), "probability", cascades.probability),
        ("cascade_size_mean".into(), "lenders", cascades.size),
        ("cascade_assets_mean".into(), "ratio", cascades.assets_share),
    ]
}

fn row((metric, unit, estimate): Metric) -> Vec<Cell> {
    let mut row = vec![Cell::Text(metric), unit.into()];
    row.extend(estimate_cells(estimate));
    row.push(estimate.map(|estimate| estimate.trials).into());
    row
}
