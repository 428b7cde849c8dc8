//! Exposure matrices as spreadsheets save them: a table of nodes and a table of claims, read, checked and settled.
//!
//! The same mathematics as in a scenario's quarter, for anybody who has balance sheets and a matrix and no scenario.
//! Amounts are in any one unit.

mod number;
mod settle;
mod source;
mod table;

pub use crate::scenario::sheet::LARGEST_FILE;
pub use settle::{DistressError, Rule, Settlement};

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::exposure::number::Numbers;
use crate::exposure::source::Source;
use crate::exposure::table::{Column, Table};
use crate::model::clearing::Link;
use crate::scenario::error::{Code, Report, SHOWN, nearest};

const NAME: Column = Column::required("name");
const EXTERNAL_ASSETS: Column = Column::required("external_assets");
const EXTERNAL_LIABILITIES: Column = Column::required("external_liabilities");
const SHOCK: Column = Column::optional("shock");
const THRESHOLD: Column = Column::optional("threshold");
const DEBTOR: Column = Column::required("debtor");
const CREDITOR: Column = Column::required("creditor");
const AMOUNT: Column = Column::required("amount");

/// Balance sheets of nodes and the claims between them.
///
/// # Units
/// Amounts in any one unit, finite and not negative.
/// # Shapes
/// `links` and `amounts` have one element a claim, everything else one a node, in the order of the files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exposures {
    /// Names, all different.
    pub names: Vec<String>,
    /// Value of all assets but claims on other nodes, before the shock.
    pub external_assets: Vec<f64>,
    /// Debt to anybody but other nodes.
    pub external_liabilities: Vec<f64>,
    /// Loss of external assets.
    pub shock: Vec<f64>,
    /// Equity below which a node fails.
    pub threshold: Vec<f64>,
    /// Ends of each claim.
    pub links: Vec<Link>,
    /// Face value of each claim.
    pub amounts: Vec<f64>,
}

/// Whether the method to come knows thresholds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thresholds {
    /// It does.
    Used,
    /// It does not: a threshold above 0 is refused, not ignored.
    Refused,
}

impl Exposures {
    /// Reads both files.
    ///
    /// # Errors
    /// Every problem of both files, each with its place.
    pub fn load(nodes: &Path, claims: &Path, thresholds: Thresholds) -> Result<Self, Report> {
        let nodes = Source::open(nodes, 0);
        let claims = Source::open(claims, nodes.text.end());
        let mut report = Report::new(Arc::new(vec![nodes.text.clone(), claims.text.clone()]));
        let mut exposures = Exposures::default();
        let all_known = exposures.read_nodes(&nodes, thresholds, &mut report);
        exposures.read_claims(&claims, all_known, &mut report);
        report.into_result()?;
        Ok(exposures)
    }

    /// Reads the nodes; `false` if names may be missing, so that a claim's may not be judged.
    fn read_nodes(&mut self, source: &Source, thresholds: Thresholds, report: &mut Report) -> bool {
        let columns = [NAME, EXTERNAL_ASSETS, EXTERNAL_LIABILITIES, SHOCK, THRESHOLD];
        let Some(table) = Table::read(source, &columns, report) else { return false };
        if table.rows.is_empty() {
            let message = "no nodes below the header, expected at least one";
            report.push(table.header.clone(), Code::EmptyTable, message, None);
        }
        let unclear = report.problems().iter().any(|problem| problem.code == Code::Syntax);
        let all_known = !unclear && table.rows.iter().all(|row| row.cell(0).is_some());
        let numbers = Numbers::of(&table, 1..5, report);
        self.read_names(&table, report);
        for cells in &table.rows {
            let mut amount = |column: usize| numbers.read(cells, column, &columns[column], report);
            self.external_assets.push(amount(1));
            self.external_liabilities.push(amount(2));
            self.shock.push(amount(3));
            self.threshold.push(amount(4));
        }
        if thresholds == Thresholds::Refused {
            self.refuse_thresholds(&table, report);
        }
        all_known
    }

    fn read_names(&mut self, table: &Table<'_>, report: &mut Report) {
        let (mut seen, mut twice) = (BTreeMap::<&str, usize>::new(), 0);
        for (row, cells) in table.rows.iter().enumerate() {
            let name = cells.name(0, NAME.name, report).unwrap_or_default();
            let first = *seen.entry(name).or_insert(row);
            if first < row && !name.is_empty() {
                twice += 1;
                let line = (twice <= SHOWN).then(|| table.line(first, report)).flatten();
                let line = line.map_or(String::new(), |line| format!(", first in line {line}"));
                let hint = Some("give each node one row".to_owned());
                report.push(cells.span(0), Code::DuplicateName, format!("node `{name}` is there twice{line}"), hint);
            }
            self.names.push(name.to_owned());
        }
    }

    fn refuse_thresholds(&self, table: &Table<'_>, report: &mut Report) {
        let set: Vec<usize> = (0..self.threshold.len()).filter(|node| self.threshold[*node] > 0.0).collect();
        if let Some(first) = set.first() {
            let message = format!("a threshold above 0 ({} in all), but DebtRank knows no failure", set.len());
            let hint = "leave the column out, or choose `--method clearing` or `--method furfine`".to_owned();
            report.push(table.rows[*first].span(4), Code::Inconsistent, message, Some(hint));
        }
    }

    fn read_claims(&mut self, source: &Source, all_known: bool, report: &mut Report) {
        let columns = [DEBTOR, CREDITOR, AMOUNT];
        let Some(table) = Table::read(source, &columns, report) else { return };
        let numbers = Numbers::of(&table, 2..3, report);
        let names = std::mem::take(&mut self.names);
        let places: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(node, name)| (name.as_str(), node)).collect();
        let mut unknown = 0;
        for cells in &table.rows {
            let ends = [0, 1].map(|column| {
                let name = cells.name(column, columns[column].name, report)?;
                let node = places.get(name).copied();
                if node.is_none() && all_known {
                    unknown += 1;
                    // Dear among thousands of names, and seen by nobody beyond the problems that are shown.
                    let hint = if unknown <= SHOWN { nearest(name, names.iter().map(String::as_str)) } else { None };
                    let hint = hint.or_else(|| Some("a node needs a row in the file of nodes".to_owned()));
                    let message = format!("no node is called `{name}`");
                    report.push(cells.span(column), Code::UnknownName, message, hint);
                }
                node
            });
            self.links.push((ends[0], ends[1]));
            self.amounts.push(numbers.read(cells, 2, &AMOUNT, report));
        }
        self.names = names;
    }
}
