//! `summary.csv`: the run in a dozen lines.

use crate::output::csv::{Cell, Table};
use crate::output::estimate_cells;
use crate::statistics::{Estimate, Summary};

/// One row a metric.
#[must_use]
pub fn table(summary: &Summary) -> Table {
    let headers = ["metric", "unit", "estimate", "std_error", "ci_low", "ci_high", "trials"];
    Table {
        name: "summary",
        headers: headers.map(str::to_owned).to_vec(),
        rows: metrics(summary).into_iter().map(row).collect(),
    }
}

type Metric = (String, &'static str, Option<Estimate>);

fn metrics(summary: &Summary) -> Vec<Metric> {
    let (system, cascades) = (&summary.system, &summary.cascades);
    let mut metrics: Vec<Metric> = vec![("system_loss_mean".into(), "usd_bn", system.mean_loss_usd_bn)];
    for tail in &system.tails {
        metrics.push((format!("system_loss_var_{}", tail.level), "usd_bn", Some(tail.value_at_risk_usd_bn)));
    }
    for tail in &system.tails {
        metrics.push((format!("system_loss_es_{}", tail.level), "usd_bn", Some(tail.expected_shortfall_usd_bn)));
    }
    metrics.extend([
        ("lender_failures_mean".into(), "lenders", cascades.mean_failures),
        ("lender_failure_probability".into(), "probability", cascades.failure_probability),
        ("round_cascade_probability".into(), "probability", cascades.round_cascade_probability),
        ("round_cascade_size_mean".into(), "lenders", cascades.round_cascade_mean_size),
        ("cascade_probability".into(), "probability", system.cascade_probability),
        ("amplification".into(), "ratio", system.amplification),
    ]);
    metrics
}

fn row((metric, unit, estimate): Metric) -> Vec<Cell> {
    let mut row = vec![Cell::Text(metric), unit.into()];
    row.extend(estimate_cells(estimate));
    row.push(estimate.map(|estimate| estimate.trials).into());
    row
}
