use std::process::ExitCode;

use clap::Args;

use crate::commands::lock_wait::LockWait;
use crate::commands::outcome;
use crate::context::Context;
use crate::report::CliError;

/// Step revisions back down to a target.
#[derive(Debug, Args)]
pub(crate) struct Downgrade {
    /// Where to: an id, base, -1, label@base; with --sql start:target.
    #[arg(value_name = "TARGET", allow_hyphen_values = true)]
    target: String,
    /// Print the SQL instead of running it, without a connection.
    #[arg(long)]
    sql: bool,
    #[command(flatten)]
    lock: LockWait,
    /// Make no backup first, whatever [backup] when says.
    #[arg(long)]
    no_backup: bool,
}

pub(crate) fn run(args: &Downgrade, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let migrator = args.lock.set(context.migrator_with_backup(args.no_backup)?);
    if args.sql {
        outcome::script(
            context,
            &migrator.downgrade_sql(migrator.dialect()?, &args.target)?,
        );
        return Ok(ExitCode::SUCCESS);
    }
    if args.target.contains(':') {
        return Err(CliError::usage(
            "Range revision not allowed: a start is only for --sql; the database knows its own",
        ));
    }
    outcome::print(context, &migrator.downgrade(&args.target)?)
}
