use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::context::Context;
use crate::edit;
use crate::report::CliError;

/// Open revision files in $EDITOR.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// Which: an id, head, heads, current.
    #[arg(value_name = "REV", allow_hyphen_values = true)]
    revision: String,
}

pub(crate) fn run(args: &Edit, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let scripts = context.scripts()?;
    let rows = context.rows_for(&[args.revision.as_str()])?;
    let revisions = scripts.graph().resolve(&args.revision, &rows)?;
    let paths: Vec<_> = revisions
        .iter()
        .filter_map(|revision| scripts.path(&revision.id))
        .map(Path::to_owned)
        .collect();
    if paths.is_empty() {
        let message = if args.revision == "current" {
            "No current revisions".to_owned()
        } else {
            format!("No revision files indicated by symbol '{}'", args.revision)
        };
        return Err(CliError::failed(message));
    }
    edit::open(&paths)?;
    Ok(ExitCode::SUCCESS)
}
