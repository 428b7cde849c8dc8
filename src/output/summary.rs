//! `summary.csv`: the run in some dozen lines.

use crate::output::csv::{Cell, Table};
use crate::output::estimate_cells;
use crate::statistics::{Metric, Summary, metrics};

/// One row a metric.
#[must_use]
pub fn table(summary: &Summary) -> Table {
    let headers = ["metric", "unit", "estimate", "std_error", "ci_low", "ci_high", "trials", "warning"];
    Table {
        name: "summary",
        headers: headers.map(str::to_owned).to_vec(),
        rows: metrics(summary).into_iter().map(row).collect(),
    }
}

fn row(metric: Metric) -> Vec<Cell> {
    let mut row = vec![Cell::Text(metric.name), metric.unit.into()];
    row.extend(estimate_cells(metric.estimate));
    row.push(metric.estimate.map(|estimate| estimate.trials).into());
    row.push(metric.warning.map(|warning| warning.name()).into());
    row
}
