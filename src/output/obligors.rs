//! `obligors.csv`: one row an obligor.

use crate::model::outcome::DefaultCause;
use crate::model::system::System;
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers, scenario_order};
use crate::statistics::{ObligorSummary, Summary};

/// Default, its causes and its losses for every obligor, in scenario order.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let order = scenario_order(system.obligors.iter().map(|obligor| obligor.place));
    let row = |obligor: usize| row(&system.obligors[obligor].name, &summary.obligors[obligor], summary.trials);
    Table { name: "obligors", headers: headers(), rows: order.into_iter().map(row).collect() }
}

fn headers() -> Vec<String> {
    let mut headers = vec!["obligor".to_owned()];
    headers.extend(estimate_headers("default_probability"));
    headers.extend(estimate_headers("mean_default_quarter"));
    for cause in DefaultCause::ALL {
        headers.extend(estimate_headers(&format!("cause_{}_share", cause.name())));
    }
    headers.extend(estimate_headers("loss_given_default"));
    headers.extend(["defaults", "trials", "warning"].map(str::to_owned));
    headers
}

fn row(name: &str, summary: &ObligorSummary, trials: u64) -> Vec<Cell> {
    let mut row = vec![name.into()];
    row.extend(estimate_cells(summary.default_probability));
    row.extend(estimate_cells(summary.mean_default_quarter));
    row.extend(summary.causes.iter().flat_map(|cause| estimate_cells(cause.share)));
    row.extend(estimate_cells(summary.loss_given_default));
    row.push(summary.defaults.into());
    row.push(trials.into());
    row.push(summary.warning.map(|warning| warning.name()).into());
    row
}
