use std::process::ExitCode;

use clap::Args;

use crate::context::Context;
use crate::describe::{Describe, Parts};
use crate::json;
use crate::report::CliError;

/// List the revisions where branches part.
#[derive(Debug, Args)]
pub(crate) struct Branches {
    /// Show more of each.
    #[arg(short, long)]
    verbose: bool,
}

pub(crate) fn run(args: &Branches, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let scripts = context.scripts()?;
    let graph = scripts.graph();
    let points: Vec<_> = graph
        .iter()
        .filter(|revision| graph.is_branch_point(&revision.id))
        .collect();
    if context.ui.is_json() {
        let with_children = points.into_iter().map(|point| {
            let mut value = json::revision(graph, point, None);
            value["children"] = graph.children(&point.id).into();
            value
        });
        context.ui.json(&with_children.collect::<Vec<_>>());
        return Ok(ExitCode::SUCCESS);
    }
    let describe = Describe::new(graph);
    let parts = Parts {
        labels: true,
        tree: true,
        ..Parts::default()
    };
    for point in points {
        context
            .ui
            .line(describe.entry(point, &scripts, args.verbose, parts)?);
        let indent = " ".repeat(point.id.chars().count());
        for child in graph
            .children(&point.id)
            .into_iter()
            .filter_map(|id| graph.get(id))
        {
            let parts = Parts {
                labels: true,
                tree: true,
                doc: args.verbose,
                ..Parts::default()
            };
            context
                .ui
                .line(format_args!("{indent} -> {}", describe.line(child, parts)));
        }
        context.ui.line("");
    }
    Ok(ExitCode::SUCCESS)
}
