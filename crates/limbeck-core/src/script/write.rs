//! Statements of a plan as the sections of a revision file.

use super::{Direction, Script};
use crate::Dialect;
use crate::plan::Statement;

/// Writes statements as sections of one direction: one for each run of statements that are in a transaction, and one for each run of those that can't be. With a
/// dialect, the sections are for that database only.
///
/// Notes and hazards stand above their statements. No statements make one empty section.
///
/// ```
/// use limbeck_core::plan::{Hazard, Statement};
/// use limbeck_core::script::{Direction, sections};
///
/// let drop = Statement::new("DROP TABLE users").with(Hazard::DataLoss("all rows of users".to_owned()));
/// assert_eq!(
///     sections(Direction::Upgrade, &[drop], None),
///     "-- limbeck:upgrade\n-- data loss: all rows of users\nDROP TABLE users;\n"
/// );
/// ```
pub fn sections(direction: Direction, statements: &[Statement], dialect: Option<Dialect>) -> String {
    let mark = |autocommit: bool| {
        let mut line = format!("-- limbeck:{}", direction.name());
        if let Some(dialect) = dialect {
            line.push_str(&format!(" {dialect}"));
        }
        if autocommit {
            line.push_str(" autocommit");
        }
        line + "\n"
    };
    let parts: Vec<String> = statements
        .chunk_by(|one, next| one.autocommit == next.autocommit)
        .map(|part| mark(part[0].autocommit) + &body(part))
        .collect();
    if parts.is_empty() {
        return mark(false);
    }
    parts.join("\n")
}

/// Writes what a program compiled to as sections; `None` where the text would be read as something else.
pub(super) fn statements(
    direction: Direction,
    dialect: Dialect,
    statements: &[super::Statement],
) -> Option<String> {
    let planned = |statement: &super::Statement| Statement {
        autocommit: statement.autocommit,
        ..Statement::new(&statement.sql)
    };
    let planned: Vec<Statement> = statements.iter().map(planned).collect();
    let text = sections(direction, &planned, None);
    let read = Script::parse("", text.clone()).ok()?;
    let read = read.statements(direction, dialect).ok()??;
    let parts = |statement: &super::Statement| (statement.sql.clone(), statement.autocommit);
    let is_same = read.iter().map(parts).eq(statements.iter().map(parts));
    is_same.then_some(text)
}

fn body(statements: &[Statement]) -> String {
    let mut text = String::new();
    for (at, statement) in statements.iter().enumerate() {
        let notes: String = statement
            .remarks()
            .map(|remark| format!("-- {remark}\n"))
            .collect();
        // What takes several lines stands apart.
        let before = at.checked_sub(1).map(|before| &statements[before]);
        let is_long = |statement: &Statement| statement.sql.contains('\n');
        if before.is_some_and(|before| !notes.is_empty() || is_long(before) || is_long(statement)) {
            text.push('\n');
        }
        text.push_str(&notes);
        text.push_str(&statement.sql);
        text.push_str(";\n");
    }
    text
}
