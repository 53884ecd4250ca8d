use std::process::ExitCode;

use clap::Args;

use crate::context::Context;
use crate::describe::Describe;
use crate::json;
use crate::report::CliError;

/// Show revisions in full.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Which: an id, head, heads, current.
    #[arg(value_name = "REV", allow_hyphen_values = true)]
    revision: String,
}

pub(crate) fn run(args: &Show, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let scripts = context.scripts()?;
    let graph = scripts.graph();
    let rows = context.rows_for(&[args.revision.as_str()])?;
    let revisions = graph.resolve(&args.revision, &rows)?;
    if context.ui.is_json() {
        context.ui.json(
            &revisions
                .into_iter()
                .map(|revision| json::revision(graph, revision, None))
                .collect::<Vec<_>>(),
        );
        return Ok(ExitCode::SUCCESS);
    }
    let describe = Describe::new(graph);
    for revision in revisions {
        context.ui.line(describe.verbose(revision, &scripts)?);
    }
    Ok(ExitCode::SUCCESS)
}
