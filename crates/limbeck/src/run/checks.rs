//! What is looked at before anything is changed.

use super::in_doubt;
use super::journal::{self, Attempt};
use super::known::Known;
use super::prepare::{Earlier, Prepared};
use super::session::Session;
use super::tables::ID_LENGTH;
use crate::error::{Edit, Error};

/// Refuses to go on when the file of an applied revision says something else than what was run.
pub(super) fn check_edits(
    known: &Known<'_>,
    session: &Session,
    rows: &[String],
    attempts: &[Attempt],
) -> Result<(), Error> {
    let edits = edits(known, session, rows, attempts)?;
    if edits.is_empty() {
        Ok(())
    } else {
        Err(Error::Edited(edits))
    }
}

/// The applied revisions whose files say something else than what was run.
pub(super) fn edits(
    known: &Known<'_>,
    session: &Session,
    rows: &[String],
    attempts: &[Attempt],
) -> Result<Vec<Edit>, Error> {
    let applied = journal::applied(attempts);
    let mut edits = Vec::new();
    for revision in known.graph.applied(rows) {
        let Some(attempt) = applied.get(revision.id.as_str()) else {
            continue;
        };
        let (Some(was), Some(script)) = (&attempt.checksum, known.scripts.script(&revision.id)?) else {
            continue;
        };
        if !script.runs(was, session.dialect())? {
            edits.push(Edit {
                revision: revision.id.clone(),
                file: script.file,
                applied_at: attempt.finished_at.clone().unwrap_or_default(),
                applied_by: attempt.who.clone(),
            });
        }
    }
    Ok(edits)
}

/// Refuses ids that the version table would cut or reject half-way through the run.
pub(super) fn check_lengths(session: &mut Session, prepared: &[Prepared]) -> Result<(), Error> {
    /// What Alembic makes; no table is narrower by itself.
    const NARROWEST: usize = 32;
    let length = |step: &Prepared| step.revision.id.chars().count();
    let Some(longest) = prepared
        .iter()
        .max_by_key(|step| length(step))
        .filter(|step| length(step) > NARROWEST)
    else {
        return Ok(());
    };
    // The journal's column has limbeck's own width everywhere.
    let limit = session.id_limit()?.unwrap_or(ID_LENGTH).min(ID_LENGTH);
    if length(longest) <= limit {
        return Ok(());
    }
    let (revision, table) = (longest.revision.id.clone(), session.tables.version());
    Err(Error::IdTooLong {
        revision,
        length: length(longest),
        table,
        limit,
    })
}

/// How many statements of a step an interrupted run has finished. A program is told, because only its run tells whether they
/// are the same.
pub(super) fn resume(
    step: &mut Prepared,
    session: &mut Session,
    attempts: &[Attempt],
) -> Result<usize, Error> {
    let Some(direction) = step.direction else {
        return Ok(0);
    };
    let (revision, direction) = (step.revision.id.as_str(), direction.name());
    let attempt = journal::unfinished(attempts, revision, direction);
    let Some(attempt) = attempt.or_else(|| journal::open(attempts, revision, direction)) else {
        return Ok(0);
    };
    let done = attempt.statements_done;
    if let Some(dependent) = &mut step.program {
        dependent.earlier = Earlier::of(attempt);
        return Ok(done);
    }
    let unchanged = done <= step.statements.len()
        && (done == 0
            || attempt
                .done_hash
                .as_ref()
                .is_some_and(|hash| *hash == step.done_hash(session.dialect(), done)));
    if unchanged {
        return Ok(done + usize::from(in_doubt::is_done(step, session, attempt)?));
    }
    let (revision, file) = (step.revision.id.clone(), step.revision.file.clone());
    Err(Error::ResumeChanged { revision, file, done })
}
