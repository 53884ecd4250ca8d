//! Tests one revision: up, once more, down, up.

use std::time::Duration;

use limbeck_core::Dialect;
use limbeck_core::revision::{self, RowChange, Step};
use limbeck_core::script::{Compiled, Direction, Statement};

use super::rows::{State, survival};
use super::{Check, Finding, Tested, Trial, failure};
use crate::database::{self, Connection, DatabaseError};
use crate::error::Error;
use crate::run::Outcome;
use crate::scratch::cant_read;

impl Trial<'_> {
    /// Tests the revision of a step. Returns what the database is then; `None` where it can't go on from there.
    pub(super) fn revision(&mut self, at: usize, before: State) -> Result<(Tested, Option<State>), Error> {
        let step = &self.steps[at];
        let id = step.revision.as_deref().unwrap_or_default();
        let mut tested = self.blank(id);
        let before = self.fill(before, &mut tested.findings)?;
        let (done, finding) = failure(Check::Upgrade, "the upgrade", self.execute(step))?;
        tested.findings.extend(finding);
        let Some(done) = done else {
            let filled = self.options.rows && before.rows.values().any(|rows| !rows.is_empty());
            tested.findings.extend(filled.then(|| {
                Finding::note(
                    Check::Filled,
                    "the tables hold generated rows; --no-rows tests on empty ones",
                )
            }));
            return Ok((tested, None));
        };
        tested.upgrade = Some(elapsed(&done));
        let compiled = self.compiled(id, Direction::Upgrade)?;
        let depends = matches!(compiled, Compiled::Depends(_));
        let statements = self.statements(compiled);
        let mut after = self.state()?;
        let dialect = self.scratch.connection.dialect();
        let losses = survival(&before, &after, dialect, &statements, "upgrade");
        tested.findings.extend(losses);
        let (finding, is_same) = if depends {
            let message = "was not run a second time: what it runs depends on the database";
            (Some(Finding::note(Check::SecondRun, message)), true)
        } else {
            self.once_more(&statements, &after)?
        };
        tested.findings.extend(finding);
        if !is_same {
            after = self.rebuild(at)?;
        }
        let down = self.compiled(id, Direction::Downgrade)?;
        if down == Compiled::Missing {
            tested.findings.push(Finding {
                failed: self.options.strict,
                ..Finding::note(
                    Check::Downgrade,
                    "can't be stepped back: it has no downgrade section",
                )
            });
            return Ok((tested, Some(after)));
        }
        let state = self.down_and_up(at, &before, after, down, &mut tested)?;
        Ok((tested, Some(state)))
    }

    fn down_and_up(
        &mut self,
        at: usize,
        before: &State,
        after: State,
        down: Compiled,
        tested: &mut Tested,
    ) -> Result<State, Error> {
        let dialect = self.scratch.connection.dialect();
        let up = &self.steps[at];
        let after = self.fill(after, &mut tested.findings)?;
        let (done, finding) = failure(Check::Downgrade, "the downgrade", self.execute(&reversed(up)))?;
        tested.findings.extend(finding);
        let Some(done) = done else {
            return self.rebuild(at);
        };
        tested.downgrade = Some(elapsed(&done));
        let down = self.statements(down);
        let back = self.state()?;
        tested
            .findings
            .extend(survival(&after, &back, dialect, &down, "downgrade"));
        let differences = before.catalog.differences(&back.catalog);
        if !differences.is_empty() {
            let message = "the downgrade does not restore what was there before the upgrade";
            let line = down.first().map(|statement| statement.line);
            tested.findings.push(
                Finding::failed(Check::Restored, message)
                    .at(line)
                    .with(differences),
            );
            return self.rebuild(at);
        }
        self.filler.forget_changed(&back.catalog);
        let (done, finding) = failure(Check::Again, "the second upgrade", self.execute(up))?;
        tested.findings.extend(finding);
        if done.is_none() {
            return self.rebuild(at);
        }
        let again = self.state()?;
        let differences = after.catalog.differences(&again.catalog);
        if !differences.is_empty() {
            let message = "the upgrade gives something else after a downgrade than the first time";
            tested
                .findings
                .push(Finding::failed(Check::Again, message).with(differences));
            return self.rebuild(at);
        }
        Ok(again)
    }

    /// Runs the statements of an applied revision once more, which must be refused, or do nothing. Tells besides whether the
    /// database is as it was.
    fn once_more(&mut self, statements: &[Statement], now: &State) -> Result<(Option<Finding>, bool), Error> {
        // What the statements set in the session ends with it.
        let mut connection =
            database::connect(&self.scratch.url, self.run.options).map_err(Error::Connect)?;
        let dialect = connection.dialect();
        let atomic = dialect.transactional_ddl() && statements.iter().all(|statement| !statement.autocommit);
        let database = self.scratch.url.database().unwrap_or_default();
        let state = if apply(connection.as_mut(), statements, atomic, database).is_ok() {
            Some(State::read(connection.as_mut(), self.own).map_err(cant_read)?)
        } else {
            None
        };
        // Nothing may be open: a connection that is closed rolls back.
        drop(connection);
        let finding = state.and_then(|state| {
            let differences = now.catalog.differences(&state.catalog);
            let changed = now.rows.iter().filter(|(table, rows)| {
                let same = state.rows.get(*table) == Some(rows);
                !same && now.catalog.table(table) == state.catalog.table(table)
            });
            let changed: Vec<&str> = changed.map(|(table, _)| table.as_str()).collect();
            if differences.is_empty() && changed.is_empty() {
                return None;
            }
            let what = if changed.is_empty() {
                "something".to_owned()
            } else {
                format!("the rows of {}", changed.join(", "))
            };
            let message = format!("a second run is not refused, and changes {what}");
            let line = statements.first().map(|statement| statement.line);
            Some(
                Finding::failed(Check::SecondRun, message)
                    .at(line)
                    .with(differences),
            )
        });
        let is_same = atomic || self.state()? == *now;
        Ok((finding, is_same))
    }
}

