use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use limbeck::Error;
use limbeck::revision::{Graph, Revision};
use limbeck::script::{Entry, Naming, Scripts, entries, id_of, set_header};
use serde_json::json;

use crate::context::Context;
use crate::report::CliError;

/// Give revisions that lost a race a new number and a new parent: they follow the other head then.
///
/// For the day when two branches were merged in git and both had added a revision. Only for revisions that are applied
/// nowhere that matters: no database is asked.
#[derive(Debug, Args)]
pub(crate) struct Rebase {
    /// The revisions to move, lowest first: files, or ids where these are unique.
    #[arg(required = true, value_name = "REV|FILE")]
    revisions: Vec<String>,
}

/// A file with its new place.
struct Move {
    from: PathBuf,
    to: PathBuf,
    text: String,
    id: String,
    parent: Vec<String>,
    old_id: String,
}

pub(crate) fn run(args: &Rebase, context: &Context<'_>) -> Result<ExitCode, CliError> {
    if context.alembic.is_some() {
        return Err(CliError::failed(
            "rebase moves revisions in SQL: change 'revision' and 'down_revision' in the files of Python, or join the heads with \
             'limbeck merge heads'",
        ));
    }
    let all = entries(&context.directories).map_err(Error::from)?;
    let moving = chosen(&all, &args.revisions)?;
    let staying: Vec<Revision> = all
        .iter()
        .filter(|entry| !moving.iter().any(|moved| moved.path == entry.path))
        .map(|entry| entry.revision.clone())
        .collect();
    let moves = plan(context, &all, &moving, staying)?;
    carry_out(context, &moves)?;
    if context.ui.is_json() {
        let moves = moves.iter().map(|moved| {
            json!({
                "revision": moved.id,
                "was": moved.old_id,
                "revises": moved.parent,
                "file": moved.to.display().to_string(),
                "was_file": moved.from.display().to_string(),
            })
        });
        context.ui.json(&moves.collect::<Vec<_>>());
    } else {
        for Move {
            from,
            to,
            id,
            parent,
            old_id,
            ..
        } in &moves
        {
            let parent = if parent.is_empty() {
                "<base>".to_owned()
            } else {
                parent.join(", ")
            };
            let was = if id == old_id {
                String::new()
            } else {
                format!(" (was {old_id})")
            };
            context.ui.line(format_args!("{parent} -> {id}{was}"));
            if from != to {
                context
                    .ui
                    .line(format_args!("  {} is now {}", from.display(), to.display()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen<'a>(all: &'a [Entry], asked: &[String]) -> Result<Vec<&'a Entry>, CliError> {
    let mut moving: Vec<&Entry> = Vec::new();
    for name in asked {
        let is_file = |entry: &&Entry| {
            entry.path == Path::new(name)
                || entry
                    .path
                    .file_name()
                    .is_some_and(|file| file.to_string_lossy() == *name)
        };
        let by_file: Vec<&Entry> = all.iter().filter(is_file).collect();
        let found = if by_file.is_empty() {
            all.iter().filter(|entry| entry.revision.id == *name).collect()
        } else {
            by_file
        };
        match found.as_slice() {
            [one] if moving.iter().any(|moved| moved.path == one.path) => {}
            [one] => moving.push(one),
            [] => {
                return Err(CliError::failed(format!(
                    "there is no revision and no revision file '{name}'"
                )));
            }
            several => {
                let files: Vec<String> = several
                    .iter()
                    .map(|entry| entry.path.display().to_string())
                    .collect();
                return Err(CliError::failed(format!(
                    "several files are revision {name}: say which file is to move: {}",
                    files.join(", ")
                )));
            }
        }
    }
    Ok(moving)
}

/// Where each goes: the first behind the head of those that stay, each other behind the one before it.
fn plan(
    context: &Context<'_>,
    all: &[Entry],
    moving: &[&Entry],
    staying: Vec<Revision>,
) -> Result<Vec<Move>, CliError> {
    let moving_ids: HashSet<&str> = moving.iter().map(|entry| entry.revision.id.as_str()).collect();
    let staying_ids: HashSet<&str> = staying.iter().map(|revision| revision.id.as_str()).collect();
    let orphan = |revision: &&Revision| {
        revision
            .revises
            .iter()
            .any(|id| moving_ids.contains(id.as_str()) && !staying_ids.contains(id.as_str()))
    };
    if let Some(child) = staying.iter().find(orphan) {
        return Err(CliError::failed(format!(
            "revision {} ({}) follows one that is to move: name it too, behind the others",
            child.id, child.file
        )));
    }
    let mut used: Vec<String> = staying.iter().map(|revision| revision.id.clone()).collect();
    let graph = Graph::new(staying)
        .map_err(|error| CliError::failed(format!("without the revisions to move: {error}")))?;
    let mut parent = match graph.heads().as_slice() {
        [] => Vec::new(),
        [head] => vec![(*head).to_owned()],
        heads => {
            return Err(CliError::failed(format!(
                "the revisions that stay have several heads ({}): move all but one branch, or join them with 'limbeck merge'",
                heads.join(", ")
            )));
        }
    };
    let mut moves = Vec::new();
    for entry in moving {
        let id = new_id(context.naming, &entry.revision.id, &used, all);
        let text = fs::read_to_string(&entry.path)
            .map_err(|error| CliError::failed(format!("can't read '{}': {error}", entry.path.display())))?;
        moves.push(Move {
            to: renamed(&entry.path, &entry.revision.id, &id),
            from: entry.path.clone(),
            text: set_header(&text, &id, &parent),
            id: id.clone(),
            parent: std::mem::replace(&mut parent, vec![id.clone()]),
            old_id: entry.revision.id.clone(),
        });
        used.push(id);
    }
    Ok(moves)
}

/// A number must come behind those of the revisions that stay; any other id may stay as long as it is unique.
fn new_id(naming: Naming, id: &str, used: &[String], all: &[Entry]) -> String {
    let is_number = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let taken = used.iter().any(|other| other == id);
    match (is_number(id), taken) {
        (true, _) => Naming::Numeric.next_id(used.iter().map(String::as_str), "", 0),
        (false, false) => id.to_owned(),
        (false, true) => {
            let ids = used.iter().chain(all.iter().map(|entry| &entry.revision.id));
            let ids: Vec<&str> = ids.map(String::as_str).collect();
            let naming = if naming == Naming::Hash {
                Naming::Hash
            } else {
                Naming::Numeric
            };
            naming.next_id(ids.into_iter(), "", crate::new_revision::random())
        }
    }
}

fn renamed(path: &Path, old: &str, new: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.strip_prefix(old) {
        Some(rest) if id_of(&name) == old => path.with_file_name(format!("{new}{rest}")),
        _ => path.to_owned(),
    }
}

/// Writes the files, and takes everything back if they make no graph then.
fn carry_out(context: &Context<'_>, moves: &[Move]) -> Result<(), CliError> {
    let is_source = |path: &Path| moves.iter().any(|moved| moved.from == path);
    if let Some(blocked) = moves
        .iter()
        .find(|moved| moved.to.exists() && !is_source(&moved.to))
    {
        return Err(CliError::failed(format!(
            "'{}' is in the way of the new name",
            blocked.to.display()
        )));
    }
    let io = |path: &Path, error: std::io::Error| {
        CliError::failed(format!("can't move to '{}': {error}", path.display()))
    };
    let mut originals = Vec::new();
    for moved in moves {
        originals.push((
            moved.from.clone(),
            fs::read(&moved.from).map_err(|error| io(&moved.from, error))?,
        ));
        // Written beside first: whatever happens then, no text is lost.
        fs::write(beside(&moved.to), &moved.text).map_err(|error| io(&moved.to, error))?;
    }
    let removed = moves
        .iter()
        .try_for_each(|moved| fs::remove_file(&moved.from).map_err(|error| io(&moved.from, error)));
    let result = removed
        .and_then(|()| {
            let rename =
                |moved: &Move| fs::rename(beside(&moved.to), &moved.to).map_err(|error| io(&moved.to, error));
            moves.iter().try_for_each(rename)
        })
        .and_then(|()| {
            Scripts::read(&context.directories)
                .map(drop)
                .map_err(|error| Error::from(error).into())
        });
    if result.is_err() {
        for moved in moves {
            drop(fs::remove_file(&moved.to));
        }
        for (path, bytes) in originals {
            drop(fs::write(path, bytes));
        }
    }
    result
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("sql.new")
}
