//! Where the results of a command go: every place is opened before the first run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::CliError;
use crate::cli::args::RunArguments;
use crate::output::directory::{RESULTS, preset_directory};
use crate::output::{OutputError, ResultsDirectory, ResultsFile, TrialsFile};
use crate::scenario::Scenario;

/// Name of the table of differences.
const DIFFERENCES: &str = "differences";
/// Its first headers, by which knockon knows its own file.
const HEADS: [&str; 2] = ["scenario", "against"];

/// What a command writes to.
pub(crate) struct Places<'a> {
    /// One for each scenario, in their order.
    pub(crate) directories: Vec<ResultsDirectory>,
    /// Where the differences of several scenarios go.
    pub(crate) differences: Option<ResultsFile>,
    /// Where a row of every trial goes, if it is to.
    pub(crate) rows: Option<TrialsFile<'a>>,
}

impl<'a> Places<'a> {
    /// Opens the directory of every scenario, and the file of differences where there are several.
    pub(crate) fn open(arguments: &RunArguments, scenarios: &'a [Scenario]) -> Result<Self, CliError> {
        refuse_same_place(scenarios)?;
        let several = scenarios.len() > 1;
        let open = |scenario: &Scenario| {
            let place = place(arguments, &scenario.name, several)?;
            ResultsDirectory::create(&place, &scenario.name, arguments.force)
        };
        let directories = scenarios.iter().map(open).collect::<Result<Vec<_>, _>>().map_err(CliError::Directory)?;
        let folder = arguments.out.as_deref().unwrap_or(Path::new(RESULTS));
        let differences = several.then(|| ResultsFile::create(folder, DIFFERENCES, HEADS, arguments.force));
        let differences = differences.transpose().map_err(CliError::Directory)?;
        let rows = rows(arguments, scenarios, &directories)?;
        Ok(Places { directories, differences, rows })
    }
}

/// The file of `--trials-out`, which one scenario can have.
fn rows<'a>(
    arguments: &RunArguments,
    scenarios: &'a [Scenario],
    directories: &[ResultsDirectory],
) -> Result<Option<TrialsFile<'a>>, CliError> {
    let Some(file) = &arguments.trials_out else { return Ok(None) };
    let ([scenario], [directory]) = (scenarios, directories) else {
        return Err(CliError::OneScenario { option: "--trials-out" });
    };
    let same = |source: &Path| fs::canonicalize(source).ok() == fs::canonicalize(file).ok();
    if file.exists() && scenario.files.iter().any(|source| same(&source.path)) {
        return Err(CliError::Input { path: file.clone() });
    }
    let rows = TrialsFile::create(file, &scenario.system, arguments.csv.into(), directory, arguments.force);
    rows.map(Some).map_err(CliError::Directory)
}

/// `DIR` for one scenario, `DIR/NAME` for each of several, and `results/NAME` where no directory is named.
fn place(arguments: &RunArguments, name: &str, several: bool) -> Result<PathBuf, OutputError> {
    match &arguments.out {
        Some(folder) if several => Ok(folder.join(name)),
        Some(folder) => Ok(folder.clone()),
        None => preset_directory(name),
    }
}

/// Two scenarios of one name would replace each other's results, and one below another would stand inside them.
fn refuse_same_place(scenarios: &[Scenario]) -> Result<(), CliError> {
    let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    let below = |name: &str, other: &str| name.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
    for (at, name) in names.iter().enumerate() {
        let clash = names[..at].iter().find(|other| name == *other || below(name, other) || below(other, name));
        if let Some(other) = clash {
            return Err(CliError::SamePlace { first: (*other).to_owned(), second: (*name).to_owned() });
        }
    }
    Ok(())
}
