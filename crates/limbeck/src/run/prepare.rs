//! Steps with all that is needed to run them, read and checked before anything is changed.

use std::collections::HashSet;
use std::sync::Arc;

use limbeck_core::Dialect;
use limbeck_core::checksum::Checksum;
use limbeck_core::dialect::transaction_control;
use limbeck_core::revision::{self, Revision, RowChange, Step};
use limbeck_core::script::{Compiled, Depends, Direction, Program, Remark, Script, Statement};

use super::journal::Attempt;
use super::known::Known;
use super::tables::Tables;
use crate::error::Error;
use crate::observer::{StepLine, verb};

/// A step, with the statements that it runs and what the journal is to keep of it.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) step: Step,
    /// `None` for a stamp.
    pub(crate) direction: Option<Direction>,
    pub(crate) revision: Revision,
    pub(crate) statements: Vec<Statement>,
    /// What tells the statements while it runs, where only the database knows them; they are none before.
    pub(crate) program: Option<Dependent>,
    /// What the statements' program has to say of itself.
    pub(crate) remarks: Vec<Remark>,
    pub(crate) checksum: Option<String>,
    pub(crate) downgrade_sql: Option<String>,
    /// A stamp: what becomes applied with its revision. The journal gets a row for each, so that it remembers all that
    /// is applied.
    pub(crate) below: Vec<Kept>,
}

/// A program whose statements are known only when it runs.
#[derive(Debug, Clone)]
pub(crate) struct Dependent {
    pub(crate) program: Arc<dyn Program>,
    /// Why.
    pub(crate) depends: Depends,
    /// What an earlier run has done of it, that was cut off.
    pub(crate) earlier: Earlier,
}

/// What the journal knows of a run of a program that was cut off.
#[derive(Debug, Clone, Default)]
pub(crate) struct Earlier {
    /// How many statements are done.
    pub(crate) done: usize,
    /// Their checksum.
    pub(crate) hash: Option<String>,
    /// What the next one was to change, as it was before, where the run ended without a word.
    pub(crate) in_doubt: Option<String>,
}

impl Earlier {
    pub(crate) fn of(attempt: &Attempt) -> Self {
        let was_cut_off = attempt.outcome == "running";
        Self {
            done: attempt.statements_done,
            hash: attempt.done_hash.clone(),
            in_doubt: attempt.state_before.clone().filter(|_| was_cut_off),
        }
    }
}

/// What the journal keeps of a revision that is taken for applied.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) revision: Revision,
    pub(crate) checksum: Option<String>,
    pub(crate) downgrade_sql: Option<String>,
}

impl Prepared {
    /// The step in one line.
    pub(crate) fn line(&self) -> StepLine<'_> {
        StepLine {
            revision: &self.revision.id,
            verb: verb(self.direction),
            from: &self.step.from,
            to: &self.step.to,
            message: &self.revision.message,
        }
    }

    /// Whether all of it fits into one transaction.
    pub(crate) fn is_atomic(&self, dialect: Dialect) -> bool {
        self.direction.is_none() || dialect.transactional_ddl() && !self.has_autocommit()
    }

    /// Whether it begins and ends transactions itself, which it may outside of any.
    pub(crate) fn has_transactions(&self, dialect: Dialect) -> bool {
        let mut autocommit = self.statements.iter().filter(|statement| statement.autocommit);
        autocommit.any(|statement| transaction_control(dialect, &statement.sql).is_some())
    }

    /// The version rows behind it, in order.
    pub(crate) fn rows_after(&self, rows: &[String]) -> Vec<String> {
        let mut rows = rows.to_vec();
        for change in &self.step.changes {
            match change {
                RowChange::Insert(id) => rows.push(id.clone()),
                RowChange::Delete(id) => rows.retain(|row| row != id),
                RowChange::Update { from, to } => {
                    rows.retain(|row| row != from);
                    rows.push(to.clone());
                }
            }
        }
        rows.sort();
        rows
    }

    /// Whether it has statements to run outside of any transaction.
    pub(crate) fn has_autocommit(&self) -> bool {
        self.statements.iter().any(|statement| statement.autocommit)
    }

    /// Whether it may leave settings in the session that the next step must not inherit.
    pub(crate) fn changes_session(&self) -> bool {
        const WORDS: [&str; 5] = ["SET", "USE", "PRAGMA", "ATTACH", "DETACH"];
        self.statements.iter().any(|statement| {
            let word = statement.sql.split_whitespace().next().unwrap_or_default();
            WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
                || statement.sql.to_ascii_lowercase().contains("set_config")
        })
    }

    /// The checksum of its first statements.
    pub(crate) fn done_hash(&self, dialect: Dialect, done: usize) -> String {
        self.checksum_of_first(dialect, done).hex()
    }

    /// That checksum, to which more statements can be added.
    pub(crate) fn checksum_of_first(&self, dialect: Dialect, done: usize) -> Checksum {
        let mut checksum = Checksum::default();
        for statement in &self.statements[..done] {
            checksum.add(dialect, &statement.sql, statement.autocommit);
        }
        checksum
    }
}

