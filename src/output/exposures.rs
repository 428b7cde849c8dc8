//! Tables of `clear`: payments, failures and distress by node, in the order of the file of nodes.

use crate::exposure::Settlement;
use crate::model::clearing::debtrank::Distress;
use crate::output::csv::{Cell, Table};

/// Who pays what and who fails, by clearing or with a fixed recovery.
#[must_use]
pub fn settlement_table(names: &[String], settlement: &Settlement) -> Table {
    let row = |(node, name): (usize, &String)| {
        let round = settlement.round[node];
        vec![
            Cell::from(name.as_str()),
            settlement.payment(node).into(),
            settlement.payment_network[node].into(),
            settlement.payment_external[node].into(),
            settlement.payment_fraction(node).into(),
            u64::from(round.is_some()).into(),
            round.map(|round| round as u64).into(),
            settlement.equity[node].into(),
        ]
    };
    let headers =
        ["name", "payment", "payment_network", "payment_external", "payment_fraction", "fails", "round", "equity"];
    table(&headers, names.iter().enumerate().map(row).collect())
}

/// Who loses which share of its equity; the last row is the system, weighted by equity.
#[must_use]
pub fn distress_table(names: &[String], distress: &Distress) -> Table {
    let row = |(name, (initial, final_distress)): (&String, (&f64, &f64))| {
        vec![Cell::from(name.as_str()), (*initial).into(), (*final_distress).into()]
    };
    let mut rows: Vec<_> = names.iter().zip(distress.initial.iter().zip(&distress.distress)).map(row).collect();
    rows.push(vec!["system".into(), distress.initial_system().into(), distress.system().into()]);
    table(&["name", "initial_distress", "distress"], rows)
}

fn table(headers: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    Table { name: "clear", headers: headers.iter().map(|header| (*header).to_owned()).collect(), rows }
}
