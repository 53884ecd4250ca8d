use std::process::ExitCode;

use clap::Args;

use super::differences;
use crate::context::Context;
use crate::report::CliError;

/// Tell whether the database is what the models say; if not, what an upgrade would have to do.
///
/// The models are those of [models] in limbeck.toml, or the tables of a project's own program; SQLAlchemy's are imported by python3, or by LIMBECK_PYTHON. They are made on a scratch database of the same server and read back, so that
/// only what differs to the server counts; limbeck's own tables, privileges and owners do not. The database must be at the heads,
/// and is not written. Ends with 1 when something differs.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    scratch: differences::Scratch,
}

pub(crate) fn run(args: &Check, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let models = context.models()?;
    let found = context
        .migrator()?
        .check(&models, &args.scratch.options(context))?;
    Ok(differences::print(
        context.ui,
        &found,
        [
            "The database is what the models say.",
            "an upgrade would have to do this, so that the database is what the models say.",
        ],
    ))
}
