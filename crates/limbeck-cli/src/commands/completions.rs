use std::io;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::report::CliError;
use crate::ui::Ui;

/// Print a completion script for a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Completions, _: &Ui) -> Result<ExitCode, CliError> {
    clap_complete::generate(args.shell, &mut Cli::command(), "limbeck", &mut io::stdout());
    Ok(ExitCode::SUCCESS)
}
