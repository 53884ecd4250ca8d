use std::path::PathBuf;

use super::{Depends, ProgramError};
use crate::revision::GraphError;

/// What is wrong with a directory of revisions, or with one of its files.
///
/// # Examples
/// ```
/// use limbeck_core::script::{Script, ScriptError};
///
/// let error = Script::parse("001_a.sql", "-- +goose Up\nCREATE TABLE a (id int);").unwrap_err();
/// assert!(matches!(error, ScriptError::Foreign { line: 1, tool: "goose", .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The directory is not there.
    #[error(
        "the migrations directory '{0}' doesn't exist: create it with 'limbeck init', or say where it is with \
         '--dir' or [migrations] dir in limbeck.toml"
    )]
    DirectoryMissing(PathBuf),
    /// The path of the directory is something else.
    #[error(
        "'{0}' is not a directory: [migrations] dir (or '--dir') must name the directory of the revisions"
    )]
    NotADirectory(PathBuf),
    /// There is no SQL file in the directory, but there is what another tool keeps there.
    #[error(
        "there is no revision in '{directory}': it has no .sql file, but {found}; docs/coming-from.md tells how to make \
         revisions of them"
    )]
    OthersOnly {
        /// The directory.
        directory: PathBuf,
        /// What there is.
        found: &'static str,
    },
    /// A file or directory can't be read or written.
    #[error("can't {verb} '{path}': {source}")]
    Io {
        /// What was tried.
        verb: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file's bytes are not text.
    #[error("{file}:{line}: the file is not UTF-8 (byte 0x{byte:02x}): save it as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line of the first bad byte, from 1.
        line: usize,
        /// That byte.
        byte: u8,
    },
    /// A line of the header, a section's line, or a statement can't be used.
    #[error("{file}:{line}:{column}: {message}")]
    Bad {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong, and what to do.
        message: String,
    },
    /// What a program runs is not known without a database.
    #[error(
        "{file}:{}: this revision {}. Only a run with a connection can tell, and no script", .depends.line, .depends.on
    )]
    Depends {
        /// The file.
        file: String,
        /// Why.
        depends: Depends,
    },
    /// A program can't be understood.
    #[error(transparent)]
    Program(Box<ProgramError>),
    /// The file is written for another tool.
    #[error(
        "{file}:{line}: '{mark}' is how {tool} marks a section; limbeck would run the whole file as the upgrade: \
         write '-- limbeck:upgrade' and '-- limbeck:downgrade' instead (docs/coming-from.md has a command that does it)"
    )]
    Foreign {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The line's text.
        mark: String,
        /// The tool.
        tool: &'static str,
    },
    /// A revision is kept in two files, as sqlx and golang-migrate do.
    #[error(
        "{up} and {down} are one revision in two files, as sqlx and golang-migrate keep it: put both into one file, below \
         '-- limbeck:upgrade' and '-- limbeck:downgrade' (docs/coming-from.md has a command that does it)"
    )]
    Pair {
        /// The file of the upgrade.
        up: String,
        /// The file of the downgrade.
        down: String,
    },
    /// Two ids are the same number.
    #[error(
        "{first} and {second} both claim number {number}: give one of them the next free number with \
         'limbeck rebase {second}'"
    )]
    SameNumber {
        /// The number.
        number: String,
        /// The file that comes first by name.
        first: String,
        /// The other.
        second: String,
    },
    /// The revisions don't make a graph.
    #[error(transparent)]
    Graph(Box<GraphError>),
}

impl From<GraphError> for ScriptError {
    fn from(error: GraphError) -> Self {
        Self::Graph(Box::new(error))
    }
}

impl From<ProgramError> for ScriptError {
    fn from(error: ProgramError) -> Self {
        Self::Program(Box::new(error))
    }
}
