//! What gets another name: as it was said, or as it was answered.

use limbeck_core::diff::{Rename, guesses};
use limbeck_core::op::Op;
use limbeck_core::schema::Schema;

use super::AutogenerateOptions;
use crate::error::Error;

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
    /// Takes those that were given, and asks for those that may be.
    ///
    /// # Errors
    /// [`Error::Renames`] when there may be renames, and nobody says so or not.
    pub(super) fn settle(
        from: &Schema,
        to: &Schema,
        options: &AutogenerateOptions,
        ask: &mut dyn FnMut(&str) -> Answer,
    ) -> Result<Self, Error> {
        let given = options.renames.iter().map(|text| Rename::read(text, from, to));
        let mut renames: Vec<Rename> = given.collect::<Result<_, _>>().map_err(Error::Models)?;
        let mut open = Vec::new();
        for guess in guesses(from, to) {
            let of_table = |rename: &Rename, table: &limbeck_core::schema::Name| matches!(rename, Rename::Table { from, .. } if from == table);
            let is_settled = match &guess {
                Rename::Table { from, to } => renames.iter().any(|known| match known {
                    Rename::Table {
                        from: known_from,
                        to: known_to,
                    } => known_from == from || known_to == to,
                    Rename::Column { .. } => false,
                }),
                // A column of a table that is not the renamed one after all.
                Rename::Column {
                    table,
                    to_table,
                    from: before,
                    to: after,
                } => {
                    table != to_table && !renames.iter().any(|known| of_table(known, table))
                        || renames.iter().any(|known| match known {
                            Rename::Column {
                                table: known,
                                from,
                                to,
                                ..
                            } => known == table && (from == before || to == after),
                            Rename::Table { .. } => false,
                        })
                }
            };
            if is_settled || options.allow_drop {
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
