//! `facilities.csv`: one row a facility.

use crate::model::system::System;
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers, scenario_order};
use crate::statistics::Summary;

/// Default, severity and covenant of every facility, in scenario order.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let mut headers = ["facility", "obligor", "opening_balance_usd_bn"].map(str::to_owned).to_vec();
    for name in [
        "default_probability",
        "exposure_at_default_usd_bn",
        "loss_given_default",
        "mean_loss_usd_bn",
        "covenant_breach_probability",
    ] {
        headers.extend(estimate_headers(name));
    }
    headers.extend(["defaults", "trials", "warning"].map(str::to_owned));
    let order = scenario_order(system.facilities.iter().map(|facility| facility.place));
    let rows = order.into_iter().map(|f| row(system, summary, f));
    Table { name: "facilities", headers, rows: rows.collect() }
}

fn row(system: &System, summary: &Summary, f: usize) -> Vec<Cell> {
    let (facility, events) = (&system.facilities[f], &summary.facilities[f]);
    let borrower = &system.obligors[facility.borrower];
    let mut row = vec![facility.name.as_str().into(), borrower.name.as_str().into(), facility.amount.into()];
    for estimate in [
        events.default_probability,
        events.exposure_at_default_usd_bn,
        events.loss_given_default,
        events.mean_loss_usd_bn,
        events.breach_probability,
    ] {
        row.extend(estimate_cells(estimate));
    }
    row.push(events.defaults.into());
    row.push(summary.trials.into());
    row.push(events.warning.map(|warning| warning.name()).into());
    row
}
