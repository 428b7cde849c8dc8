//! `knockon schema`: the JSON Schema of scenario files.

use crate::cli::terminal::print;
use crate::cli::{CliError, DONE};
use crate::scenario;

/// Prints the schema; returns the exit code.
pub(crate) fn schema() -> Result<u8, CliError> {
    print(&(serde_json::to_string_pretty(&scenario::schema())? + "\n"))?;
    Ok(DONE)
}
