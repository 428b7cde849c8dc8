//! `lenders.csv`: one row a lender.

use crate::model::system::{LenderType, System};
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers, scenario_order, tail_warning};
use crate::statistics::{DEPLETION_LEVELS, Summary, Warning};

/// Failure, loss and capital of every lender, in scenario order.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let order = scenario_order(system.lenders.iter().map(|lender| lender.place));
    let row = |lender: usize| row(system, lender, summary);
    Table { name: "lenders", headers: headers(summary), rows: order.into_iter().map(row).collect() }
}

fn headers(summary: &Summary) -> Vec<String> {
    let mut headers = vec!["lender".to_owned(), "type".to_owned()];
    headers.extend(estimate_headers("failure_probability"));
    headers.extend(estimate_headers("fundamental_failure_probability"));
    headers.extend(estimate_headers("contagion_failure_probability"));
    headers.extend(estimate_headers("twin_only_failure_probability"));
    headers.extend(estimate_headers("expected_loss_usd_bn"));
    for tail in &summary.system.tails {
        headers.extend(estimate_headers(&format!("var_{}_usd_bn", tail.level)));
    }
    for tail in &summary.system.tails {
        headers.extend(estimate_headers(&format!("es_{}_usd_bn", tail.level)));
    }
    for tail in &summary.system.tails {
        headers.extend(estimate_headers(&format!("es_{}_contribution_usd_bn", tail.level)));
    }
    headers.extend(estimate_headers("capital_depletion_ratio"));
    for level in DEPLETION_LEVELS {
        headers.extend(estimate_headers(&format!("capital_depletion_quantile_{level}_ratio")));
    }
    headers.extend(estimate_headers("capital_shortfall_usd_bn"));
    headers.extend(estimate_headers("min_ratio_breach_probability"));
    headers.extend(estimate_headers("circularity_ratio"));
    headers.extend(["main_cause", "main_round", "trials", "warning"].map(str::to_owned));
    headers
}

/// What there is to say of the quantiles and tails of a row.
fn warning(run: &Summary) -> Cell {
    let thin = DEPLETION_LEVELS.into_iter().filter_map(|level| Some((level, Warning::of_level(level, run.trials)?)));
    tail_warning(run, thin)
}

fn row(system: &System, place: usize, run: &Summary) -> Vec<Cell> {
    let (lender, summary) = (&system.lenders[place], &run.lenders[place]);
    let shortfalls = run.attribution.iter().filter(|attribution| attribution.level.is_some());
    let mut row = vec![lender.name.as_str().into(), type_name(lender.kind).into()];
    row.extend(estimate_cells(summary.failure_probability));
    row.extend(estimate_cells(summary.fundamental_failure_probability));
    row.extend(estimate_cells(summary.contagion_failure_probability));
    row.extend(estimate_cells(summary.twin_only_failure_probability));
    row.extend(estimate_cells(summary.expected_loss_usd_bn));
    row.extend(summary.tails.iter().flat_map(|tail| estimate_cells(Some(tail.value_at_risk_usd_bn))));
    row.extend(summary.tails.iter().flat_map(|tail| estimate_cells(Some(tail.expected_shortfall_usd_bn))));
    row.extend(shortfalls.flat_map(|shortfall| estimate_cells(shortfall.parts.lenders[place].loss_usd_bn)));
    row.extend(estimate_cells(summary.capital_depletion_ratio));
    row.extend(summary.capital_depletion_quantiles.into_iter().flat_map(estimate_cells));
    row.extend(estimate_cells(summary.capital_shortfall_usd_bn));
    row.extend(estimate_cells(summary.min_ratio_breach_probability));
    row.extend(estimate_cells(summary.circularity_ratio));
    row.push(summary.main_cause.map(|cause| cause.name()).into());
    row.push(summary.main_round.map(|round| round as u64).into());
    row.push(run.trials.into());
    row.push(warning(run));
    row
}

/// Name of a lender's type, as scenarios write it.
#[must_use]
pub fn type_name(kind: LenderType) -> &'static str {
    match kind {
        LenderType::Bank => "bank",
        LenderType::Insurer => "insurer",
        LenderType::CreditFund => "credit_fund",
        LenderType::BondFund => "bond_fund",
        LenderType::Vendor => "vendor",
    }
}
