//! Writing a new revision file.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use limbeck::Draft;
use limbeck::script::{Naming, Scripts, slug};
use minijinja::{Environment, UndefinedBehavior, context};

use crate::alembic::{hooks, new_file};
use crate::context::Context;
use crate::edit;
use crate::report::CliError;

/// What a new revision is to be.
#[derive(Debug, Default)]
pub(crate) struct NewRevision {
    pub(crate) id: Option<String>,
    pub(crate) message: String,
    pub(crate) revises: Vec<String>,
    pub(crate) depends_on: Vec<String>,
    pub(crate) branch_labels: Vec<String>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) edit: bool,
    /// What it does, where that was written from models: for each kind of database.
    pub(crate) drafts: Vec<Draft>,
}

/// The sections that somebody is to fill.
const EMPTY: &str = "-- limbeck:upgrade\n\n-- limbeck:downgrade\n";

const TEMPLATE: &str = include_str!("new_revision.sql.j2");

/// Writes the file, and gives its path and id.
pub(crate) fn write(
    context: &Context<'_>,
    scripts: &Scripts,
    new: &NewRevision,
) -> Result<(PathBuf, String), CliError> {
    let now = Timestamp::now();
    let id = match &new.id {
        Some(id) => id.clone(),
        None => next_id(context.naming, scripts, now),
    };
    if let Some(taken) = scripts.graph().get(&id) {
        return Err(CliError::failed(format!(
            "there is a revision {id} already: {}",
            taken.file
        )));
    }
    let (path, text) = match &context.alembic {
        Some(alembic) => new_file::make(alembic, scripts, new, &id, context.ui)?,
        None => sql_file(context, new, &id, now)?,
    };
    if let (Some(_), Some(directory)) = (&context.alembic, path.parent()) {
        fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|error| failed(&path, &error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| failed(&path, &error))?;
    drop(file);
    if let Some(alembic) = &context.alembic {
        hooks::run(&alembic.config.hooks, &path, context.ui)?;
    }
    // What was written must be what a run reads; if it isn't, nothing is left behind.
    if let Err(error) = read_back(context, &id, new) {
        drop(fs::remove_file(&path));
        return Err(error);
    }
    if new.edit {
        edit::open(std::slice::from_ref(&path))?;
    }
    Ok((path, id))
}

fn sql_file(
    context: &Context<'_>,
    new: &NewRevision,
    id: &str,
    now: Timestamp,
) -> Result<(PathBuf, String), CliError> {
    let slug = slug(&new.message);
    let name = if slug.is_empty() {
        format!("{id}.sql")
    } else {
        format!("{id}_{slug}.sql")
    };
    let path = directory(context, new.directory.as_deref())?.join(name);
    Ok((path, render(context, new, id, now)?))
}

fn next_id(naming: Naming, scripts: &Scripts, now: Timestamp) -> String {
    let used: Vec<&str> = scripts
        .graph()
        .iter()
        .map(|revision| revision.id.as_str())
        .collect();
    let timestamp = now.strftime("%Y%m%d%H%M%S").to_string();
    loop {
        let id = naming.next_id(used.iter().copied(), &timestamp, random());
        // Only a hash can be taken.
        if !used.contains(&id.as_str()) {
            return id;
        }
    }
}

/// The standard library seeds each of its hashers at random.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}

fn render(context: &Context<'_>, new: &NewRevision, id: &str, now: Timestamp) -> Result<String, CliError> {
    let custom = context
        .config
        .migrations
        .template
        .as_ref()
        .map(|path| context.path(path));
    let (name, source) = match &custom {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| {
                CliError::failed(format!(
                    "can't read the template '{}' of [migrations] template: {error}",
                    path.display()
                ))
            })?;
            (path.display().to_string(), text)
        }
        None => ("limbeck's own template".to_owned(), TEMPLATE.to_owned()),
    };
    let mut environment = Environment::new();
    environment.set_keep_trailing_newline(true);
    environment.set_trim_blocks(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let broken = |error: minijinja::Error| CliError::failed(format!("{name}: {error:#}"));
    environment.add_template("revision", &source).map_err(broken)?;
    let template = environment.get_template("revision").map_err(broken)?;
    if !new.drafts.is_empty() && !source.contains("sections") {
        return Err(CliError::failed(format!(
            "{name} has no place for what --autogenerate writes: put {{{{ sections }}}} where '-- limbeck:upgrade' and the rest stand"
        )));
    }
    let message = if new.message.is_empty() {
        "empty message"
    } else {
        new.message.as_str()
    };
    let sections = match new.drafts.as_slice() {
        [] => EMPTY.to_owned(),
        drafts => Draft::text(drafts),
    };
    let values = context! {
        id,
        message => message.lines().collect::<Vec<_>>().join("\n-- "),
        revises => new.revises.join(", "),
        depends_on => new.depends_on.join(", "),
        branch_labels => new.branch_labels.join(", "),
        sections => sections.trim_end(),
        create_date => now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    template.render(values).map_err(broken)
}

/// Reads the new file as a run would: a template may forget the id, and a message may look like a word of the header.
fn read_back(context: &Context<'_>, id: &str, new: &NewRevision) -> Result<(), CliError> {
    let scripts = context.scripts()?;
    let read = scripts.graph().get(id);
    let as_asked = read.is_some_and(|revision| {
        revision.revises == new.revises
            && revision.depends_on == new.depends_on
            && revision.branch_labels == new.branch_labels
    });
    if as_asked {
        return Ok(());
    }
    let says = read.map_or("is not found under that id".to_owned(), |revision| {
        format!("revises {}", none_or(&revision.revises))
    });
    Err(CliError::failed(format!(
        "the new file would not say what was asked for: revision {id}, which revises {}, {says}; look at the message and at \
         the template, whose lines '-- Revision ID: …' and the like are read back",
        none_or(&new.revises)
    )))
}

fn none_or(revises: &[String]) -> String {
    if revises.is_empty() {
        "none".to_owned()
    } else {
        revises.join(", ")
    }
}

fn directory(context: &Context<'_>, asked: Option<&Path>) -> Result<PathBuf, CliError> {
    match (asked, context.directories.as_slice()) {
        (Some(asked), directories) => {
            let there = |dir: &&PathBuf| **dir == asked || same(dir, asked);
            directories.iter().find(there).cloned().ok_or_else(|| {
                CliError::failed(format!(
                    "'{}' is not one of the directories of the revisions ({})",
                    asked.display(),
                    list(directories)
                ))
            })
        }
        (None, [only]) => Ok(only.clone()),
        (None, several) => Err(CliError::usage(format!(
            "there are several directories of revisions ({}): say with --version-path which one is meant",
            list(several)
        ))),
    }
}

fn same(left: &Path, right: &Path) -> bool {
    let absolute = |path: &Path| {
        env::current_dir()
            .ok()
            .and_then(|dir| fs::canonicalize(dir.join(path)).ok())
    };
    absolute(left).is_some_and(|left| absolute(right) == Some(left))
}

pub(crate) fn list(directories: &[PathBuf]) -> String {
    directories
        .iter()
        .map(|dir| dir.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

fn failed(path: &Path, error: &std::io::Error) -> CliError {
    CliError::failed(format!("can't write '{}': {error}", path.display()))
}
