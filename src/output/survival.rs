//! `survival.csv`: how likely lenders and obligors last, quarter by quarter.

use crate::model::system::System;
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers, scenario_order};
use crate::statistics::{Estimate, Summary};

/// The system, lenders and obligors in scenario order, one row a quarter each.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let mut headers = ["survival_of", "entity", "quarter"].map(str::to_owned).to_vec();
    headers.extend(estimate_headers("survival_probability"));
    headers.push("trials".to_owned());
    let survival = &summary.survival;
    let lenders = scenario_order(system.lenders.iter().map(|lender| lender.place));
    let obligors = scenario_order(system.obligors.iter().map(|obligor| obligor.place));
    let lenders = lenders.into_iter().map(|j| ("lender", Some(&system.lenders[j].name), &survival.lenders[j]));
    let obligors = obligors.into_iter().map(|i| ("obligor", Some(&system.obligors[i].name), &survival.obligors[i]));
    let curves = [("system", None, &survival.system)].into_iter().chain(lenders).chain(obligors);
    let rows = curves.flat_map(|(of, entity, curve)| rows(of, entity, curve));
    Table { name: "survival", headers, rows: rows.collect() }
}

fn rows<'a>(of: &'a str, entity: Option<&'a String>, curve: &'a [Estimate]) -> impl Iterator<Item = Vec<Cell>> {
    curve.iter().zip(1_u64..).map(move |(estimate, quarter)| {
        let mut row = vec![of.into(), entity.map(String::as_str).into(), quarter.into()];
        row.extend(estimate_cells(Some(*estimate)));
        row.push(estimate.trials.into());
        row
    })
}
