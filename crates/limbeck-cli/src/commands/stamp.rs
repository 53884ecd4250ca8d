use std::process::ExitCode;

use clap::Args;

use crate::commands::lock_wait::LockWait;
use crate::commands::outcome;
use crate::context::Context;
use crate::report::CliError;

/// Write the version table as if revisions had been run, and run nothing.
#[derive(Debug, Args)]
pub(crate) struct Stamp {
    /// The revisions: ids, head, heads, base.
    #[arg(required = true, value_name = "REV")]
    revisions: Vec<String>,
    /// Empty the version table first, whatever is in it.
    #[arg(long)]
    purge: bool,
    /// Print the SQL instead of running it, without a connection.
    #[arg(long, conflicts_with = "purge")]
    sql: bool,
    #[command(flatten)]
    lock: LockWait,
}

pub(crate) fn run(args: &Stamp, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let migrator = args.lock.set(context.migrator()?);
    if args.sql {
        outcome::script(
            context,
            &migrator.stamp_sql(migrator.dialect()?, &args.revisions)?,
        );
        return Ok(ExitCode::SUCCESS);
    }
    outcome::print(context, &migrator.stamp(&args.revisions, args.purge)?)
}
