//! `forced.csv`: what the forced failure of each lender does to the others, in a run with `--forced-failures`.

use crate::model::system::{Lender, System};
use crate::output::csv::{Cell, Table};
use crate::output::lenders::type_name;
use crate::output::{estimate_cells, scenario_order};
use crate::statistics::{Estimate, ForcedSummary, Summary};

/// One estimate: who is forced to fail (none, or all in turn), who is affected (or all others), and what it measures.
struct Fact<'a> {
    forced: Party<'a>,
    affected: Party<'a>,
    quantity: &'static str,
    unit: &'static str,
    estimate: Option<Estimate>,
}

/// A lender, or the word that stands for several or none.
#[derive(Clone, Copy)]
enum Party<'a> {
    Lender(&'a Lender),
    Word(&'static str),
}

impl Party<'_> {
    fn cells(self) -> [Cell; 2] {
        match self {
            Party::Lender(lender) => [lender.name.as_str().into(), type_name(lender.kind).into()],
            Party::Word(word) => [word.into(), Cell::Empty],
        }
    }
}

/// The run without forced failures, then forced lenders in scenario order, then all of them together; none in a run that
/// forces nobody.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Option<Table> {
    let forced = summary.forced.as_ref()?;
    let headers = ["forced", "forced_type", "affected", "affected_type", "quantity", "unit", "estimate", "std_error"];
    let headers = headers.into_iter().chain(["ci_low", "ci_high", "trials"]).map(str::to_owned).collect();
    let order = scenario_order(system.lenders.iter().map(|lender| lender.place));
    let unforced = |affected: &usize| Fact {
        forced: Party::Word("none"),
        affected: Party::Lender(&system.lenders[*affected]),
        quantity: "failure_probability",
        unit: "probability",
        estimate: summary.lenders[*affected].failure_probability,
    };
    let vulnerability = |affected: &usize| Fact {
        forced: Party::Word("all"),
        quantity: "vulnerability",
        estimate: forced.vulnerability[*affected],
        ..unforced(affected)
    };
    let mut facts: Vec<Fact> = order.iter().map(unforced).collect();
    facts.extend(order.iter().flat_map(|lender| effects(system, forced, *lender, &order)));
    facts.extend(order.iter().map(vulnerability));
    Some(Table { name: "forced", headers, rows: facts.into_iter().map(row).collect() })
}

/// What one forced failure does to every other lender, then to all of them together.
fn effects<'a>(system: &'a System, summary: &ForcedSummary, lender: usize, order: &[usize]) -> Vec<Fact<'a>> {
    let forced = Party::Lender(&system.lenders[lender]);
    let mut facts = Vec::new();
    for other in order.iter().filter(|other| **other != lender) {
        let (affected, pair) = (Party::Lender(&system.lenders[*other]), summary.pairs[(lender, *other)]);
        for (quantity, estimate) in
            [("failure_probability", pair.failure_probability), ("failure_probability_increase", pair.increase)]
        {
            facts.push(Fact { forced, affected, quantity, unit: "probability", estimate });
        }
    }
    let (affected, importance) = (Party::Word("system"), summary.importance[lender]);
    for (quantity, unit, estimate) in [
        ("failures_increase", "lenders", importance.failures_increase),
        ("system_loss_increase", "usd_bn", importance.loss_increase_usd_bn),
    ] {
        facts.push(Fact { forced, affected, quantity, unit, estimate });
    }
    facts
}

fn row(fact: Fact) -> Vec<Cell> {
    let mut row = [fact.forced.cells(), fact.affected.cells()].concat();
    row.extend([fact.quantity.into(), fact.unit.into()]);
    row.extend(estimate_cells(fact.estimate));
    row.push(fact.estimate.map(|estimate| estimate.trials).into());
    row
}
