//! `cascades.csv`: how many lenders fail together, by contagion, and in how many rounds.

use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers};
use crate::statistics::{CountShare, Summary};

/// The distributions, one after the other; those of contagion are empty in a run without twins.
#[must_use]
pub fn table(summary: &Summary) -> Table {
    let mut headers = vec!["count_of".to_owned(), "number".to_owned()];
    headers.extend(estimate_headers("probability"));
    headers.push("trials".to_owned());
    let distributions = [
        ("failures", &summary.failures.numbers),
        ("rounds", &summary.failures.rounds),
        ("fundamental_failures", &summary.cascades.fundamental),
        ("contagion_failures", &summary.cascades.contagion),
        ("cascade", &summary.cascades.sizes),
    ];
    let rows = distributions.iter().flat_map(|(name, shares)| shares.iter().map(|share| row(name, share)));
    Table { name: "cascades", headers, rows: rows.collect() }
}

fn row(count_of: &str, share: &CountShare) -> Vec<Cell> {
    let mut row = vec![count_of.into(), (share.number as u64).into()];
    row.extend(estimate_cells(Some(share.probability)));
    row.push(share.probability.trials.into());
    row
}
