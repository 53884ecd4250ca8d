use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::report::CliError;

/// Tell limbeck that something is right although it does not look so; the journal keeps who said it.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Repair {
    /// Accept the present text of an applied revision that was edited.
    #[arg(long, value_name = "REV")]
    accept: Option<String>,
    /// Start a revision that was cut off at its first statement again: what it had done was undone by hand.
    #[arg(long, value_name = "REV")]
    restart: Option<String>,
}

pub(crate) fn run(args: &Repair, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let migrator = context.migrator()?;
    let (what, revision) = match (&args.accept, &args.restart) {
        (Some(revision), _) => ("accepted", migrator.accept(revision)?),
        (None, Some(revision)) => ("restarted", migrator.restart(revision)?),
        (None, None) => return Err(CliError::usage("say --accept REV or --restart REV")),
    };
    if context.ui.is_json() {
        context.ui.json(&json!({ what: revision }));
    } else if what == "accepted" {
        context.ui.line(format_args!(
            "Revision {revision} is accepted as its file says it now."
        ));
    } else {
        context.ui.line(format_args!(
            "Revision {revision} will be run from its first statement."
        ));
    }
    Ok(ExitCode::SUCCESS)
}