/// Prepares steps for a database of `tables`' dialect; `downgrade_of` finds the downgrade that the journal keeps
/// of a revision whose file is not at hand.
///
/// # Errors
/// The first step that can't be run as it stands.
pub(crate) fn prepare(
    steps: Vec<Step>,
    known: &Known<'_>,
    tables: &Tables,
    mut downgrade_of: impl FnMut(&str) -> Result<Option<String>, Error>,
) -> Result<Vec<Prepared>, Error> {
    steps
        .into_iter()
        .map(|step| match step.direction {
            revision::Direction::Stamp => stamp(step, known, tables.dialect),
            revision::Direction::Upgrade => {
                move_step(step, Direction::Upgrade, known, tables, &mut downgrade_of)
            }
            revision::Direction::Downgrade => {
                move_step(step, Direction::Downgrade, known, tables, &mut downgrade_of)
            }
        })
        .collect()
}

fn move_step(
    step: Step,
    direction: Direction,
    known: &Known<'_>,
    tables: &Tables,
    downgrade_of: &mut impl FnMut(&str) -> Result<Option<String>, Error>,
) -> Result<Prepared, Error> {
    let id = step
        .revision
        .as_deref()
        .expect("only a stamp has no revision of its own");
    let revision = known.revision(id);
    let dialect = tables.dialect;
    let script = match known.scripts.script(id)? {
        Some(script) => Some(script),
        None => downgrade_of(id)?
            .map(|text| Script::parse(&journal_name(id), text))
            .transpose()?,
    };
    let file = || {
        script
            .as_ref()
            .map_or_else(|| journal_name(id), |script| script.file.clone())
    };
    let compiled = match &script {
        Some(script) => script.compile(direction, dialect)?,
        None => Compiled::Missing,
    };
    let compiled_from = script.as_ref().and_then(Script::program);
    let remarks = compiled_from.map(|program| program.remarks()).unwrap_or_default();
    let (statements, program) = match (compiled, compiled_from) {
        (Compiled::Statements(statements), _) => (statements, None),
        (Compiled::Depends(depends), Some(program)) => {
            let dependent = Dependent {
                program: Arc::clone(program),
                depends,
                earlier: Earlier::default(),
            };
            (Vec::new(), Some(dependent))
        }
        _ => return Err(missing(direction, id, file(), dialect)),
    };
    let revision = Revision {
        file: file(),
        ..revision
    };
    let (checksum, downgrade_sql) = kept(known, script.as_ref(), id, dialect)?;
    Ok(Prepared {
        step,
        direction: Some(direction),
        revision,
        statements,
        program,
        remarks,
        checksum,
        downgrade_sql,
        below: Vec::new(),
    })
}

/// There is nothing to run in that direction.
fn missing(direction: Direction, id: &str, file: String, dialect: Dialect) -> Error {
    let revision = id.to_owned();
    match direction {
        Direction::Upgrade => Error::NoSection {
            revision,
            file,
            dialect,
        },
        Direction::Downgrade => Error::Irreversible {
            revision,
            file,
            dialect,
        },
    }
}

fn stamp(step: Step, known: &Known<'_>, dialect: Dialect) -> Result<Prepared, Error> {
    let set = step.changes.iter().find_map(|change| match change {
        RowChange::Insert(id) | RowChange::Update { to: id, .. } => Some(id),
        RowChange::Delete(_) => None,
    });
    let id = set.or_else(|| step.from.first()).cloned().unwrap_or_default();
    let revision = known.revision(&id);
    let script = known.scripts.script(&id)?;
    let (checksum, downgrade_sql) = kept(known, script.as_ref(), &id, dialect)?;
    let (before, after) = (step.from.clone(), step.to.clone());
    Ok(Prepared {
        step,
        direction: None,
        revision,
        statements: Vec::new(),
        program: None,
        remarks: Vec::new(),
        checksum,
        downgrade_sql,
        below: below(&id, &before, &after, known, dialect)?,
    })
}

/// What a stamp of `stamped` makes applied besides.
fn below(
    stamped: &str,
    before: &[String],
    after: &[String],
    known: &Known<'_>,
    dialect: Dialect,
) -> Result<Vec<Kept>, Error> {
    let was: HashSet<&str> = known
        .graph
        .applied(before)
        .into_iter()
        .map(|r| r.id.as_str())
        .collect();
    let now = known.graph.applied(after).into_iter();
    now.filter(|revision| revision.id != stamped && !was.contains(revision.id.as_str()))
        .map(|revision| {
            let script = known.scripts.script(&revision.id)?;
            let (checksum, downgrade_sql) = kept(known, script.as_ref(), &revision.id, dialect)?;
            Ok(Kept {
                revision: revision.clone(),
                checksum,
                downgrade_sql,
            })
        })
        .collect()
}

/// What the journal keeps of a revision's file.
pub(crate) fn kept(
    known: &Known<'_>,
    script: Option<&Script>,
    id: &str,
    dialect: Dialect,
) -> Result<(Option<String>, Option<String>), Error> {
    let Some(script) = script.filter(|_| known.has_file(id)) else {
        return Ok((None, None));
    };
    Ok((
        Some(script.checksum(dialect)?),
        script.extract(Direction::Downgrade, dialect),
    ))
}

fn journal_name(id: &str) -> String {
    format!("{id} in the journal")
}
