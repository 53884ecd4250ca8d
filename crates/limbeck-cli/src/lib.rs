//! The command line of limbeck. Only this crate prints, reads the environment, and knows exit codes.

mod alembic;
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

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use limbeck::Tables;
use limbeck::script::EmbeddedFile;

use cli::Cli;
use log::LogFormat;
use report::CliError;
use signals::Signals;
use ui::Ui;

/// Runs the command line `args`, the program's name first, and gives its exit code: 0 fine, 1 failed or a check found
/// something, 2 usage, 130 and 143 for SIGINT and SIGTERM.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run(args, None)
}

/// Runs the command line of this process with the revisions and tables of a program: all of limbeck's commands, in a binary of the
/// project's own.
///
/// The embedded revisions are run, unless `--dir` names a directory; the commands that write revision files (`revision`, `merge`,
/// `edit`, `rebase`) work on those of the directory. The tables are the models that `check` and `diff` compare with.
///
/// ```no_run
/// # use std::process::ExitCode;
/// #[derive(limbeck::Table)]
/// #[table(name = "tasks")]
/// struct Task {
///     #[column(primary_key, identity)]
///     id: i64,
///     title: String,
/// }
///
/// # const REVISIONS: &[limbeck::script::EmbeddedFile] = &[];
/// fn main() -> ExitCode {
///     # /*
///     limbeck_cli::main_with(limbeck::embed!("migrations"), limbeck::tables![Task])
///     # */
///     # limbeck_cli::main_with(REVISIONS, limbeck::tables![Task])
/// }
/// ```
pub fn main_with(revisions: &'static [EmbeddedFile], tables: Tables) -> ExitCode {
    main_with_args(env::args_os(), revisions, tables)
}

/// The same with another command line, for a program that has commands of its own beside limbeck's: the name of the program first.
pub fn main_with_args(
    args: impl IntoIterator<Item = OsString>,
    revisions: &'static [EmbeddedFile],
    tables: Tables,
) -> ExitCode {
    run(args, Some(Program { revisions, tables }))
}

/// What a project's own program brings along.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) revisions: &'static [EmbeddedFile],
    pub(crate) tables: Tables,
}

fn run(args: impl IntoIterator<Item = OsString>, program: Option<Program>) -> ExitCode {
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
    match commands::run(cli, program, &ui, &signals) {
        Ok(code) => code,
        Err(error) => {
            let code = report::print(&ui, &error);
            signals.exit_code().unwrap_or(code)
        }
    }
}
