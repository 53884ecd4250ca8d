use std::process::ExitCode;

use clap::Args;

use crate::commands::lock_wait::LockWait;
use crate::commands::outcome;
use crate::context::Context;
use crate::report::CliError;

/// Apply revisions up to a target.
#[derive(Debug, Args)]
pub(crate) struct Upgrade {
    /// Where to: an id, head, heads, +1, label@head; with --sql also start:target.
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

pub(crate) fn run(args: &Upgrade, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let migrator = args.lock.set(context.migrator_with_backup(args.no_backup)?);
    if args.sql {
        outcome::script(context, &migrator.upgrade_sql(migrator.dialect()?, &args.target)?);
        return Ok(ExitCode::SUCCESS);
    }
    if args.target.contains(':') {
        return Err(CliError::usage(
            "Range revision not allowed: a start is only for --sql; the database knows its own",
        ));
    }
    outcome::print(context, &migrator.upgrade(&args.target)?)
}
