//! Differences as people read them.

use comfy_table::CellAlignment;

use crate::cli::report::{WIDTH, plain_table, trimmed};
use crate::cli::wording::{significant, wrap};
use crate::comparison::{Difference, KeyDifference, Verdict, keys_in_words};
use crate::statistics::Estimate;

/// Headline measures of the table, by how their names begin; of several levels the first is shown.
const SHOWN: [&str; 6] = [
    "system_loss_mean",
    "system_loss_es_",
    "contagion_loss_mean",
    "lender_failures_mean",
    "lender_failure_probability",
    "cascade_probability",
];

/// One of several scenarios against the first.
pub(crate) struct Told<'a> {
    pub(crate) first: &'a str,
    pub(crate) other: &'a str,
    pub(crate) differences: &'a [Difference],
    pub(crate) keys: &'a [KeyDifference],
}

impl Told<'_> {
    /// What differs between the scenarios, and the table of a few headline measures.
    pub(crate) fn text(&self) -> String {
        let defined = |own: &&Difference| own.estimate.is_some() || own.against.is_some();
        let find = |name| self.differences.iter().filter(defined).find(|own| own.metric.starts_with(name));
        let shown = SHOWN.iter().filter_map(|name| find(*name));
        let mut table = plain_table();
        table.set_header(["measure", self.first, self.other, "difference", "± if unpaired", "verdict"]);
        for own in shown {
            let unpaired = own.unpaired_std_error.map_or(String::new(), |error| number(own, 1.96 * error, 2));
            let [first, other, difference] = figures(own);
            table.add_row([label(own), first, other, difference, unpaired, own.verdict.name().to_owned()]);
        }
        for column in [1, 2, 3, 4] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        format!("{}\n{}", wrap(&self.heading(), WIDTH), trimmed(table))
    }

    fn heading(&self) -> String {
        let (first, other) = (self.first, self.other);
        if self.keys.is_empty() {
            return format!("{other} less {first}: the same scenario.");
        }
        format!("{other} less {first}, which differ in {}.", keys_in_words(self.keys))
    }
}

/// Name of a measure and what it is counted in.
pub(crate) fn label(own: &Difference) -> String {
    match own.unit.as_str() {
        "usd_bn" => format!("{}, USD bn", own.metric),
        "probability" => format!("{}, %", own.metric),
        _ => own.metric.clone(),
    }
}

/// The first estimate, the other, and the difference with half of its interval.
pub(crate) fn figures(own: &Difference) -> [String; 3] {
    let point = |estimate: Option<Estimate>| estimate.map_or("-".to_owned(), |estimate| number(own, estimate.point, 3));
    let difference = own.difference.map_or("-".to_owned(), |moved| {
        let sign = if moved.point > 0.0 { "+" } else { "" };
        let half = moved.half_width().map_or(String::new(), |half| format!(" (± {})", number(own, half, 2)));
        format!("{sign}{}{half}", number(own, moved.point, 3))
    });
    let difference = if own.verdict == Verdict::Same { "0".to_owned() } else { difference };
    [point(own.against), point(own.estimate), difference]
}

/// A number of a measure, in percent where it is a probability.
pub(crate) fn number(own: &Difference, value: f64, digits: usize) -> String {
    significant(if own.unit == "probability" { 100.0 * value } else { value }, digits)
}
