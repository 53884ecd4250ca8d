//! Offline mode: the statements of a run as a script for `psql`, `mariadb` or `sqlite3`.

use std::fmt::Write as _;

use limbeck_core::Dialect;
use limbeck_core::dialect::tokens;
use limbeck_core::revision::Step;
use limbeck_core::script::{Compiled, ScriptError, Scripts};

use super::actions::{self, Action, Mode};
use super::known::Known;
use super::prepare::{Prepared, prepare};
use super::session::begin;
use super::tables::Tables;
use super::{Transaction, settings};
use crate::error::Error;

/// Writes scripts, without a connection.
pub(crate) struct Offline<'a> {
    pub(crate) scripts: &'a Scripts,
    pub(crate) tables: Tables,
    pub(crate) who: &'a str,
    pub(crate) transaction: Transaction,
}

impl Offline<'_> {
    pub(crate) fn known(&self) -> Known<'_> {
        Known::new(self.scripts)
    }

    /// The script that makes limbeck's own tables.
    pub(crate) fn tables(&self) -> String {
        let mut script = self.preamble();
        for sql in [self.tables.create_version(), self.tables.create_journal()] {
            self.statement(&mut script, &sql);
        }
        script
    }

    /// The script that takes `steps` from a database whose version rows are `rows`.
    pub(crate) fn script(&self, steps: Vec<Step>, rows: &[String]) -> Result<String, Error> {
        let known = self.known();
        let mut steps = prepare(steps, &known, &self.tables, |_| Ok(None))?;
        for step in &mut steps {
            know_statements(step, self.tables.dialect)?;
        }
        if let Some(step) = steps
            .iter()
            .find(|step| settings::leaves(self.tables.dialect, step))
        {
            return Err(Error::Range(format!(
                "revision {} ({}) changes the database with USE, behind which a script can't find the way back: qualify \
                 the names in it instead",
                step.revision.id, step.revision.file
            )));
        }
        let mut script = self.tables();
        let checks = |step: &Prepared| {
            actions::checks_foreign_keys(step, self.tables.dialect, 0..step.statements.len())
        };
        if steps.iter().any(checks) {
            script.push_str(foreign_keys::BEFORE);
        }
        let whole_run = self.transaction == Transaction::WholeRun && self.tables.dialect.transactional_ddl();
        if whole_run {
            self.begin(&mut script);
        }
        let mut rows = rows.to_vec();
        for step in &steps {
            // A message may have several lines.
            let line = step.line().to_string().replace(['\r', '\n'], "\n-- ");
            writeln!(script, "-- {line}\n").expect("writing to a string can't fail");
            let mode = Mode {
                who: self.who,
                skip: 0,
                in_transaction: whole_run,
                kept: None,
                fence: &[],
            };
            for action in actions::actions(step, &self.tables, &mode) {
                self.action(&mut script, step, &action);
            }
            if whole_run && !step.is_atomic(self.tables.dialect) {
                self.begin(&mut script);
            }
            for sql in settings::undone(self.tables.dialect, step) {
                self.statement(&mut script, &sql);
            }
            rows = step.rows_after(&rows);
        }
        if whole_run {
            self.statement(&mut script, "COMMIT");
        }
        Ok(script)
    }

    /// Makes the client stop at the first error, as limbeck does, which mariadb's does by itself; and read the script as
    /// what it is, whatever the terminal's encoding.
    fn preamble(&self) -> String {
        match self.tables.dialect {
            Dialect::Postgresql => "\\set ON_ERROR_STOP on\n\\encoding UTF8\n\n".to_owned(),
            Dialect::Sqlite => ".bail on\n\n".to_owned(),
            Dialect::Mysql | Dialect::Mariadb => "SET NAMES utf8mb4;\n\n".to_owned(),
        }
    }

    fn action(&self, script: &mut String, step: &Prepared, action: &Action) {
        match action {
            Action::Begin => self.begin(script),
            Action::Commit => self.statement(script, "COMMIT"),
            Action::Statement(index) => self.statement(script, &step.statements[*index].sql),
            Action::Own(sql) | Action::Row(sql) | Action::Fence(sql) => self.statement(script, sql),
            Action::CheckForeignKeys => script.push_str(foreign_keys::CHECK),
            Action::NoteForeignKeys | Action::NoteState(_) | Action::Barrier => {}
        }
    }

    /// Opens a transaction. SQLite's foreign keys can't be switched off inside one.
    fn begin(&self, script: &mut String) {
        if self.tables.dialect == Dialect::Sqlite {
            self.statement(script, "PRAGMA foreign_keys = OFF");
        }
        self.statement(script, begin(self.tables.dialect));
    }

    /// A statement and its terminator. MySQL's client needs another one for a body that holds semicolons.
    fn statement(&self, script: &mut String, sql: &str) {
        let mysql = matches!(self.tables.dialect, Dialect::Mysql | Dialect::Mariadb);
        let result = if mysql
            && tokens(self.tables.dialect, sql)
                .iter()
                .any(|token| token.text == ";")
        {
            let delimiter = (2..)
                .map(|length| "/".repeat(length))
                .find(|mark| !sql.contains(mark.as_str()));
            let delimiter = delimiter.expect("a run of slashes longer than any in the text is not in it");
            writeln!(script, "DELIMITER {delimiter}\n{sql}{delimiter}\nDELIMITER ;\n")
        } else {
            // On a line of its own where a comment to the line's end would swallow it.
            let line_end = if sql
                .lines()
                .last()
                .is_some_and(|line| line.contains("--") || line.contains('#'))
            {
                "\n"
            } else {
                ""
            };
            writeln!(script, "{sql}{line_end};\n")
        };
        result.expect("writing to a string can't fail");
    }
}

/// What a program runs on the database must be known for a script.
fn know_statements(step: &mut Prepared, dialect: Dialect) -> Result<(), Error> {
    let (Some(dependent), Some(direction)) = (&step.program, step.direction) else {
        return Ok(());
    };
    let compiled = dependent.program.script(direction, dialect)?;
    let depends = match compiled.unless_it_ends_the_transaction(dialect) {
        Compiled::Statements(statements) => {
            step.statements = statements;
            step.program = None;
            return Ok(());
        }
        Compiled::Depends(depends) => depends,
        Compiled::Missing => dependent.depends.clone(),
    };
    Err(Error::Script(ScriptError::Depends {
        file: step.revision.file.clone(),
        depends,
    }))
}

/// SQLite: the check that no foreign key came to point nowhere, in SQL alone. A row that says 0 breaks the
/// constraint, and so ends the script before its COMMIT.
mod foreign_keys {
    pub(super) const BEFORE: &str = "CREATE TEMP TABLE limbeck_dangling AS SELECT \"table\" AS t, rowid AS r, parent AS p, \
        count(*) AS n FROM pragma_foreign_key_check GROUP BY 1, 2, 3;\n\
        CREATE TEMP TABLE limbeck_foreign_keys (hold INTEGER CHECK (hold));\n\n";
    pub(super) const CHECK: &str = "INSERT INTO temp.limbeck_foreign_keys SELECT 0 FROM (SELECT \"table\" AS t, rowid AS r, \
        parent AS p, count(*) AS n FROM pragma_foreign_key_check GROUP BY 1, 2, 3) AS now WHERE n > coalesce((SELECT n FROM \
        temp.limbeck_dangling AS was WHERE was.t = now.t AND was.r IS now.r AND was.p = now.p), 0);\n\n";
}
