use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use limbeck::revision::{Graph, ResolveError, Revision as Node};
use serde_json::json;

use super::autogenerate::{self, Autogenerate, Written};
use crate::context::Context;
use crate::new_revision::{self, NewRevision};
use crate::report::CliError;

/// Write a new revision file.
///
/// With --autogenerate it is written from the models of [models] in limbeck.toml, or of an Alembic directory's env.py: what makes the database
/// what they say, and the way back. That is
/// run on a scratch copy of the database's schema before the file is made, and lines that may hurt are marked in it.
#[derive(Debug, Args)]
pub(crate) struct Revision {
    /// What it does, in a few words.
    #[arg(short, long, value_name = "MESSAGE")]
    message: Option<String>,
    /// Its id, instead of the next one.
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// The revision it follows; 'base' for none.
    #[arg(long, value_name = "REV", default_value = "head")]
    head: String,
    /// Let it follow a revision that is not a head: a new branch starts there.
    #[arg(long)]
    splice: bool,
    /// A name for the branch that starts with it.
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,
    /// A revision that must be applied before it; may be given several times.
    #[arg(long, value_name = "REV")]
    depends_on: Vec<String>,
    /// The directory to write it to, when there are several.
    #[arg(long, value_name = "DIR")]
    version_path: Option<PathBuf>,
    /// Open it in $EDITOR.
    #[arg(long)]
    edit: bool,
    #[command(flatten)]
    autogenerate: Autogenerate,
}

pub(crate) fn run(args: &Revision, context: &Context<'_>) -> Result<ExitCode, CliError> {
    let scripts = context.scripts()?;
    let graph = scripts.graph();
    let revises = parents(graph, &args.head, args.splice)?;
    let depends_on = args
        .depends_on
        .iter()
        .map(|target| dependency(graph, target))
        .collect::<Result<_, _>>()?;
    let drafts = match args.autogenerate.drafts(context)? {
        Written::Nothing => return Ok(ExitCode::SUCCESS),
        Written::NotAsked => Vec::new(),
        Written::Drafts(drafts) => drafts,
    };
    let new = NewRevision {
        drafts,
        id: args.rev_id.clone(),
        message: args.message.clone().unwrap_or_default(),
        revises,
        depends_on,
        branch_labels: args.branch_label.clone(),
        directory: args.version_path.clone(),
        edit: args.edit,
    };
    let (path, id) = new_revision::write(context, &scripts, &new)?;
    match new.drafts.as_slice() {
        [] => report(context, &path, &id),
        drafts => autogenerate::report(context, &path, &id, drafts),
    }
    Ok(ExitCode::SUCCESS)
}

/// Says which file was made.
pub(crate) fn report(context: &Context<'_>, path: &std::path::Path, id: &str) {
    if context.ui.is_json() {
        context
            .ui
            .json(&json!({ "revision": id, "file": path.display().to_string() }));
    } else {
        context
            .ui
            .line(format_args!("Generating {} ...  done", path.display()));
    }
}

fn parents(graph: &Graph, head: &str, splice: bool) -> Result<Vec<String>, CliError> {
    let found = graph.resolve(head, &[]).map_err(|error| match error {
        ResolveError::MultipleHeads { heads, .. } if head == "head" => CliError::failed(format!(
            "Multiple heads are present ({}); please specify the head revision on which the new revision should be based \
             with --head, or join them with 'limbeck merge heads'",
            heads.join(", ")
        )),
        error => error.into(),
    })?;
    if let Some(inner) = found
        .iter()
        .find(|revision| !splice && !graph.is_head(&revision.id))
    {
        return Err(CliError::failed(format!(
            "Revision {} is not a head revision; please specify --splice to create a new branch from this revision",
            inner.id
        )));
    }
    Ok(found.iter().map(|revision| revision.id.clone()).collect())
}

/// A prefix is written out; a label stays one.
fn dependency(graph: &Graph, target: &str) -> Result<String, CliError> {
    let is_label = |node: &Node| node.branch_labels.iter().any(|label| label == target);
    if graph.iter().any(is_label) {
        return Ok(target.to_owned());
    }
    let found = graph.resolve(target, &[])?;
    let [one] = found.as_slice() else {
        return Err(CliError::failed(format!(
            "--depends-on {target} must name one revision, but names {}",
            found.len()
        )));
    };
    Ok(one.id.clone())
}
