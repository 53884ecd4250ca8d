//! What gets another name: as it was said, or as it was answered.

use limbeck_core::diff::{Rename, guesses};
use limbeck_core::op::Op;
use limbeck_core::schema::Schema;

use super::AutogenerateOptions;
use crate::error::Error;
use crate::models::Hint;

/// What the user says to a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It has got another name.
    Renamed,
    /// It is something else: the one is dropped, and the other is added.
    Dropped,
    /// Nobody can be asked.
    None,
}

/// The renames that are done before all else.
#[derive(Debug, Default)]
pub(super) struct Renames(Vec<Rename>);

impl Renames {
    /// Takes those that were given, or stand in the models, and asks for those that may be.
    ///
    /// # Errors
    /// [`Error::Renames`] when there may be renames, and nobody says so or not.
    pub(super) fn settle(
        [from, to]: [&Schema; 2],
        hints: &[Hint],
        options: &AutogenerateOptions,
        ask: &mut dyn FnMut(&str) -> Answer,
    ) -> Result<Self, Error> {
        let given = options.renames.iter().map(|text| Rename::read(text, from, to));
        let mut renames: Vec<Rename> = given.collect::<Result<_, _>>().map_err(Error::Models)?;
        for hint in hints {
            // One that is done stays in the models for a while.
            if let Ok(rename) = Rename::read(&told(hint, &renames), from, to)
                && !is_settled(&rename, &renames)
            {
                renames.push(rename);
            }
        }
        let mut open = Vec::new();
        for guess in guesses(from, to) {
            if options.allow_drop || is_settled(&guess, &renames) {
                continue;
            }
            match ask(&guess.to_string()) {
                Answer::Renamed => renames.push(guess),
                Answer::Dropped => {}
                Answer::None => open.push(guess.to_string()),
            }
        }
        if !open.is_empty() {
            return Err(Error::Renames(open));
        }
        // Tables first: columns are named with their new ones.
        renames.sort();
        Ok(Self(renames))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    pub(super) fn ops(&self) -> Vec<Op> {
        self.0.iter().map(Rename::op).collect()
    }

    /// The ops that undo them.
    pub(super) fn back(&self) -> Vec<Op> {
        let back = |rename: &Rename| match rename {
            Rename::Table { from, to } => Op::RenameTable {
                from: to.clone(),
                to: from.clone(),
            },
            Rename::Column {
                to_table, from, to, ..
            } => Op::RenameColumn {
                table: to_table.clone(),
                from: to.clone(),
                to: from.clone(),
            },
        };
        self.0.iter().rev().map(back).collect()
    }
}

/// A hint as a rename is told, with the old name of the table.
fn told(hint: &Hint, renames: &[Rename]) -> String {
    let Some(column) = &hint.column else {
        return format!("{}:{}", hint.old, hint.table);
    };
    let before = renames.iter().find_map(|rename| match rename {
        Rename::Table { from, to } if to.to_string() == hint.table => Some(from.to_string()),
        _ => None,
    });
    let before = before.unwrap_or_else(|| hint.table.clone());
    format!("{before}.{}:{}.{column}", hint.old, hint.table)
}

/// Whether what a guess is about is decided.
fn is_settled(guess: &Rename, renames: &[Rename]) -> bool {
    match guess {
        Rename::Table { from, to } => renames.iter().any(|known| match known {
            Rename::Table {
                from: known_from,
                to: known_to,
            } => known_from == from || known_to == to,
            Rename::Column { .. } => false,
        }),
        Rename::Column {
            table,
            to_table,
            from,
            to,
        } => {
            let renamed = renames
                .iter()
                .any(|known| matches!(known, Rename::Table { from, .. } if from == table));
            // A column of a table that is not the renamed one after all.
            let is_strange = table != to_table && !renamed;
            let is_known = |known: &Rename| match known {
                Rename::Column {
                    table: known_table,
                    from: known_from,
                    to: known_to,
                    ..
                } => known_table == table && (known_from == from || known_to == to),
                Rename::Table { .. } => false,
            };
            is_strange || renames.iter().any(is_known)
        }
    }
}
