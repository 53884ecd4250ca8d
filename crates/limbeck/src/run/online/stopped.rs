//! What a step stopped at.

use limbeck_core::plan::missing_value;

use super::super::actions::Action;
use super::super::prepare::Prepared;
use super::statement;
use crate::database::{DatabaseError, ErrorKind, Outcome};
use crate::error::{Error, Failure, Remains};

/// Why a step stopped.
pub(super) enum Stopped {
    /// Not through the revision.
    Own(Error),
    /// A statement of the revision failed, or what comes of it at the end of its transaction.
    Statement {
        index: Option<usize>,
        error: DatabaseError,
    },
}

impl Stopped {
    pub(super) fn cancelled(index: usize) -> Self {
        Self::Statement {
            index: Some(index),
            error: DatabaseError::new(ErrorKind::Cancelled, "the run was cancelled"),
        }
    }
}

/// Fails where a statement that lacks a value, which is NULL until somebody puts it in, was to give it to rows.
pub(super) fn missing(prepared: &Prepared, sent: &[&Action], outcomes: &[Outcome]) -> Result<(), Stopped> {
    for (action, outcome) in sent.iter().zip(outcomes) {
        let Some(index) = statement(action) else { continue };
        if let Some(column) = missing_value(&prepared.statements[index].sql)
            && outcome.affected > 0
        {
            let message = format!("{column} has no value for the rows that are there");
            return Err(Stopped::Statement {
                index: Some(index),
                error: DatabaseError::new(ErrorKind::Statement, message),
            });
        }
    }
    Ok(())
}

/// How many statements were counted in the journal before the one that failed.
pub(super) fn done_before(actions: &[Action], failed: Option<usize>) -> usize {
    let of_piece = actions
        .iter()
        .position(|action| matches!(action, Action::Statement(index) if Some(*index) == failed));
    let before = &actions[..of_piece.unwrap_or(actions.len())];
    let kept = before
        .iter()
        .rposition(|action| matches!(action, Action::Barrier))
        .unwrap_or_default();
    let last = before[..kept].iter().rev().find_map(|action| match action {
        Action::Statement(index) => Some(index + 1),
        _ => None,
    });
    last.unwrap_or_default()
}

/// What is told of it.
pub(super) fn failure(
    prepared: &Prepared,
    index: Option<usize>,
    remains: Remains,
    mut source: DatabaseError,
) -> Box<Failure> {
    let statement = index
        .or(prepared.statements.len().checked_sub(1))
        .map(|index| &prepared.statements[index]);
    let sql = statement
        .map(|statement| statement.sql.clone())
        .unwrap_or_default();
    if let (Some(column), ErrorKind::Statement) = (missing_value(&sql), source.kind) {
        source = source.with_hint(format!(
            "put the value of {column} into the file, in the place of NULL, and run again"
        ));
    }
    let position = source
        .position
        .filter(|position| index.is_some() && sql.is_char_boundary(*position));
    let before = &sql[..position.unwrap_or_default()];
    Box::new(Failure {
        revision: prepared.revision.id.clone(),
        direction: prepared
            .direction
            .expect("a stamp runs no statement that could fail"),
        file: prepared.revision.file.clone(),
        line: statement.map_or(1, |statement| statement.line) + before.matches('\n').count(),
        position,
        remains,
        sql,
        source,
    })
}
