//! One file a command: its arguments, whose comments are its help, and what it does.

mod autogenerate;
pub(crate) mod backup;
pub(crate) mod branches;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod current;
pub(crate) mod diff;
mod differences;
pub(crate) mod downgrade;
pub(crate) mod edit;
pub(crate) mod ensure_version;
pub(crate) mod heads;
pub(crate) mod history;
pub(crate) mod init;
pub(crate) mod list_templates;
mod lock_wait;
pub(crate) mod log;
pub(crate) mod merge;
mod outcome;
pub(crate) mod plan;
pub(crate) mod rebase;
pub(crate) mod repair;
pub(crate) mod restore;
pub(crate) mod revision;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod stamp;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod upgrade;
pub(crate) mod wait;

use std::process::ExitCode;

use crate::Program;
use crate::cli::{Cli, Command, Format};
use crate::context::Context;
use crate::report::CliError;
use crate::signals::Signals;
use crate::ui::Ui;

/// Runs a command.
pub(crate) fn run(
    cli: Cli,
    program: Option<Program>,
    ui: &Ui,
    signals: &Signals,
) -> Result<ExitCode, CliError> {
    let Cli { global, command } = cli;
    match (global.format, &command) {
        (Format::Human | Format::Json, _) | (Format::Prometheus, Command::Status(_)) => {}
        (Format::Sql | Format::Mermaid | Format::Svg, Command::Schema(_)) => {}
        (Format::Prometheus, _) => {
            return Err(CliError::usage(
                "only 'limbeck status' can be printed for Prometheus: leave '--format prometheus' away",
            ));
        }
        (Format::Sql | Format::Mermaid | Format::Svg, _) => {
            return Err(CliError::usage(
                "only 'limbeck schema' can be printed as sql, mermaid or svg: use '--format json', or leave '--format' away",
            ));
        }
    }
    match &command {
        Command::ListTemplates(_) => return list_templates::run(ui),
        Command::Completions(args) => return completions::run(args, ui),
        _ => {}
    }
    let mut context = Context::new(&global, program, ui, signals)?;
    if writes_files(&command) {
        context.take_revisions_from_files();
    }
    let context = &context;
    match command {
        Command::Init(args) => init::run(&args, context),
        Command::Revision(args) => revision::run(&args, context),
        Command::Run(args) => run::run(&args, context),
        Command::Wait(args) => wait::run(&args, context),
        Command::Upgrade(args) => upgrade::run(&args, context),
        Command::Downgrade(args) => downgrade::run(&args, context),
        Command::Current(args) => current::run(&args, context),
        Command::History(args) => history::run(&args, context),
        Command::Heads(args) => heads::run(&args, context),
        Command::Branches(args) => branches::run(&args, context),
        Command::Show(args) => show::run(&args, context),
        Command::Stamp(args) => stamp::run(&args, context),
        Command::Merge(args) => merge::run(&args, context),
        Command::Edit(args) => edit::run(&args, context),
        Command::EnsureVersion(args) => ensure_version::run(&args, context),
        Command::Status(args) => status::run(&args, context),
        Command::Log(args) => log::run(&args, context),
        Command::Plan(args) => plan::run(&args, context),
        Command::Check(args) => check::run(&args, context),
        Command::Diff(args) => diff::run(&args, context),
        Command::Schema(args) => schema::run(&args, context),
        Command::Test(args) => test::run(&args, context),
        Command::Rebase(args) => rebase::run(&args, context),
        Command::Convert(args) => convert::run(&args, context),
        Command::Repair(args) => repair::run(&args, context),
        Command::Backup(args) => backup::run(&args, context),
        Command::Restore(args) => restore::run(&args, context),
        Command::ListTemplates(_) | Command::Completions(_) => unreachable!("these need no context"),
    }
}

/// Whether a command is about revision files, and not about what is run.
fn writes_files(command: &Command) -> bool {
    matches!(
        command,
        Command::Revision(_)
            | Command::Merge(_)
            | Command::Edit(_)
            | Command::Rebase(_)
            | Command::Convert(_)
    )
}
