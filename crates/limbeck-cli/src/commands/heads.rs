use std::process::ExitCode;

use clap::Args;

use crate::context::Context;
use crate::describe::{Describe, Parts};
use crate::json;
use crate::report::CliError;

/// List the heads: the revisions that nothing follows.
#[derive(Debug, Args)]
pub(crate) struct Heads {
    /// Show more of each.
    #[arg(short, long)]
    verbose: bool,
    /// Leave out heads that another revision depends on.
    #[arg(long)]
    resolve_dependencies: bool,
}

pub(crate) fn run(args: &Heads, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let scripts = context.scripts()?;
    let graph = scripts.graph();
    let heads = if args.resolve_dependencies {
        graph.real_heads()
    } else {
        graph.heads()
    };
    let heads: Vec<_> = heads.into_iter().filter_map(|id| graph.get(id)).collect();
    if context.ui.is_json() {
        context.ui.json(
            &heads
                .into_iter()
                .map(|head| json::revision(graph, head, None))
                .collect::<Vec<_>>(),
        );
        return Ok(ExitCode::SUCCESS);
    }
    let describe = Describe::new(graph);
    let parts = Parts {
        labels: true,
        ..Parts::default()
    };
    for head in heads {
        context
            .ui
            .line(describe.entry(head, &scripts, args.verbose, parts)?);
    }
    Ok(ExitCode::SUCCESS)
}
