//! The command line of limbeck. Only this crate prints, reads the environment, and knows exit codes.

mod bar;
mod cli;
mod commands;
mod config;
mod context;
mod describe;
mod edit;
mod json;
mod log;
mod new_revision;
mod progress;
mod prometheus;
mod report;
mod schema_json;
mod signals;
mod ui;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use cli::Cli;
use log::LogFormat;
use report::CliError;
use signals::Signals;
use ui::Ui;

/// Runs the command line `args`, the program's name first, and gives its exit code: 0 fine, 1 failed or a check found
/// something, 2 usage, 130 and 143 for SIGINT and SIGTERM.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that can't be printed has nobody to tell it to.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let ui = match Ui::new(&cli.global) {
        Ok(ui) => ui,
        Err(error) => return report::print(&Ui::plain(cli.global.format, LogFormat::Human), &error),
    };
    let signals = match Signals::watch(ui.clone()) {
        Ok(signals) => signals,
        Err(error) => {
            return report::print(
                &ui,
                &CliError::failed(format!("can't watch for signals: {error}")),
            );
        }
    };
    match commands::run(cli, &ui, &signals) {
        Ok(code) => code,
        Err(error) => {
            let code = report::print(&ui, &error);
            signals.exit_code().unwrap_or(code)
        }
    }
}
