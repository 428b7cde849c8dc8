//! Differences of finished results, whose draws are taken to have nothing in common.

use std::collections::BTreeMap;

use crate::comparison::difference::{Difference, Verdict, independent_error};
use crate::comparison::results::{Measure, Measures, Results};
use crate::statistics::{Estimate, NORMAL_975, Warning};

/// One measure of two results.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Name of the table without `.csv`.
    pub table: &'static str,
    /// Lender, obligor or facility; none for a measure of the whole run.
    pub entity: Option<String>,
    /// The measure.
    pub difference: Difference,
}

/// Every estimate of some results less that of the first, matched by table, entity and name: those of the whole run, then
/// lenders, obligors and facilities as far as the results have them.
///
/// The standard error is that of independent runs, `sqrt(SE_A^2 + SE_B^2)`, and the interval is normal. Errors that
/// are not given come from the interval. (methods.md, eq. 11.35, 11.36)
#[must_use]
pub fn compare(results: &Results, first: &Results) -> Vec<Compared> {
    let tables = first.tables.iter().filter_map(|theirs| {
        let ours = results.tables.iter().find(|ours| ours.table == theirs.table)?;
        Some(compare_tables(ours, theirs))
    });
    tables.flatten().collect()
}

fn compare_tables(ours: &Measures, theirs: &Measures) -> Vec<Compared> {
    let (own, first) = (by_name(ours), by_name(theirs));
    let compared =
        |measure: &Measure, difference| Compared { table: theirs.table, entity: measure.entity.clone(), difference };
    let common = theirs.rows.iter().map(|other| match own.get(&key(other)) {
        Some(own) => compared(other, difference(own, other)),
        None => compared(other, one_sided(other, [None, other.estimate], Verdict::Missing)),
    });
    let extra = ours.rows.iter().filter(|own| !first.contains_key(&key(own)));
    let extra = extra.map(|own| compared(own, one_sided(own, [own.estimate, None], Verdict::Extra)));
    common.chain(extra).collect()
}

/// What a measure is matched by.
fn key(measure: &Measure) -> (Option<&str>, &str) {
    (measure.entity.as_deref(), &measure.metric)
}

fn by_name(measures: &Measures) -> BTreeMap<(Option<&str>, &str), &Measure> {
    measures.rows.iter().map(|measure| (key(measure), measure)).collect()
}

fn one_sided(measure: &Measure, sides: [Option<Estimate>; 2], verdict: Verdict) -> Difference {
    Difference::one_sided(&measure.metric, &measure.unit, sides, verdict)
}

fn difference(own: &Measure, other: &Measure) -> Difference {
    let one_sided = |verdict| one_sided(own, [own.estimate, other.estimate], verdict);
    let (ours, theirs) = match (own.estimate, other.estimate) {
        (Some(ours), Some(theirs)) => (ours, theirs),
        (None, None) => return one_sided(Verdict::Same),
        _ => return one_sided(Verdict::Undefined),
    };
    let point = ours.point - theirs.point;
    let std_error = independent_error(&ours, &theirs);
    let reach = std_error.map(|error| NORMAL_975 * error);
    let end = |sign: f64| reach.map(|reach| point + sign * reach);
    let warning = own.warning.clone().or_else(|| other.warning.clone());
    let thin = warning.as_deref().is_some_and(Warning::says_thin);
    Difference {
        difference: Some(Estimate { point, std_error, low: end(-1.0), high: end(1.0), trials: ours.trials }),
        unpaired_std_error: std_error,
        statistic: std_error.filter(|error| *error > 0.0).map(|error| point / error),
        verdict: if ours == theirs { Verdict::Same } else { Verdict::of(point, reach) }.unless(thin),
        warning,
        ..one_sided(Verdict::NotToldApart)
    }
}
