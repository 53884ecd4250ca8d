use super::Script;
use super::error::ScriptError;
use super::section::Section;
use crate::Dialect;
use crate::dialect::{needs_autocommit, split, transaction_control};
use crate::plan::Hazard;

/// One statement of a revision, and where it stands.
///
/// # Examples
/// ```
/// use limbeck_core::Dialect;
/// use limbeck_core::script::{Direction, Script};
///
/// let script = Script::parse("001_a.sql", "-- limbeck:upgrade autocommit\nVACUUM;")?;
/// let statement = script.statements(Direction::Upgrade, Dialect::Sqlite)?.unwrap().remove(0);
/// assert_eq!((statement.sql.as_str(), statement.autocommit), ("VACUUM", true));
/// assert_eq!((statement.offset, statement.line), (30, 2));
/// # Ok::<(), limbeck_core::script::ScriptError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL, without its terminator.
    pub sql: String,
    /// Whether it commits by itself, outside a transaction.
    pub autocommit: bool,
    /// What it may hurt, as the comments right above it say.
    pub hazards: Vec<Hazard>,
    /// Where it starts in the file, in bytes.
    pub offset: usize,
    /// The line it starts on, from 1.
    pub line: usize,
}

/// The hazards in the comments that end where a statement starts.
fn hazards(before: &str) -> Vec<Hazard> {
    let above = before.rsplit("\n\n").next().unwrap_or_default();
    let comments = above.lines().filter_map(|line| line.trim().strip_prefix("-- "));
    comments.filter_map(Hazard::read).collect()
}

/// Reads a section's statements.
pub(super) fn read(
    script: &Script,
    section: &Section,
    dialect: Dialect,
    statements: &mut Vec<Statement>,
) -> Result<(), ScriptError> {
    let start = section.range.start;
    let split = split(dialect, &script.text()[section.range.clone()]);
    if let Some(problem) = split.problems.first() {
        return Err(bad(script, start + problem.offset, problem.message.clone()));
    }
    // Counted along the way: asking for each position anew would make a long file quadratic.
    let (mut line, mut counted) = (script.position(start).0, start);
    for piece in split.pieces.iter().filter(|piece| !piece.sql.is_empty()) {
        let offset = start + piece.offset;
        if !section.autocommit
            && let Some(message) = misplaced(dialect, piece.sql)
        {
            return Err(bad(script, offset, message));
        }
        line += script.text()[counted..offset].matches('\n').count();
        counted = offset;
        statements.push(Statement {
            sql: piece.sql.to_owned(),
            autocommit: section.autocommit,
            hazards: hazards(piece.before),
            offset,
            line,
        });
    }
    Ok(())
}

/// Why a statement can't stand in a section that limbeck runs in a transaction.
fn misplaced(dialect: Dialect, sql: &str) -> Option<String> {
    if let Some(what) = transaction_control(dialect, sql) {
        return Some(format!(
            "{what} can't stand here, because limbeck opens and ends the transaction itself: delete the statement, or \
             put it into a section of its own, '-- limbeck:upgrade autocommit'"
        ));
    }
    let what = needs_autocommit(dialect, sql)?;
    if what == "PRAGMA foreign_keys" {
        return Some(
            "PRAGMA foreign_keys is ignored in a transaction: delete the statement, because limbeck runs every revision with \
             foreign keys off and checks them before it commits"
                .to_owned(),
        );
    }
    Some(format!(
        "{what} can't be run in a transaction: put it into a section of its own, '-- limbeck:upgrade autocommit'"
    ))
}

fn bad(script: &Script, offset: usize, message: String) -> ScriptError {
    let (line, column) = script.position(offset);
    ScriptError::Bad {
        file: script.file.clone(),
        line,
        column,
        message,
    }
}
