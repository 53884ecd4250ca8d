use std::process::ExitCode;

use clap::Args;

use crate::commands::revision::report;
use crate::context::Context;
use crate::new_revision::{self, NewRevision};
use crate::report::CliError;

/// Write a revision that joins several heads.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The revisions to join; 'heads' for all heads.
    #[arg(required = true, value_name = "REV")]
    revisions: Vec<String>,
    /// What it does, in a few words.
    #[arg(short, long, value_name = "MESSAGE")]
    message: Option<String>,
    /// A name for the branch that starts with it.
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,
    /// Its id, instead of the next one.
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// Let it follow revisions that are not heads.
    #[arg(long)]
    splice: bool,
}

pub(crate) fn run(args: &Merge, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let scripts = context.scripts()?;
    let graph = scripts.graph();
    let mut revises: Vec<String> = Vec::new();
    for target in &args.revisions {
        for revision in graph.resolve(target, &[])? {
            if revises.contains(&revision.id) {
                return Err(CliError::failed(format!(
                    "Duplicate head revisions specified: {}",
                    revision.id
                )));
            }
            if !args.splice && !graph.is_head(&revision.id) {
                return Err(CliError::failed(format!(
                    "Revision {} is not a head revision; please specify --splice to merge it all the same",
                    revision.id
                )));
            }
            revises.push(revision.id.clone());
        }
    }
    if revises.len() < 2 {
        let named = if revises.is_empty() {
            "none".to_owned()
        } else {
            revises.join(", ")
        };
        return Err(CliError::failed(format!(
            "there is nothing to merge: name two revisions at least (named: {named})"
        )));
    }
    let message = args
        .message
        .clone()
        .unwrap_or_else(|| format!("merge {}", revises.join(" and ")));
    let new = NewRevision {
        id: args.rev_id.clone(),
        message,
        revises,
        branch_labels: args.branch_label.clone(),
        ..NewRevision::default()
    };
    let (path, id) = new_revision::write(context, &scripts, &new)?;
    report(context, &path, &id);
    Ok(ExitCode::SUCCESS)
}
