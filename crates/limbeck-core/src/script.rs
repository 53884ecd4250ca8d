//! Revision files: SQL with a header of Alembic's words and sections for each direction.
//!
//! ```sql
//! -- add user variables
//! --
//! -- Revision ID: 002
//! -- Revises: 001
//!
//! -- limbeck:upgrade
//! ALTER TABLE codebundles ADD COLUMN user_variables TEXT;
//!
//! -- limbeck:downgrade
//! ALTER TABLE codebundles DROP COLUMN user_variables;
//! ```

mod directory;
mod edit;
mod error;
mod header;
mod name;
mod program;
mod section;
mod statement;
mod write;

use std::borrow::Cow;
use std::ops::Range;

pub use directory::{EmbeddedFile, Entry, Scripts, entries};
pub use edit::set_header;
pub use error::ScriptError;
pub use header::Header;
pub use name::{Naming, id_of, natural_order, slug};
pub use program::{Answer, Bind, BindError, BindErrorKind, Compiled, Datum, Program, ProgramError};
pub use statement::Statement;
pub use write::sections;

use section::Section;

use crate::Dialect;
use crate::checksum::checksum;

/// Which way a revision is run.
///
/// # Examples
/// ```
/// assert_eq!(limbeck_core::script::Direction::Upgrade.name(), "upgrade");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards the heads.
    Upgrade,
    /// Towards the base.
    Downgrade,
}

impl Direction {
    /// Returns the word for it, as in a section's line and a command's name.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::Direction;
    /// assert_eq!(format!("-- limbeck:{}", Direction::Downgrade.name()), "-- limbeck:downgrade");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
        }
    }
}

/// The text of one revision file, cut into its sections.
///
/// # Examples
/// ```
/// use limbeck_core::script::Script;
///
/// let script = Script::parse("001_a.sql", "-- create a\n--\n-- Revision ID: 001\n\nCREATE TABLE a (id int);")?;
/// assert_eq!(script.file, "001_a.sql");
/// assert_eq!(script.header.id.as_deref(), Some("001"));
/// assert!(script.text().ends_with("CREATE TABLE a (id int);"));
/// # Ok::<(), limbeck_core::script::ScriptError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Script {
    /// The file's path or name, for messages.
    pub file: String,
    /// What its header says.
    pub header: Header,
    text: Cow<'static, str>,
    sections: Vec<Section>,
}

impl Script {
    /// Reads `text`, which stands in `file`.
    ///
    /// # Errors
    /// [`ScriptError`] when the header or a section's line can't be understood, or when the text has
    /// another tool's section marks.
    ///
    /// # Examples
    /// ```
    /// use limbeck_core::Dialect;
    /// use limbeck_core::script::{Direction, Script};
    ///
    /// let script = Script::parse("001_a.sql", "-- limbeck:upgrade\nCREATE TABLE a (id int);")?;
    /// let statements = script.statements(Direction::Upgrade, Dialect::Sqlite)?;
    /// assert_eq!(statements.unwrap()[0].sql, "CREATE TABLE a (id int)");
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn parse(file: &str, text: impl Into<Cow<'static, str>>) -> Result<Self, ScriptError> {
        let text = text.into();
        let header = Header::parse(file, &text)?;
        let sections = section::find(file, &text)?;
        Ok(Self {
            file: file.to_owned(),
            header,
            text,
            sections,
        })
    }

    /// Returns the whole text.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::Script;
    /// assert_eq!(Script::parse("001_a.sql", "DROP TABLE a;")?.text(), "DROP TABLE a;");
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the statements of one direction on `dialect`, or `None` where the file has no section for it:
    /// the revision can't be run that way.
    ///
    /// # Errors
    /// [`ScriptError`] with file, line and column when the SQL can't be cut into statements or holds
    /// one that can't run where it stands.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::Dialect;
    /// # use limbeck_core::script::{Direction, Script};
    /// let script = Script::parse("002_b.sql", "-- limbeck:upgrade postgresql\nCREATE TABLE b (id int);")?;
    /// let statements = script.statements(Direction::Upgrade, Dialect::Postgresql)?.unwrap_or_default();
    /// assert_eq!((statements[0].sql.as_str(), statements[0].line), ("CREATE TABLE b (id int)", 2));
    /// assert!(script.statements(Direction::Upgrade, Dialect::Sqlite)?.is_none());
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn statements(
        &self,
        direction: Direction,
        dialect: Dialect,
    ) -> Result<Option<Vec<Statement>>, ScriptError> {
        let Some(sections) = section::choose(&self.sections, direction, dialect) else {
            return Ok(None);
        };
        let mut statements = Vec::new();
        for section in sections {
            statement::read(self, section, dialect, &mut statements)?;
        }
        Ok(Some(statements))
    }