/// Runs statements, in a transaction as far as they let themselves be taken back.
fn apply(
    connection: &mut dyn Connection,
    statements: &[Statement],
    atomic: bool,
    database: &str,
) -> Result<(), DatabaseError> {
    let dialect = connection.dialect();
    let sql = statements.iter().map(|statement| statement.sql.as_str());
    // Foreign keys that are checked at the end speak up; an owner that was switched to may not read everything.
    let end: Vec<String> = match dialect {
        Dialect::Sqlite => Vec::new(),
        Dialect::Postgresql => {
            vec![
                "SET CONSTRAINTS ALL IMMEDIATE".to_owned(),
                "RESET SESSION AUTHORIZATION".to_owned(),
            ]
        }
        Dialect::Mysql | Dialect::Mariadb => vec![format!("USE {}", dialect.identifier(database))],
    };
    if dialect == Dialect::Sqlite && atomic {
        connection.execute("PRAGMA foreign_keys = OFF")?;
    }
    if atomic || !dialect.transactional_ddl() {
        connection.execute("BEGIN")?;
    }
    if atomic {
        let all: Vec<&str> = sql.chain(end.iter().map(String::as_str)).collect();
        return connection.execute_many(&all);
    }
    for one in sql.chain(end.iter().map(String::as_str)) {
        connection.execute(one)?;
    }
    Ok(())
}

fn elapsed(outcome: &Outcome) -> Duration {
    outcome.steps.iter().map(|step| step.elapsed).sum()
}

/// The step back from where a step leads.
fn reversed(step: &Step) -> Step {
    let reverse = |change: &RowChange| match change.clone() {
        RowChange::Insert(id) => RowChange::Delete(id),
        RowChange::Delete(id) => RowChange::Insert(id),
        RowChange::Update { from, to } => RowChange::Update { from: to, to: from },
    };
    Step {
        direction: revision::Direction::Downgrade,
        revision: step.revision.clone(),
        from: step.to.clone(),
        to: step.from.clone(),
        changes: step.changes.iter().rev().map(reverse).collect(),
    }
}
