use std::process::ExitCode;

use clap::Args;

use crate::context::Context;
use crate::describe::{Describe, Parts};
use crate::json;
use crate::report::CliError;

/// List the revisions, newest first.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The part to list: [start]:[end]; ids, base, head, current, -2 and the like.
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    rev_range: Option<String>,
    /// Show more of each.
    #[arg(short, long)]
    verbose: bool,
    /// Mark the revisions that the database is at.
    #[arg(short, long)]
    indicate_current: bool,
}

pub(crate) fn run(args: &History, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let (lower, upper) = match &args.rev_range {
        None => (None, None),
        Some(range) => {
            let (lower, upper) = range.split_once(':').ok_or_else(|| {
                CliError::usage("History range requires [start]:[end], [start]:, or :[end]")
            })?;
            (
                Some(lower).filter(|lower| !lower.is_empty()),
                Some(upper).filter(|upper| !upper.is_empty()),
            )
        }
    };
    let scripts = context.scripts()?;
    let graph = scripts.graph();
    let bounds: Vec<&str> = lower.into_iter().chain(upper).collect();
    let rows = if args.indicate_current {
        context.migrator()?.current()?
    } else {
        context.rows_for(&bounds)?
    };
    let revisions = graph.history(lower, upper, &rows)?;
    let marked = args.indicate_current.then_some(rows.as_slice());
    if context.ui.is_json() {
        let revisions: Vec<_> = revisions
            .into_iter()
            .map(|revision| json::revision(graph, revision, marked))
            .collect();
        context.ui.json(&revisions);
        return Ok(ExitCode::SUCCESS);
    }
    let describe = Describe {
        graph,
        current: marked.unwrap_or_default().iter().cloned().collect(),
    };
    let mut text = String::new();
    let parts = Parts {
        parents: true,
        labels: true,
        tree: true,
        doc: true,
    };
    for revision in revisions {
        text.push_str(&describe.entry(revision, &scripts, args.verbose, parts)?);
        text.push('\n');
    }
    context.ui.text(&text);
    Ok(ExitCode::SUCCESS)
}
