//! What is told of a revision that failed.

use super::{Action, Prepared};
use crate::database::DatabaseError;
use crate::error::{Failure, Remains};

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

/// `index` is the statement that failed.
pub(super) fn failure(
    prepared: &Prepared,
    index: Option<usize>,
    remains: Remains,
    source: DatabaseError,
) -> Box<Failure> {
    let statement = index
        .or(prepared.statements.len().checked_sub(1))
        .map(|index| &prepared.statements[index]);
    let sql = statement
        .map(|statement| statement.sql.clone())
        .unwrap_or_default();
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