    /// Checks the SQL as far as that can be done without knowing the database: sections written for one as that one reads
    /// them, the others as any database would.
    ///
    /// # Errors
    /// As [`Script::statements`].
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::Script;
    /// let script = Script::parse("003_c.sql", "-- limbeck:upgrade postgresql\nVACUUM users;")?;
    /// let error = script.check().unwrap_err();
    /// assert!(error.to_string().starts_with("003_c.sql:2:1: VACUUM can't be run in a transaction"));
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn check(&self) -> Result<(), ScriptError> {
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            for dialect in section::named(&self.sections, direction) {
                self.statements(direction, dialect)?;
            }
            let readings = Dialect::ALL.map(|dialect| self.statements(direction, dialect));
            if readings.iter().all(Result::is_err) {
                readings.into_iter().collect::<Result<Vec<_>, _>>()?;
            }
        }
        Ok(())
    }

    /// Returns the checksum of what an upgrade on `dialect` runs: 64 hexadecimal digits. Comments, white space and line
    /// endings do not count, nor do other databases' sections and the downgrade.
    ///
    /// # Errors
    /// As [`Script::statements`].
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::Dialect;
    /// # use limbeck_core::script::Script;
    /// let before = Script::parse("001_a.sql", "CREATE TABLE a (id int);")?;
    /// let after = Script::parse("001_a.sql", "-- the first table\nCREATE TABLE a\n  (id int);")?;
    /// assert_eq!(before.checksum(Dialect::Sqlite)?, after.checksum(Dialect::Sqlite)?);
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn checksum(&self, dialect: Dialect) -> Result<String, ScriptError> {
        let statements = self.statements(Direction::Upgrade, dialect)?.unwrap_or_default();
        Ok(checksum(
            dialect,
            statements.iter().map(|s| (s.sql.as_str(), s.autocommit)),
        ))
    }

    /// Returns the sections of one direction on `dialect` as the text of a revision file of its own, to be kept
    /// where the file itself may be missing; `None` where there is no such section.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::Dialect;
    /// # use limbeck_core::script::{Direction, Script};
    /// let text = "-- limbeck:upgrade\nCREATE TABLE a (id int);\n\n-- limbeck:downgrade\nDROP TABLE a;\n";
    /// let script = Script::parse("001_a.sql", text)?;
    /// let kept = script.extract(Direction::Downgrade, Dialect::Sqlite);
    /// assert_eq!(kept.as_deref(), Some("-- limbeck:downgrade\nDROP TABLE a;\n"));
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn extract(&self, direction: Direction, dialect: Dialect) -> Option<String> {
        let mut text = String::new();
        for section in section::choose(&self.sections, direction, dialect)? {
            let autocommit = if section.autocommit { " autocommit" } else { "" };
            text.push_str(&format!("-- limbeck:{}{autocommit}\n", direction.name()));
            text.push_str(self.text[section.range.clone()].trim());
            text.push('\n');
        }
        Some(text)
    }

    /// Returns the line and the column (in characters) of a byte of the text, both from 1.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::Script;
    /// let script = Script::parse("001_a.sql", "CREATE TABLE a (id int);\nDROP TABLE b;")?;
    /// assert_eq!(script.position(30), (2, 6));
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn position(&self, offset: usize) -> (usize, usize) {
        position(&self.text, offset)
    }
}

/// The line and column (in characters) of a byte offset, both from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let end = text.floor_char_boundary(offset);
    let before = &text[..end];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}

/// The lines of `text` with the byte range that each takes, its line end included.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str, Range<usize>)> {
    let mut start = 0;
    text.split_inclusive('\n').enumerate().map(move |(index, line)| {
        let range = start..start + line.len();
        start = range.end;
        (index + 1, line.trim_end_matches(['\n', '\r']), range)
    })
}
