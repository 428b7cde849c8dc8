//! `knockon clear`: an exposure matrix in, who pays and who fails out.

use crate::cli::args::{ClearArguments, Method, Priority};
use crate::cli::terminal::print;
use crate::cli::{CliError, DONE};
use crate::exposure::{Exposures, Rule, Thresholds};
use crate::model::clearing::Costs;
use crate::model::mark::Mark;
use crate::model::system::ExternalPriority;
use crate::output::csv::Table;
use crate::output::exposures::{distress_table, settlement_table};

/// Reads both files, settles by the method asked for and prints the table; returns the exit code.
pub(crate) fn clear(arguments: &ClearArguments) -> Result<u8, CliError> {
    refuse_unused(arguments)?;
    let thresholds = match arguments.method {
        Method::Debtrank => Thresholds::Refused,
        Method::Clearing | Method::Furfine => Thresholds::Used,
    };
    let exposures = Exposures::load(&arguments.nodes, &arguments.claims, thresholds)?;
    let table = settle(&exposures, arguments)?;
    let csv = table.to_csv(arguments.csv.into()).map_err(CliError::Results)?;
    print(&String::from_utf8_lossy(&csv))?;
    Ok(DONE)
}

fn settle(exposures: &Exposures, arguments: &ClearArguments) -> Result<Table, CliError> {
    let names = &exposures.names;
    Ok(match arguments.method {
        Method::Clearing => settlement_table(names, &exposures.clear(&rule(arguments))?),
        Method::Furfine => settlement_table(names, &exposures.furfine(arguments.recovery.unwrap_or(0.0))?),
        Method::Debtrank => distress_table(names, &exposures.debtrank(mark(arguments))?),
    })
}

fn rule(arguments: &ClearArguments) -> Rule {
    let costs = Costs { asset_recovery: arguments.alpha.unwrap_or(1.0), claim_recovery: arguments.beta.unwrap_or(1.0) };
    let priority = match arguments.external_priority {
        Some(Priority::Senior) => ExternalPriority::Senior,
        Some(Priority::PariPassu) | None => ExternalPriority::PariPassu,
    };
    Rule { costs, priority }
}

fn mark(arguments: &ClearArguments) -> Mark {
    Mark { lgd: arguments.mark_lgd.unwrap_or(1.0), convexity: arguments.mark_convexity.unwrap_or(0.0) }
}

/// An option that the method does not know is refused, not ignored.
fn refuse_unused(arguments: &ClearArguments) -> Result<(), CliError> {
    let options = [
        ("--alpha", arguments.alpha.is_some(), Method::Clearing),
        ("--beta", arguments.beta.is_some(), Method::Clearing),
        ("--external-priority", arguments.external_priority.is_some(), Method::Clearing),
        ("--recovery", arguments.recovery.is_some(), Method::Furfine),
        ("--mark-lgd", arguments.mark_lgd.is_some(), Method::Debtrank),
        ("--mark-convexity", arguments.mark_convexity.is_some(), Method::Debtrank),
    ];
    let unused = options.into_iter().find(|(_, given, method)| *given && *method != arguments.method);
    match unused {
        None => Ok(()),
        Some((option, _, method)) => {
            Err(CliError::Unused { option, method: method.word(), asked: arguments.method.word() })
        }
    }
}
