use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Args;

use crate::commands::lock_wait::LockWait;
use crate::commands::outcome;
use crate::config::duration;
use crate::context::Context;
use crate::report::CliError;

/// Upgrade to the heads, then become another program: the start of a service.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// How long to wait for a server that can't be reached yet.
    ///
    /// Without it [run] wait, or a minute.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
    #[command(flatten)]
    lock: LockWait,
    /// Fail when the database has revisions that are not in this checkout.
    #[arg(long)]
    strict: bool,
    /// Make no backup first, whatever [backup] when says.
    #[arg(long)]
    no_backup: bool,
    /// The program to become, with its arguments; it keeps this process's id.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// How long a server is waited for when nobody says.
const WAIT: Duration = Duration::from_secs(60);

pub(crate) fn run(args: &Run, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let configured = context.config.run.wait.map(|wait| wait.0);
    let wait = args.wait.or(configured).unwrap_or(WAIT);
    // Nothing of the migrator is left on the terminal when another program has it.
    let outcome = args
        .lock
        .set(context.migrator_with_backup(args.no_backup)?)
        .connect_wait(wait)
        .upgrade("heads")?;
    if args.strict && !outcome.ahead.is_empty() {
        return Err(CliError::failed(format!(
            "the database has revisions that are not in this checkout ({}), and --strict is set: deploy the checkout that has \
             them, or step them back with 'limbeck downgrade'",
            outcome.ahead.join(", ")
        )));
    }
    // A signal that came too late to stop the migration is for the program that would follow.
    if let Some(code) = context.signals.exit_code() {
        return Ok(code);
    }
    let Some((program, arguments)) = args.command.split_first() else {
        return outcome::print(context, &outcome);
    };
    let error = Command::new(program).args(arguments).exec();
    Err(CliError::failed(format!(
        "can't start '{}': {error}",
        program.to_string_lossy()
    )))
}
