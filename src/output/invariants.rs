//! What the checks of the invariants found: printed with the answer, never written beside the results.

use crate::model::audit::{Residual, TOLERANCE};
use crate::output::csv::{Cell, Table};

/// One row a check, by name.
#[must_use]
pub fn table(residuals: &[Residual]) -> Table {
    let headers = ["invariant", "largest_relative_residual", "tolerance", "trial", "quarter", "checks"];
    let row = |residual: &Residual| -> Vec<Cell> {
        let quarter = u64::try_from(residual.quarter).ok();
        vec![
            residual.name.into(),
            residual.largest.into(),
            TOLERANCE.into(),
            residual.trial.into(),
            quarter.into(),
            residual.checks.into(),
        ]
    };
    Table {
        name: "invariants",
        headers: headers.map(str::to_owned).to_vec(),
        rows: residuals.iter().map(row).collect(),
    }
}
