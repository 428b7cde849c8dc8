//! `knockon schema`: the JSON Schema of scenario files.

use crate::cli::terminal::print;
use crate::cli::{CliError, DONE};
use crate::scenario::schema;

/// Prints the schema; returns the exit code.
pub(crate) fn print_schema() -> Result<u8, CliError> {
    print(&schema::schema())?;
    Ok(DONE)
}
