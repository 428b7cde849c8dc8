//! `knockon check`: every problem of scenario files, where their numbers come from, and what they amount to.

use std::path::Path;

use crate::cli::args::CheckArguments;
use crate::cli::report::{plain_table, trimmed};
use crate::cli::terminal::{print, tell};
use crate::cli::wording::{counted, grouped};
use crate::cli::{CliError, DONE, REFUSED};
use crate::scenario::Scenario;
use crate::scenario::evidence::SourcedParameter;

/// Checks every file; returns the exit code, which tells whether all are good.
pub(crate) fn check(arguments: &CheckArguments) -> Result<u8, CliError> {
    let mut code = DONE;
    for file in &arguments.files {
        match Scenario::load(file, &arguments.sets) {
            Ok(scenario) => print(&describe(file, &scenario, arguments))?,
            Err(problems) => {
                tell(&CliError::Scenario(problems).render());
                code = REFUSED;
            }
        }
    }
    Ok(code)
}

fn describe(file: &Path, scenario: &Scenario, arguments: &CheckArguments) -> String {
    let system = &scenario.system;
    let counts = [
        (system.obligors.len(), "obligor", "obligors"),
        (system.lenders.len(), "lender", "lenders"),
        (system.facilities.len(), "facility", "facilities"),
        (system.contracts.len(), "contract", "contracts"),
        (system.claims.len(), "claim", "claims"),
        (scenario.parameters.len(), "parameter", "parameters"),
    ];
    let counts = counts.map(|(count, one, many)| counted(count as u64, one, many));
    let verdict = format!("{}: ok: {}", file.display(), counts.join(", "));
    if arguments.resolved {
        // A comment, so that what goes into a file is TOML.
        format!("# {verdict}\n{}", scenario.resolved)
    } else if arguments.sources {
        let files: Vec<_> = scenario.files.iter().map(|file| file.path.display().to_string()).collect();
        format!("{verdict}\nread from {}\n{}", files.join(", "), sources(&scenario.parameters))
    } else {
        format!("{verdict}\n")
    }
}

fn sources(parameters: &[SourcedParameter]) -> String {
    let mut table = plain_table();
    // Values last: some are long lists.
    table.set_header(["parameter", "source", "kind or confidence", "value"]);
    for parameter in parameters {
        let (source, basis) = (parameter.source.as_deref(), parameter.basis.as_deref());
        table.add_row([&parameter.path, source.unwrap_or("-"), basis.unwrap_or("unsourced"), &parameter.value]);
    }
    let unsourced = parameters.iter().filter(|parameter| parameter.is_unsourced()).count();
    let (unsourced, all) = (grouped(unsourced as u64), grouped(parameters.len() as u64));
    format!("{}\n{unsourced} of {all} parameters are unsourced\n", trimmed(table))
}
