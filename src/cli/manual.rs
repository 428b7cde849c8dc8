//! `knockon completions` and `knockon man`: what shells and readers of manuals take from the definition of the arguments.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::args::Arguments;
use crate::cli::terminal::print;
use crate::cli::{CliError, DONE};

/// Prints the completion script of a shell; returns the exit code.
pub(crate) fn print_completions(shell: Shell) -> Result<u8, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "knockon", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(DONE)
}

/// Prints the manual page, one section a subcommand; returns the exit code.
pub(crate) fn print_manual() -> Result<u8, CliError> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let manual = Man::new(command.clone());
    manual.render_title(&mut page)?;
    manual.render_name_section(&mut page)?;
    manual.render_synopsis_section(&mut page)?;
    manual.render_description_section(&mut page)?;
    for subcommand in command.get_subcommands().filter(|known| known.get_name() != "help") {
        let heading = format!(".SH \"KNOCKON {}\"\n", subcommand.get_name().to_uppercase());
        page.extend_from_slice(heading.as_bytes());
        let manual = Man::new(subcommand.clone());
        manual.render_synopsis_section(&mut page)?;
        manual.render_options_section(&mut page)?;
    }
    manual.render_extra_section(&mut page)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(DONE)
}
