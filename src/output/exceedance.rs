//! `exceedance.csv`: the loss of the system that is exceeded with some probability, and that of its twin.

use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers};
use crate::statistics::{Exceedance, Summary};

/// One row a probability, from the smallest loss to the largest; no rows for the twin in a run without twins.
#[must_use]
pub fn table(summary: &Summary) -> Table {
    let mut headers = vec!["loss_of".to_owned(), "exceedance_probability".to_owned()];
    headers.extend(estimate_headers("loss_usd_bn"));
    headers.extend(["trials_beyond", "trials", "warning"].map(str::to_owned));
    let curves = [("system", &summary.system.exceedance), ("twin", &summary.twin.exceedance)];
    let rows = curves.iter().flat_map(|(name, curve)| curve.iter().map(|point| row(name, point)));
    Table { name: "exceedance", headers, rows: rows.collect() }
}

fn row(loss_of: &str, point: &Exceedance) -> Vec<Cell> {
    let mut row = vec![loss_of.into(), point.probability.into()];
    row.extend(estimate_cells(Some(point.loss_usd_bn)));
    row.push(point.trials_beyond.into());
    row.push(point.loss_usd_bn.trials.into());
    row.push(point.warning.map(|warning| warning.name()).into());
    row
}
