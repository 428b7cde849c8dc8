//! The `knockon` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    knockon::cli::run()
}
