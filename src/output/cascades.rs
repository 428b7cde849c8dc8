//! `cascades.csv`: how many lenders fail together, and in how many rounds.

use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers};
use crate::statistics::{CountShare, Summary};

/// The distributions of the number of failures and of the number of rounds, one after the other.
#[must_use]
pub fn table(summary: &Summary) -> Table {
    let mut headers = vec!["count_of".to_owned(), "number".to_owned()];
    headers.extend(estimate_headers("probability"));
    headers.push("trials".to_owned());
    let failures = summary.cascades.failures.iter().map(|share| row("failures", share));
    let rounds = summary.cascades.rounds.iter().map(|share| row("rounds", share));
    Table { name: "cascades", headers, rows: failures.chain(rounds).collect() }
}

fn row(count_of: &str, share: &CountShare) -> Vec<Cell> {
    let mut row = vec![count_of.into(), (share.number as u64).into()];
    row.extend(estimate_cells(Some(share.probability)));
    row.push(share.probability.trials.into());
    row
}
