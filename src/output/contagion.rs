//! `contagion.csv`: how often a lender fails once another has failed. Association, not cause.

use crate::model::system::System;
use crate::output::csv::{Cell, Table};
use crate::output::lenders::type_name;
use crate::output::{estimate_cells, estimate_headers, scenario_order};
use crate::statistics::Summary;

/// Pairs of lenders in scenario order, by the one given first.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let mut headers = ["given", "given_type", "failing", "failing_type"].map(str::to_owned).to_vec();
    headers.extend(estimate_headers("conditional_failure_probability"));
    headers.push("events".to_owned());
    headers.extend(estimate_headers("failure_probability"));
    headers.push("warning".to_owned());
    let order = scenario_order(system.lenders.iter().map(|lender| lender.place));
    let pairs = order.iter().flat_map(|given| order.iter().map(move |failing| (*given, *failing)));
    let rows = pairs.filter(|(given, failing)| given != failing).map(|pair| row(system, summary, pair));
    Table { name: "contagion", headers, rows: rows.collect() }
}

fn row(system: &System, summary: &Summary, (given, failing): (usize, usize)) -> Vec<Cell> {
    let names = [given, failing].map(|lender| &system.lenders[lender]);
    let pair = summary.association[(given, failing)];
    let mut row: Vec<Cell> =
        names.iter().flat_map(|lender| [lender.name.as_str().into(), type_name(lender.kind).into()]).collect();
    row.extend(estimate_cells(pair.probability));
    row.push(pair.events.into());
    row.extend(estimate_cells(summary.lenders[failing].failure_probability));
    row.push(pair.warning.map(|warning| warning.name()).into());
    row
}
