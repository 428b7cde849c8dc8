//! Differences as tables.

use crate::comparison::difference::Difference;
use crate::comparison::unpaired::Compared;
use crate::output::csv::{Cell, Table};
use crate::statistics::Estimate;

/// `differences.csv`: every headline measure of each scenario against the first, from pairs of a scenario's name and its
/// differences.
#[must_use]
pub fn differences_table(first: &str, scenarios: &[(String, Vec<Difference>)]) -> Table {
    let headers = [
        "scenario",
        "against",
        "metric",
        "unit",
        "estimate",
        "estimate_against",
        "difference",
        "std_error",
        "ci_low",
        "ci_high",
        "unpaired_std_error",
        "t",
        "verdict",
        "trials",
        "warning",
    ];
    let row = |scenario: &str, own: &Difference| {
        let mut row = vec![scenario.into(), first.into(), own.metric.as_str().into(), own.unit.as_str().into()];
        row.extend(cells(own));
        row.push(own.unpaired_std_error.into());
        row.push(own.statistic.into());
        row.push(own.verdict.name().into());
        row.push(own.estimate.or(own.against).map(|estimate| estimate.trials).into());
        row.push(own.warning.as_deref().into());
        row
    };
    let rows = scenarios.iter().flat_map(|(scenario, own)| own.iter().map(|own| row(scenario, own)));
    Table { name: "differences", headers: headers.map(str::to_owned).to_vec(), rows: rows.collect() }
}

/// Every estimate of finished results against the first, from pairs of a directory and its differences.
#[must_use]
pub fn comparison_table(first: &str, results: &[(String, Vec<Compared>)]) -> Table {
    let headers = [
        "results",
        "against",
        "table",
        "entity",
        "metric",
        "unit",
        "estimate",
        "estimate_against",
        "difference",
        "std_error",
        "ci_low",
        "ci_high",
        "z",
        "verdict",
        "warning",
    ];
    let row = |results: &str, compared: &Compared| {
        let own = &compared.difference;
        let mut row: Vec<Cell> = vec![results.into(), first.into(), compared.table.into()];
        row.extend([compared.entity.as_deref().into(), own.metric.as_str().into(), own.unit.as_str().into()]);
        row.extend(cells(own));
        row.push(own.statistic.into());
        row.push(own.verdict.name().into());
        row.push(own.warning.as_deref().into());
        row
    };
    let rows = results.iter().flat_map(|(results, own)| own.iter().map(|own| row(results, own)));
    Table { name: "comparison", headers: headers.map(str::to_owned).to_vec(), rows: rows.collect() }
}

/// Both estimates, and the difference with its error and interval.
fn cells(own: &Difference) -> [Cell; 6] {
    let sides = [own.estimate, own.against].map(|estimate| estimate.map(|estimate| estimate.point));
    let [estimate, against] = sides.map(Cell::from);
    let difference = own.difference;
    let number = |get: fn(&Estimate) -> Option<f64>| Cell::from(difference.as_ref().and_then(get));
    [
        estimate,
        against,
        number(|estimate| Some(estimate.point)),
        number(|estimate| estimate.std_error),
        number(|estimate| estimate.low),
        number(|estimate| estimate.high),
    ]
}
