use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::describe::{Describe, Parts};
use crate::json;
use crate::report::CliError;
use crate::ui::Tone;

/// Show the revisions that the database is at.
#[derive(Debug, Args)]
pub(crate) struct Current {
    /// Show more of each.
    #[arg(short, long)]
    verbose: bool,
    /// Fail when the database is not at all heads.
    #[arg(short, long)]
    check_heads: bool,
}

pub(crate) fn run(args: &Current, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let scripts = context.scripts()?;
    let graph = scripts.graph();
    let migrator = context.migrator_of(scripts.clone())?;
    let rows = migrator.current()?;
    let current = graph.current(&rows);
    let describe = Describe::new(graph);
    let known = current.rows.iter().chain(&current.implied);
    if context.ui.is_json() {
        let revisions: Vec<_> = known
            .map(|revision| json::revision(graph, revision, Some(&rows)))
            .collect();
        context
            .ui
            .json(&json!({ "current": revisions, "unknown": current.unknown }));
    } else {
        if args.verbose {
            context.ui.line(format_args!(
                "Current revision(s) for {}:",
                migrator.display_url()?
            ));
        }
        let parts = Parts {
            tree: true,
            ..Parts::default()
        };
        for revision in known {
            context
                .ui
                .line(describe.entry(revision, &scripts, args.verbose, parts)?);
        }
        for row in &current.unknown {
            let note = context.ui.paint(Tone::Waiting, "(not in this checkout)");
            context.ui.line(format_args!("{row} {note}"));
        }
    }
    let at_heads = graph
        .real_heads()
        .iter()
        .all(|head| rows.iter().any(|row| row == head));
    if args.check_heads && !at_heads {
        return Err(CliError::failed(format!(
            "Database is not on all head revisions: it is at {}, the heads are {}",
            if rows.is_empty() {
                "base".to_owned()
            } else {
                rows.join(", ")
            },
            graph.real_heads().join(", ")
        )));
    }
    Ok(ExitCode::SUCCESS)
}
