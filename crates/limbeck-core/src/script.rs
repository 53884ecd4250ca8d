//! Revision files: SQL with a header of Alembic's words and sections for each direction; or programs, which are given from
//! outside.
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
use std::sync::Arc;

pub use directory::{EmbeddedFile, Entry, ProgramEntry, Scripts, entries, sql_entry};
pub use edit::set_header;
pub use error::ScriptError;
pub use header::{Converted, Header};
pub use name::{Naming, id_of, natural_order, slug};
pub use program::{
    Answer, Bind, BindError, BindErrorKind, Compiled, Datum, Depends, Depth, On, Program, ProgramError,
    Remark, find, relations,
};
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

/// What one revision runs: the text of a file, cut into its sections, or a program.
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
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    Sql {
        text: Cow<'static, str>,
        sections: Vec<Section>,
    },
    Program(Arc<dyn Program>),
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
            body: Body::Sql { text, sections },
        })
    }

    /// Takes a program for what `file` runs.
    pub(crate) fn of_program(file: String, header: Header, program: Arc<dyn Program>) -> Self {
        Self {
            file,
            header,
            body: Body::Program(program),
        }
    }

    /// Returns the program, where it is one.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::Script;
    /// assert!(Script::parse("001_a.sql", "DROP TABLE a;")?.program().is_none());
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn program(&self) -> Option<&Arc<dyn Program>> {
        match &self.body {
            Body::Program(program) => Some(program),
            Body::Sql { .. } => None,
        }
    }

    /// Returns the whole text; of a program there is none here.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::script::Script;
    /// assert_eq!(Script::parse("001_a.sql", "DROP TABLE a;")?.text(), "DROP TABLE a;");
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn text(&self) -> &str {
        match &self.body {
            Body::Sql { text, .. } => text,
            Body::Program(_) => "",
        }
    }

    /// Returns what one direction runs on `dialect`, as far as that is known without a database.
    ///
    /// # Errors
    /// [`ScriptError`] with file and line when the SQL can't be cut into statements or holds one that can't run where it
    /// stands, and when a program is not understood.
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::Dialect;
    /// # use limbeck_core::script::{Compiled, Direction, Script};
    /// let script = Script::parse("001_a.sql", "CREATE TABLE a (id int);")?;
    /// let compiled = script.compile(Direction::Upgrade, Dialect::Sqlite)?;
    /// assert!(matches!(compiled, Compiled::Statements(statements) if statements.len() == 1));
    /// assert_eq!(script.compile(Direction::Downgrade, Dialect::Sqlite)?, Compiled::Missing);
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn compile(&self, direction: Direction, dialect: Dialect) -> Result<Compiled, ScriptError> {
        let sections = match &self.body {
            Body::Program(program) => {
                return Ok(program
                    .compile(direction, dialect)?
                    .unless_it_ends_the_transaction(dialect));
            }
            Body::Sql { sections, .. } => section::choose(sections, direction, dialect),
        };
        let Some(sections) = sections else {
            return Ok(Compiled::Missing);
        };
        let mut statements = Vec::new();
        for section in sections {
            statement::read(self, section, dialect, &mut statements)?;
        }
        Ok(Compiled::Statements(statements))
    }

    /// Returns the statements of one direction on `dialect`, or `None` where the file has no section for it:
    /// the revision can't be run that way.
    ///
    /// # Errors
    /// As [`Script::compile`]; and [`ScriptError::Depends`] where only the database can tell what is run.
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
        match self.compile(direction, dialect)? {
            Compiled::Missing => Ok(None),
            Compiled::Statements(statements) => Ok(Some(statements)),
            Compiled::Depends(depends) => Err(ScriptError::Depends {
                file: self.file.clone(),
                depends,
            }),
        }
    }

    /// Checks the SQL as far as that can be done without knowing the database: sections written for one as that one reads
    /// them, the others as any database would. A program is checked when it is compiled.
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
        let Body::Sql { sections, .. } = &self.body else {
            return Ok(());
        };
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            for dialect in section::named(sections, direction) {
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
    /// endings do not count, nor do other databases' sections and the downgrade. A program has one for all databases.
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
        if let Body::Program(program) = &self.body {
            return program.checksum();
        }
        let statements = self.statements(Direction::Upgrade, dialect)?.unwrap_or_default();
        Ok(checksum(
            dialect,
            statements.iter().map(|s| (s.sql.as_str(), s.autocommit)),
        ))
    }

    /// Whether an upgrade on `dialect` runs what had this checksum: it has it still, or is SQL that was made of such a program and
    /// was not changed since.
    ///
    /// # Errors
    /// As [`Script::checksum`].
    ///
    /// # Examples
    /// ```
    /// # use limbeck_core::Dialect;
    /// # use limbeck_core::script::Script;
    /// let script = Script::parse("001_a.sql", "CREATE TABLE a (id int);")?;
    /// let sum = script.checksum(Dialect::Sqlite)?;
    /// assert!(script.runs(&sum, Dialect::Sqlite)? && !script.runs("ab12", Dialect::Sqlite)?);
    ///
    /// let text = format!("-- Converted from: ab12 as {sum}\n\nCREATE TABLE a (id int);");
    /// assert!(Script::parse("001_a.sql", text)?.runs("ab12", Dialect::Sqlite)?);
    /// # Ok::<(), limbeck_core::script::ScriptError>(())
    /// ```
    pub fn runs(&self, checksum: &str, dialect: Dialect) -> Result<bool, ScriptError> {
        let own = self.checksum(dialect)?;
        let converted = self.header.converted.as_ref();
        Ok(own == checksum || converted.is_some_and(|converted| converted.stands_for(checksum, &own)))
    }

    /// Returns the sections of one direction on `dialect` as the text of a revision file of its own, to be kept
    /// where the file itself may be missing; `None` where there is no such section, and where only a program can tell what is
    /// run.
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
        let Body::Sql { text, sections } = &self.body else {
            let statements = self.statements(direction, dialect).ok()??;
            return write::statements(direction, dialect, &statements);
        };
        let mut extract = String::new();
        for section in section::choose(sections, direction, dialect)? {
            let autocommit = if section.autocommit { " autocommit" } else { "" };
            extract.push_str(&format!("-- limbeck:{}{autocommit}\n", direction.name()));
            extract.push_str(text[section.range.clone()].trim());
            extract.push('\n');
        }
        Some(extract)
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
        position(self.text(), offset)
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
