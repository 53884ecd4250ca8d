use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::commands::outcome;
use crate::context::Context;
use crate::report::CliError;

/// Make the version table and the journal, and widen a version table that Alembic made.
#[derive(Debug, Args)]
pub(crate) struct EnsureVersion {
    /// Print the SQL instead of running it, without a connection.
    #[arg(long)]
    sql: bool,
}

pub(crate) fn run(args: &EnsureVersion, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let migrator = context.migrator()?;
    if args.sql {
        outcome::script(context, &migrator.ensure_version_sql(migrator.dialect()?)?);
        return Ok(ExitCode::SUCCESS);
    }
    let widened = migrator.ensure_version()?;
    if context.ui.is_json() {
        context.ui.json(&json!({ "widened": widened }));
    } else if widened {
        context
            .ui
            .line("The version table is there, and takes ids of 255 characters now.");
    } else {
        context.ui.line("The version table is there.");
    }
    Ok(ExitCode::SUCCESS)
}
