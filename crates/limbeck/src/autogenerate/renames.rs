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
    /// [`Error::Models`] for one that can't be; [`Error::Renames`] when there may be renames, and nobody says so or not.
    pub(super) fn settle(
        [from, to]: [&Schema; 2],
        hints: &[Hint],
        options: &AutogenerateOptions,
        ask: &mut dyn FnMut(&str) -> Answer,
    ) -> Result<Self, Error> {
        let mut renames = given(&options.renames, from, to).map_err(Error::Models)?;
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

/// Reads the renames that were given, and sees that they can be done together.
fn given(texts: &[String], from: &Schema, to: &Schema) -> Result<Vec<Rename>, String> {
    let renames = texts.iter().map(|text| Rename::read(text, from, to));
    let renames: Vec<Rename> = renames.collect::<Result<_, _>>()?;
    for (at, rename) in renames.iter().enumerate() {
        if let Some(other) = renames[..at].iter().find(|other| other.excludes(rename)) {
            return Err(format!(
                "the renames '{other}' and '{rename}' can't both be: give one of them"
            ));
        }
        if let Rename::Column { table, to_table, .. } = rename
            && is_strange(rename, &renames)
        {
            return Err(format!(
                "the rename '{rename}' can't be: the column would go to another table; if {table} is called {to_table} now, give \
                 '{table}:{to_table}' too"
            ));
        }
    }
    Ok(renames)
}

/// Whether what a guess is about is decided.
fn is_settled(guess: &Rename, renames: &[Rename]) -> bool {
    is_strange(guess, renames) || renames.iter().any(|known| known.excludes(guess))
}

/// Whether it is a column of a table that is not the renamed one.
fn is_strange(rename: &Rename, renames: &[Rename]) -> bool {
    let Rename::Column { table, to_table, .. } = rename else {
        return false;
    };
    let is_their =
        |known: &Rename| matches!(known, Rename::Table { from, to } if from == table && to == to_table);
    table != to_table && !renames.iter().any(is_their)
}

#[cfg(test)]
mod tests {
    use limbeck_core::schema::{Column, Name, Table};

    use super::*;

    fn schema(tables: &[(&str, &str)]) -> Schema {
        let table = |(name, column): &(&str, &str)| {
            let columns = vec![Column::new("id", "integer"), Column::new(*column, "text")];
            let table = Table {
                columns,
                ..Table::default()
            };
            (Name::new(*name), table)
        };
        Schema {
            tables: tables.iter().map(table).collect(),
            ..Schema::default()
        }
    }

    #[track_caller]
    fn check(renames: &[&str], wanted: Result<usize, &str>) {
        let from = schema(&[("users", "fullname"), ("posts", "body")]);
        let to = schema(&[("accounts", "name"), ("articles", "text")]);
        let renames: Vec<String> = renames.iter().map(ToString::to_string).collect();
        let given = given(&renames, &from, &to).map(|renames| renames.len());
        assert_eq!(given, wanted.map_err(str::to_owned));
    }

    #[test]
    fn those_that_are_given_can_be_done_together() {
        check(&["users.fullname:accounts.name", "users:accounts"], Ok(2));
        check(&["users:accounts", "posts:articles"], Ok(2));
        check(
            &["users:accounts", "users:articles"],
            Err("the renames 'users:accounts' and 'users:articles' can't both be: give one of them"),
        );
        check(
            &["users:accounts", "posts:accounts"],
            Err("the renames 'users:accounts' and 'posts:accounts' can't both be: give one of them"),
        );
        for others in [&[][..], &["users:articles"]] {
            let renames = [others, &["users.fullname:accounts.name"]].concat();
            check(
                &renames,
                Err(
                    "the rename 'users.fullname:accounts.name' can't be: the column would go to another table; if users is called \
                     accounts now, give 'users:accounts' too",
                ),
            );
        }
    }
}
